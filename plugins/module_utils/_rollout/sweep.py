# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A sweep's rows: what is kept of a workload and its pods, what that says, and which row comes first.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

Objects are reduced one by one as their page arrives, so the rows do not depend on the pages' size or order.
"""

from __future__ import annotations

import dataclasses
import typing as t
from datetime import datetime, timezone

from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.assess import (
    Assessment,
    Counts,
    Phase,
    assess,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.objects import (
    CONTROLLER_REVISION_HASH_LABEL,
    TEMPLATE_HASH_LABEL,
    condition,
    controller_of,
    created_at,
    is_ready,
    is_terminating,
    label,
    last_writer_of_template,
    mapping,
    name_of,
    namespace_of,
    parse_time,
    text,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.progress import pod_trouble, restarts_of
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.verdict import (
    NO_FAILURE,
    Patience,
    Sign,
    seconds_until_failed,
)

Only = t.Literal["all", "incomplete", "failing"]
# Kind, namespace and name of a workload.
Key = tuple[str, str, str]

# Worst first.
PHASES: tuple[Phase, ...] = ("failed", "progressing", "superseded", "paused", "complete")
# As long as most causes are given (`_diagnosis/cause.py`): a pod's own word is no worse founded.
PODS_GRACE = 30.0
# Waiting cannot change the name of an image.
TERMINAL_TROUBLE = frozenset({"InvalidImageName"})
# `kube-` is reserved for Kubernetes (its documentation of namespaces), `openshift-` for OpenShift.
SYSTEM_PREFIXES = ("kube-", "openshift-")


@dataclasses.dataclass(frozen=True)
class Row:
    """One workload. Times are RFC 3339 in UTC, None where they are not known.

    `changed_at`: when its pod template was last written. `since`: when what is wrong began, None while nothing shows.
    The fields from `category` on are a diagnosis, None where there was none. `deadline` is what the controller wrote
    when it gave up on a ReplicaSet.
    """

    kind: str
    name: str
    namespace: str
    phase: Phase
    reason: str
    message: str
    replicas: Counts
    changed_at: str | None
    since: str | None = None
    category: str | None = None
    cause: str | None = None
    confidence: float | None = None
    summary: str | None = None
    deadline: str = ""

    @property
    def key(self) -> Key:
        """What tells it from all others of a sweep."""
        return self.kind, self.namespace, self.name

    def to_dict(self) -> dict[str, t.Any]:
        """All that a user can use of it."""
        shape = dataclasses.asdict(self)
        del shape["deadline"]
        return shape


@dataclasses.dataclass(frozen=True)
class PodNote:
    """What is kept of a pod. `revision` is the name of its ReplicaSet, or its controller-revision-hash.

    `trouble` is the pod's own word for not running, "" where it gives none; `since` and `created` are RFC 3339.
    """

    name: str
    revision: str
    created: str
    trouble: str
    since: str
    restarts: int


def is_system_namespace(name: str) -> bool:
    """Whether a namespace belongs to the cluster itself."""
    return name.startswith(SYSTEM_PREFIXES) or name == "openshift"


def row_of(workload: t.Any, assessment: Assessment | None = None) -> Row:
    """The row of a workload; without an assessment, by what the workload says of itself."""
    found = assessment or assess(workload, ())
    progressing = mapping(condition(workload, "Progressing"))
    given_up = progressing.get("reason") == "ProgressDeadlineExceeded"
    return Row(
        kind=text(mapping(workload).get("kind")),
        name=name_of(workload),
        namespace=namespace_of(workload),
        phase=found.phase,
        reason=found.reason,
        message=found.message,
        replicas=found.counts,
        changed_at=written(last_writer_of_template(workload)[1] or created_at(workload)),
        deadline=text(progressing.get("message")) if given_up else "",
    )


def workload_of(pod: t.Any) -> tuple[Key, str] | None:
    """The workload that controls a pod and the name of the pod's revision; None for other pods and those that end.

    A ReplicaSet's name is its Deployment's and the pod-template-hash (kubernetes `getNewReplicaSet`), so the
    Deployment is known without the ReplicaSet.
    """
    owner = mapping(controller_of(pod))
    kind, name = text(owner.get("kind")), text(owner.get("name"))
    revision = label(pod, CONTROLLER_REVISION_HASH_LABEL)
    if kind == "ReplicaSet":
        ending = f"-{label(pod, TEMPLATE_HASH_LABEL)}"
        if len(ending) < 2 or not name.endswith(ending):
            return None
        kind, name, revision = "Deployment", name[: -len(ending)], name
    if kind not in ("Deployment", "StatefulSet", "DaemonSet") or is_terminating(pod):
        return None
    return (kind, namespace_of(pod), name), revision


def pod_note(pod: t.Any, revision: str) -> PodNote:
    """What is kept of a pod of that revision."""
    created = written(created_at(pod)) or ""
    return PodNote(
        name=name_of(pod),
        revision=revision,
        created=created,
        trouble=pod_trouble(pod),
        since=written(unready_since([pod])) or created,
        restarts=restarts_of([pod]),
    )


def unready_since(pods: t.Iterable[t.Any]) -> datetime | None:
    """When the first of the pods that are not ready stopped being so, or was created."""
    moments = [
        parse_time(mapping(condition(pod, "Ready")).get("lastTransitionTime")) or created_at(pod)
        for pod in pods
        if not is_ready(pod) and not is_terminating(pod)
    ]
    return min((moment for moment in moments if moment), default=None)


def with_pods(row: Row, notes: t.Iterable[PodNote], patience: Patience, now: datetime) -> Row:
    """The row after what its pods say of themselves: those of the newest revision that has any.

    A condition that names another ReplicaSet is left over from before an undo (kubernetes/kubernetes#124264); where
    no pod can be created there is none to compare with.
    """
    known = list(notes)
    if row.phase != "progressing":
        return row
    newest = max(((note.created, note.revision) for note in known), default=("", ""))[1]
    if row.deadline:
        unnamed = '"' not in row.deadline or not newest or row.reason == "replica_failure"
        if unnamed or f'"{newest}"' in row.deadline:
            message = f"progress deadline exceeded: {row.message}"
            row = dataclasses.replace(row, phase="failed", reason="progress_deadline_exceeded", message=message)
    troubled = [note for note in known if note.revision == newest and note.trouble]
    if not troubled:
        return row
    worst = min(troubled, key=lambda note: (note.since, note.name, note.trouble))
    row = dataclasses.replace(row, message=f"{row.message}; {worst.name}: {worst.trouble}", since=worst.since)
    restarts = max(note.restarts for note in troubled)
    category = "crash" if restarts else "pods"
    sign = Sign(category, "pods_not_running", worst.trouble in TERMINAL_TROUBLE, PODS_GRACE)
    return judged(row, sign, parse_time(worst.since), restarts, patience, now)


def judged(row: Row, sign: Sign, since: datetime | None, restarts: int, patience: Patience, now: datetime) -> Row:
    """The row after one sign: failed where the sign's grace has passed. As one look of `RolloutJudge` would say."""
    if sign.category in NO_FAILURE:
        return row
    row = dataclasses.replace(row, since=written(since))
    seen = (now - since).total_seconds() if since else 0.0
    if row.phase == "progressing" and seconds_until_failed(sign, seen, restarts, patience) == 0.0:
        return dataclasses.replace(row, phase="failed", reason=sign.cause)
    return row


def worst_first(rows: t.Iterable[Row]) -> list[Row]:
    """By phase, what shows trouble and what serves nobody before the rest, then the last changed first."""
    by_name = sorted(rows, key=lambda row: (row.namespace, row.name, row.kind))
    by_change = sorted(by_name, key=lambda row: row.changed_at or "", reverse=True)
    return sorted(by_change, key=_severity)


def _severity(row: Row) -> tuple[int, bool, bool]:
    serves = row.replicas.available > 0 or row.replicas.desired == 0
    return PHASES.index(row.phase), row.since is None, serves


def chosen(rows: t.Iterable[Row], only: Only) -> list[Row]:
    """The rows that are asked for."""
    if only == "failing":
        return [row for row in rows if row.phase == "failed"]
    return [row for row in rows if only == "all" or row.phase != "complete"]


def counts_by_phase(rows: t.Iterable[Row]) -> dict[str, int]:
    """How many rows are in each phase that a single look knows."""
    counts: dict[str, int] = {phase: 0 for phase in PHASES if phase != "superseded"}
    for row in rows:
        counts[row.phase] = counts.get(row.phase, 0) + 1
    return counts


def written(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC, to the second: such times sort as text."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None
