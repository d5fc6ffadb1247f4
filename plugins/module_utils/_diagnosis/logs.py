# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a container's log says about its end.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import json
import re
import typing as t
from dataclasses import dataclass, field
from functools import lru_cache

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.redaction import clean
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.signatures import (
    FATAL,
    GENERIC,
    NOISE,
    SPECIFIC,
    TELLING,
    Signature,
)

_MAX_LINES = 400
_MAX_LENGTH = 65_536
_MAX_LINE = 600
_MESSAGE_KEYS = ("msg", "message", "error", "err", "exception", "stack", "log", "@message", "detail")
_STAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)\s+")
_LISTENING = re.compile(
    r"(?i)\b(?:listen(?:ing|s)?|started|serving|running|bound|available)\b[^\n]{0,60}?(?:port\D{0,4}|:)(\d{2,5})\b"
)


@dataclass(frozen=True)
class LogMatch:
    """The line that names a cause; `specific` is false where it only shows that something went wrong."""

    cause: str
    weight: float
    line: str
    words: dict[str, str] = field(default_factory=dict, compare=False)
    specific: bool = True


@lru_cache(maxsize=64)
def lines_of(log: str) -> tuple[str, ...]:
    """The log's last lines, cleaned, without time stamps, JSON lines reduced to what they say."""
    return tuple(_plain(line) for line in log[-_MAX_LENGTH:].splitlines()[-_MAX_LINES:] if line.strip())


def _plain(line: str) -> str:
    line = _STAMP.sub("", clean(line, _MAX_LINE)).rstrip()
    if not line.lstrip().startswith("{"):
        return line
    try:
        parsed: t.Any = json.loads(line)
    except (ValueError, RecursionError):
        return line
    if not isinstance(parsed, dict):
        return line
    said = [value for key in _MESSAGE_KEYS if isinstance(value := parsed.get(key), str) and value.strip()]
    nested = parsed.get("err")
    if isinstance(nested, dict):
        said.extend(value for key in ("message", "stack") if isinstance(value := nested.get(key), str))
    level = parsed.get("level")
    return (
        " ".join([level.upper() if isinstance(level, str) else "", *said]).strip().replace("\n", " ") if said else line
    )


@lru_cache(maxsize=256)
def read(log: str) -> LogMatch | None:
    """The line that best names why the program ended.

    A line that names a cause wins over one that only shows an error; a fatal one over one of a program that goes on;
    the first over the later ones, since what follows it is its consequence.
    """
    lines = lines_of(log)
    found = _best(lines, SPECIFIC, True) or _best(lines, GENERIC, False)
    if found is not None:
        return found
    for line in reversed(lines):
        if FATAL.search(line) and not NOISE.search(line):
            return LogMatch("", 0.0, line.strip(), {}, specific=False)
    return None


def last_line(log: str) -> str:
    """The last line that says anything."""
    lines = lines_of(log)
    return lines[-1].strip() if lines else ""


def listening_ports(log: str) -> set[int]:
    """Ports that the program says it listens on."""
    return {int(found.group(1)) for line in lines_of(log) for found in _LISTENING.finditer(line)}


def _best(lines: t.Sequence[str], signatures: t.Sequence[Signature], specific: bool) -> LogMatch | None:
    best: LogMatch | None = None
    for line in lines:
        if not TELLING.search(line):
            continue
        for signature in signatures:
            found = signature.pattern.search(line)
            if found is None:
                continue
            weight = signature.weight * (0.7 if NOISE.search(line) else 1.0)
            if best is None or weight > best.weight + 0.15:
                words = {key: value for key, value in found.groupdict().items() if value}
                best = LogMatch(signature.cause, weight, line.strip(), words, specific)
            break
    return best
