"""Reading the API server's audit log: every request of people and workloads, writes with what they sent."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from typing import Any

from .layout import Layout
from .output import ClusterError

MARKER = "audit-mark"
_PATIENCE = 5.0


def position(layout: Layout, ask: Callable[[str], None]) -> int:
    """Return where the log ends, after what has been answered by now is in it.

    An event is written just after its answer is sent: one more request, which `ask` makes with the mark it is given,
    and which is waited for, comes behind all earlier ones. Raises ClusterError if it does not appear.
    """
    before = layout.audit_log.stat().st_size
    mark = uuid.uuid4().hex
    ask(mark)
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        with layout.audit_log.open("rb") as log:
            log.seek(before if before <= layout.audit_log.stat().st_size else 0)
            read = log.read()
            place = read.find(mark.encode())
            end = read.find(b"\n", place)
            if place >= 0 and end >= 0:
                return log.tell() - len(read) + end + 1
        time.sleep(0.01)
    raise ClusterError("the audit log does not grow: is the API server running?")


def events(layout: Layout, ask: Callable[[str], None], since: int, until: int | None) -> list[dict[str, Any]]:
    """Return the events between two positions, without our own marks."""
    end = position(layout, ask) if until is None else until
    with layout.audit_log.open("rb") as log:
        log.seek(since)
        lines = log.read(max(0, end - since)).splitlines()
    return [event for event in map(json.loads, lines) if f"{MARKER}=" not in event["requestURI"]]
