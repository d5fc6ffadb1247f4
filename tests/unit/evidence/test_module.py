# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module on records: no cluster, no kubeconfig; nothing planted in what it says or writes."""

from __future__ import annotations

import json
import os
import subprocess
import typing as t
from pathlib import Path

import pytest

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.evidence import LogExcerpt
from ansible_collections.rescue.kubernetes.plugins.module_utils._module.classify_failure import main
from ansible_collections.rescue.kubernetes.plugins.module_utils._module.version import COLLECTION_VERSION
from tests.unit.cluster_client.arguments import module_arguments
from tests.unit.diagnosis.records import record
from tests.unit.evidence.layouts import Json, kubectl_folder

ROOT = Path(__file__).resolve().parents[3]
PLANTED = "hunter2hunter2"
# Whatever of a secret is shown, its middle is.
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJodW50ZXIyaHVudGVyMiJ9.dozjgNryP4J3jVmNHl0w5N"
AWS = "AKIAIOSFODNN7EXAMPLE"
GOOGLE = "AIzaSyA-1234567890abcdefghijklmnopqrstu"
SECRETS = (PLANTED, JWT, AWS, GOOGLE, "planted-in-a-secret")
LINES = (
    f"connecting to postgres://app:{PLANTED}@database:5432/shop",
    f"Authorization: Bearer {JWT}",
    f"AWS_ACCESS_KEY_ID={AWS} AWS_SECRET_ACCESS_KEY={PLANTED}",
    f'{{"private_key": "-----BEGIN PRIVATE KEY-----\\n{PLANTED}\\n-----END PRIVATE KEY-----"}}',
    f"key={GOOGLE}",
    f"AccountName=shop;AccountKey={PLANTED}abcdefgh==;EndpointSuffix=core.windows.net",
    "-----BEGIN RSA PRIVATE KEY-----",
    PLANTED,
    "-----END RSA PRIVATE KEY-----",
)


def run(capsys: pytest.CaptureFixture[str], **arguments: t.Any) -> Json:
    with module_arguments(arguments), pytest.raises(SystemExit):
        main()
    found: Json = json.loads(capsys.readouterr().out)
    return found


def planted(folder: Path) -> Path:
    """A record of a crash with secrets wherever one can be."""
    evidence = record("module_missing")
    for source in (evidence.workload, *evidence.revisions):
        container = source["spec"]["template"]["spec"]["containers"][0]
        container["env"] = [
            {"name": "DB_PASSWORD", "value": PLANTED},
            {"name": "DATABASE", "value": f"postgres://app:{PLANTED}@database:5432/shop"},
            {"name": "JWT", "value": JWT},
        ]
        container["args"] = ["--api-token", PLANTED, f"--password={PLANTED}"]
        source["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"] = json.dumps(
            {"spec": {"env": [{"name": "API_KEY", "value": PLANTED}]}}
        )
    new = evidence.workload["spec"]["template"]["spec"]["containers"][0]
    old = evidence.revisions[0]["spec"]["template"]["spec"]["containers"][0]
    if old["command"] == new["command"]:
        old = evidence.revisions[1]["spec"]["template"]["spec"]["containers"][0]
    old["env"] = [{"name": "DB_PASSWORD", "value": f"{PLANTED}-before"}]
    # a change of the arguments is shown as a whole
    old["args"] = ["--api-token", f"{PLANTED}-before"]
    for event in evidence.events:
        event["message"] = f"{LINES[0]} {event['message']} {LINES[2]}"
    evidence.related = [
        {
            "kind": "ConfigMap",
            "metadata": {"name": "settings", "namespace": evidence.workload["metadata"]["namespace"]},
            "data": {"API_TOKEN": PLANTED, "application.properties": f"spring.datasource.password={PLANTED}"},
        }
    ]
    log = evidence.logs[0]
    told = "\n".join((*LINES, log.text, *LINES))
    evidence.logs = [LogExcerpt(log.pod, log.pod_uid, log.container, log.previous, told)]
    return kubectl_folder(folder, evidence)


def test_a_record_is_judged_without_a_cluster(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = kubectl_folder(tmp_path, record("module_missing"))

    found = run(capsys, evidence=str(path), kubeconfig="/nonexistent/config")

    assert (found["cause"], found["changed"], found["calls"]) == ("missing_dependency", False, 0)
    assert (found["kind"], found["name"]) == ("Deployment", "web")
    assert found["record"]["format"] == "kubectl's output"
    assert len(found["message"].splitlines()) == 3
    assert "bundle" not in found


def test_a_bundle_can_be_made_of_a_record_and_judged_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = kubectl_folder(tmp_path, record("module_missing"))
    bundle = tmp_path / "bundle.tar.gz"

    first = run(capsys, evidence=str(path), bundle=str(bundle))
    again = run(capsys, evidence=str(bundle))

    assert first["bundle"] == {
        "path": str(bundle),
        "written": True,
        "files": first["bundle"]["files"],
        "size": first["bundle"]["size"],
    }
    own = {"record", "bundle", "timing", "invocation"}
    assert {key: value for key, value in first.items() if key not in own} == {
        key: value for key, value in again.items() if key not in own
    }
    assert again["record"]["collection_version"] == COLLECTION_VERSION


def test_check_mode_writes_no_bundle_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = kubectl_folder(tmp_path, record("module_missing"))
    found = run(capsys, evidence=str(path), bundle=str(tmp_path / "bundle"), _ansible_check_mode=True)
    assert found["bundle"]["written"] is False
    assert found["cause"] == "missing_dependency"
    assert [entry.name for entry in tmp_path.iterdir()] == ["record"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"evidence": "/nonexistent/record"}, "There is no /nonexistent/record on the machine"),
        ({"evidence": "/dev/null"}, "/dev/null is empty"),
        ({}, "The name of the Deployment is empty"),
    ],
)
def test_bad_input_is_one_sentence(
    arguments: Json, said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("K8S_AUTH_HOST", "http://127.0.0.1:9")
    found = run(capsys, **arguments)
    assert found["failed"] is True
    assert said in found["msg"]
    assert "Traceback" not in json.dumps(found)


def test_a_bundle_that_may_not_be_written_is_refused_before_anything_is_collected(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    found = run(capsys, evidence="/nonexistent", bundle=str(tmp_path / "notes.txt"))
    assert found["reason"] == "bundle_not_written"


def test_nothing_planted_is_said_or_written(tmp_path: Path) -> None:
    path, bundle = planted(tmp_path), tmp_path / "bundle"
    arguments = f"evidence={path} bundle={bundle}"
    done = subprocess.run(
        ["ansible", "localhost", "-vvv", "-m", "rescue.kubernetes.classify_failure", "-a", arguments],
        cwd=ROOT,
        env={**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".collections")},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"cause": "missing_dependency"' in done.stdout
    told = {str(file): file.read_text() for file in bundle.rglob("*") if file.is_file()}
    assert len(told) == 4
    told["screen"] = done.stdout + done.stderr
    for place, text in told.items():
        for secret in SECRETS:
            assert secret not in text, place
    assert "[redacted]" in told["screen"]


def test_the_collections_version_is_the_one_of_galaxy_yml() -> None:
    assert f"\nversion: {COLLECTION_VERSION}\n" in (ROOT / "galaxy.yml").read_text()
