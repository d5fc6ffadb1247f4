# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The phase of a rollout, with a test for each difference from `kubectl rollout status`."""

from __future__ import annotations

import copy
import typing as t

import pytest

from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.assess import (
    Counts,
    assess,
    completed_at,
    counts_of,
    deadline_exceeded,
    replica_failure,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.objects import comparable_template
from tests.unit.rollout.factory import (
    NOW,
    ago,
    controller_revision,
    daemon_set,
    deadline_of,
    deployment,
    pod,
    progressing,
    replica_set,
    stateful_set,
    with_status,
)


def judged(workload: dict[str, t.Any], **more: t.Any) -> tuple[str, str, str]:
    revisions = [replica_set(workload, 1), replica_set(workload, 2)]
    found = assess(workload, revisions, **more)
    return found.phase, found.reason, found.message


def test_complete_when_all_pods_are_updated_and_available_and_no_old_one_is_left() -> None:
    assert judged(deployment()) == ("complete", "rollout_complete", "3 of 3 pods available")


def test_the_assessment_names_the_new_revision_and_the_counts() -> None:
    mine = deployment(updated=1, available=2, total=4)
    found = assess(mine, [replica_set(mine, 1), replica_set(mine, 2)])
    assert found.to_dict() == {
        "phase": "progressing",
        "reason": "rolling_out",
        "message": "1 of 3 pods updated, 2 available",
        "counts": {"desired": 3, "updated": 1, "ready": 2, "available": 2, "total": 4},
        "revision": 2,
        "template_hash": "hash2",
    }


def test_without_a_new_revision_there_is_no_number_and_no_hash() -> None:
    found = assess(deployment(image="app:9"), [])
    assert (found.revision, found.template_hash) == (0, "")


@pytest.mark.parametrize(
    ("updated", "available", "total", "message"),
    [
        (1, 2, 3, "1 of 3 pods updated, 2 available"),
        (3, 2, 3, "2 of 3 updated pods available"),
        (3, 3, 4, "1 old pod still to stop"),
        (3, 3, 5, "2 old pods still to stop"),
    ],
)
def test_what_is_missing_is_said(updated: int, available: int, total: int, message: str) -> None:
    assert judged(deployment(updated, available, total)) == ("progressing", "rolling_out", message)


def test_a_status_of_an_earlier_generation_says_nothing() -> None:
    mine = deployment()
    mine["status"]["observedGeneration"] = 1
    assert judged(mine)[:2] == ("progressing", "not_observed")
    del mine["status"]
    assert judged(mine)[:2] == ("progressing", "not_observed")


def test_zero_replicas_is_complete() -> None:
    assert judged(deployment(0, 0, 0, replicas=0))[:2] == ("complete", "scaled_to_zero")
    assert judged(daemon_set(0, 0, 0))[:2] == ("complete", "scaled_to_zero")


def test_zero_replicas_is_complete_whatever_the_deadline_said() -> None:
    mine = deployment(0, 0, 0, replicas=0, conditions=[deadline_of("api-server-hash2")])
    assert judged(mine)[0] == "complete"


def test_a_deleted_workload_has_failed() -> None:
    mine = deployment()
    mine["metadata"]["deletionTimestamp"] = ago(1)
    assert judged(mine)[:2] == ("failed", "workload_deleted")


def test_a_paused_healthy_deployment_is_complete() -> None:
    assert judged(deployment(paused=True))[0] == "complete"


def test_a_paused_deployment_with_a_pending_change_is_paused_and_not_failed() -> None:
    mine = deployment(updated=0, paused=True, conditions=[deadline_of("api-server-hash2")])
    assert judged(mine) == ("paused", "deployment_paused", "paused: 0 of 3 pods updated, 3 available")


def test_the_deadline_of_this_revision_is_a_failure() -> None:
    mine = deployment(updated=1, available=2, conditions=[deadline_of("api-server-hash2")])
    phase, reason, message = judged(mine)
    assert (phase, reason) == ("failed", "progress_deadline_exceeded")
    assert message == "progress deadline exceeded: 1 of 3 pods updated, 2 available"


def test_a_deadline_that_names_another_replica_set_is_stale() -> None:
    mine = deployment(updated=1, available=2, conditions=[deadline_of("api-server-hash1")])
    assert judged(mine)[:2] == ("progressing", "rolling_out")


def test_a_name_that_only_begins_alike_is_another_replica_set() -> None:
    mine = deployment(updated=1, available=2, conditions=[deadline_of("api-server-hash22")])
    assert judged(mine)[0] == "progressing"


def test_a_stale_deadline_does_not_fail_a_complete_rollout() -> None:
    assert judged(deployment(conditions=[deadline_of("api-server-hash2")]))[0] == "complete"


def test_a_deadline_whose_message_names_nothing_counts() -> None:
    mine = deployment(conditions=[progressing("ProgressDeadlineExceeded", "timed out progressing")])
    assert deadline_exceeded(mine, replica_set(mine, 2))


def test_other_reasons_of_the_condition_are_no_deadline() -> None:
    new = replica_set(deployment(), 2)
    assert not deadline_exceeded(deployment(), new)
    assert not deadline_exceeded(deployment(conditions=[progressing("ReplicaSetUpdated", "")]), new)


def test_without_the_new_replica_set_a_deadline_cannot_be_its_own() -> None:
    mine = deployment(updated=0, image="app:9", conditions=[deadline_of("api-server-hash2")])
    assert judged(mine)[0] == "progressing"


def test_another_template_is_superseded_and_the_writer_is_named() -> None:
    mine = deployment()
    expected = comparable_template(mine)
    newer = deployment(image="app:3")
    newer["metadata"]["managedFields"] = [
        {"manager": "kubectl-set", "time": ago(1), "fieldsV1": {"f:spec": {"f:template": {}}}}
    ]
    phase, reason, message = judged(newer, expected_template=expected)
    assert (phase, reason) == ("superseded", "template_changed")
    assert message == "another pod template was written by kubectl-set meanwhile"


def test_a_writer_that_is_unknown_is_not_named() -> None:
    expected = comparable_template(deployment())
    message = judged(deployment(image="app:3"), expected_template=expected)[2]
    assert message == "another pod template was written meanwhile"


def test_scaling_while_it_is_waited_is_followed_and_not_superseded() -> None:
    expected = comparable_template(deployment())
    scaled = deployment(replicas=5, updated=5, available=4, total=5)
    assert judged(scaled, expected_template=expected) == ("progressing", "rolling_out", "4 of 5 updated pods available")


def test_that_no_pod_can_be_created_is_said_while_pods_are_missing() -> None:
    refused = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate"}
    mine = deployment(updated=0, conditions=[refused])
    assert judged(mine) == ("progressing", "replica_failure", "no pod can be created: 0 of 3 pods updated, 3 available")
    some = [pod(replica_set(mine, 2), ready=False)]
    assert judged(mine, pods=some)[2].startswith("no further pod can be created")
    assert judged(deployment(updated=3, available=2, conditions=[refused]))[1] == "rolling_out"


def test_an_old_replica_sets_failure_is_not_the_new_ones() -> None:
    refused = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate"}
    mine = deployment(updated=1, conditions=[refused])
    new = {**replica_set(mine, 2), "status": {"replicas": 1}}
    assert assess(mine, [replica_set(mine, 1), new]).reason == "rolling_out"
    refusing = {**new, "status": {"conditions": [{**refused, "message": "exceeded quota"}]}}
    assert assess(mine, [refusing]).reason == "replica_failure"
    assert replica_failure(mine, refusing) == "exceeded quota"


def test_a_revision_that_cannot_be_made_is_said_and_its_deadline_counts() -> None:
    uncreated = {**progressing("ReplicaSetCreateError", "quota"), "status": "False"}
    assert assess(deployment(updated=0, conditions=[uncreated]), []).reason == "replica_failure"
    passed = progressing("ProgressDeadlineExceeded", 'Deployment "api-server" has timed out progressing.')
    mine = deployment(updated=0, conditions=[passed])
    assert assess(mine, []).reason == "progress_deadline_exceeded"
    assert assess(mine, [replica_set(mine, 2)]).phase == "progressing"


@pytest.mark.parametrize("source", [stateful_set(updated=1), daemon_set(updated=1)])
def test_pods_that_a_person_replaces_are_waited_for_by_nobody(source: dict[str, t.Any]) -> None:
    mine = {**source, "spec": {**source["spec"], "updateStrategy": {"type": "OnDelete"}}}
    found = assess(mine, [controller_revision(mine, 1), controller_revision(mine, 2)])
    assert (found.phase, found.reason) == ("paused", "on_delete")


def test_a_replica_failure_that_is_over_is_not_said() -> None:
    mine = deployment(updated=0, conditions=[{"type": "ReplicaFailure", "status": "False"}])
    assert judged(mine)[:2] == ("progressing", "rolling_out")


def test_old_pods_are_never_less_than_none() -> None:
    assert Counts(3, 3, 3, 3, 5).old == 2
    assert Counts(3, 3, 3, 3, 2).old == 0


def stateful(workload: dict[str, t.Any]) -> tuple[str, str]:
    found = assess(workload, [controller_revision(workload, 1), controller_revision(workload, 2)])
    return found.phase, found.message


def test_a_stateful_set_is_complete_when_its_pods_run_the_update_revision() -> None:
    assert stateful(stateful_set())[0] == "complete"


def test_a_stateful_set_that_is_ready_on_its_old_revision_is_not_complete() -> None:
    mine = stateful_set(updated=1, current="api-server-1")
    assert stateful(mine) == ("progressing", "1 of 3 pods updated, 3 ready")


def test_a_stateful_set_that_went_back_still_has_to_replace_the_pods_of_the_left_revision() -> None:
    # after an undo both names are the same at once, while a pod of the revision that was left may still be ready
    mine = stateful_set(updated=2, current="api-server-1", update="api-server-1")
    assert stateful(mine) == ("progressing", "2 of 3 pods updated, 3 ready")


def test_a_stateful_sets_partition_holds_pods_back_on_purpose() -> None:
    strategy = {"rollingUpdate": {"partition": 2}}
    assert stateful(stateful_set(updated=1, current="api-server-1", updateStrategy=strategy))[0] == "complete"
    mine = stateful_set(updated=0, current="api-server-1", updateStrategy=strategy)
    assert stateful(mine) == ("progressing", "0 of 1 pods updated, 3 ready")


def test_a_partition_above_the_replicas_wants_no_updated_pod() -> None:
    strategy = {"rollingUpdate": {"partition": 9}}
    assert stateful(stateful_set(updated=0, current="api-server-1", updateStrategy=strategy))[0] == "complete"


def test_a_stateful_set_waits_for_ready_and_available_pods() -> None:
    assert stateful(stateful_set(ready=2)) == ("progressing", "2 of 3 pods ready")
    assert stateful(stateful_set(available=1)) == ("progressing", "1 of 3 pods available")
    assert stateful(stateful_set(available=3))[0] == "complete"


def test_a_daemon_set_waits_for_updated_and_available_pods() -> None:
    assert judged(daemon_set())[0] == "complete"
    assert judged(daemon_set(updated=2))[::2] == ("progressing", "2 of 3 pods updated, 3 available")
    assert judged(daemon_set(available=1))[::2] == ("progressing", "1 of 3 updated pods available")


def test_counts_of_each_kind_have_one_set_of_names() -> None:
    status = {"desiredNumberScheduled": 9, "updatedNumberScheduled": 1, "numberReady": 2, "numberAvailable": 3}
    mine = with_status(daemon_set(), currentNumberScheduled=4, **status)
    assert counts_of(mine) == Counts(desired=9, updated=1, ready=2, available=3, total=4)
    status = {"updatedReplicas": 1, "readyReplicas": 2, "availableReplicas": 3, "replicas": 4}
    assert counts_of(with_status(deployment(replicas=9), **status)) == Counts(9, 1, 2, 3, 4)
    assert counts_of({}) == Counts(1, 0, 0, 0, 0)


def test_the_last_progress_of_a_deployment_is_read_from_its_condition() -> None:
    assert completed_at(deployment(conditions=[progressing("NewReplicaSetAvailable")])) == NOW
    assert completed_at(stateful_set()) is None


def test_assessing_does_not_change_the_objects() -> None:
    mine = deployment(updated=1)
    revisions = [replica_set(mine, 1), replica_set(mine, 2)]
    before = copy.deepcopy([mine, *revisions])
    assess(mine, revisions, [], comparable_template(mine))
    assert [mine, *revisions] == before
