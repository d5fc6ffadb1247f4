# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""diagnose.yml on real failures: live, from records of them, and with few rights."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from demo import application
from extensions.molecule.application import kubectl
from tests.cluster import Cluster
from tests.integration.conftest import ROOT, playbook

FILES = ROOT / "roles" / "diagnose" / "files"
WRITES = {"create", "update", "patch", "delete", "deletecollection"}
NOWHERE = {"KUBECONFIG": "/nonexistent/config"}


@dataclasses.dataclass(frozen=True)
class Diagnosed:
    """An ended run of diagnose.yml; `found` is the module's result in the result file."""

    code: int
    output: str
    found: dict[str, Any]

    @property
    def summary(self) -> list[str]:
        """The lines of the summary."""
        lines = self.output.splitlines()
        start = next(index for index, line in enumerate(lines) if re.match(r"\S.*(% sure|LOOKED AT)$", line))
        end = next(index for index in range(start, len(lines)) if not lines[index].strip())
        return lines[start:end]


def diagnose(folder: Path, *arguments: str, **environment: str) -> Diagnosed:
    """Run diagnose.yml as a user does."""
    file = folder / "result.json"
    file.unlink(missing_ok=True)
    done = playbook("-e", f"result_file={file}", *arguments, folder=ROOT, name="playbooks/diagnose.yml", **environment)
    assert "Traceback" not in done.stdout
    return Diagnosed(done.returncode, done.stdout, json.loads(file.read_text())["diagnosis"])


def target(namespace: str) -> list[str]:
    """The demo application as a target."""
    return ["-e", f"deployment={application.DEPLOYMENT}", "-e", f"deployment_namespace={namespace}"]


@pytest.fixture
def crashed(deployed: str) -> str:
    """A namespace whose api-server has a release that crashes, and has been seen to."""
    application.FAULTS["crash"].apply(kubectl, deployed)
    arguments = f"name={application.DEPLOYMENT} namespace={deployed} wait=true"
    done = subprocess.run(
        ["ansible", "localhost", "-m", "rescue.kubernetes.rollout_status", "-a", arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        timeout=120,
    )
    assert '"cause": "missing_dependency"' in done.stdout, done.stdout
    return deployed


def test_a_failure_is_named_and_recorded_and_the_record_gives_the_same_verdict(crashed: str, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.tar.gz"

    live = diagnose(tmp_path, *target(crashed), "-e", f"bundle={bundle}")

    assert live.code == 0, live.output
    assert live.found["cause"] == "missing_dependency"
    assert live.found["unseen"] == []
    assert "changed=0" in live.output
    assert len(live.summary) <= 10, live.output
    told = [line.strip() for line in live.summary]
    lines = live.found["message"].splitlines()
    assert len(lines) == 3
    assert all(any(row.endswith(line) for row in told) for line in lines), live.output

    again = diagnose(tmp_path, "-e", f"evidence={bundle}", **NOWHERE)

    assert again.code == 0, again.output
    for key in ("cause", "confidence", "message", "evidence", "differences", "remedies", "alternatives", "since"):
        assert again.found[key] == live.found[key]
    assert again.found["record"]["server_version"].startswith("v1.")
    assert len(again.summary) <= 10


def test_a_look_costs_few_requests_and_writes_nothing(crashed: str, tmp_path: Path) -> None:
    ours = Cluster()
    if os.environ.get("KUBECONFIG") != str(ours.kubeconfig):
        pytest.skip("only our own cluster's audit log can be read")
    since = ours.audit_position()

    run = diagnose(tmp_path, *target(crashed))

    events = [
        event
        for event in ours.audit_events(since)
        if event.get("userAgent", "").startswith("rescue.kubernetes")
        and event.get("objectRef", {}).get("namespace") == crashed
    ]
    # a request for a log is written down when its answer starts and when it ends
    own = list({event["auditID"]: event for event in events}.values())
    assert len(own) == run.found["calls"] <= 12, [event["requestURI"] for event in own]
    assert not [event["requestURI"] for event in own if event["verb"] in WRITES]
    assert not [event["requestURI"] for event in own if event["objectRef"]["resource"] == "secrets"]


def test_what_kubectl_recorded_gives_the_same_verdict(crashed: str, tmp_path: Path) -> None:
    dump, plain = tmp_path / "dump", tmp_path / "plain"
    kubectl("cluster-info", "dump", "--namespaces", crashed, "--output-directory", str(dump))
    plain.mkdir()
    kinds = "deployments,replicasets,pods,events,configmaps,services,secrets"
    (plain / "objects.yaml").write_text(kubectl("-n", crashed, "get", kinds, "-o", "yaml"))
    live = diagnose(tmp_path, *target(crashed)).found
    pod = live["evidence"][0]["object"].removeprefix("Pod/")
    log = kubectl("-n", crashed, "logs", pod, "-c", live["container"])
    (plain / f"{pod}__{live['container']}.log").write_text(log)

    for record, words in ((dump, "a cluster-info dump"), (plain, "kubectl's output")):
        run = diagnose(tmp_path, *target(crashed), "-e", f"evidence={record}", **NOWHERE)
        assert run.code == 0, run.output
        assert (run.found["cause"], run.found["rollback_helps"]) == ("missing_dependency", True)
        assert run.found["record"]["format"] == words
        assert run.found["calls"] == 0


def test_check_mode_leaves_no_bundle(crashed: str, tmp_path: Path) -> None:
    run = diagnose(tmp_path, *target(crashed), "-e", f"bundle={tmp_path / 'bundle'}", "--check")
    assert run.code == 0, run.output
    assert run.found["bundle"]["written"] is False
    assert "check mode, so" in run.output
    assert not (tmp_path / "bundle").exists()


def account(namespace: str, folder: Path, without: tuple[str, ...] = ()) -> str:
    """A kubeconfig of a ServiceAccount that has the published Role, without some of its resources."""
    name = "-".join(("diagnose", *without)).replace("/", "-")
    role = yaml.safe_load((FILES / "rbac.yaml").read_text())
    role["metadata"]["name"] = name
    for rule in role["rules"]:
        rule["resources"] = [resource for resource in rule["resources"] if resource not in without]
    role["rules"] = [rule for rule in role["rules"] if rule["resources"]]
    kubectl("-n", namespace, "apply", "-f", "-", input=json.dumps(role))
    kubectl("-n", namespace, "create", "serviceaccount", name)
    kubectl("-n", namespace, "create", "rolebinding", name, "--role", name, "--serviceaccount", f"{namespace}:{name}")
    known = json.loads(kubectl("config", "view", "--raw", "--minify", "--flatten", "-o", "json"))
    token = kubectl("-n", namespace, "create", "token", name).strip()
    context = {"cluster": known["clusters"][0]["name"], "user": name, "namespace": namespace}
    known["users"] = [{"name": name, "user": {"token": token}}]
    known["contexts"] = [{"name": name, "context": context}]
    known["current-context"] = name
    path = folder / name
    path.touch(0o600)
    path.write_text(json.dumps(known))
    return str(path)


def test_the_published_role_is_enough_and_less_is_said(crashed: str, tmp_path: Path) -> None:
    def look(*without: str) -> dict[str, Any]:
        path = account(crashed, tmp_path, without)
        run = diagnose(tmp_path, "-e", f"deployment={application.DEPLOYMENT}", "-e", f"kubeconfig={path}")
        assert run.code == 0, run.output
        assert len(run.summary) <= 10
        assert ("Unseen" in run.output) is bool(without)
        return run.found

    full = look()
    assert (full["cause"], full["unseen"]) == ("missing_dependency", [])
    assert full["confidence"] >= 0.9

    for without, cause in (
        (("events",), "missing_dependency"),
        (("replicasets",), "missing_dependency"),
        (("pods/log",), "exit_nonzero"),
        (("events", "replicasets", "pods/log", "configmaps"), "exit_nonzero"),
    ):
        found = look(*without)
        assert found["cause"] == cause
        for resource in without:
            word = resource.partition("/")[2] or resource
            assert any(word in entry for entry in found["unseen"]), found["unseen"]
        assert found["confidence"] < full["confidence"]


def test_hosts_of_an_inventory_are_targets(deployed: str, tmp_path: Path) -> None:
    inventory = tmp_path / "hosts.yml"
    hosts = {"well": {"deployment": "database"}, "absent": {"deployment": "no-such-deployment"}}
    inventory.write_text(json.dumps({"fleet": {"hosts": hosts, "vars": {"deployment_namespace": deployed}}}))

    done = playbook("-i", str(inventory), name="playbooks/diagnose.yml")

    assert done.returncode != 0, "one target could not be looked at"
    assert f"database in {deployed}: none, healthy" in done.stdout
    assert f"no-such-deployment in {deployed}: COULD NOT BE LOOKED AT" in done.stdout

    empty = tmp_path / "empty.yml"
    empty.write_text(json.dumps({"all": {"hosts": {}}}))
    nothing = playbook("-i", str(empty), *target(deployed), name="playbooks/diagnose.yml")
    assert nothing.returncode != 0
    assert "has no hosts, so there is nothing to diagnose" in nothing.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name of the Deployment is empty"),
        (["-e", "evidence=/nonexistent/record"], "There is no /nonexistent/record"),
        (["-e", f"evidence={ROOT / 'LICENSE'}"], "LICENSE"),
        (["-e", f"evidence={ROOT / 'galaxy.yml'}"], "holds no Kubernetes objects: name a bundle"),
        (["-e", "deployment=coredns", "-e", "bundle=/dev/null"], "is not a bundle, so nothing is written over it"),
    ],
)
def test_bad_input_is_one_clear_sentence(arguments: list[str], said: str) -> None:
    done = playbook(*arguments, name="playbooks/diagnose.yml")

    assert done.returncode != 0
    problem = [line for line in done.stdout.splitlines() if line.startswith("  Problem")]
    assert len(problem) == 1, done.stdout
    assert said in problem[0]
    assert "Traceback" not in done.stdout
