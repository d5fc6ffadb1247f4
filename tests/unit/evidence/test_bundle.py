# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A bundle gives the verdict that it was recorded with, holds no secrets, and is read only as it was written."""

from __future__ import annotations

import json
import os
import stat
import tarfile
import typing as t
from pathlib import Path

import pytest

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.engine import diagnose
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.evidence import Evidence
from ansible_collections.rescue.kubernetes.plugins.module_utils._evidence import files
from ansible_collections.rescue.kubernetes.plugins.module_utils._evidence.bundle import (
    Manifest,
    bundle_files,
    read_bundle,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._evidence.load import load_evidence
from ansible_collections.rescue.kubernetes.plugins.module_utils._evidence.problems import BundleError, EvidenceError
from ansible_collections.rescue.kubernetes.plugins.module_utils._evidence.target import Target
from tests.unit.diagnosis.records import RECORDS, record

ANY = Target("Deployment")
WORKLOAD = {"kind": "Deployment", "name": "web", "namespace": "shop"}
NAMES = {"manifest.json", "evidence.json", "diagnosis.json"}


def content_of(evidence: Evidence) -> dict[str, bytes]:
    manifest = Manifest.of(
        evidence, collection_version="0.1.0", server_version="v1.34.4", started="2026-11-24T01:00:00Z", ended=""
    )
    return bundle_files(evidence, diagnose(evidence), manifest)


def write(path: Path, name: str = "tag_missing") -> Path:
    evidence = record(name)
    metadata = evidence.workload["metadata"]
    files.write_bundle(
        str(path), content_of(evidence), {**WORKLOAD, "name": metadata["name"], "namespace": metadata["namespace"]}
    )
    return path


@pytest.mark.parametrize("name", RECORDS)
def test_the_verdict_of_a_bundle_is_the_one_that_it_was_recorded_with(name: str, tmp_path: Path) -> None:
    evidence = record(name)
    path = write(tmp_path / "bundle", name)

    loaded = load_evidence(str(path), ANY)

    assert diagnose(loaded.evidence).to_dict() == diagnose(evidence).to_dict()
    assert json.loads((path / "diagnosis.json").read_text())["cause"] == RECORDS[name]
    assert loaded.manifest["taken_at"] == evidence.taken_at


def test_a_revision_that_changed_a_password_only_is_still_another_revision() -> None:
    evidence = record("tag_missing")
    image = evidence.workload["spec"]["template"]["spec"]["containers"][0]["image"]
    for source in (evidence.workload, *evidence.revisions):
        container = source["spec"]["template"]["spec"]["containers"][0]
        value = "new-secret-1" if container["image"] == image else "old-secret-1"
        container.update(image=image, env=[{"name": "DB_PASSWORD", "value": value}])
    content = content_of(evidence)
    assert b"-secret-" not in b"".join(content.values())

    (change,) = diagnose(read_bundle("bundle", content)[0]).changed

    assert change.field == "spec.containers[web].env[DB_PASSWORD].value"
    assert change.before == change.after == "[redacted]"


@pytest.mark.parametrize("name", ["bundle", "bundle.tar.gz", "deeper/than/before/bundle"])
def test_only_its_owner_can_read_it(name: str, tmp_path: Path) -> None:
    path = write(tmp_path / name, "module_missing")
    written = [path, *path.rglob("*")] if path.is_dir() else [path]
    for entry in written:
        assert stat.S_IMODE(entry.stat().st_mode) == (0o700 if entry.is_dir() else 0o600)
    assert diagnose(load_evidence(str(path), ANY).evidence).cause == "missing_dependency"
    assert [entry.name for entry in path.parent.iterdir()] == [path.name], "nothing temporary is left"


def test_the_logs_are_files_and_the_manifest_lists_all(tmp_path: Path) -> None:
    path = write(tmp_path / "bundle", "module_missing")
    manifest = json.loads((path / "manifest.json").read_text())
    found = {str(entry.relative_to(path)) for entry in path.rglob("*") if entry.is_file()}
    assert {entry["name"] for entry in manifest["files"]} | {"manifest.json"} == found
    (log,) = found - NAMES
    assert log.startswith("logs/web-")
    assert "Cannot find module" in (path / log).read_text()
    assert "Cannot find module" not in (path / "evidence.json").read_text()
    assert (manifest["version"], manifest["server_version"]) == (1, "v1.34.4")


@pytest.mark.parametrize("name", ["bundle", "bundle.tar.gz"])
def test_a_bundle_of_the_same_workload_is_replaced(name: str, tmp_path: Path) -> None:
    path = write(tmp_path / name)
    write(path)
    assert diagnose(load_evidence(str(path), ANY).evidence).cause == "image_tag_not_found"


def test_nothing_but_a_bundle_of_the_same_workload_is_written_over(tmp_path: Path) -> None:
    content = content_of(record("tag_missing"))
    file = tmp_path / "notes.txt"
    file.write_text("mine")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    mixed = write(tmp_path / "mixed")
    (mixed / "notes.txt").write_text("mine")
    link = tmp_path / "link"
    link.symlink_to(write(tmp_path / "elsewhere"))
    for path in (file, folder, mixed, link):
        with pytest.raises(BundleError, match="is not a bundle, so nothing is written over it"):
            files.write_bundle(str(path), content, WORKLOAD)
    with pytest.raises(BundleError, match=r"holds the bundle of Deployment web in .*another workload"):
        files.write_bundle(str(tmp_path / "elsewhere"), content, {**WORKLOAD, "name": "other"})
    assert file.read_text() == (folder / "notes.txt").read_text() == (mixed / "notes.txt").read_text() == "mine"

    empty = tmp_path / "empty"
    empty.mkdir()
    write(empty)
    assert (empty / "manifest.json").is_file()


def test_a_bundle_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "bundle")
    before = (path / "evidence.json").read_bytes()

    def full(*_arguments: t.Any) -> t.NoReturn:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "_write_folder", full)
    with pytest.raises(BundleError, match=r"cannot be written: No space left on device"):
        write(path)
    assert (path / "evidence.json").read_bytes() == before
    assert os.listdir(tmp_path) == ["bundle"]


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (
            lambda path: (path / "evidence.json").write_text("{}"),
            "is not the file that was recorded",
        ),
        (lambda path: (path / "diagnosis.json").unlink(), "lacks diagnosis.json, which its manifest.json lists"),
        (lambda path: (path / "manifest.json").write_text("{}"), "not that of a bundle of this collection"),
        (lambda path: (path / "manifest.json").write_text("no JSON"), "not that of a bundle of this collection"),
        (
            lambda path: (path / "manifest.json").write_text(
                (path / "manifest.json").read_text().replace('"version": 1', '"version": 2')
            ),
            "is a bundle of version 2, and this collection reads version 1",
        ),
    ],
)
def test_a_bundle_is_read_only_as_it_was_written(damage: t.Callable[[Path], object], said: str, tmp_path: Path) -> None:
    path = write(tmp_path / "bundle")
    damage(path)
    with pytest.raises(EvidenceError, match=said):
        load_evidence(str(path), ANY)


def test_another_workload_than_the_bundles_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(Exception, match=r'holds no Deployment "wbe"\. Did you mean web\?'):
        load_evidence(str(write(tmp_path / "bundle")), Target("Deployment", "wbe"))


def test_an_archive_is_a_plain_one(tmp_path: Path) -> None:
    with tarfile.open(write(tmp_path / "bundle.tgz")) as archive:
        assert set(archive.getnames()) == NAMES
