# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pods that are ready and not ready in turn: what is counted, and when it is a verdict."""

from __future__ import annotations

import itertools
import typing as t

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.flapping import (
    CALM,
    LOSSES,
    SOAK,
    Flapping,
    FlappingWatch,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.snapshot import Snapshot
from tests.unit.rollout.factory import ago, deployment, pod, replica_set

MINE = deployment(updated=1)
NEW = replica_set(MINE, 2)


def history(steps: t.Iterable[tuple[float, bool]]) -> list[Flapping | None]:
    """The watch's answer after each step: a clock value, and whether the pod is ready then."""
    seen, watch = Snapshot(MINE), FlappingWatch()
    seen.replace("revision", [NEW])
    found = []
    for clock, ready in steps:
        seen.apply("pod", "MODIFIED", pod(NEW, ready=ready))
        found.append(watch.see(seen.new_pods, seen.readiness_losses, clock))
    return found


def flips(seconds: float, times: int) -> list[tuple[float, bool]]:
    return [(index * seconds, index % 2 == 0) for index in range(times * 2)]


def test_the_third_loss_starts_it_and_the_soak_ends_it() -> None:
    found = history([*flips(5.0, 3), (30.0, False), (35.0, False)])
    assert found[:5] == [None] * 5
    assert found[5] == Flapping("pod-1", 3, 20.0, 10.0)
    assert found[-1] == Flapping("pod-1", 3, 30.0, 0.0)
    assert found[-1].message == "ready and not ready in turn: lost readiness 3 times in 30 s"


def test_a_pod_that_is_ready_now_is_given_the_benefit_of_the_doubt() -> None:
    assert history([*flips(5.0, 4), (40.0, True), (400.0, True)])[-2:] == [None, None]


def test_losses_far_apart_are_incidents_of_their_own() -> None:
    assert not any(history(flips(CALM, 6)))


def test_a_slow_start_never_flaps() -> None:
    assert not any(history([(float(clock), clock > 300) for clock in range(0, 600, 5)]))


def test_pods_that_are_deleted_do_not_lose_readiness() -> None:
    seen = Snapshot(MINE)
    for name in ("a", "b", "c"):
        seen.apply("pod", "ADDED", pod(NEW, name))
        seen.apply("pod", "MODIFIED", pod(NEW, name, ready=False, deletionTimestamp=ago(0)))
        assert seen.readiness_losses(pod(NEW, name)) == 0


def test_a_fresh_list_invents_no_loss() -> None:
    seen = Snapshot(MINE)
    for _relist in range(5):
        seen.replace("pod", [pod(NEW, ready=True)])
    assert seen.readiness_losses(pod(NEW)) == 0
    seen.replace("pod", [pod(NEW, ready=False)])
    assert seen.readiness_losses(pod(NEW)) == 1


def test_several_losses_between_two_looks_all_count() -> None:
    seen, watch = Snapshot(MINE), FlappingWatch()
    seen.replace("revision", [NEW])
    for ready in (True, False) * LOSSES:
        seen.apply("pod", "MODIFIED", pod(NEW, ready=ready))
    found = watch.see(seen.new_pods, seen.readiness_losses, 0.0)
    assert found is not None
    assert (found.losses, found.due) == (LOSSES, SOAK)


@given(st.lists(st.tuples(st.floats(0.1, 60), st.booleans()), max_size=40))
def test_no_verdict_without_three_losses_and_a_soak(steps: list[tuple[float, bool]]) -> None:
    clock, timed = 0.0, []
    for pause, ready in steps:
        clock += pause
        timed.append((clock, ready))
    losses = sum(1 for before, after in itertools.pairwise(timed) if before[1] and not after[1])
    verdicts = [entry for entry in history(timed) if entry and entry.due == 0]
    assert not verdicts or (losses >= LOSSES and clock >= SOAK)
