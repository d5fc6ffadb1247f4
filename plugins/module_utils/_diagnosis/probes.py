# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a container's probes ask for, and what differs from the revision before.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from datetime import datetime

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.evidence import ProbeAnswer
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.model import Change
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.situation import (
    ContainerView,
    Event,
    Situation,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout import objects as o

ProbeKind = t.Literal["startup", "readiness", "liveness"]
KINDS: tuple[ProbeKind, ...] = ("startup", "liveness", "readiness")
# An event this old says nothing about now, unless the probe asks more seldom.
_FRESH = 60.0
_HANDLERS = ("httpGet", "tcpSocket", "grpc")


@dataclass(frozen=True)
class Probe:
    """One probe. `port` is None where it asks on none (exec) or the name of its port is not declared.

    `host` is "" for the pod itself. Times are in seconds.
    """

    kind: ProbeKind
    handler: str
    port: int | None
    scheme: str
    host: str
    path: str
    initial_delay: int
    period: int
    timeout: int
    failure_threshold: int

    @property
    def allows(self) -> int:
        """How long the container may take from its start until it answers; then the kubelet acts."""
        return self.initial_delay + self.period * self.failure_threshold


@dataclass(frozen=True)
class Failures:
    """What the kubelet reports of one probe of one container: failed questions, and stops for them."""

    unhealthy: tuple[Event, ...]
    kills: tuple[Event, ...]

    @property
    def count(self) -> int:
        """How often it failed."""
        return sum(event.count for event in self.unhealthy)

    @property
    def latest(self) -> str:
        """What the kubelet said last."""
        return (self.unhealthy or self.kills)[-1].message

    @property
    def since(self) -> datetime | None:
        """When the first of them was seen."""
        return min((event.first for event in (*self.unhealthy, *self.kills) if event.first), default=None)

    def __bool__(self) -> bool:
        return bool(self.unhealthy or self.kills)


def failures_of(situation: Situation, view: ContainerView, kind: ProbeKind) -> Failures:
    """The failures of one probe, the earliest first."""
    return Failures(
        tuple(
            event
            for event in situation.container_events(view, "Unhealthy")
            if event.message.lower().startswith(f"{kind} probe")
        ),
        tuple(
            event for event in situation.container_events(view, "Killing") if f"failed {kind} probe" in event.message
        ),
    )


def fails_now(situation: Situation, view: ContainerView, kind: ProbeKind, failures: Failures) -> bool:
    """Whether the probe fails now: a readiness failure before the container became ready has passed."""
    if not failures:
        return False
    if kind == "readiness":
        return not view.ready
    if kind == "startup" and view.status.get("started") is True and not failures.kills:
        return False
    last = max((event.last for event in (*failures.unhealthy, *failures.kills) if event.last), default=None)
    age = situation.age(last)
    if not view.ready or age is None:
        return True
    probe = probe_of(view.spec, kind)
    return age < max(_FRESH, 3.0 * (probe.period if probe else 10))


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
        scheme="https" if o.dig(spec, handler, "scheme") == "HTTPS" else "http",
        host=o.text(o.dig(spec, handler, "host")),
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


def own_changes(situation: Situation, view: ContainerView, kind: ProbeKind) -> tuple[Change, ...]:
    """What the new revision changed in this probe."""
    probe = f"spec.{'containers' if view.role == 'main' else 'initContainers'}[{view.name}].{kind}Probe"
    return tuple(
        change for change in situation.changed if change.field == probe or change.field.startswith(f"{probe}.")
    )


def answers_of(situation: Situation, view: ContainerView) -> list[ProbeAnswer]:
    """What this instance of the container answered; where it was not asked, what another pod's same container did."""
    found = [
        answer
        for answer in situation.evidence.answers
        if answer.container == view.name and (answer.pod_uid, answer.pod) in situation.pod_names
    ]
    own = [answer for answer in found if (answer.pod, answer.restarts) == (o.name_of(view.pod), view.restarts)]
    return own or [answer for answer in found if answer.pod != o.name_of(view.pod)]


def answer_to(answers: t.Iterable[ProbeAnswer], port: int | None, path: str) -> ProbeAnswer | None:
    """The answer to one question."""
    return next((answer for answer in answers if (answer.port, answer.path) == (port, path)), None)


def earlier_target(situation: Situation, view: ContainerView, kind: ProbeKind) -> Probe | None:
    """The probe of the revision before that says where the application answered: of this kind, else of another."""
    if situation.previous is None:
        return None
    before = container_of(o.pod_template(situation.previous), view.name)
    found = [probe for other in (kind, *KINDS) if (probe := probe_of(before, other)) and probe.port and not probe.host]
    return next(iter(found), None)


def _port(container: o.JsonObject, value: t.Any) -> int | None:
    if isinstance(value, str) and not value.isdigit():
        for entry in o.sequence(container.get("ports")):
            if o.mapping(entry).get("name") == value:
                return o.number(o.mapping(entry).get("containerPort")) or None
        return None
    if isinstance(value, str):
        return int(value) if len(value) <= 5 else None
    return o.number(value) or None
