# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look after look: since when a cause lasts, how long a young rollout is observed, and what ends the wait."""

from __future__ import annotations

import typing as t
from datetime import timedelta

import pytest

from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.judge import (
    Look,
    RolloutJudge,
    observation_seconds,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.objects import comparable_template
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.snapshot import Snapshot
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.verdict import Patience, Sign
from tests.unit.rollout.factory import (
    NOW,
    ago,
    container_status,
    deadline_of,
    deployment,
    pod,
    progressing,
    replica_set,
)

NOTHING = Sign("none", "healthy", terminal=False, grace=0.0)
UNKNOWN = Sign("unknown", "insufficient_evidence", terminal=False, grace=0.0)
PULL = Sign("image", "registry_unreachable", terminal=False, grace=30.0)
CRASH = Sign("crash", "exit_nonzero", terminal=False, grace=30.0)
TAG = Sign("image", "image_tag_not_found", terminal=True, grace=0.0)


def seen(workload: dict[str, t.Any], *pods: dict[str, t.Any]) -> Snapshot:
    found = Snapshot(workload)
    found.replace("revision", [replica_set(workload, 1), replica_set(workload, 2)])
    found.replace("pod", pods)
    return found


def judge(observe_for: float | None = 0.0, **more: t.Any) -> RolloutJudge:
    patience = Patience(more.pop("grace", None), more.pop("max_restarts", 2))
    return RolloutJudge(patience, observe_for, more.pop("expected_template", None))


def look(
    by: RolloutJudge, snapshot: Snapshot, sign: Sign = NOTHING, clock: float = 0.0, since: str | None = None
) -> Look:
    return by.look(snapshot, sign, since, clock, NOW)


ROLLING = seen(deployment(updated=1, available=2))
COMPLETE = seen(deployment())


def test_a_rollout_without_a_sign_waits_for_changes_only() -> None:
    for sign in (NOTHING, UNKNOWN):
        found = look(judge(), ROLLING, sign)
        assert (found.decided, found.next_look, found.assessment.phase) == (False, None, "progressing")


def test_a_complete_rollout_that_need_not_be_observed_is_decided() -> None:
    found = look(judge(), COMPLETE)
    assert (found.decided, found.assessment.phase) == (True, "complete")


@pytest.mark.parametrize(
    ("workload", "phase"),
    [
        (deployment(updated=0, paused=True), "paused"),
        (deployment(updated=1, conditions=[deadline_of("api-server-hash2")]), "failed"),
    ],
)
def test_a_phase_that_is_an_end_is_decided(workload: dict[str, t.Any], phase: str) -> None:
    found = look(judge(), seen(workload))
    assert (found.decided, found.assessment.phase) == (True, phase)


def test_a_newer_template_ends_the_wait() -> None:
    by = judge(expected_template=comparable_template(deployment()))
    assert look(by, COMPLETE).assessment.phase == "complete"
    found = look(by, seen(deployment(image="app:3")))
    assert (found.decided, found.assessment.phase) == (True, "superseded")


def test_a_deleted_workload_ends_the_wait() -> None:
    snapshot = seen(deployment(updated=1))
    snapshot.apply("workload", "DELETED", snapshot.workload)
    found = look(judge(), snapshot)
    assert (found.decided, found.assessment.phase, found.assessment.reason) == (True, "failed", "workload_deleted")
    assert found.assessment.message == "the workload was deleted"


def test_a_terminal_cause_is_the_verdict_at_the_first_look() -> None:
    found = look(judge(), ROLLING, TAG)
    assert found.decided
    assert (found.assessment.phase, found.assessment.reason) == ("failed", "image_tag_not_found")
    assert found.assessment.message == "1 of 3 pods updated, 2 available"


def test_a_cause_that_may_be_cured_is_the_verdict_after_its_grace() -> None:
    by = judge()
    first = look(by, ROLLING, PULL, clock=100.0)
    assert (first.decided, first.next_look) == (False, 30.0)
    assert look(by, ROLLING, PULL, clock=110.0).next_look == 20.0
    last = look(by, ROLLING, PULL, clock=130.0)
    assert (last.decided, last.assessment.phase, last.assessment.reason) == (True, "failed", "registry_unreachable")


def test_another_cause_gets_a_grace_of_its_own() -> None:
    by = judge()
    look(by, ROLLING, PULL, clock=0.0)
    assert look(by, ROLLING, CRASH, clock=25.0).next_look == 30.0


@pytest.mark.parametrize("cured", [NOTHING, UNKNOWN])
def test_a_cause_that_went_away_starts_anew_when_it_comes_back(cured: Sign) -> None:
    by = judge()
    look(by, ROLLING, PULL, clock=0.0)
    assert look(by, ROLLING, cured, clock=10.0).next_look is None
    assert look(by, ROLLING, PULL, clock=40.0).next_look == 30.0


def test_what_lasted_before_we_started_counts() -> None:
    assert look(judge(), ROLLING, PULL, since=ago(12)).next_look == 18.0
    assert look(judge(), ROLLING, PULL, since=ago(31)).decided


@pytest.mark.parametrize("since", [None, "", "noise", ago(-3600)])
def test_an_unknown_or_future_start_counts_from_our_own_first_look(since: str | None) -> None:
    by = judge()
    assert look(by, ROLLING, PULL, clock=5.0, since=since).next_look == 30.0
    assert look(by, ROLLING, PULL, clock=15.0, since=since).next_look == 20.0


def test_without_the_servers_clock_only_our_own_counts() -> None:
    assert judge().look(ROLLING, PULL, ago(3600), 0.0, None).next_look == 30.0


def test_restarts_of_the_new_revision_are_the_verdict() -> None:
    mine = deployment(updated=1)
    crashed = container_status(pod(replica_set(mine, 2), "new", ready=False), restartCount=2)
    found = look(judge(), seen(mine, crashed), CRASH)
    assert (found.decided, found.assessment.reason) == (True, "exit_nonzero")
    assert not look(judge(max_restarts=3), seen(mine, crashed), CRASH).decided


def test_restarts_of_an_old_revision_do_not_count() -> None:
    mine = deployment(updated=1)
    crashed = container_status(pod(replica_set(mine, 1), "old"), restartCount=9)
    assert not look(judge(), seen(mine, crashed), CRASH).decided


def test_a_persons_grace_is_used() -> None:
    assert look(judge(grace=5.0), ROLLING, PULL).next_look == 5.0


def test_a_complete_rollout_is_observed_for_its_time() -> None:
    by = judge(observe_for=20.0)
    assert look(by, COMPLETE, clock=0.0) == Look(look(judge(), COMPLETE).assessment, decided=False, next_look=20.0)
    assert look(by, COMPLETE, clock=15.0).next_look == 5.0
    assert look(by, COMPLETE, clock=20.0).decided


def test_a_rollout_that_stops_being_complete_is_observed_anew() -> None:
    by = judge(observe_for=20.0)
    look(by, COMPLETE, clock=0.0)
    assert look(by, ROLLING, clock=10.0).next_look is None
    assert look(by, COMPLETE, clock=25.0).next_look == 20.0


def test_a_release_that_dies_young_has_failed() -> None:
    by = judge(observe_for=20.0)
    look(by, COMPLETE, clock=0.0)
    found = look(by, COMPLETE, TAG, clock=5.0)
    assert (found.decided, found.assessment.phase) == (True, "failed")


def test_a_complete_rollout_with_a_cause_that_may_be_cured_is_not_decided_before_it_is() -> None:
    by = judge(observe_for=10.0)
    assert look(by, COMPLETE, PULL, clock=0.0).next_look == 10.0
    still = look(by, COMPLETE, PULL, clock=12.0)
    assert (still.decided, still.next_look) == (False, 18.0)
    assert look(by, COMPLETE, NOTHING, clock=20.0).decided


def observed(workload: dict[str, t.Any], *pods: dict[str, t.Any], observe_for: float | None = None) -> float:
    return observation_seconds(seen(workload, *pods), NOW, observe_for)


def completed(seconds_ago: float) -> dict[str, t.Any]:
    return deployment(conditions=[progressing("NewReplicaSetAvailable", seconds_ago=seconds_ago)])


def test_a_rollout_younger_than_ten_minutes_is_observed_for_fifteen_seconds() -> None:
    assert observed(completed(0)) == 15.0
    assert observed(completed(599)) == 15.0
    assert observed(completed(600)) == 0.0


def test_a_young_pod_of_the_new_revision_makes_the_rollout_young() -> None:
    mine = completed(3600)
    new = pod(replica_set(mine, 2), "new", creationTimestamp=ago(60))
    old = pod(replica_set(mine, 1), "old", creationTimestamp=ago(60))
    assert observed(mine, new) == 15.0
    assert observed(mine, old) == 0.0


def test_observation_as_a_person_wants_it() -> None:
    assert observed(completed(0), observe_for=0.0) == 0.0
    assert observed(completed(3600), observe_for=90.0) == 90.0


def test_an_age_that_nobody_knows_is_not_young() -> None:
    assert observed(deployment()) == 0.0
    assert observation_seconds(seen(completed(0)), None, None) == 0.0


def test_the_servers_clock_decides_the_age() -> None:
    later = NOW + timedelta(hours=1)
    assert observation_seconds(seen(completed(0)), later, None) == 0.0


def test_the_default_observation_is_used_by_the_judge() -> None:
    assert look(judge(observe_for=None), seen(completed(10))).next_look == 15.0
    assert look(judge(observe_for=None), seen(completed(3600))).decided


def test_causes_that_take_turns_do_not_start_each_other_anew() -> None:
    by = judge()
    for clock, sign in ((0.0, PULL), (10.0, CRASH), (20.0, PULL), (25.0, CRASH)):
        assert not look(by, ROLLING, sign, clock=clock).decided
    assert look(by, ROLLING, PULL, clock=30.0).assessment.reason == "registry_unreachable"


def test_only_what_lasts_since_before_the_first_look_is_believed_to_be_old() -> None:
    by = judge()
    look(by, ROLLING, NOTHING, clock=0.0)
    assert look(by, ROLLING, PULL, clock=5.0, since=ago(300)).next_look == 30.0


def test_a_wrong_clock_makes_no_cause_older_than_its_pods() -> None:
    mine = deployment(updated=1)
    young = pod(replica_set(mine, 2), "new", ready=False, creationTimestamp=ago(8))
    assert look(judge(), seen(mine, young), PULL, since=ago(300)).next_look == 22.0
    mine["metadata"]["managedFields"] = [{"manager": "ci", "time": ago(4), "fieldsV1": {"f:spec": {"f:template": {}}}}]
    assert look(judge(), seen(mine), PULL, since=ago(300)).next_look == 26.0


def stable(**more: t.Any) -> RolloutJudge:
    return RolloutJudge(Patience(), 0.0, None, stable_for=20.0, **more)


def restarted(times: int) -> Snapshot:
    mine = deployment()
    return seen(mine, container_status(pod(replica_set(mine, 2)), restartCount=times))


def test_the_whole_set_must_be_stable_before_complete_is_said() -> None:
    by = stable()
    first = look(by, COMPLETE, clock=0.0)
    assert (first.decided, first.next_look, first.assessment.phase) == (False, 20.0, "progressing")
    assert first.assessment.message == "3 of 3 pods available, for 0 of 20 s"
    assert look(by, COMPLETE, clock=19.0).assessment.message == "3 of 3 pods available, for 19 of 20 s"
    last = look(by, COMPLETE, clock=20.0)
    assert (last.decided, last.assessment.phase) == (True, "complete")


def test_a_restart_starts_stability_anew_however_quick_it_was() -> None:
    by = stable()
    look(by, restarted(0), clock=0.0)
    assert look(by, restarted(1), clock=15.0).next_look == 20.0
    assert look(by, restarted(1), clock=35.0).decided


def test_observation_and_stability_run_at_the_same_time() -> None:
    by = RolloutJudge(Patience(), 30.0, None, stable_for=20.0)
    look(by, COMPLETE, clock=0.0)
    observed_on = look(by, COMPLETE, clock=20.0)
    assert (observed_on.decided, observed_on.assessment.phase, observed_on.next_look) == (False, "complete", 10.0)


def behind_service(addresses: int, of: str = "new") -> Snapshot:
    mine = deployment()
    revision = {"new": 2, "old": 1}
    pods = [pod(replica_set(mine, number), f"{name}-{n}") for name, number in revision.items() for n in range(3)]
    found = seen(mine, *pods)
    labels = mine["spec"]["template"]["metadata"]["labels"]
    found.replace("service", [{"metadata": {"name": "api", "uid": "s"}, "spec": {"selector": labels}}])
    endpoints = [{"targetRef": {"uid": f"uid-{of}-{n}"}, "conditions": {"ready": True}} for n in range(addresses)]
    owned = {"name": "api-x", "uid": "slice", "labels": {"kubernetes.io/service-name": "api"}}
    found.replace("slice", [{"metadata": owned, "endpoints": endpoints}])
    return found


def test_a_service_must_have_every_new_pod_ready() -> None:
    by = RolloutJudge(Patience(), 0.0, None, services=True)
    found = look(by, behind_service(2))
    assert (found.decided, found.assessment.reason) == (False, "service_not_ready")
    assert found.assessment.message.endswith("but Service api has 2 of 3 ready addresses of this revision")
    assert look(by, behind_service(3, of="old")).assessment.reason == "service_not_ready"
    assert look(by, behind_service(3)).decided
    assert look(judge(), behind_service(0)).decided, "only where it is asked for"


def test_a_service_that_stays_away_is_a_failure_after_its_grace() -> None:
    by = RolloutJudge(Patience(), 0.0, None, services=True)
    assert look(by, COMPLETE, clock=0.0).next_look == 30.0
    last = look(by, COMPLETE, clock=30.0)
    assert (last.decided, last.assessment.phase, last.assessment.reason) == (True, "failed", "service_not_ready")
    patient = RolloutJudge(Patience(grace=300.0), 0.0, None, services=True)
    assert look(patient, COMPLETE, clock=0.0).next_look == 300.0


def test_a_service_is_not_asked_for_where_no_pod_is_wanted() -> None:
    by = RolloutJudge(Patience(), 0.0, None, services=True)
    assert look(by, seen(deployment(0, 0, 0, replicas=0))).assessment.phase == "complete"


def flapped(sign: Sign = NOTHING, grace: float | None = None) -> Look:
    mine = deployment(updated=1)
    found, by = seen(mine), judge(grace=grace)
    for clock in range(0, 40, 5):
        found.apply("pod", "MODIFIED", pod(replica_set(mine, 2), ready=clock % 10 == 0))
        last = look(by, found, sign, clock=float(clock))
    return last


def test_flapping_is_the_verdict_where_no_cause_is() -> None:
    last = flapped()
    assert (last.decided, last.assessment.phase, last.assessment.reason) == (True, "failed", "flapping")
    assert "pod-1 is ready and not ready in turn: lost readiness 4 times in 30 s" in last.assessment.message
    assert not flapped(grace=60.0).decided, "a person's grace is the soak"


def test_a_container_that_restarts_is_given_its_restarts() -> None:
    assert flapped(Sign("crash", "exit_nonzero", terminal=False, grace=600.0)).decided is False


def test_a_crash_that_was_survived_is_observed_and_is_no_failure() -> None:
    by = judge(max_restarts=2)
    first = look(by, restarted(3), CRASH, clock=0.0)
    assert (first.decided, first.next_look, first.assessment.phase) == (False, 30.0, "complete")
    assert look(by, restarted(3), CRASH, clock=30.0) == Look(first.assessment, decided=True)


def test_a_crash_that_comes_back_is_a_failure() -> None:
    by = judge(max_restarts=2)
    look(by, restarted(1), CRASH, clock=0.0)
    assert look(by, restarted(2), CRASH, clock=10.0).next_look == 30.0, "observed anew"
    mine = deployment(available=2)
    down = container_status(pod(replica_set(mine, 2), ready=False), restartCount=3)
    assert look(by, seen(mine, down), CRASH, clock=12.0).assessment.phase == "failed"


def test_a_status_that_lags_behind_a_crashed_pod_is_not_believed() -> None:
    mine = deployment()
    down = container_status(pod(replica_set(mine, 2), ready=False), restartCount=2)
    assert look(judge(), seen(mine, down), CRASH).assessment.phase == "failed"


def test_flapping_that_only_events_tell_of_is_no_verdict() -> None:
    told = Sign("rollout", "flapping", terminal=False, grace=30.0)
    assert look(judge(), COMPLETE, told, since=ago(300)).assessment.phase == "complete"
    assert look(judge(), ROLLING, told, since=ago(300)) == Look(look(judge(), ROLLING).assessment, decided=False)
    assert flapped(told).assessment.reason == "flapping"
