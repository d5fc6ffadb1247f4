# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rollouts that do not go on although no container fails.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import re
import typing as t
from datetime import datetime, timedelta

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.finding import (
    Finding,
    about,
    event_item,
    pod_key,
    reference,
    status_item,
    written,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.model import EvidenceItem
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.probes import Probe, probe_of
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.situation import (
    ContainerView,
    Event,
    Situation,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.standing import deadline_passed
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout import objects as o

# Most init containers end within seconds: after this one is named. A migration may take minutes: the verdict waits.
_INIT_NAMED_AFTER = 30.0
_INIT_GRACE = 300.0
_SLOW_START = 60.0
# Of the questions that fit into the time of the failures, at most this share failed: the others were answered.
_ANSWERED = 0.7
_EXIT_CODE = re.compile(r"[Cc]ontainer (?P<container>\S+) .*exit code (?P<code>\d{1,3})")
_OWN_CONDITIONS = {"Ready", "ContainersReady", "Initialized", "PodScheduled"}


def match(situation: Situation) -> t.Iterable[Finding]:
    """The deadline, init containers that do not end, and readiness gates."""
    yield from _deadline(situation)
    yield from _job(situation)
    yield from _failed_pods(situation)
    yield from _never_ready(situation)
    yield from _flapping(situation)
    yield from _init_containers(situation)
    yield from _gates(situation)


def _deadline(situation: Situation) -> t.Iterable[Finding]:
    if not deadline_passed(situation):
        return
    condition = o.mapping(o.condition(situation.workload, "Progressing"))
    moment = o.parse_time(condition.get("lastTransitionTime"))
    message = o.text(condition.get("message"))
    item = EvidenceItem(
        reference(situation.workload), "status.conditions[Progressing].message", message, written(moment)
    )
    yield Finding("progress_deadline_exceeded", 0.8, evidence=(item,), since=moment)


def _job(situation: Situation) -> t.Iterable[Finding]:
    """A Job that its controller gave up, by what the condition says: its pods may be gone already."""
    condition = o.mapping(o.condition(situation.workload, "Failed"))
    if situation.kind != "Job" or condition.get("status") != "True":
        return
    moment = o.parse_time(condition.get("lastTransitionTime"))
    reason, message = o.text(condition.get("reason")), o.text(condition.get("message"))
    item = EvidenceItem(
        reference(situation.workload), "status.conditions[Failed]", f"{reason}: {message}", written(moment)
    )
    if reason == "DeadlineExceeded":
        yield Finding("progress_deadline_exceeded", 0.85, evidence=(item,), since=moment)
        return
    code = _EXIT_CODE.search(message)
    words = {"container": code.group("container") if code else "of its pods", "line": f": {message}" if message else ""}
    cause = "exit_nonzero" if code else "crash_loop_unknown"
    yield Finding(
        cause, 0.6, words={**words, "code": code.group("code") if code else ""}, evidence=(item,), since=moment
    )


def _failed_pods(situation: Situation) -> t.Iterable[Finding]:
    """Pods that have ended badly and of whose containers nothing is recorded."""
    for pod in situation.pods:
        recorded = any(o.dig(pod, "status", listing) for listing in ("containerStatuses", "initContainerStatuses"))
        if o.dig(pod, "status", "phase") != "Failed" or recorded or o.dig(pod, "status", "reason"):
            continue
        message = o.text(o.dig(pod, "status", "message"))
        item = EvidenceItem(f"Pod/{o.name_of(pod)}", "status.phase", f"Failed {message}".strip())
        words = {"container": "of the pod", "code": "that is not recorded", "line": f": {message}" if message else ""}
        yield Finding("exit_nonzero", 0.5, words=words, evidence=(item,), pods=frozenset({pod_key(pod)}))


def _never_ready(situation: Situation) -> t.Iterable[Finding]:
    """Containers that run and are not ready for long, in a record without any event: their probe is all that can be."""
    if situation.events:
        return
    for view in situation.containers:
        probe = probe_of(view.spec, "readiness")
        age = situation.age(view.running_since)
        if probe is None or age is None or view.ready or view.status.get("started") is False:
            continue
        if age > probe.initial_delay + probe.period * probe.failure_threshold + _SLOW_START:
            item = status_item(view, f"{view.path}.ready", "false", view.running_since)
            yield about(view, "readiness_probe_failing", 0.5, words={"line": ""}, evidence=(item,))


def _flapping(situation: Situation) -> t.Iterable[Finding]:
    """Containers that were ready and lost it without a restart, and pods that fail some of the questions only."""
    for view in situation.containers:
        probe = probe_of(view.spec, "readiness")
        started = view.running_since
        if probe is None or started is None or view.restarts:
            continue
        failures = [
            event
            for event in situation.container_events(view, "Unhealthy")
            if event.message.lower().startswith("readiness probe")
        ]
        if not failures or not _comes_and_goes(view, probe, started, failures):
            continue
        count = sum(event.count for event in failures)
        yield about(
            view,
            "flapping",
            # More than that the probe fails at the moment, even where the failure was seen by asking.
            0.93,
            words={"line": f": its readiness probe failed {count} times, with answers in between"},
            evidence=(event_item(failures[-1]),),
            since=min((event.first for event in failures if event.first), default=None),
        )


def _comes_and_goes(view: ContainerView, probe: Probe, started: datetime, failures: list[Event]) -> bool:
    first = min((event.first for event in failures if event.first), default=None)
    last = max((event.last for event in failures if event.last), default=None)
    count = sum(event.count for event in failures)
    changed = o.parse_time(o.mapping(o.condition(view.pod, "Ready")).get("lastTransitionTime"))
    if first is None or last is None or changed is None:
        return False
    threshold = timedelta(seconds=probe.period * probe.failure_threshold)
    if not view.ready:
        # It lost its readiness at `changed`; failures long before that are of an earlier time.
        was_ready = changed > started + timedelta(seconds=probe.initial_delay) + threshold
        return was_ready and first < changed - 2 * threshold
    # The kubelet reports no more than 25 in a row: above that the count says nothing.
    asked = (last - first).total_seconds() / probe.period + 1
    recent = changed > last - threshold and last > started + threshold
    return recent and 2 * probe.failure_threshold <= count <= min(20, _ANSWERED * asked)


def _init_containers(situation: Situation) -> t.Iterable[Finding]:
    passed_deadline = deadline_passed(situation)
    for view in situation.containers:
        age = situation.age(view.running_since)
        if view.role != "init" or view.state("running") is None or view.restarts:
            continue
        if passed_deadline or (age is not None and age > _INIT_NAMED_AFTER):
            since = view.running_since
            item = status_item(view, f"{view.path}.state.running.startedAt", "still running", since)
            sure = 0.85 if passed_deadline or (age or 0.0) > _INIT_GRACE else 0.65
            yield about(view, "init_container_hang", sure, evidence=(item,), since=since, grace=_INIT_GRACE)


def _gates(situation: Situation) -> t.Iterable[Finding]:
    for pod in situation.pods:
        if o.mapping(o.condition(pod, "ContainersReady")).get("status") != "True":
            continue
        for gate in o.sequence(o.dig(pod, "spec", "readinessGates")):
            kind = o.text(o.mapping(gate).get("conditionType"))
            found = o.mapping(o.condition(pod, kind))
            if kind and kind not in _OWN_CONDITIONS and found.get("status") != "True":
                moment = o.parse_time(o.mapping(o.condition(pod, "ContainersReady")).get("lastTransitionTime"))
                status = o.text(found.get("status")) or "absent"
                item = EvidenceItem(
                    f"Pod/{o.name_of(pod)}", f"status.conditions[{kind}].status", status, written(moment)
                )
                yield Finding(
                    "readiness_gate_not_satisfied",
                    0.93,
                    words={"name": kind},
                    evidence=(item,),
                    pods=frozenset({pod_key(pod)}),
                    since=moment,
                )
