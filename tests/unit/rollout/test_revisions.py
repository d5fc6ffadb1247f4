# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which revision to go back to, and why."""

from __future__ import annotations

import typing as t

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.revisions import (
    Candidate,
    candidates,
    choose,
    images_of,
)
from tests.unit.rollout.factory import controller_revision, deployment, pod, replica_set, stateful_set, waiting

MINE = deployment(image="app:5")
SETS = {number: replica_set(MINE, number) for number in (1, 2, 3, 4, 5)}


def failing(revision: int, name: str) -> dict[str, t.Any]:
    return waiting(pod(SETS[revision], name, ready=False), "CrashLoopBackOff")


def test_serving_revisions_come_first_then_numbers_and_failing_ones_last() -> None:
    pods = [pod(SETS[1], "a"), failing(4, "b"), pod(SETS[5], "c")]
    found = candidates(MINE, list(SETS.values()), pods)
    assert [(entry.revision, entry.evidence) for entry in found] == [
        (1, "serving"), (3, "number"), (2, "number"), (4, "failing"),
    ]  # fmt: skip


def test_the_present_revision_is_no_candidate() -> None:
    assert 5 not in {entry.revision for entry in candidates(MINE, list(SETS.values()), [])}


def test_each_candidate_says_why() -> None:
    pods = [pod(SETS[1], "a"), pod(SETS[2], "b"), pod(SETS[2], "c"), failing(4, "d")]
    why = {entry.revision: entry.why for entry in candidates(MINE, list(SETS.values()), pods)}
    assert why == {
        1: "1 of its pods is ready now",
        2: "2 of its pods are ready now",
        3: "it is an earlier revision; nothing recorded says that it worked",
        4: "its own pods fail: CrashLoopBackOff",
    }


def test_one_ready_pod_speaks_for_a_revision_although_another_fails() -> None:
    (found,) = candidates(MINE, [SETS[4], SETS[5]], [failing(4, "a"), pod(SETS[4], "b")])
    assert (found.evidence, found.ready_pods) == ("serving", 1)


def test_pods_that_only_start_prove_nothing_either_way() -> None:
    (found,) = candidates(MINE, [SETS[4], SETS[5]], [pod(SETS[4], "a", ready=False)])
    assert found.evidence == "number"


def test_a_candidate_as_a_module_returns_it() -> None:
    (found,) = candidates(MINE, [SETS[4], SETS[5]], [pod(SETS[4])])
    assert found.to_dict() == {
        "revision": 4,
        "template_hash": "hash4",
        "images": {"app": "app:4"},
        "ready_pods": 1,
        "evidence": "serving",
        "why": "1 of its pods is ready now",
    }


def test_revisions_of_a_stateful_set_are_candidates_too() -> None:
    mine = stateful_set(update="api-server-2")
    found = candidates(mine, [controller_revision(mine, 1), controller_revision(mine, 2)], [])
    assert [(entry.revision, entry.images) for entry in found] == [(1, {"app": "app:1"})]


def test_images_are_those_of_the_main_containers() -> None:
    spec = {
        "initContainers": [{"name": "init", "image": "i"}],
        "containers": [{"name": "a", "image": "x"}, {"name": "b", "image": "y"}],
    }
    assert images_of({"spec": {"template": {"spec": spec}}}) == {"a": "x", "b": "y"}
    assert images_of({}) == {}


def test_the_best_candidate_is_chosen_and_a_failing_one_never() -> None:
    found = candidates(MINE, list(SETS.values()), [pod(SETS[2])])
    chosen = choose(found)
    assert chosen is not None
    assert chosen.revision == 2
    assert choose(candidates(MINE, [SETS[4], SETS[5]], [failing(4, "a")])) is None
    assert choose([]) is None


def test_a_persons_revision_is_taken_whatever_its_evidence() -> None:
    found = candidates(MINE, list(SETS.values()), [failing(4, "a"), pod(SETS[2], "b")])
    chosen = choose(found, to_revision=4)
    assert chosen is not None
    assert (chosen.revision, chosen.evidence) == (4, "failing")
    assert choose(found, to_revision=5) is None
    assert choose(found, to_revision=99) is None


EVIDENCE: list[t.Literal["serving", "failing", "number"]] = ["serving", "failing", "number"]


@given(st.lists(st.tuples(st.integers(1, 9), st.sampled_from(EVIDENCE)), unique_by=lambda entry: entry[0]))
def test_what_is_chosen_by_itself_is_never_failing(made: list[tuple[int, t.Any]]) -> None:
    found = [Candidate(number, "", {}, 0, evidence, "") for number, evidence in made]
    chosen = choose(found)
    assert (chosen is None) == all(entry.evidence == "failing" for entry in found)
    assert chosen is None or chosen.evidence != "failing"
