"""The figures of the rollout_status benchmark: what keeps them, and what is taken for the first sign."""

from __future__ import annotations

import dataclasses
import json

import pytest

from tests.benchmark.status import (
    CASES,
    Completed,
    Failed,
    document,
    is_complete,
    percentile,
    shows,
    tables,
)

AT_ONCE = Failed("tag not found", "image_tag_not_found", "image_tag_not_found", 0.1, 0.2, 0.0, False, True, None)
QUOTA = Failed("quota exceeded", "quota_exceeded", "quota_exceeded", 0.1, 60.3, 60.0, False, False, 9.5, "good")


def changed(source: Failed, **fields: object) -> Failed:
    return dataclasses.replace(source, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("failed", "kept"),
    [
        (AT_ONCE, True),
        (changed(AT_ONCE, verdict=0.6), False),
        (changed(AT_ONCE, named=None), False),
        (changed(AT_ONCE, cause="image_pull_unknown"), False),
        (QUOTA, True),
        (changed(QUOTA, verdict=61.2), False),
        (changed(QUOTA, verdict=None), False),
        (changed(QUOTA, restarts=True, verdict=90.0), True),
        (changed(QUOTA, named=0.6), False),
    ],
)
def test_a_failed_rollout_is_named_and_decided_in_time(failed: Failed, kept: bool) -> None:
    assert failed.kept is kept


@pytest.mark.parametrize(
    ("completed", "kept"),
    [(Completed(0.3, 0.3), True), (Completed(0.31, 0.3), False), (Completed(-0.2, -0.2), False)],
)
def test_complete_is_said_in_time_and_never_before(completed: Completed, kept: bool) -> None:
    assert completed.kept is kept


def test_the_first_sign_is_none_of_what_was_there_before() -> None:
    asked = shows("not found", {"old-pod", "old-event"})
    pod = {"kind": "Pod", "metadata": {"uid": "new"}, "status": "image not found"}
    assert asked(pod)
    assert not asked({**pod, "metadata": {"uid": "old-pod"}})
    assert not asked(
        {"kind": "Event", "metadata": {"uid": "e"}, "involvedObject": {"uid": "old-pod"}, "m": "not found"}
    )
    assert not asked({**pod, "kind": "Deployment"})
    assert not asked({**pod, "status": "pulling"})


def test_complete_is_what_kubectl_calls_so() -> None:
    status = {"observedGeneration": 2, "updatedReplicas": 3, "replicas": 3, "availableReplicas": 3}
    done = {"kind": "Deployment", "metadata": {"generation": 2}, "spec": {"replicas": 3}, "status": status}
    assert is_complete(done)
    assert not is_complete({**done, "status": {**status, "availableReplicas": 2}})
    assert not is_complete({**done, "metadata": {"generation": 3}})
    assert not is_complete({**done, "kind": "Pod"})


def test_percentiles() -> None:
    assert percentile([3.0, 1.0, 2.0], 0.95) == 3.0
    assert percentile([float(value) for value in range(1, 101)], 0.95) == 95.0
    assert percentile([7.0], 0.5) == 7.0


def test_every_fault_of_the_figures_is_measured() -> None:
    assert len({case.name for case in CASES}) == len(CASES) == 14


def test_the_table_and_the_document() -> None:
    lines = tables([AT_ONCE, QUOTA], [Completed(0.01, 0.02), Completed(0.4, 0.4)])
    assert lines[1].split()[-2:] == ["silent", "yes"]
    assert lines[2].split()[-3:] == ["good", "9.50", "yes"]
    assert lines[-1] == "2 good rollouts: complete +0.01 to +0.40 s after kubectl, median +0.21; 1 outside the limits"
    found = json.loads(json.dumps(document([AT_ONCE, QUOTA], [Completed(0.01, 0.02)])))
    assert (found["named_p95"], found["kept"]) == (0.1, True)
    assert found["failed"][1]["late"] == 0.2
