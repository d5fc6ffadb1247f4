# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a workload stands when no cause is looked for: complete, on its way, held up.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.situation import Situation
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout import objects as o
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.assess import assess, deadline_exceeded

# Without any sign a new pod may take this long (pull, start, probes) before "unknown" is said.
QUIET_START = 120.0


@dataclass(frozen=True)
class Standing:
    """`phase` as `assess` names it, and a sentence."""

    phase: t.Literal["complete", "progressing", "paused", "failed", "scaled_to_zero", "unrecorded"]
    message: str


def standing_of(situation: Situation) -> Standing:
    """The standing of any workload, Jobs and bare pods included."""
    workload = situation.workload
    recorded = o.mapping(workload.get("status"))
    if not workload or not (recorded or situation.evidence.pods or situation.evidence.events):
        return Standing("unrecorded", "no status was recorded")
    if situation.kind == "Pod":
        return _pod(situation)
    if situation.kind == "Job":
        return _job(workload)
    if situation.kind == "PersistentVolumeClaim":
        return _claim(workload)
    if situation.kind not in ("Deployment", "StatefulSet", "DaemonSet"):
        return _replicas(situation) if _has_replicas(situation) else _conditions(workload)
    found = assess(workload, situation.evidence.revisions, situation.evidence.pods)
    if found.reason == "scaled_to_zero":
        return Standing("scaled_to_zero", found.message)
    if found.reason == "on_delete":
        # nothing is held back: pods of either revision may be in trouble
        return Standing("progressing", found.message)
    passed = found.phase == "progressing" and found.reason != "not_observed" and deadline_passed(situation)
    phase = "failed" if passed or found.phase == "superseded" else found.phase
    return Standing(phase, found.message)


def deadline_passed(situation: Situation) -> bool:
    """Whether the controller gave up on this revision; a record without revisions cannot tell which one it means."""
    if situation.evidence.revisions:
        return deadline_exceeded(situation.workload, situation.revision)
    condition = o.mapping(o.condition(situation.workload, "Progressing"))
    return condition.get("reason") == "ProgressDeadlineExceeded"


def _pod(situation: Situation) -> Standing:
    pod = situation.workload
    phase = o.text(o.dig(pod, "status", "phase"))
    if phase == "Succeeded" or (phase in ("Running", "") and o.is_ready(pod)):
        return Standing("complete", "the pod is ready" if phase != "Succeeded" else "the pod has succeeded")
    if phase == "Failed":
        return Standing("failed", "the pod has failed")
    if situation.now is None and not situation.events and phase != "Pending":
        return Standing("unrecorded", "the pod is not ready, and neither times nor events were recorded")
    return Standing("progressing", "the pod is not ready")


def _job(job: o.JsonObject) -> Standing:
    if o.mapping(o.condition(job, "Complete")).get("status") == "True":
        return Standing("complete", "the Job is complete")
    failed = o.mapping(o.condition(job, "Failed"))
    if failed.get("status") == "True":
        return Standing("failed", o.text(failed.get("message")) or "the Job has failed")
    if o.dig(job, "spec", "suspend") is True or o.mapping(o.condition(job, "Suspended")).get("status") == "True":
        return Standing("paused", "the Job is suspended")
    return Standing("progressing", "the Job is not complete")


def _claim(claim: o.JsonObject) -> Standing:
    phase = o.text(o.dig(claim, "status", "phase"))
    return Standing("complete" if phase == "Bound" else "progressing", f"the claim is {phase or 'new'}")


def _has_replicas(situation: Situation) -> bool:
    return bool(situation.pods) or "replicas" in {
        *o.mapping(situation.workload.get("spec")),
        *o.mapping(situation.workload.get("status")),
    }


def _conditions(source: o.JsonObject) -> Standing:
    """An object without pods, by the conditions that most controllers write (as kstatus reads them)."""
    for kind in ("Ready", "Available"):
        condition = o.mapping(o.condition(source, kind))
        if condition.get("status") in ("False", "Unknown"):
            return Standing("progressing", o.text(condition.get("message")) or f"its condition {kind} is not true")
    awaits_address = o.dig(source, "spec", "type") == "LoadBalancer" and not o.dig(source, "status", "loadBalancer")
    if source.get("kind") == "Service" and awaits_address:
        return Standing("progressing", "the load balancer has no address yet")
    return Standing("complete", "no condition says otherwise")


def _replicas(situation: Situation) -> Standing:
    desired = o.desired_replicas(situation.workload)
    ready = o.number(o.dig(situation.workload, "status", "readyReplicas"))
    if desired == 0:
        return Standing("scaled_to_zero", "scaled to zero: no pods are wanted")
    if ready >= desired:
        return Standing("complete", f"{ready} of {desired} pods ready")
    return Standing("progressing", f"{ready} of {desired} pods ready")


def quiet(situation: Situation) -> bool:
    """Whether the new pods are young enough that silence means nothing."""
    ages = [situation.age(o.created_at(entry)) for entry in situation.pods]
    if not ages:
        ages = [situation.age(o.created_at(situation.revision))] if situation.revision else []
    known = [age for age in ages if age is not None]
    return not known or max(known) < QUIET_START
