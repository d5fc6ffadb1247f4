# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one line for people who watch, and what a pod says of its own trouble."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.assess import assess
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.progress import (
    pod_trouble,
    progress_line,
    restarts_of,
)
from tests.unit.rollout.factory import ago, container_status, deployment, pod, replica_set, waiting

STARTING = pod(deployment(), ready=False)


@pytest.mark.parametrize("reason", ["ImagePullBackOff", "CrashLoopBackOff", "CreateContainerConfigError"])
def test_a_waiting_container_gives_its_reason(reason: str) -> None:
    assert pod_trouble(waiting(STARTING, reason)) == reason


@pytest.mark.parametrize("reason", ["ContainerCreating", "PodInitializing", ""])
def test_the_reasons_of_every_pod_that_starts_say_nothing(reason: str) -> None:
    assert pod_trouble(waiting(STARTING, reason)) == ""


def test_an_ended_container_gives_its_reason_or_its_exit_code() -> None:
    def ended(name: str, **state: t.Any) -> str:
        status: dict[str, t.Any] = {name: {"terminated": state}}
        return pod_trouble(container_status(STARTING, **status))

    assert ended("state", exitCode=137, reason="OOMKilled") == "OOMKilled"
    assert ended("state", exitCode=3, reason="Error") == "exit code 3"
    assert ended("lastState", exitCode=3) == "exit code 3"
    assert ended("state", exitCode=0, reason="Completed") == ""


def test_an_init_containers_trouble_is_told_first() -> None:
    both = waiting(container_status(STARTING, state={"waiting": {"reason": "PodInitializing"}}), "CrashLoopBackOff")
    init = container_status(both, "initContainerStatuses", state={"waiting": {"reason": "ErrImagePull"}})
    assert pod_trouble(both) == "CrashLoopBackOff"
    assert pod_trouble(init) == "ErrImagePull"


def test_a_pod_without_a_node_says_why() -> None:
    scheduled = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}
    assert pod_trouble({**STARTING, "status": {"conditions": [scheduled]}}) == "Unschedulable"
    assert pod_trouble({**STARTING, "status": {"conditions": [{**scheduled, "status": "True"}]}}) == ""


def test_the_pods_own_reason_comes_last() -> None:
    assert pod_trouble({**STARTING, "status": {"phase": "Failed", "reason": "Evicted"}}) == "Evicted"


def test_a_pod_that_is_being_deleted_is_in_no_trouble() -> None:
    ending = pod(deployment(), ready=False, deletionTimestamp=ago(1))
    assert pod_trouble(waiting(ending, "CrashLoopBackOff")) == ""


def test_a_ready_pod_is_in_no_trouble_though_it_crashed_before() -> None:
    crashed = {"terminated": {"exitCode": 1, "reason": "Error"}}
    assert pod_trouble(container_status(pod(deployment()), lastState=crashed)) == ""
    assert pod_trouble(container_status(STARTING, lastState=crashed)) == "exit code 1"


def test_restarts_are_the_highest_count_of_any_container() -> None:
    first = container_status(STARTING, restartCount=1)
    second = container_status(container_status(STARTING, restartCount=2), "initContainerStatuses", restartCount=5)
    assert restarts_of([first, second]) == 5
    assert restarts_of([first]) == 1
    assert restarts_of([]) == 0


def line(workload: dict[str, t.Any], *pods: dict[str, t.Any]) -> str:
    return progress_line(workload, assess(workload, [replica_set(workload, 2)], pods), pods)


def test_the_line_has_the_counts_and_the_first_trouble() -> None:
    mine = deployment(updated=1, available=2)
    new = replica_set(mine, 2)
    assert line(mine) == "api-server: 1/3 updated, 2 available"
    assert line(mine, pod(new, "api-server-a", ready=False)) == "api-server: 1/3 updated, 2 available"
    troubled = waiting(pod(new, "api-server-b", ready=False), "ImagePullBackOff")
    second = waiting(pod(new, "api-server-c", ready=False), "ErrImagePull")
    assert line(mine, troubled, second) == "api-server: 1/3 updated, 2 available; b: ImagePullBackOff"


def test_the_line_of_a_complete_rollout_says_so_and_names_no_trouble() -> None:
    mine = deployment()
    leftover = waiting(pod(replica_set(mine, 2), ready=False), "CrashLoopBackOff")
    assert line(mine, leftover) == "api-server: 3/3 updated, 3 available; rollout complete"
    assert line(deployment(0, 0, 0, replicas=0)) == "api-server: 0/0 updated, 0 available; scaled to zero"


def warning(reason: str, message: str, seconds_ago: float, kind: str = "Warning") -> dict[str, t.Any]:
    return {"type": kind, "reason": reason, "message": message, "lastTimestamp": ago(seconds_ago)}


def test_where_no_pod_tells_the_newest_warning_does() -> None:
    mine = deployment(updated=1, available=2)
    found = assess(mine, [replica_set(mine, 2)])
    events = [
        warning("FailedCreate", "exceeded\nquota", 2),
        warning("Unhealthy", "older", 9),
        warning("Scheduled", "newer", 1, "Normal"),
    ]
    assert progress_line(mine, found, [], events).endswith("; FailedCreate: exceeded quota")
    starting = [{**warning("Unhealthy", "connection refused", 0), "count": count} for count in (5, 6)]
    assert progress_line(mine, found, [], starting[:1]) == "api-server: 1/3 updated, 2 available"
    assert progress_line(mine, found, [], starting).endswith("; Unhealthy: connection refused")
    long = progress_line(mine, found, [], [warning("FailedCreate", "x" * 300, 1)])
    assert len(long) < 140
    assert long.endswith("...")
