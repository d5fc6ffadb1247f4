# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The product's own answer to a case: the diagnosis, and whether `rollout_status` calls the rollout failed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.engine import diagnose
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.evidence import Evidence
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.identity import identified
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.model import Diagnosis
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout import objects as o
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.judge import RolloutJudge
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.snapshot import Snapshot
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.verdict import Patience, Sign

# What has pods, and so can be rolled out.
_ROLLED_OUT = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Rollout", "Job", "Pod"})
# Each look ends the grace of a cause or the observation of a complete rollout; there are not many of them.
_MAX_LOOKS = 10


@dataclass(frozen=True)
class Answer:
    """What was said of one record.

    `failed` is the verdict that a waiter ends with if all stays as recorded, `failed_now` the one at that moment: in
    between is the grace of a cause that may pass.
    """

    category: str
    cause: str
    confidence: float
    role: str
    failed: bool
    failed_now: bool
    summary: str


def judge(evidence: Evidence) -> Answer:
    """The diagnosis and the verdict on recorded evidence."""
    diagnosis = diagnose(evidence)
    verdicts = list(_verdicts(evidence, diagnosis))
    return Answer(
        category=diagnosis.category,
        cause=diagnosis.cause,
        confidence=diagnosis.confidence,
        role=diagnosis.container_role,
        failed=verdicts[-1],
        failed_now=verdicts[0],
        summary=diagnosis.summary,
    )


def _verdicts(evidence: Evidence, diagnosis: Diagnosis) -> Iterator[bool]:
    """Whether the rollout counts as failed, look after look; at least one."""
    whole = identified(evidence)
    if o.text(whole.workload.get("kind")) not in _ROLLED_OUT:
        yield False
        return
    snapshot = Snapshot(whole.workload)
    snapshot.replace("revision", whole.revisions)
    snapshot.replace("pod", whole.pods)
    snapshot.replace("event", whole.events)
    sign = Sign(diagnosis.category, diagnosis.cause, diagnosis.terminal, diagnosis.grace)
    judging = RolloutJudge(Patience(), None, None)
    now, clock = o.parse_time(whole.taken_at), 0.0
    for _look in range(_MAX_LOOKS):
        look = judging.look(snapshot, sign, diagnosis.since, clock, now)
        yield look.assessment.phase == "failed"
        if look.decided or look.next_look is None:
            return
        clock += look.next_look
        now = now + timedelta(seconds=look.next_look) if now else None
