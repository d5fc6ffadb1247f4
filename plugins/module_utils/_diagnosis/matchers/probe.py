# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Probes that fail while the container itself runs.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import dataclasses
import typing as t
from datetime import datetime, timedelta

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis import logs
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.finding import (
    Finding,
    about,
    answer_item,
    event_item,
    log_item,
    spec_item,
    status_item,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.matchers.crash import (
    crashing,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.matchers.haste import too_aggressive
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.model import EvidenceItem, Remedy
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.probes import (
    KINDS,
    Failures,
    Probe,
    ProbeKind,
    answer_to,
    answers_of,
    container_of,
    declared_ports,
    earlier_probe,
    earlier_target,
    fails_now,
    failures_of,
    own_changes,
    probe_of,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.situation import (
    ContainerView,
    Situation,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.stops import (
    seems_stopped_by,
    stopped_by_probe,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout import objects as o

# An application may take this long to listen before silence on its port means anything.
SLOW_START = 30.0
# A program that still writes its log may be starting for this long.
_LONGEST_START = 300.0
# A log that was written to within these seconds moves.
_MOVING = 20.0
_TWICE = 2
_CERTAIN_PORT, _NEARLY_CERTAIN, CERTAIN = 0.6, 0.97, 0.98


def match(situation: Situation) -> t.Iterable[Finding]:
    """Probes that fail, by what the kubelet reports of them; and probes that cannot succeed, by the specification."""
    for view in situation.containers:
        seems = seems_stopped_by(situation, view)
        if crashing(view) and not seems and not stopped_by_probe(situation, view):
            continue
        for kind in KINDS:
            finding = _judge(situation, view, kind, seems == kind)
            if finding is not None:
                blames = finding.blames or own_changes(situation, view, kind)
                yield dataclasses.replace(finding, blames=blames)


def _judge(situation: Situation, view: ContainerView, kind: ProbeKind, seems_stopped: bool) -> Finding | None:
    failures = failures_of(situation, view, kind)
    probe = probe_of(view.spec, kind)
    if not failures:
        return _by_specification(situation, view, probe, seems_stopped) if probe else None
    if not fails_now(situation, view, kind, failures):
        return None
    message = failures.latest
    answers = answers_of(situation, view)
    evidence = tuple(event_item(event) for event in (*failures.unhealthy[-1:], *failures.kills[-1:]))
    if probe is not None:
        hasty = too_aggressive(situation, view, probe, failures, evidence)
        if hasty is not None:
            return hasty
        if "connection refused" in message and probe.port:
            return _refused(situation, view, probe, failures, evidence)
    if not _often_enough(kind, probe, failures):
        return None
    if "statuscode: 404" in message:
        return _not_found(situation, view, kind, probe, failures, evidence)
    if "context deadline exceeded" in message or "timed out" in message or "i/o timeout" in message:
        words = {"seconds": f"{probe.timeout} s" if probe else "its time"}
        return about(view, f"{kind}_probe_timeout", 0.85, words=words, evidence=evidence, since=failures.since)
    said = message.partition(": ")[2].strip()
    answered = answer_to(answers, probe.port, probe.path) if probe else None
    # The kubelet was told so, and so were we: it is no moment's trouble.
    confirmed = answered is not None and answered.status >= 400 and str(answered.status) in said
    return about(
        view,
        f"{kind}_probe_failing",
        0.92 if confirmed else 0.85,
        words={"line": f": {said}" if said else ""},
        evidence=(*evidence, *((answer_item(answered),) if answered and confirmed else ())),
        since=failures.since,
    )


def _often_enough(kind: ProbeKind, probe: Probe | None, failures: Failures) -> bool:
    """One late answer of a liveness or startup probe does nothing; the kubelet acts at the threshold."""
    if kind == "readiness" or failures.kills:
        return True
    return failures.count >= (probe.failure_threshold if probe else 3)


def _not_found(
    situation: Situation,
    view: ContainerView,
    kind: ProbeKind,
    probe: Probe | None,
    failures: Failures,
    evidence: tuple[EvidenceItem, ...],
) -> Finding:
    """The application answers, and does not know the path; surely so where it knows the earlier revision's."""
    words = {"path": probe.path if probe else "a path"}
    confidence = 0.85
    shown: tuple[EvidenceItem, ...] = ()
    terminal: bool | None = None
    answers = answers_of(situation, view)
    now = answer_to(answers, probe.port, probe.path) if probe else None
    earlier = earlier_target(situation, view, kind)
    before = answer_to(answers, earlier.port, earlier.path) if earlier else None
    if now and before and now.status == 404 and before.good:
        confidence, terminal, shown = CERTAIN, True, (answer_item(now), answer_item(before))
    elif now and now.good:
        # The kubelet sends headers that we do not, or the application has got over it.
        confidence = 0.7
    return about(
        view,
        f"{kind}_probe_wrong_path",
        confidence,
        words=words,
        evidence=(*evidence, *shown),
        since=failures.since,
        terminal=terminal,
    )


def _refused(
    situation: Situation,
    view: ContainerView,
    probe: Probe,
    failures: Failures,
    evidence: tuple[EvidenceItem, ...],
) -> Finding | None:
    """Nobody listens on the probe's port: it is the wrong one, or the application is not up (yet)."""
    since, killed = failures.since, bool(failures.kills)
    confidence, listens, more = _wrong_port(situation, view, probe, killed or failures.count >= _TWICE)
    if confidence >= _CERTAIN_PORT:
        return _wrong_port_finding(situation, view, probe, confidence, listens, (*evidence, *more), since)
    window = timedelta(seconds=SLOW_START + probe.initial_delay)
    # On a busy node the status may still say ContainerCreating when the first event is here.
    started = view.running_since or since
    age = situation.age(started)
    if not killed and age is not None and (age < window.total_seconds() or _still_starting(situation, view, age)):
        return None
    known_since = started + window if started and not killed else since
    words = {"line": f": nothing listens on port {probe.port}"}
    # Whatever was changed, an application that is not up yet may still come up.
    return about(
        view,
        f"{probe.kind}_probe_failing",
        0.75,
        words=words,
        evidence=evidence,
        since=known_since,
        grace=SLOW_START,
    )


def _still_starting(situation: Situation, view: ContainerView, age: float) -> bool:
    """Whether the container was asked, answers nowhere, and writes its log all the while: a slow start.

    A program that writes for ever (that a database does not answer, say) is not believed for ever.
    """
    answers = answers_of(situation, view)
    if age > _LONGEST_START or not answers or any(answer.status for answer in answers):
        return False
    written = [
        situation.age(o.parse_time(excerpt.last_line_at))
        for excerpt in situation.evidence.logs
        if excerpt.container == view.name and not excerpt.previous
    ]
    return any(ago is not None and ago < _MOVING for ago in written)


def _wrong_port(
    situation: Situation, view: ContainerView, probe: Probe, repeatedly: bool = False
) -> tuple[float, list[int], tuple[EvidenceItem, ...]]:
    """How surely the refused port is wrong, on which ports the application seems to listen, and what shows it.

    It is certain where the kubelet was refused `repeatedly` while the application answers where the revision before
    was asked.
    """
    told = [answer for answer in answers_of(situation, view) if answer.status]
    if any(answer.port == probe.port for answer in told):
        return 0.0, [], ()
    before = earlier_target(situation, view, probe.kind)
    known = [answer for answer in told if before is not None and answer.port == before.port and answer.good]
    if known and repeatedly:
        return CERTAIN, [known[0].port], tuple(answer_item(answer) for answer in known)
    confidence = 0.45
    listens: list[int] = []
    shown: list[EvidenceItem] = []
    if told:
        confidence += 0.35 if repeatedly else 0.25
        listens = sorted({answer.port for answer in told})
        shown.extend(answer_item(answer) for answer in told[:2])
    declared = declared_ports(view.spec)
    if declared and probe.port not in declared:
        confidence += 0.2
        listens = listens or declared
        shown.append(spec_item(situation, f"spec.containers[{view.name}].ports", f"containerPort {_list(declared)}"))
    elif declared:
        confidence -= 0.1
    earlier = earlier_probe(situation, view, probe.kind)
    if earlier is not None and earlier.port and earlier.port != probe.port:
        confidence += 0.2
        listens = listens or [earlier.port]
        field = f"spec.containers[{view.name}].{probe.kind}Probe.{probe.handler}.port"
        shown.append(spec_item(situation, field, f"{probe.port}, {earlier.port} in the revision before"))
    for excerpt in situation.logs_of(view):
        ports = logs.listening_ports(excerpt.text)
        if probe.port in ports:
            return 0.0, [], ()
        if ports:
            confidence += 0.25
            listens = listens or sorted(ports)
            shown.append(log_item(excerpt, f"listens on port {_list(listens)}"))
            break
    answering = [
        other.port
        for kind in KINDS
        if kind != probe.kind and (other := probe_of(view.spec, kind)) and other.port and _passes(view, kind)
    ]
    if probe.port in answering:
        return 0.0, [], ()
    if answering:
        confidence += 0.25
        listens = listens or sorted(set(answering))
        field = f"{view.path}.{'ready' if view.ready else 'started'}"
        shown.append(EvidenceItem(f"Pod/{o.name_of(view.pod)}", field, f"true: port {_list(answering)} answers"))
    return min(_NEARLY_CERTAIN, confidence), listens, tuple(shown)


def _passes(view: ContainerView, kind: ProbeKind) -> bool:
    return view.ready if kind == "readiness" else kind == "startup" and view.status.get("started") is True


def _by_specification(situation: Situation, view: ContainerView, probe: Probe, seems_stopped: bool) -> Finding | None:
    """Without a word from the kubelet: the probe asks on a port that the container does not declare."""
    suspicion, listens, evidence = _wrong_port(situation, view, probe)
    fails = seems_stopped or _stays_unready(situation, view, probe)
    moved = earlier_probe(situation, view, probe.kind)
    if probe.port is not None and suspicion >= _CERTAIN_PORT and declared_ports(view.spec) and listens:
        finding = _wrong_port_finding(situation, view, probe, suspicion - 0.1, listens, evidence, _start_of(view))
        if fails:
            return finding
        if moved is not None and moved.port != probe.port:
            # Nobody has refused yet: it is a suspicion, and the kubelet's first question will settle it.
            return dataclasses.replace(finding, confidence=0.55, current=False, grace=SLOW_START)
    if not seems_stopped:
        return None
    line = ": it was stopped as the kubelet stops a container whose probe fails, and no event says so"
    current = not view.ready or view.restarts > 1
    item = status_item(view, view.ended_field, f"exit code {o.mapping(view.ended).get('exitCode')}")
    return about(
        view,
        f"{probe.kind}_probe_failing",
        0.6,
        words={"line": line},
        evidence=(item,),
        since=_start_of(view),
        current=current,
    )


def _stays_unready(situation: Situation, view: ContainerView, probe: Probe) -> bool:
    """Whether the probe has had its chances and the container still is not what the probe would make it."""
    if probe.kind == "liveness" or _passes(view, probe.kind):
        return False
    age = situation.age(view.running_since)
    return age is not None and age > probe.initial_delay + probe.period * probe.failure_threshold


def _start_of(view: ContainerView) -> datetime | None:
    return o.parse_time(o.mapping(view.ended).get("finishedAt")) or view.running_since


def _wrong_port_finding(
    situation: Situation,
    view: ContainerView,
    probe: Probe,
    confidence: float,
    listens: list[int],
    evidence: tuple[EvidenceItem, ...],
    since: datetime | None,
) -> Finding:
    field = f"spec.containers[{view.name}].{probe.kind}Probe.{probe.handler}.port"
    words = {"port": str(probe.port), "listens": _list(listens) if listens else "another"}
    return about(
        view,
        f"{probe.kind}_probe_wrong_port",
        confidence,
        words=words,
        evidence=evidence,
        since=since,
        terminal=True if confidence >= CERTAIN else None,
        blames=tuple(
            change for change in situation.changed if change.field == field or _is_port_of(change.field, view)
        ),
        remedies=_port_remedy(situation, view, probe, listens),
    )


def _is_port_of(field: str, view: ContainerView) -> bool:
    return field.startswith(f"spec.containers[{view.name}].ports[")


def _port_remedy(situation: Situation, view: ContainerView, probe: Probe, listens: list[int]) -> tuple[Remedy, ...]:
    """The patch that lets the probe ask on the only port that the application can mean."""
    if len(listens) != 1 or situation.kind == "Pod":
        return ()
    containers = o.sequence(o.dig(situation.template, "spec", "containers"))
    if view.role != "main" or container_of(situation.template, view.name) not in containers:
        return ()
    index = containers.index(container_of(situation.template, view.name))
    path = f"/spec/template/spec/containers/{index}/{probe.kind}Probe/{probe.handler}/port"
    present = o.dig(containers[index], f"{probe.kind}Probe", probe.handler, "port")
    operations: list[o.JsonObject] = [
        {"op": "test", "path": path, "value": present},
        {"op": "replace", "path": path, "value": listens[0]},
    ]
    summary = f"Let the {probe.kind} probe of container {view.name} ask on port {listens[0]}."
    return (Remedy("patch_workload", summary, operations),)


def _list(ports: t.Iterable[int]) -> str:
    return ", ".join(str(port) for port in ports)
