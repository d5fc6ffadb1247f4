# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whichever way a failure was recorded, the verdict is that of the live look."""

from __future__ import annotations

import gzip
import json
import tarfile
from pathlib import Path

import pytest
import yaml

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.engine import diagnose
from ansible_collections.rescue.kubernetes.plugins.module_utils._evidence.load import load_evidence
from ansible_collections.rescue.kubernetes.plugins.module_utils._evidence.target import Target
from tests.unit.diagnosis.records import RECORDS, record
from tests.unit.evidence.layouts import LAYOUTS, cluster_info_dump, held, kubectl_stream, must_gather, objects

ANY = Target("Deployment")


# Reading YAML takes its time: each record in one format, those of the demo's faults in all.
_IN_ALL = ("tag_missing", "module_missing", "config_host", "liveness_port")
_LAYOUTS = list(LAYOUTS)


@pytest.mark.parametrize(
    ("name", "layout"),
    [
        (name, layout)
        for index, name in enumerate(RECORDS)
        for layout in (_LAYOUTS if name in _IN_ALL else [_LAYOUTS[index % len(_LAYOUTS)]])
    ],
)
def test_the_same_failure_has_the_same_cause_in_every_format(name: str, layout: str, tmp_path: Path) -> None:
    loaded = load_evidence(str(LAYOUTS[layout](tmp_path, record(name))), ANY)

    assert diagnose(loaded.evidence).cause == diagnose(held(layout, record(name), loaded.evidence.taken_at)).cause
    assert "planted-in-a-secret" not in json.dumps(loaded.evidence.to_dict())


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_a_format_cannot_hold_seldom_changes_the_cause(layout: str) -> None:
    right = [diagnose(held(layout, record(name), record(name).taken_at)).cause == RECORDS[name] for name in RECORDS]
    assert sum(right) >= 0.85 * len(right)


def test_what_a_full_list_does_not_hold_does_not_exist(tmp_path: Path) -> None:
    evidence = record("env_host")
    live = diagnose(evidence)
    assert any(key.startswith("Service/") for key in evidence.absent), "the fault is a host that is no Service"

    gathered = load_evidence(str(must_gather(tmp_path, evidence)), ANY).evidence

    assert gathered.absent == evidence.absent
    assert gathered.unseen == []
    assert diagnose(gathered).confidence == live.confidence


def test_what_a_record_does_not_hold_is_said_and_makes_the_verdict_less_sure(tmp_path: Path) -> None:
    evidence = record("module_missing")
    evidence.logs, evidence.events = [], []

    loaded = load_evidence(str(kubectl_stream(tmp_path, evidence)), ANY).evidence

    (missing,) = loaded.unseen
    assert "the log of web in" in missing
    assert "events" in missing
    assert diagnose(loaded).confidence < 0.7


def test_the_times_before_the_lines_of_a_log_are_taken_off(tmp_path: Path) -> None:
    evidence = record("module_missing")
    (log,) = load_evidence(str(must_gather(tmp_path, evidence)), ANY).evidence.logs
    assert log.text.strip() == evidence.logs[0].text.strip()
    assert log.previous is evidence.logs[0].previous


def test_a_log_whose_beginning_was_cut_off_is_still_its_containers(tmp_path: Path) -> None:
    evidence = record("module_missing")
    root = cluster_info_dump(tmp_path, evidence)
    for file in root.glob("*/*/logs.txt"):
        written = file.read_text()
        file.write_text(written[written.index("\n") + 1 :])
    assert diagnose(load_evidence(str(root), ANY).evidence).cause == "missing_dependency"


def test_taken_at_is_the_newest_time_that_is_recorded(tmp_path: Path) -> None:
    evidence = record("tag_missing")
    evidence.events = [
        *evidence.events,
        {
            "kind": "Event",
            "metadata": {"name": "late", "namespace": evidence.workload["metadata"]["namespace"]},
            "involvedObject": {"kind": "Pod", "name": "x"},
            "lastTimestamp": "2027-01-02T03:04:05Z",
        },
    ]
    assert load_evidence(str(kubectl_stream(tmp_path, evidence)), ANY).evidence.taken_at == "2027-01-02T03:04:05Z"


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz"])
def test_archives_are_read_where_they_are(mode: str, tmp_path: Path) -> None:
    folder = must_gather(tmp_path, record("tag_missing"))
    archive = tmp_path / "gathered"
    with tarfile.open(archive, mode) as file:  # type: ignore[call-overload]
        file.add(folder, arcname=f"./{folder.name}")
    loaded = load_evidence(str(archive), ANY)
    assert loaded.title == "a must-gather"
    assert diagnose(loaded.evidence).cause == "image_tag_not_found"


@pytest.mark.parametrize("ending", ["yaml", "json"])
def test_a_single_file_may_be_compressed(ending: str, tmp_path: Path) -> None:
    everything = {"apiVersion": "v1", "kind": "List", "items": objects(record("tag_missing"))}
    written = yaml.safe_dump(everything) if ending == "yaml" else json.dumps(everything)
    file = tmp_path / f"objects.{ending}.gz"
    file.write_bytes(gzip.compress(written.encode()))
    assert diagnose(load_evidence(str(file), ANY).evidence).cause == "image_tag_not_found"


def test_only_the_named_namespace_of_a_must_gather_is_read(tmp_path: Path) -> None:
    evidence = record("tag_missing")
    namespace = evidence.workload["metadata"]["namespace"]
    root = must_gather(tmp_path, evidence)
    broken = next(root.glob("*/namespaces")) / "huge" / "core" / "pods.yaml"
    broken.parent.mkdir(parents=True)
    broken.write_text("not YAML: [")
    assert load_evidence(str(root), Target("Deployment", "web", namespace)).evidence.unseen == []
    (unseen,) = load_evidence(str(root), ANY).evidence.unseen
    assert "huge/core/pods.yaml is neither YAML nor JSON" in unseen
