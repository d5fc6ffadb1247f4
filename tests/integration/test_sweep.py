# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""detect.yml and sweeps of rollout_status on workloads of every kind and state."""

from __future__ import annotations

import json
import os
import subprocess
import typing as t
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from extensions.molecule.application import kubectl
from tests.cluster import Cluster
from tests.integration.conftest import ROOT, playbook

JsonObject = dict[str, t.Any]
IMAGE = "registry.local/busybox:1"
NEVER_READY = {"exec": {"command": ["false"]}, "initialDelaySeconds": 600}
NOWHERE = {"sweep-test": "no-node-has-this-label"}
KINDS = ("Deployment", "StatefulSet", "DaemonSet")
# The phase of each: a DaemonSet cannot be paused or scaled, but it may want no node.
STATES = {"good": "complete", "failing": "failed", "starting": "progressing", "zero": "complete"}


def workload(kind: str, state: str) -> JsonObject:
    name = f"{state}-{kind.lower()}"
    container: JsonObject = {"name": "app", "image": IMAGE, "command": ["sleep", "36000"]}
    if state == "failing":
        container["image"] = "registry.local/Not-A-Name:1"
    if state == "starting":
        container["readinessProbe"] = NEVER_READY
    pod: JsonObject = {"terminationGracePeriodSeconds": 0, "containers": [container]}
    spec: JsonObject = {"selector": {"matchLabels": {"app": name}}}
    if kind != "DaemonSet":
        spec["replicas"] = 0 if state == "zero" else 1
    elif state == "zero":
        pod["nodeSelector"] = NOWHERE
    if kind == "StatefulSet":
        spec["serviceName"] = name
    if state == "paused":
        spec["paused"] = True
    spec["template"] = {"metadata": {"labels": {"app": name, "state": state}}, "spec": pod}
    labels = {"state": state}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name, "labels": labels}, "spec": spec}


@pytest.fixture(scope="module")
def zoo() -> Iterator[str]:
    """A namespace with a workload of each kind in each state."""
    name = f"test-sweep-{uuid.uuid4().hex[:8]}"
    kubectl("create", "namespace", name)
    try:
        items = [workload(kind, state) for kind in KINDS for state in STATES] + [workload("Deployment", "paused")]
        kubectl("-n", name, "apply", "-f", "-", input=json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
        wait = ("-n", name, "wait", "pod", "--timeout=90s", "-l")
        kubectl(*wait, "state=good", "--for=condition=Ready")
        reason = "{.status.containerStatuses[0].state.waiting.reason}"
        kubectl(*wait, "state=failing", f"--for=jsonpath={reason}=InvalidImageName")
        kubectl(*wait, "state=starting", "--for=jsonpath={.status.phase}=Running")
        for kind in KINDS:
            kubectl("-n", name, "rollout", "status", f"{kind}/good-{kind.lower()}", "--timeout=90s")
        yield name
    finally:
        kubectl("delete", "namespace", name, "--wait=false")


def detect(tmp_path: Path, *arguments: str) -> tuple[subprocess.CompletedProcess[str], JsonObject]:
    """Run detect.yml; returns how it ended and what the result file holds."""
    result_file = tmp_path / "result.json"
    result_file.unlink(missing_ok=True)
    done = playbook("-e", f"result_file={result_file}", *arguments, name="playbooks/detect.yml")
    assert "Traceback" not in done.stdout, done.stdout
    return done, json.loads(result_file.read_text())


def module(**options: t.Any) -> JsonObject:
    """Run rollout_status ad hoc; returns its result."""
    done = subprocess.run(
        ["ansible", "localhost", "-m", "rescue.kubernetes.rollout_status", "-a", json.dumps(options)],
        cwd=ROOT,
        env={**os.environ, "ANSIBLE_LOAD_CALLBACK_PLUGINS": "1", "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.oneline"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    found: JsonObject = json.loads(done.stdout[done.stdout.index("{") :])
    return found


def phases(detection: JsonObject) -> dict[str, str]:
    return {row["name"]: row["phase"] for row in detection["workloads"]}


def test_a_namespace_is_swept_for_what_is_not_complete(zoo: str, tmp_path: Path) -> None:
    done, result = detect(tmp_path, "-e", f"deployment_namespace={zoo}")

    assert done.returncode == 2, done.stdout
    assert result["failing"] is True
    detection = result["detection"]
    expected = {f"{state}-{kind.lower()}": phase for kind in KINDS for state, phase in STATES.items()}
    expected["paused-deployment"] = "paused"
    assert phases(detection) == {name: phase for name, phase in expected.items() if phase != "complete"}
    assert detection["counts"] == {"failed": 3, "progressing": 3, "paused": 1, "complete": 6}
    assert (detection["checked"], detection["classified"], detection["unclassified"]) == (13, 7, 0)
    # the worst first, each with its cause
    assert [row["phase"] for row in detection["workloads"]] == ["failed"] * 3 + ["progressing"] * 3 + ["paused"]
    assert {row["cause"] for row in detection["workloads"][:3]} == {"invalid_image_name"}
    lines = done.stdout.splitlines()
    table = lines[next(index for index, line in enumerate(lines) if line.startswith("STATE ")) :]
    failing = next(index for index, line in enumerate(table) if f"{zoo}/failing-daemonset (ds)" in line)
    assert table[failing].startswith("failed"), done.stdout
    assert "registry.local/Not-A-Name:1" in table[failing + 1], done.stdout
    first = next(
        index
        for index, line in enumerate(lines)
        if line.startswith(f"sweep: 13 workloads in namespace {zoo}: 3 failed")
    )
    assert lines[first:].index("TASK [Set the exit code] *******************************************************") <= 24
    assert max(map(len, table[:15])) <= 80


def test_only_failing_and_report_only(zoo: str, tmp_path: Path) -> None:
    target = ("-e", f"deployment_namespace={zoo}", "-e", "only=failing", "-e", "report_only=true", "--check")
    done, result = detect(tmp_path, *target)
    assert done.returncode == 0, done.stdout
    assert set(phases(result["detection"]).values()) == {"failed"}
    assert "changed=0" in done.stdout


def test_nothing_wrong_is_exit_code_0(zoo: str, tmp_path: Path) -> None:
    done, result = detect(tmp_path, "-e", f"deployment_namespace={zoo}", "-e", "label_selectors=state=good")
    assert done.returncode == 0, done.stdout
    assert result["detection"]["counts"]["complete"] == 3
    assert f"3 workloads in namespace {zoo}: 3 complete" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("deployment_namespace=no-such-place",), 'There is no Namespace "no-such-place".'),
        (("deployment_namespace=x", "all_namespaces=true"), "exclude each other"),
        (("only=broken",), "value of only must be one of: all, incomplete, failing"),
        (("deployment=absent", "wait=false"), 'There is no Deployment "absent"'),
    ],
)
def test_what_cannot_be_looked_at_ends_in_a_sentence(
    zoo: str, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    given = [word for argument in arguments for word in ("-e", argument)]
    done, result = detect(tmp_path, "-e", "report_only=true", *given)
    assert done.returncode == 2, done.stdout
    assert said in result["problem"]
    assert "COULD NOT BE LOOKED AT" in done.stdout
    assert ": could not be looked at" in done.stdout
    assert len([line for line in done.stdout.splitlines() if line.strip()]) <= 20, done.stdout


def test_one_target_is_watched_until_it_is_decided(zoo: str, tmp_path: Path) -> None:
    done, result = detect(tmp_path, "-e", "deployment=failing-deployment", "-e", f"deployment_namespace={zoo}")
    assert done.returncode == 2, done.stdout
    assert result["detection"]["phase"] == "failed"
    assert f"failing-deployment in {zoo}: FAILED" in done.stdout
    assert "  Cause     invalid_image_name" in done.stdout

    done, result = detect(
        tmp_path, "-e", "deployment=starting-deployment", "-e", f"deployment_namespace={zoo}", "-e", "wait=false"
    )
    assert done.returncode == 0, done.stdout
    assert result["detection"]["phase"] == "progressing"


def test_an_inventory_may_hold_targets_and_sweeps(zoo: str, tmp_path: Path) -> None:
    hosts = {
        "well": {"deployment": "good-deployment", "observe_for": 1},
        "wrong": {"deployment": "absent"},
        "everything": None,
    }
    inventory = tmp_path / "hosts.yml"
    inventory.write_text(json.dumps({"fleet": {"hosts": hosts, "vars": {"deployment_namespace": zoo}}}))
    done = playbook("-i", str(inventory), name="playbooks/detect.yml")
    assert done.returncode == 2, done.stdout
    assert f"good-deployment in {zoo}: COMPLETE" in done.stdout
    assert f"everything: 13 workloads in namespace {zoo}" in done.stdout
    assert "absent: COULD NOT BE LOOKED AT" in done.stdout


def test_all_namespaces_leave_the_system_out_unless_asked(zoo: str) -> None:
    options = {"all_namespaces": True, "only": "all", "classify": False}
    names = "[].join('/', [namespace, name])"
    without = module(**options, query=names)
    with_system = module(**options, query=names, system_namespaces=True)
    system = {name for name in with_system["query_result"] if name.startswith("kube-system/")}
    assert system
    assert without["hidden"] >= len(system)
    assert not {name for name in without["query_result"] if name.startswith("kube-")}
    assert f"{zoo}/good-deployment" in without["query_result"]
    assert module(namespace="kube-system", only="all", classify=False)["checked"] >= 1


def test_without_a_diagnosis_the_pods_tell(zoo: str) -> None:
    result = module(namespace=zoo, classify=False, label_selectors=["state=failing"])
    assert set(phases(result).values()) == {"failed"}
    assert all(row["message"].endswith(": InvalidImageName") for row in result["workloads"])
    assert all(row["cause"] is None for row in result["workloads"])


def test_a_sweep_says_what_a_single_look_says(zoo: str) -> None:
    for row in module(namespace=zoo)["workloads"]:
        single = module(kind=row["kind"], name=row["name"], namespace=zoo)
        assert (row["phase"], row["replicas"]) == (single["phase"], single["replicas"])
        # of what merely starts, the time that passes between the looks may say more
        if row["phase"] == "failed":
            assert row["cause"] == single["diagnosis"]["cause"]


def test_a_sweep_can_fail_its_task_and_refuses_to_wait(zoo: str) -> None:
    failed = module(namespace=zoo, fail_on=["failed"], only="failing")
    assert failed["msg"].startswith("13 workloads in namespace ")
    assert f"{zoo}/failing-daemonset" in failed["msg"]
    waited = module(namespace=zoo, wait=True)
    assert waited["reason"] == "invalid_option"
    assert waited["msg"].startswith("wait needs a name")


def test_who_may_see_one_namespace_is_told_which(zoo: str, tmp_path: Path) -> None:
    kubectl("-n", zoo, "create", "serviceaccount", "viewer")
    rbac = (ROOT / "roles" / "detect" / "files" / "rbac.yaml").read_text()
    role = f"rescue-kubernetes-sweep-{zoo}"
    kubectl("apply", "-f", "-", input=rbac.replace("name: rescue-kubernetes-sweep", f"name: {role}"))
    try:
        kubectl("-n", zoo, "create", "rolebinding", "viewer", f"--clusterrole={role}", f"--serviceaccount={zoo}:viewer")
        viewer = f"system:serviceaccount:{zoo}:viewer"
        refused = module(all_namespaces=True, impersonate_user=viewer)
        assert refused["reason"] == "forbidden"
        assert '- {apiGroups: ["apps"], resources: ["deployments"], verbs: ["list"]}' in refused["msg"]
        seen = module(namespace=zoo, impersonate_user=viewer)
        assert seen["counts"]["failed"] == 3
        # nodes belong to no namespace
        assert all("nodes" in sentence for sentence in seen["unseen"])

        kubectl("create", "clusterrolebinding", role, f"--clusterrole={role}", f"--serviceaccount={zoo}:viewer")
        everything = module(all_namespaces=True, impersonate_user=viewer, classify=False)
        assert everything["unseen"] == []
        assert everything["counts"]["failed"] >= 3
    finally:
        kubectl("delete", "clusterrole,clusterrolebinding", role, "--ignore-not-found")


def test_a_sweep_only_reads_and_reads_little(zoo: str) -> None:
    ours = Cluster()
    if os.environ.get("KUBECONFIG") != str(ours.kubeconfig):
        pytest.skip("only our own cluster's audit log can be read")
    since = ours.audit_position()
    result = module(namespace=zoo)
    own = [
        event
        for event in ours.audit_events(since)
        if event.get("userAgent", "").startswith("rescue.kubernetes")
        and event.get("objectRef", {}).get("namespace") in (zoo, None)
    ]
    assert own
    assert {event["verb"] for event in own} <= {"get", "list"}
    assert not [event for event in own if event.get("objectRef", {}).get("resource") == "secrets"]
    # three lists, then workload, revisions and pods of each that is diagnosed, the namespace's events once, and logs
    lists = [event["objectRef"]["resource"] for event in own if event["verb"] == "list"]
    assert lists.count("events") == 1
    assert result["calls"] <= 3 + 5 * result["classified"] + 5
