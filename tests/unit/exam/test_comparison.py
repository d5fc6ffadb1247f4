# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from tests.exam import peers
from tests.exam.cause_words import tells
from tests.exam.comparison import TOOLS, compare, document
from tests.exam.record_evidence import evidence_of

from . import written

CRASH = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 10s restarting failed container"}}
OOM = {"terminated": {"reason": "OOMKilled", "exitCode": 137}}


def bare_pod(**status: t.Any) -> dict[str, t.Any]:
    """A pod that nothing owns."""
    found = written.pod(**status)
    del found["metadata"]["ownerReferences"]
    return found


def said(folder: Path, *objects: dict[str, t.Any]) -> dict[str, str]:
    """What each tool says of the first object."""
    target = {"kind": objects[0]["kind"], "name": objects[0]["metadata"]["name"]}
    evidence = evidence_of(written.record(folder, list(objects), written.answer(target=target)))
    return {peer.name: peer.says(evidence).label for peer in peers.PEERS}


def test_a_missing_image_is_seen_in_the_column_and_by_k8sgpt_only(tmp_path: Path) -> None:
    assert said(tmp_path, *written.missing_tag()) == {
        "kubectl get": "ImagePullBackOff",
        "kubectl rollout status": "waiting",
        "Argo CD": "Progressing",
        "kstatus": "InProgress",
        "krane": "no failure",
        "k8sgpt": "error line",
    }


def test_the_deadline_is_what_most_wait_for(tmp_path: Path) -> None:
    deadline = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}
    workload, replica_set, pod = written.missing_tag()
    workload["status"]["conditions"] = [deadline]
    found = said(tmp_path, workload, replica_set, pod)
    assert found["kubectl rollout status"] == "error"
    assert (found["Argo CD"], found["kstatus"], found["krane"]) == ("Degraded", "Failed", "timed out")


def test_a_rolled_out_deployment_is_called_failed_by_nobody(tmp_path: Path) -> None:
    available = {"type": "Available", "status": "True"}
    done = {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"}
    workload, replica_set, pod = written.healthy()
    workload["status"]["conditions"] = [available, done]
    assert said(tmp_path, workload, replica_set, pod) == {
        "kubectl get": "Running",
        "kubectl rollout status": "rolled out",
        "Argo CD": "Healthy",
        "kstatus": "Current",
        "krane": "no failure",
        "k8sgpt": "nothing",
    }


def test_a_crash_loop(tmp_path: Path) -> None:
    crashing = bare_pod(containerStatuses=[{"name": "till", "state": CRASH, "lastState": OOM}], phase="Running")
    assert said(tmp_path, crashing) == {
        "kubectl get": "CrashLoopBackOff",
        "kubectl rollout status": "n/a",
        "Argo CD": "Degraded",
        "kstatus": "Failed",
        "krane": "failed",
        "k8sgpt": "error line",
    }


def test_a_pod_that_cannot_be_placed(tmp_path: Path) -> None:
    condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "Insufficient cpu"}
    later = {**condition, "lastProbeTime": "2026-01-05T10:01:00Z"}
    pending = bare_pod(waiting={"reason": ""}, containerStatuses=[], conditions=[later])
    found = said(tmp_path, pending)
    assert (found["kubectl get"], found["Argo CD"], found["kstatus"]) == ("Pending", "Progressing", "Failed")
    assert found["k8sgpt"] == "error line"


def test_pods_that_cannot_be_made(tmp_path: Path) -> None:
    failure = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "exceeded quota: till"}
    workload, replica_set = written.deployment(replicas=0, updatedReplicas=0), written.replica_set()
    replica_set["status"] = {"replicas": 0, "conditions": [failure]}
    found = said(tmp_path, workload, replica_set)
    assert (found["kubectl get"], found["kubectl rollout status"]) == ("no pods", "waiting")
    assert found["k8sgpt"] == "error line"
    assert said(tmp_path / "bare", replica_set)["Argo CD"] == "Degraded"


@pytest.mark.parametrize(
    ("state", "column"),
    [
        ({"waiting": {"reason": "CrashLoopBackOff"}}, "Init:CrashLoopBackOff"),
        ({"terminated": {"exitCode": 3}}, "Init:ExitCode:3"),
        ({"running": {}}, "Init:0/1"),
    ],
)
def test_the_column_of_an_init_container(tmp_path: Path, state: dict[str, t.Any], column: str) -> None:
    starting = bare_pod(waiting={"reason": "PodInitializing"}, initContainerStatuses=[{"name": "wait", "state": state}])
    starting["spec"] = {**starting["spec"], "initContainers": [{"name": "wait"}]}
    assert said(tmp_path, starting)["kubectl get"] == column


def test_k8sgpt_takes_the_latest_event_of_the_name_only(tmp_path: Path) -> None:
    def event(reason: str, second: int) -> dict[str, t.Any]:
        return {
            "kind": "Event",
            "metadata": written.metadata(f"till-{second}"),
            "involvedObject": {"kind": "Pod", "name": "till-7d9f-abcde"},
            "reason": reason,
            "message": reason,
            "lastTimestamp": f"2026-01-05T10:00:{second:02d}Z",
        }

    unready = bare_pod()
    assert said(tmp_path / "a", unready, event("Unhealthy", 9))["k8sgpt"] == "error line"
    assert said(tmp_path / "b", unready, event("Unhealthy", 9), event("Started", 10))["k8sgpt"] == "nothing"


def test_words_tell_the_cause_and_not_the_symptom() -> None:
    assert tells(written.MISSING_TAG, {"image_tag_not_found"})
    assert not tells("ImagePullBackOff", {"image_tag_not_found"})
    assert not tells("anything", {"a leaf without words"})


def test_the_page_has_every_record_and_no_text_of_theirs(tmp_path: Path) -> None:
    written.write(tmp_path, "tag", written.missing_tag(), written.answer())
    written.write(tmp_path, "fine", written.healthy(), written.answer("none", "healthy"))
    written.write(tmp_path, "unread", None, written.answer())
    page = document(compare(tmp_path))
    assert "Totals of 2 records" in page
    assert "| tag | yes | image_tag_not_found | image_tag_not_found ✓ cause | ImagePullBackOff ✓ |" in page
    assert "| fine | no | healthy | healthy ✓ |" in page
    assert "registry.test" not in page
    assert all(f"| {tool} |" in page for tool, _source in TOOLS)
