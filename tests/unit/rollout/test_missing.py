# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rollout still lacks, in words."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.missing import still_missing
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.snapshot import Snapshot
from tests.unit.rollout.factory import NOW, ago, deployment, pod, replica_set, waiting

Json = dict[str, t.Any]
MINE = deployment(updated=1, available=0)
NEW = replica_set(MINE, 2)
NAME = "api-server-7d9f-x"


def unready(seconds: float = 40, **more: t.Any) -> Json:
    found = pod(NEW, NAME, ready=False)
    found["status"]["conditions"][0]["lastTransitionTime"] = ago(seconds)
    found["spec"] = {"containers": [{"name": "app", **more}]}
    return found


def unhealthy(message: str, when: float = 1) -> Json:
    return {
        "kind": "Event",
        "metadata": {"name": message, "uid": f"event-{message}"},
        "reason": "Unhealthy",
        "type": "Warning",
        "message": message,
        "lastTimestamp": ago(when),
        "involvedObject": {"uid": f"uid-{NAME}", "fieldPath": "spec.containers{app}"},
    }


def said(*pods: Json, events: t.Sequence[Json] = (), workload: Json = MINE) -> list[str]:
    found = Snapshot(workload)
    found.replace("revision", [NEW])
    found.replace("pod", pods)
    found.replace("event", events)
    return still_missing(found, NOW)


HTTP: Json = {"readinessProbe": {"httpGet": {"path": "/ready", "port": 3000}}}


@pytest.mark.parametrize(
    ("probe", "message", "words"),
    [
        (HTTP, "Readiness probe failed: HTTP probe failed with statuscode: 500",
         "readiness probe on :3000/ready answers 500 since 40 s"),
        (HTTP, 'Readiness probe failed: Get "http://10.0.0.1:3000/ready": dial tcp: connect: connection refused',
         "readiness probe on :3000/ready is refused since 40 s"),
        (HTTP, 'Readiness probe failed: Get "http://10.0.0.1:3000/ready": context deadline exceeded (Client.Timeout)',
         "readiness probe on :3000/ready gets no answer in time since 40 s"),
        ({"startupProbe": {"tcpSocket": {"port": "http"}}}, "Startup probe failed: dial tcp: connection refused",
         "startup probe on :http is refused since 40 s"),
        ({"livenessProbe": {"exec": {"command": ["x"]}}}, "Liveness probe failed: no such\nfile",
         "liveness probe fails: no such file since 40 s"),
    ],
)  # fmt: skip
def test_a_failing_probe_is_said_with_what_it_asks(probe: Json, message: str, words: str) -> None:
    assert said(unready(**probe), events=[unhealthy(message)]) == [f"{NAME}: {words}"]


def test_the_newest_answer_counts() -> None:
    first = unhealthy("Readiness probe failed: connection refused", 30)
    last = unhealthy("Readiness probe failed: HTTP probe failed with statuscode: 503", 2)
    assert said(unready(**HTTP), events=[last, first]) == [
        f"{NAME}: readiness probe on :3000/ready answers 503 since 40 s"
    ]


def test_a_pod_without_a_node_a_waiting_container_and_one_that_says_nothing() -> None:
    homeless = unready()
    homeless["status"]["conditions"].append(
        {"type": "PodScheduled", "status": "False", "message": "0/3 nodes\nare available", "lastTransitionTime": ago(7)}
    )
    assert said(homeless) == [f"{NAME}: no node: 0/3 nodes are available since 7 s"]
    assert said(waiting(unready(), "ImagePullBackOff")) == [f"{NAME}: ImagePullBackOff"]
    assert said(waiting(unready(), "ContainerCreating"))[0].startswith(f"{NAME}: container app: ContainerCreating")
    assert said(unready()) == [f"{NAME}: not ready yet since 40 s"]


def test_an_init_container_and_a_readiness_gate() -> None:
    starting = unready()
    starting["status"]["initContainerStatuses"] = [{"name": "migrate", "state": {"running": {}}}]
    assert said(starting) == [f"{NAME}: init container migrate still runs"]
    gated = unready()
    gated["spec"]["readinessGates"] = [{"conditionType": "example.com/ready"}]
    gated["status"]["conditions"].append({"type": "ContainersReady", "status": "True", "lastTransitionTime": ago(9)})
    assert said(gated) == [f"{NAME}: readiness gate example.com/ready is not met since 9 s"]


def test_of_a_crowd_two_are_described() -> None:
    crowd = [pod(NEW, f"api-server-{number}", ready=False) for number in range(5)]
    assert [len(said(*crowd)), said(*crowd)[-1]] == [3, "3 more not ready"]


def test_ready_pods_that_are_not_available_yet() -> None:
    mine = deployment(updated=1, available=0, minReadySeconds=30)
    fresh = pod(NEW, NAME)
    fresh["status"]["conditions"][0]["lastTransitionTime"] = ago(5)
    assert said(fresh, workload=mine) == ["1 ready, available after minReadySeconds=30"]


def test_why_no_pod_is_made() -> None:
    refused = {"type": "ReplicaFailure", "status": "True", "message": "exceeded quota: " + "x" * 500}
    (words,) = said(workload=deployment(updated=0, conditions=[refused]))
    assert words.startswith("exceeded quota: ")
    assert len(words) == 160


@pytest.mark.parametrize("odd", [None, "noise", ago(-60)])
def test_a_time_that_cannot_be_is_left_out(odd: str | None) -> None:
    found = unready()
    found["status"]["conditions"][0]["lastTransitionTime"] = odd
    assert said(found) == [f"{NAME}: not ready yet"]
