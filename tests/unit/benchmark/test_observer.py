from __future__ import annotations

from typing import Any

import pytest

from tests.benchmark.observer import Timeline, sign_of_failure

Object = dict[str, Any]
GOOD = {"spec": {"containers": [{"image": "api-server:v2.0.0"}]}}
BAD = {"spec": {"containers": [{"image": "api-server:v2.0.1"}]}}


def deployment(template: Object, name: str = "api-server") -> Object:
    return {"kind": "Deployment", "metadata": {"name": name}, "spec": {"replicas": 2, "template": template}}


def pod(uid: str, template_hash: str, *, ready: bool = True, leaving: bool = False, **status: Any) -> Object:
    metadata: Object = {"uid": uid, "labels": {"app": "api-server", "pod-template-hash": template_hash}}
    if leaving:
        metadata["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    conditions = [{"type": "Ready", "status": "True" if ready else "False"}]
    return {"kind": "Pod", "metadata": metadata, "status": {"conditions": conditions, **status}}


def waiting(reason: str) -> list[Object]:
    return [{"state": {"waiting": {"reason": reason}}}]


@pytest.fixture
def timeline() -> Timeline:
    """Two good pods, armed."""
    found = Timeline()
    found.see(1, "ADDED", deployment(GOOD))
    for uid in ("a", "b"):
        found.see(1, "ADDED", pod(uid, "good"))
    assert found.ready_pods == 2
    found.arm()
    return found


def test_an_outage_and_its_end(timeline: Timeline) -> None:
    timeline.see(2, "MODIFIED", deployment(BAD))
    timeline.see(3, "ADDED", pod("c", "bad", ready=False))
    timeline.see(4, "MODIFIED", pod("c", "bad", ready=False, containerStatuses=waiting("ErrImagePull")))
    timeline.see(5, "MODIFIED", pod("c", "bad", ready=False, containerStatuses=waiting("ImagePullBackOff")))
    timeline.see(6, "MODIFIED", deployment(GOOD))
    assert "restored" not in timeline.marks
    timeline.see(7, "MODIFIED", pod("c", "bad", ready=False, leaving=True))
    timeline.see(8, "DELETED", pod("c", "bad", ready=False, leaving=True))
    assert timeline.marks == {"change": 2, "signal": 4, "patch": 6, "restored": 7}
    assert timeline.signal_text == "ErrImagePull"


def test_a_pod_that_was_there_before_is_no_sign(timeline: Timeline) -> None:
    timeline.see(2, "MODIFIED", deployment(BAD))
    timeline.see(3, "MODIFIED", pod("a", "good", containerStatuses=waiting("CrashLoopBackOff")))
    assert "signal" not in timeline.marks


def test_a_pod_that_is_stopped_by_the_rollback_is_no_sign(timeline: Timeline) -> None:
    timeline.see(2, "MODIFIED", deployment(BAD))
    timeline.see(3, "ADDED", pod("c", "bad"))
    ended = [{"state": {"terminated": {"exitCode": 143}}}]
    timeline.see(4, "MODIFIED", pod("c", "bad", leaving=True, containerStatuses=ended))
    timeline.see(5, "MODIFIED", deployment(GOOD))
    timeline.see(6, "MODIFIED", pod("c", "bad", containerStatuses=ended))
    assert "signal" not in timeline.marks


def test_restored_needs_every_pod_ready(timeline: Timeline) -> None:
    timeline.see(2, "MODIFIED", deployment(BAD))
    timeline.see(3, "DELETED", pod("a", "good"))
    timeline.see(4, "MODIFIED", deployment(GOOD))
    timeline.see(5, "ADDED", pod("d", "good", ready=False))
    assert "restored" not in timeline.marks
    timeline.see(6, "MODIFIED", pod("d", "good"))
    assert timeline.marks["restored"] == 6


def event(uid: str, message: str) -> Object:
    return {"kind": "Event", "involvedObject": {"uid": uid}, "reason": "Unhealthy", "message": message}


def test_liveness_is_a_sign_and_readiness_is_not(timeline: Timeline) -> None:
    timeline.see(2, "MODIFIED", deployment(BAD))
    timeline.see(3, "ADDED", pod("c", "bad"))
    timeline.see(4, "ADDED", event("c", "Readiness probe failed: connection refused"))
    timeline.see(5, "ADDED", event("a", "Liveness probe failed: connection refused"))
    assert "signal" not in timeline.marks
    timeline.see(6, "ADDED", event("c", "Liveness probe failed: connection refused"))
    assert timeline.marks["signal"] == 6


def test_nothing_is_marked_before_it_is_armed() -> None:
    timeline = Timeline()
    timeline.see(1, "ADDED", deployment(GOOD))
    timeline.see(2, "MODIFIED", deployment(BAD))
    timeline.see(3, "ADDED", deployment(BAD, name="database"))
    assert timeline.marks == {}


@pytest.mark.parametrize(
    ("status", "sign"),
    [
        ({"state": {"waiting": {"reason": "ContainerCreating"}}}, None),
        ({"state": {"waiting": {"reason": "InvalidImageName"}}}, "InvalidImageName"),
        ({"state": {"terminated": {"exitCode": 1}}}, "exit code 1"),
        ({"state": {"running": {}}, "lastState": {"terminated": {"exitCode": 137}}}, "exit code 137"),
        ({"state": {"terminated": {"exitCode": 0}}}, None),
    ],
)
def test_signs_of_failure(status: Object, sign: str | None) -> None:
    assert sign_of_failure({"status": {"containerStatuses": [status]}}) == sign
