# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Is this rollout complete, progressing, paused, failed or superseded.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

Pure functions on recorded objects. The rules are those of `kubectl rollout status` (kubectl
`pkg/polymorphichelpers/rollout_status.go`) less its blind spots; each difference says so.
"""

from __future__ import annotations

import dataclasses
import typing as t
from datetime import datetime

from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.objects import (
    JsonObject,
    comparable_template,
    condition,
    current_revision,
    desired_replicas,
    dig,
    is_terminating,
    last_writer_of_template,
    mapping,
    name_of,
    number,
    parse_time,
    pods_of,
    revision_number,
    template_hash,
    text,
)

Phase = t.Literal["complete", "progressing", "paused", "failed", "superseded"]


@dataclasses.dataclass(frozen=True)
class Counts:
    """Replica counts of the workload's status; `desired` is what the spec asks for."""

    desired: int
    updated: int
    ready: int
    available: int
    total: int

    @property
    def old(self) -> int:
        """Pods of earlier revisions that still exist."""
        return max(0, self.total - self.updated)


@dataclasses.dataclass(frozen=True)
class Assessment:
    """What is known of a rollout: its phase, why (a slug and a sentence), counts and the new revision."""

    phase: Phase
    reason: str
    message: str
    counts: Counts
    revision: int
    template_hash: str

    def to_dict(self) -> JsonObject:
        """Shape: `{phase, reason, message, counts: {desired, updated, ready, available, total}, revision, ...}`."""
        return dataclasses.asdict(self)


def counts_of(workload: t.Any) -> Counts:
    """Replica counts of a Deployment, StatefulSet or DaemonSet, under one set of names."""
    status = mapping(dig(workload, "status"))
    desired = desired_replicas(workload)
    if mapping(workload).get("kind") == "DaemonSet":
        return Counts(
            desired=desired,
            updated=number(status.get("updatedNumberScheduled")),
            ready=number(status.get("numberReady")),
            available=number(status.get("numberAvailable")),
            total=number(status.get("currentNumberScheduled")),
        )
    return Counts(
        desired=desired,
        updated=number(status.get("updatedReplicas")),
        ready=number(status.get("readyReplicas")),
        available=number(status.get("availableReplicas")),
        total=number(status.get("replicas")),
    )


def deadline_exceeded(workload: t.Any, revision: t.Any) -> bool:
    """Whether the controller gave up on this very revision.

    The condition survives an undo for a moment (kubernetes/kubernetes#124264) and kubectl then calls a healthy
    rollout failed, so it counts only when its message names the new ReplicaSet. The controller never rewrites the
    message of a condition that it only repeats (`util.SetDeploymentCondition`), and names the Deployment itself where
    there is no new ReplicaSet (`progress.go`).
    """
    progressing = condition(workload, "Progressing")
    if progressing is None or progressing.get("reason") != "ProgressDeadlineExceeded":
        return False
    message = text(progressing.get("message"))
    return '"' not in message or f'"{name_of(revision or workload)}"' in message


def replica_failure(workload: t.Any, revision: t.Any) -> str | None:
    """Why the controller cannot create a pod, or the revision itself, of the new revision; None when it can.

    kubectl ignores both conditions. `ReplicaFailure` of a Deployment may be that of an old ReplicaSet
    (`sync.go` getReplicaFailures), so the new one's own counts where it has a status.
    """
    progressing = mapping(condition(workload, "Progressing"))
    if revision is None and progressing.get("reason") == "ReplicaSetCreateError":
        return text(progressing.get("message"))
    source = revision if mapping(mapping(revision).get("status")) else workload
    failure = mapping(condition(source, "ReplicaFailure"))
    return text(failure.get("message")) if failure.get("status") == "True" else None


def completed_at(workload: t.Any) -> datetime | None:
    """When the last progress of a Deployment's rollout was recorded, None for other kinds."""
    progressing = condition(workload, "Progressing")
    return parse_time(progressing.get("lastUpdateTime")) if progressing else None


def assess(
    workload: t.Any,
    revisions: t.Sequence[t.Any],
    pods: t.Sequence[t.Any] = (),
    expected_template: JsonObject | None = None,
) -> Assessment:
    """The phase of a workload's rollout.

    `expected_template` is the `comparable_template` that a waiter read first: another one now is `superseded`
    (replica changes are not: a person or an autoscaler may scale while a rollout runs).
    """
    revision = current_revision(workload, revisions)
    counts = counts_of(workload)

    def answer(phase: Phase, reason: str, message: str) -> Assessment:
        number_of = revision_number(revision) if revision else 0
        return Assessment(phase, reason, message, counts, number_of, template_hash(revision) if revision else "")

    if expected_template is not None and comparable_template(workload) != expected_template:
        manager, _when = last_writer_of_template(workload)
        who = f" by {manager}" if manager else ""
        return answer("superseded", "template_changed", f"another pod template was written{who} meanwhile")
    if is_terminating(workload):
        return answer("failed", "workload_deleted", "the workload is being deleted")
    generation = number(dig(workload, "metadata", "generation"))
    if generation > number(dig(workload, "status", "observedGeneration")):
        return answer("progressing", "not_observed", "the controller has not seen the last change yet")
    if counts.desired == 0:
        return answer("complete", "scaled_to_zero", "scaled to zero: no pods are wanted")
    missing = _missing(workload, counts)
    if missing is None:
        return answer("complete", "rollout_complete", f"{counts.available} of {counts.desired} pods available")
    if dig(workload, "spec", "paused") is True:
        return answer("paused", "deployment_paused", f"paused: {missing}")
    if deadline_exceeded(workload, revision):
        return answer("failed", "progress_deadline_exceeded", f"progress deadline exceeded: {missing}")
    failure = replica_failure(workload, revision)
    if failure is not None and counts.updated < counts.desired:
        created = "no further" if pods_of(workload, revision, pods) else "no"
        return answer("progressing", "replica_failure", f"{created} pod can be created: {missing}")
    if counts.updated < counts.desired and _waits_for_deletions(workload):
        return answer("paused", "on_delete", f"updateStrategy OnDelete, pods are replaced when deleted: {missing}")
    return answer("progressing", "rolling_out", missing)


def _waits_for_deletions(workload: t.Any) -> bool:
    """Whether only a person replaces the pods: kubectl refuses such a workload, kstatus calls it current."""
    return text(dig(workload, "spec", "updateStrategy", "type")) == "OnDelete"


def _missing(workload: t.Any, counts: Counts) -> str | None:
    """What keeps the rollout from being complete, in words, or None."""
    if mapping(workload).get("kind") == "StatefulSet":
        return _missing_stateful_set(workload, counts)
    if counts.updated < counts.desired:
        return f"{counts.updated} of {counts.desired} pods updated, {counts.available} available"
    if counts.available < counts.desired:
        return f"{counts.available} of {counts.desired} updated pods available"
    if counts.old and mapping(workload).get("kind") == "Deployment":
        return f"{counts.old} old {_pods(counts.old)} still to stop"
    return None


def _missing_stateful_set(workload: t.Any, counts: Counts) -> str | None:
    """As `_missing`, by the pods that run the update revision.

    The names of the revisions say less: after an undo they are equal at once, while ready pods of the revision that
    was left still have to be replaced.
    """
    status = mapping(dig(workload, "status"))
    partition = number(dig(workload, "spec", "updateStrategy", "rollingUpdate", "partition"))
    wanted = max(0, counts.desired - partition)
    if counts.updated < wanted:
        return f"{counts.updated} of {wanted} pods updated, {counts.ready} ready"
    if counts.ready < counts.desired:
        return f"{counts.ready} of {counts.desired} pods ready"
    if "availableReplicas" in status and counts.available < counts.desired:
        return f"{counts.available} of {counts.desired} pods available"
    return None


def _pods(count: int) -> str:
    return "pod" if count == 1 else "pods"
