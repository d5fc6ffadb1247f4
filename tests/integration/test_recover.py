# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""recover.yml on real outages of the demo application."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from demo import application
from extensions.molecule.application import kubectl, state
from tests.cluster import Cluster
from tests.integration.conftest import ROOT, Run, deployment, image, playbook

Recover = Callable[..., Run]
GOOD_IMAGE = "myregistry.io/api-server:v2.0.0"
WRITES = {"create", "update", "patch", "delete", "deletecollection"}


def break_with(fault: str, namespace: str) -> None:
    application.FAULTS[fault].apply(kubectl, namespace)


@pytest.mark.parametrize(
    ("fault", "cause", "evidence"),
    [
        ("tag", "image_tag_not_found", "not found"),
        ("crash", "missing_dependency", "Cannot find module"),
        ("probe", "liveness_probe_wrong_port", "connection refused"),
    ],
)
def test_a_bad_release_is_rolled_back_and_verified(
    fault: str, cause: str, evidence: str, deployed: str, recover: Recover
) -> None:
    kubectl("-n", deployed, "annotate", "deployment", application.DEPLOYMENT, "team=payments")
    break_with(fault, deployed)

    run = recover(deployed)

    assert run.code == 0, run.output
    assert run.result["outcome"] == "recovered"
    diagnosis = run.result["detection"]["diagnosis"]
    assert diagnosis["cause"] == cause
    assert any(evidence in item["text"] for item in diagnosis["evidence"]), diagnosis["evidence"]
    now = state(deployed)
    assert now["image"] == GOOD_IMAGE
    assert now["ready"] == now["updated"] == now["desired"] == 3
    annotations = deployment(deployed)["metadata"]["annotations"]
    assert annotations["team"] == "payments"
    assert cause in annotations["kubernetes.io/change-cause"]
    assert run.result["probe"]["verdict"] == "pass"
    assert {question["path"] for question in run.result["probe"]["questions"]} == {"/ready", "/health"}
    assert set(run.result["phases"]) == {"detect", "roll_back", "verify"}
    # ten lines at most say what was wrong, what was done and whether users are served
    assert len(run.summary) <= 10, run.output
    assert len(run.lines) <= 25, run.output
    assert not re.search(r"^\s*\{", run.output, re.MULTILINE), "JSON at default verbosity"
    # progress was shown while the module ran, before the summary
    live = [line for line in run.lines if re.match(r" *\d+\.\d s  api-server: \d/3 updated", line)]
    assert live
    assert run.lines.index(live[0]) < run.lines.index(run.summary[0])

    again = recover(deployed)

    assert again.code == 0, again.output
    assert again.result["outcome"] == "nothing_to_recover"
    assert "changed=0" in again.output


def test_changed_configuration_is_named_and_not_called_recovered(deployed: str, recover: Recover) -> None:
    break_with("config", deployed)
    before = deployment(deployed)["metadata"]["generation"]

    run = recover(deployed)

    assert run.code != 0
    assert run.result["outcome"] == "needs_a_person"
    diagnosis = run.result["detection"]["diagnosis"]
    assert diagnosis["cause"] == "wrong_host_dns"
    assert diagnosis["rollback_helps"] is False
    assert any("ENOTFOUND database-new" in item["text"] for item in diagnosis["evidence"])
    assert "rolling back does not help" in run.output
    assert "RECOVERED in" not in run.output
    assert deployment(deployed)["metadata"]["generation"] == before
    assert len(run.summary) <= 10
    # the summary, one short failure, the recap; ansible-core 2.19 and newer quote the failed task's lines
    assert len(run.lines) <= 25, run.output
    assert all(len(line) < 600 for line in run.lines)


def test_a_healthy_deployment_is_left_alone(deployed: str, recover: Recover) -> None:
    before = deployment(deployed)["metadata"]["resourceVersion"]

    run = recover(deployed, "-e", "observe_for=1", folder=ROOT / "playbooks", name="recover.yml")

    assert run.code == 0, run.output
    assert run.result["outcome"] == "nothing_to_recover"
    assert "NOTHING TO RECOVER" in run.output
    assert "changed=0" in run.output
    assert deployment(deployed)["metadata"]["resourceVersion"] == before


def test_check_mode_says_what_it_would_do_and_writes_nothing(deployed: str, recover: Recover) -> None:
    ours = Cluster()
    if os.environ.get("KUBECONFIG") != str(ours.kubeconfig):
        pytest.skip("only our own cluster's audit log can be read")
    break_with("tag", deployed)
    since = ours.audit_position()

    run = recover(deployed, "--check", "--diff")

    assert run.code == 0, run.output
    assert run.result["outcome"] == "would_roll_back"
    changed = [re.sub(r"\s+", " ", line) for line in run.lines if re.match(r"[-+] ", line)]
    assert f'- "image": "{application.REPOSITORY}:{application.MISSING_TAG}",' in changed, run.output
    assert f'+ "image": "{GOOD_IMAGE}",' in changed, run.output
    assert image(deployed).endswith(application.MISSING_TAG)
    own = [
        event
        for event in ours.audit_events(since)
        if event.get("userAgent", "").startswith("rescue.kubernetes")
        and event.get("objectRef", {}).get("namespace") == deployed
    ]
    writes = [event["requestURI"] for event in own if event["verb"] in WRITES]
    assert own
    assert writes
    assert all("dryRun=All" in uri for uri in writes), writes


def test_an_inventory_of_three_targets_with_policy_in_group_vars(images: None, deployed: str, tmp_path: Path) -> None:
    break_with("tag", deployed)
    inventory = tmp_path / "hosts.yml"
    targets = {"broken": application.DEPLOYMENT, "well": "database", "absent": "no-such-deployment"}
    hosts = {name: {"deployment": workload} for name, workload in targets.items()}
    inventory.write_text(json.dumps({"fleet": {"hosts": hosts}}))
    (tmp_path / "group_vars").mkdir()
    (tmp_path / "group_vars" / "fleet.yml").write_text(
        json.dumps({"deployment_namespace": deployed, "observe_for": 1, "verify_service": []})
    )

    done = playbook("-i", str(inventory))

    assert done.returncode != 0, "one target could not be looked at"
    assert f"api-server in {deployed}: RECOVERED" in done.stdout
    assert f"database in {deployed}: NOTHING TO RECOVER" in done.stdout
    assert f"no-such-deployment in {deployed}: COULD NOT BE LOOKED AT" in done.stdout
    assert image(deployed) == GOOD_IMAGE

    limited = playbook("-i", str(inventory), "--limit", "nobody")
    assert limited.returncode != 0

    empty = tmp_path / "empty.yml"
    empty.write_text(json.dumps({"all": {"hosts": {}}}))
    nothing = playbook("-i", str(empty), "-e", "deployment=database", "-e", f"deployment_namespace={deployed}")
    assert nothing.returncode != 0
    assert "has no hosts" in nothing.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-e", "deployment="], "name of the Deployment is empty"),
        ([], "name of the Deployment is empty"),
        (["-e", "deployment=Api_Server"], "cannot be the name of a Deployment"),
        (["-e", "deployment=api-server", "-e", "kubernetes_context=elsewhere"], "elsewhere"),
        (["-e", "deployment=api-server", "-e", "kubeconfig=/nonexistent/config"], "/nonexistent/config"),
        (["-e", "deployment=coredsn", "-e", "deployment_namespace=kube-system"], "coredns"),
    ],
)
def test_bad_input_is_one_clear_sentence(arguments: list[str], said: str) -> None:
    done = playbook(*arguments)

    assert done.returncode != 0
    problem = [line for line in done.stdout.splitlines() if line.startswith("  Problem")]
    assert len(problem) == 1, done.stdout
    assert said in problem[0]
    assert "Traceback" not in done.stdout


def test_the_modules_work_by_themselves(deployed: str) -> None:
    break_with("tag", deployed)
    target = f"name={application.DEPLOYMENT} namespace={deployed}"
    waited = _ad_hoc("rollout_status", f"{target} wait=true")
    assert waited["failed"] is True
    assert waited["phase"] == "failed"
    assert "does not exist in the registry" in waited["msg"]
    found = _ad_hoc("classify_failure", target)
    assert found["cause"] == "image_tag_not_found"
    assert [entry["kind"] for entry in found["differences"]] == ["image"]
    assert found["calls"] <= 12
    undone = _ad_hoc("rollout_undo", target)
    assert undone["changed"] is True
    assert undone["to_revision"] == 1
    assert _ad_hoc("rollout_status", f"{target} wait=true observe_for=0")["phase"] == "complete"
    twice = _ad_hoc("rollout_undo", target)
    assert twice["changed"] is False, "undoing twice must not bring the bad revision back"
    probed = _ad_hoc("service_probe", f"{target} path=/version expect_json=\"version=='2.0.0'\"")
    assert probed["verdict"] == "pass", probed
    wrong = _ad_hoc("service_probe", f"{target} path=/nowhere timeout=1")
    assert wrong["verdict"] == "fail"
    assert "status 404" in wrong["msg"]


def _ad_hoc(module: str, arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        ["ansible", "localhost", "-m", f"rescue.kubernetes.{module}", "-a", arguments, "--one-line"],
        cwd=ROOT,
        env={**os.environ, "ANSIBLE_NOCOLOR": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    match = re.search(r"=> (\{.*\})", done.stdout)
    assert match, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(match.group(1))
    return {"failed": "FAILED" in done.stdout, **found}
