# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every cause that a cluster can be brought to show, made to happen for real and judged while it happens.

The faults are those that the unit tests' records were made of (`tests/unit/diagnosis/faults`), each in a namespace of
its own.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator

import pytest

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.client import Client
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.diagnose import Diagnostician
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.follow import Follower
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.options import ConnectionOptions
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.workload import resolve_workload
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.causes import BY_NAME
from extensions.molecule.application import kubectl
from tests.integration.conftest import ROOT
from tests.unit.diagnosis.faults import FAULTS, Fault, Json
from tests.unit.diagnosis.faults.parts import NAMESPACE
from tests.unit.diagnosis.staging import Stage

MODULE = "rescue.kubernetes.classify_failure"
# A busy machine needs a while to start a pod; what the API server tells is judged within a second.
_SECONDS = 90.0
# Some causes become certain by age or repetition, which no watch reports.
_LOOK_AGAIN = 2.0
# On the way to the right verdict none may be this sure of another.
_CERTAIN = 0.9
_ROLLBACK: dict[str | bool, bool | None] = {"unknown": None, True: True, False: False}
LIVE = {name: fault for name, fault in FAULTS.items() if fault.live}


def _marks(fault: Fault) -> list[pytest.MarkDecorator]:
    """One test's fake node is another's that does not take its pod: one at a time."""
    wide = any(entry["kind"] == "Node" for entry in fault.setup)
    placed = wide or (fault.cause in BY_NAME and BY_NAME[fault.cause].category == "scheduling")
    return [pytest.mark.xdist_group("nodes")] if placed else []


@contextlib.contextmanager
def _staged(name: str) -> Iterator[str]:
    namespace = f"leaf-{name.replace('_', '-')[:40]}-{uuid.uuid4().hex[:6]}"
    with Stage(kubectl, FAULTS[name], namespace).made():
        yield namespace


def _verdicts(client: Client, namespace: str) -> Iterator[Json]:
    """What is said of the Deployment, again at every change, for as long as a fault may take."""
    diagnostician = Diagnostician(client)
    end = time.monotonic() + _SECONDS
    with Follower(client, resolve_workload(client, "Deployment", "web", namespace)) as follower:
        while time.monotonic() < end:
            yield diagnostician.diagnose(follower.snapshot, follower.now).to_dict()
            follower.changed(_LOOK_AGAIN)


def _module(namespace: str) -> Json:
    """What the module itself says, run as Ansible runs it on a target."""
    arguments = {"ANSIBLE_MODULE_ARGS": {"name": "web", "namespace": namespace}}
    done = subprocess.run(
        [sys.executable, "-m", f"ansible_collections.{MODULE.replace('.classify', '.plugins.modules.classify')}"],
        input=json.dumps(arguments),
        env={**os.environ, "PYTHONPATH": str(ROOT / ".collections")},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    result: Json = json.loads(done.stdout)
    return result


@pytest.fixture
def client() -> Iterator[Client]:
    with contextlib.closing(
        Client.connect(ConnectionOptions(kubeconfig=os.environ.get("KUBECONFIG")), user_agent="rescue.kubernetes/test")
    ) as found:
        yield found


@pytest.mark.parametrize("name", [pytest.param(name, marks=_marks(fault)) for name, fault in LIVE.items()])
def test_the_leaf_is_named_while_it_happens(name: str, client: Client) -> None:
    fault = FAULTS[name]
    said: dict[str, Json] = {}

    def right(verdict: Json) -> bool:
        said[f"{verdict['cause']} {verdict['confidence']}"] = verdict
        return bool(verdict["cause"] == fault.cause and verdict["confidence"] >= fault.sure)

    with _staged(name) as namespace:
        for verdict in _verdicts(client, namespace):
            # Once the parts say it, the module is asked: what ends and starts again may look otherwise in between.
            if right(verdict) and right(result := _module(namespace)):
                break
        else:
            pytest.fail(f"it was called {', then '.join(said)}: {verdict['message']}")
    assert result["category"] == BY_NAME[fault.cause].category
    assert result["evidence"] or result["category"] == "none"
    if fault.rollback_helps != "any":
        assert result["rollback_helps"] is _ROLLBACK[fault.rollback_helps]
    for other in said.values():
        if other["cause"] != fault.cause and other["category"] not in ("none", "unknown"):
            assert other["confidence"] < _CERTAIN, f"first it was called {other['cause']}: {other['message']}"


def test_as_ansible_runs_it(client: Client) -> None:
    with _staged("image_name") as namespace:
        next(verdict for verdict in _verdicts(client, namespace) if verdict["cause"] == "invalid_image_name")
        done = subprocess.run(
            ["ansible", "localhost", "-m", MODULE, "-a", f"name=web namespace={namespace}", "--one-line"],
            cwd=ROOT,
            env={**os.environ, "ANSIBLE_NOCOLOR": "1"},
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert "SUCCESS => " in done.stdout, done.stdout + done.stderr
    result = json.loads(done.stdout.partition("SUCCESS => ")[2])
    assert (result["category"], result["cause"]) == ("image", "invalid_image_name")
    assert result["evidence"]
    assert result["calls"] <= 12


def test_enough_leaves_happen_for_real() -> None:
    leaves = {fault.cause for fault in LIVE.values() if BY_NAME[fault.cause].category not in ("none", "unknown")}
    assert len(leaves) >= 65


def test_what_is_cluster_wide_is_this_namespaces_only() -> None:
    for fault in FAULTS.values():
        for entry in fault.setup:
            if entry["kind"].startswith("Validating"):
                assert entry["metadata"]["name"] == NAMESPACE
                assert NAMESPACE in json.dumps(entry)
