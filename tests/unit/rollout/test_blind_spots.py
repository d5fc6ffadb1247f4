# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wrong verdicts that other tools give, each by name, and the right one.

Sources: kubectl `pkg/polymorphichelpers/rollout_status.go`; kstatus `pkg/kstatus/status/core.go` (kubernetes-sigs/
cli-utils); Argo CD gitops-engine `pkg/health`; Helm `pkg/kube/ready.go` and `statuswait.go`; Flagger
`pkg/canary/deployment_ready.go`.
"""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.judge import Look, RolloutJudge
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.objects import comparable_template
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.snapshot import Snapshot
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.verdict import Patience, Sign
from tests.unit.rollout.factory import (
    NOW,
    ago,
    container_status,
    controller_revision,
    daemon_set,
    deadline_of,
    deployment,
    pod,
    progressing,
    replica_set,
    stateful_set,
    waiting,
)

Json = dict[str, t.Any]
NOTHING = Sign("unknown", "insufficient_evidence", terminal=False, grace=0.0)
NEEDS_QUOTA = Sign("admission", "quota_exceeded", terminal=False, grace=60.0)
BAD_NAME = Sign("image", "invalid_image_name", terminal=True, grace=0.0)
INIT_CRASH = Sign("crash", "exit_nonzero", terminal=False, grace=30.0)
UNSCHEDULABLE = Sign("scheduling", "insufficient_cpu", terminal=False, grace=30.0)


def snapshot(workload: Json, *pods: Json, services: t.Sequence[Json] = (), slices: t.Sequence[Json] = ()) -> Snapshot:
    make = replica_set if workload["kind"] == "Deployment" else controller_revision
    found = Snapshot(workload)
    found.replace("revision", [make(workload, 1), make(workload, 2)])
    found.replace("pod", pods)
    found.replace("service", services)
    found.replace("slice", slices)
    return found


def judge(**more: t.Any) -> RolloutJudge:
    return RolloutJudge(Patience(), 0.0, more.pop("expected_template", None), **more)


def look(by: RolloutJudge, seen: Snapshot, sign: Sign = NOTHING, clock: float = 0.0) -> Look:
    return by.look(seen, sign, None, clock, NOW)


def phase(workload: Json, *pods: Json, sign: Sign = NOTHING) -> tuple[bool, str, str]:
    found = look(judge(), snapshot(workload, *pods), sign)
    return found.decided, found.assessment.phase, found.assessment.reason


class TestKubectl:
    def test_b1_a_certain_failure_is_not_waited_for(self) -> None:
        assert phase(deployment(updated=1), sign=BAD_NAME) == (True, "failed", "invalid_image_name")

    def test_b2_a_pod_that_becomes_ready_again_and_again_does_not_reset_the_clock_for_ever(self) -> None:
        mine = deployment(updated=1, available=0, conditions=[progressing("ReplicaSetUpdated", seconds_ago=0)])
        seen, by = snapshot(mine), judge()
        clock = 0.0
        verdicts = []
        for ready in (True, False) * 5:
            seen.apply("pod", "MODIFIED", pod(replica_set(mine, 2), ready=ready))
            verdicts.append(look(by, seen, clock=clock))
            clock += 5.0
        assert [found.decided for found in verdicts].index(True) == 7
        assert verdicts[7].assessment.reason == "flapping"

    def test_b3_a_completed_rollout_that_crashes_later_can_fail(self) -> None:
        mine = deployment(available=2, conditions=[progressing("NewReplicaSetAvailable", seconds_ago=86400)])
        assert phase(mine, sign=BAD_NAME)[1] == "failed"
        assert phase(mine) == (False, "progressing", "rolling_out")

    def test_b3_scaled_up_with_an_image_that_is_gone_can_fail(self) -> None:
        mine = deployment(3, 0, 3, conditions=[progressing("NewReplicaSetAvailable", seconds_ago=86400)])
        assert phase(mine, sign=BAD_NAME)[1] == "failed"

    def test_b4_the_deadline_of_the_revision_that_was_left_says_nothing_after_an_undo(self) -> None:
        mine = deployment(conditions=[deadline_of("api-server-hash3")])
        assert phase(mine) == (True, "complete", "rollout_complete")
        one = deployment(1, 0, 2, replicas=1, conditions=[deadline_of("api-server-hash3")])
        assert phase(one) == (False, "progressing", "rolling_out")

    def test_b5_pods_that_cannot_be_created_are_seen(self) -> None:
        refused = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate"}
        mine = deployment(updated=0, conditions=[refused])
        assert phase(mine) == (False, "progressing", "replica_failure")
        by = judge()
        assert look(by, snapshot(mine), NEEDS_QUOTA, 0.0).next_look == 60.0
        assert look(by, snapshot(mine), NEEDS_QUOTA, 60.0).assessment.reason == "quota_exceeded"

    def test_b6_one_success_of_a_probe_is_not_enough_where_stability_is_asked_for(self) -> None:
        by = judge(stable_for=30.0)
        first = look(by, snapshot(deployment()), clock=0.0)
        assert (first.decided, first.assessment.reason, first.next_look) == (False, "not_stable_yet", 30.0)
        look(by, snapshot(deployment(available=2)), clock=20.0)
        assert look(by, snapshot(deployment()), clock=31.0).assessment.reason == "not_stable_yet"
        assert look(by, snapshot(deployment()), clock=61.0).assessment.phase == "complete"

    def test_b6_a_service_that_selects_nothing_is_not_green(self) -> None:
        stranger = {"metadata": {"name": "api", "uid": "s"}, "spec": {"selector": {"app": "api-sever"}}}
        found = look(judge(services=True), snapshot(deployment(), services=[stranger]))
        assert (found.decided, found.assessment.reason) == (False, "service_not_ready")
        assert found.assessment.message == "3 of 3 pods available, but no Service selects them"

    def test_b7_paused_with_a_change_is_said_and_no_deadline_is_no_eternity(self) -> None:
        assert phase(deployment(updated=0, paused=True)) == (True, "paused", "deployment_paused")
        assert phase(deployment(updated=1, progressDeadlineSeconds=None), sign=BAD_NAME)[1] == "failed"

    def test_b8_a_newer_rollout_is_not_followed_silently(self) -> None:
        newer = deployment(image="app:3")
        newer["metadata"]["managedFields"] = [
            {"manager": "ci", "time": ago(1), "fieldsV1": {"f:spec": {"f:template": {}}}}
        ]
        by = judge(expected_template=comparable_template(deployment()))
        found = look(by, snapshot(newer))
        assert (found.decided, found.assessment.phase) == (True, "superseded")
        assert found.assessment.message == "another pod template was written by ci meanwhile"

    def test_b8_scaling_is_followed(self) -> None:
        by = judge(expected_template=comparable_template(deployment()))
        found = look(by, snapshot(deployment(replicas=5)))
        assert (found.decided, found.assessment.message) == (False, "3 of 5 pods updated, 3 available")

    def test_a_stateful_set_on_its_old_revision_is_not_done(self) -> None:
        mine = stateful_set(updated=0, ready=3, current="api-server-1", update="api-server-2")
        assert phase(mine)[1] == "progressing"

    @pytest.mark.parametrize("source", [stateful_set(ready=0), daemon_set(available=0)])
    def test_stateful_and_daemon_sets_can_fail(self, source: Json) -> None:
        assert phase(source, sign=BAD_NAME)[1] == "failed"


class TestKstatus:
    def test_a_failed_pod_is_not_current(self) -> None:
        mine = deployment(available=2)
        ended = pod(replica_set(mine, 2), ready=False)
        ended["status"]["phase"] = "Failed"
        assert phase(mine, ended)[1] == "progressing"

    def test_pending_pods_with_a_certain_failure_are_not_in_progress(self) -> None:
        mine = deployment(updated=1)
        assert phase(mine, waiting(pod(replica_set(mine, 2), ready=False), "InvalidImageName"), sign=BAD_NAME)[0]

    def test_restarts_of_init_containers_count(self) -> None:
        mine = deployment(updated=1)
        crashing = container_status(pod(replica_set(mine, 2), ready=False), "initContainerStatuses", restartCount=2)
        assert phase(mine, crashing, sign=INIT_CRASH) == (True, "failed", "exit_nonzero")

    def test_unschedulable_for_15_seconds_is_no_failure_under_an_autoscaler(self) -> None:
        mine, by = deployment(updated=1), judge()
        look(by, snapshot(mine), UNSCHEDULABLE, clock=0.0)
        assert not look(by, snapshot(mine), UNSCHEDULABLE, clock=29.0).decided
        assert not look(by, snapshot(mine), NOTHING, clock=31.0).decided

    def test_a_stateful_set_with_on_delete_is_not_current_while_old_pods_run(self) -> None:
        mine = stateful_set(updated=1, updateStrategy={"type": "OnDelete"})
        assert phase(mine) == (True, "paused", "on_delete")


class TestArgoCd:
    def test_a_crash_that_is_over_does_not_degrade(self) -> None:
        mine = deployment(updated=1)
        recovered = container_status(
            pod(replica_set(mine, 2), ready=False), lastState={"terminated": {"exitCode": 1}}, restartCount=1
        )
        assert phase(mine, recovered) == (False, "progressing", "rolling_out")

    def test_a_healthy_paused_deployment_is_complete(self) -> None:
        assert phase(deployment(paused=True))[1] == "complete"


class TestHelm:
    def test_one_replica_with_max_unavailable_one_is_not_ready_with_zero_pods(self) -> None:
        strategy = {"rollingUpdate": {"maxUnavailable": 1}}
        assert phase(deployment(1, 0, 1, replicas=1, strategy=strategy))[1] == "progressing"

    def test_zero_pods_are_complete_only_where_zero_are_wanted(self) -> None:
        assert phase(deployment(0, 0, 0, replicas=0))[1:] == ("complete", "scaled_to_zero")


class TestFlagger:
    def test_an_old_revision_that_is_broken_does_not_condemn_its_fix(self) -> None:
        mine = deployment(updated=1, available=0)
        old = container_status(pod(replica_set(mine, 1), "old", ready=False), restartCount=40)
        assert phase(mine, old, sign=INIT_CRASH)[0] is False
