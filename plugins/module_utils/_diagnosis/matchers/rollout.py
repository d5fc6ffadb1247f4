# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rollouts that do not go on although no container fails.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import typing as t

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.finding import (
    Finding,
    about,
    pod_key,
    reference,
    status_item,
    written,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.model import EvidenceItem
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.situation import Situation
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.standing import deadline_passed
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout import objects as o

# Most init containers end within seconds: after this one is named. A migration may take minutes: the verdict waits.
_INIT_NAMED_AFTER = 30.0
_INIT_GRACE = 300.0
_OWN_CONDITIONS = {"Ready", "ContainersReady", "Initialized", "PodScheduled"}


def match(situation: Situation) -> t.Iterable[Finding]:
    """The deadline, init containers that do not end, and readiness gates."""
    yield from _deadline(situation)
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
