# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""rollout_status waiting while the control plane breaks: on the second cluster, which is nobody else's."""

from __future__ import annotations

import functools
import itertools
import os
import signal
import time
import typing as t
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cluster import Cluster
from tests.integration.waiting import SERVE, Waiting, apply, deployment

pytestmark = pytest.mark.xdist_group("second-cluster")
Wait = Callable[..., Waiting]


@pytest.fixture
def namespace(cluster: Cluster) -> Iterator[str]:
    name = f"waiting-{uuid.uuid4().hex[:8]}"
    cluster.kubectl("create", "namespace", name)
    yield name
    cluster.kubectl("delete", "namespace", name, "--wait=false")


@pytest.fixture
def wait(cluster: Cluster, namespace: str, tmp_path: Path) -> Wait:
    return functools.partial(Waiting, namespace, tmp_path, {"kubeconfig": str(cluster.kubeconfig)})


def complete(waiting: Waiting) -> dict[str, t.Any]:
    found = waiting.result()
    assert (found["phase"], found["timed_out"]) == ("complete", False), found["message"]
    said = [line.split("web: ")[1][:3] for line in waiting.lines if "web: " in line]
    assert said == sorted(said), "the rollout went back and forth"
    return found


def test_an_api_server_that_is_killed_and_started_again(cluster: Cluster, namespace: str, wait: Wait) -> None:
    apply(cluster.kubectl, namespace, deployment(f"sleep 20; {SERVE}"))
    waiting = wait().until_watching()
    pid = cluster.daemon("apiserver").pid
    assert pid is not None
    before = len(waiting.calls)
    began = time.monotonic()
    os.kill(pid, signal.SIGKILL)
    time.sleep(3)
    cluster.start("apiserver")
    away = time.monotonic() - began
    # the first watch that is served frees the others, before the server is ready for all
    asked = itertools.takewhile(lambda call: (call.verb, call.status) != ("watch", 200), waiting.calls[before:])
    vain = [call.verb for call in asked if call.status != 200]
    # the diagnosis' own questions, if it has any, are repeated with growing pauses
    assert vain.count("watch") <= away + 1, f"{vain} in {away:.0f} s"
    assert len(vain) <= 2 * away + 4, f"{vain} in {away:.0f} s"
    complete(waiting)


def test_an_api_server_that_hangs_for_20_seconds(cluster: Cluster, namespace: str, wait: Wait) -> None:
    apply(cluster.kubectl, namespace, deployment(f"sleep 10; {SERVE}"))
    waiting = wait().until_watching()
    cluster.pause("apiserver")
    try:
        time.sleep(20)
    finally:
        cluster.resume("apiserver")
    complete(waiting)


def test_a_rollout_that_fails_while_the_api_server_restarts(cluster: Cluster, namespace: str, wait: Wait) -> None:
    apply(cluster.kubectl, namespace, deployment())
    cluster.kubectl("-n", namespace, "rollout", "status", "deployment/web", "--timeout=60s")
    cluster.kubectl("-n", namespace, "set", "image", "deployment/web", "web=myregistry.io/web:never-pushed")
    waiting = wait()
    cluster.restart("apiserver")
    found = waiting.result()
    assert (found["phase"], found["reason"]) == ("failed", "image_tag_not_found")


def test_an_image_whose_pull_takes_15_seconds_is_no_failure(cluster: Cluster, namespace: str, wait: Wait) -> None:
    slow = deployment()
    slow["spec"]["template"]["spec"]["containers"][0]["imagePullPolicy"] = "Always"
    cluster.pause("registry")
    try:
        apply(cluster.kubectl, namespace, slow)
        waiting = wait().until_watching()
        time.sleep(15)
    finally:
        cluster.resume("registry")
    assert complete(waiting)["timing"]["seconds"] >= 15
