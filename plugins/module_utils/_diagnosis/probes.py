# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a container's probes ask for, and what differs from the revision before.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.situation import ContainerView, Situation
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout import objects as o

ProbeKind = t.Literal["startup", "readiness", "liveness"]
KINDS: tuple[ProbeKind, ...] = ("startup", "liveness", "readiness")
_HANDLERS = ("httpGet", "tcpSocket", "grpc")


@dataclass(frozen=True)
class Probe:
    """One probe. `port` is None where it asks on none (exec) or the name of its port is not declared."""

    kind: ProbeKind
    handler: str
    port: int | None
    path: str
    initial_delay: int
    period: int
    timeout: int
    failure_threshold: int


def probe_of(container: o.JsonObject, kind: ProbeKind) -> Probe | None:
    """A container's probe of one kind, with the API's defaults; None when it has none."""
    spec = o.mapping(container.get(f"{kind}Probe"))
    if not spec:
        return None
    handler = next((name for name in _HANDLERS if isinstance(spec.get(name), dict)), "exec")
    return Probe(
        kind=kind,
        handler=handler,
        port=_port(container, o.dig(spec, handler, "port")),
        path=o.text(o.dig(spec, handler, "path")) or "/",
        initial_delay=o.number(spec.get("initialDelaySeconds")),
        period=max(1, o.number(spec.get("periodSeconds"), 10)),
        timeout=max(1, o.number(spec.get("timeoutSeconds"), 1)),
        failure_threshold=max(1, o.number(spec.get("failureThreshold"), 3)),
    )


def declared_ports(container: o.JsonObject) -> list[int]:
    """The TCP ports that a container declares."""
    found = [o.mapping(entry) for entry in o.sequence(container.get("ports"))]
    return [
        port
        for entry in found
        if entry.get("protocol", "TCP") == "TCP" and (port := o.number(entry.get("containerPort")))
    ]


def container_of(template: t.Any, name: str) -> o.JsonObject:
    """A container of a template by name, {} when there is none."""
    for listing in ("containers", "initContainers"):
        for spec in o.sequence(o.dig(template, "spec", listing)):
            if o.mapping(spec).get("name") == name:
                return o.mapping(spec)
    return {}


def earlier_probe(situation: Situation, view: ContainerView, kind: ProbeKind) -> Probe | None:
    """The same probe in the revision before."""
    if situation.previous is None:
        return None
    return probe_of(container_of(o.pod_template(situation.previous), view.name), kind)


def _port(container: o.JsonObject, value: t.Any) -> int | None:
    if isinstance(value, str) and not value.isdigit():
        for entry in o.sequence(container.get("ports")):
            if o.mapping(entry).get("name") == value:
                return o.number(o.mapping(entry).get("containerPort")) or None
        return None
    if isinstance(value, str):
        return int(value) if len(value) <= 5 else None
    return o.number(value) or None
