# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read from disk is inside of the record and bounded; what cannot be read is said in a sentence."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
from pathlib import Path

import pytest

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.errors import RescueError
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis import object_redaction
from ansible_collections.rescue.kubernetes.plugins.module_utils._evidence import files
from ansible_collections.rescue.kubernetes.plugins.module_utils._evidence.load import load_evidence
from ansible_collections.rescue.kubernetes.plugins.module_utils._evidence.target import Target
from tests.unit.diagnosis.records import record
from tests.unit.evidence.layouts import kubectl_stream

ANY = Target("Deployment")
OUTSIDE = "kind: Deployment\nmetadata: {name: outside, namespace: shop}\n"


def refusal(path: Path) -> str:
    with pytest.raises(RescueError) as caught:
        load_evidence(str(path), ANY)
    return caught.value.message


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "There is no "),
        (b"", "is empty: name a bundle"),
        (b"a: [", "is neither YAML nor JSON (line "),
        (b"\x00\x01\x02\x03", "is neither YAML nor JSON"),
        (b"replicas: 3\nimage: web\n", "holds no Kubernetes objects: name a bundle"),
        (b"kind: Service\nmetadata: {name: web}\n", "holds no workload. It holds no Deployment"),
        (b"\x1f\x8b\x08\x00 damaged", "cannot be read: "),
        (gzip.compress(b"x" * 100, mtime=0)[:-12], "cannot be read: "),
    ],
)
def test_a_bad_file_is_one_sentence(content: bytes | None, said: str, tmp_path: Path) -> None:
    path = tmp_path / "record"
    if content is not None:
        path.write_bytes(content)
    told = refusal(path)
    assert said in told
    assert str(path) in told or path.name in told
    assert "\n" not in told


def test_a_bad_folder_is_one_sentence(tmp_path: Path) -> None:
    assert "holds nothing to diagnose: name a bundle" in refusal(tmp_path)
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "more.txt").write_text("x")
    assert "holds nothing to diagnose" in refusal(tmp_path)
    (tmp_path / "values.yaml").write_text("a: [")
    assert "holds no Kubernetes objects (values.yaml is neither YAML nor JSON (line " in refusal(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_said(tmp_path: Path) -> None:
    path = tmp_path / "record.yaml"
    path.write_text(OUTSIDE)
    path.chmod(0)
    assert "cannot be read: Permission denied" in refusal(path)


def test_what_may_not_be_opened_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "record.yaml"
    path.write_text(OUTSIDE)

    def refused(_path: str) -> bool:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(tarfile, "is_tarfile", refused)
    assert f"{path} cannot be read: Permission denied." in refusal(path)


def test_links_out_of_a_record_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside.yaml").write_text(OUTSIDE)
    (tmp_path / "beyond").mkdir()
    (tmp_path / "beyond" / "outside.yaml").write_text(OUTSIDE)
    root = tmp_path / "record"
    root.mkdir()
    (root / "objects.yaml").symlink_to(tmp_path / "outside.yaml")
    (root / "folder").symlink_to(tmp_path / "beyond")
    assert "holds nothing to diagnose" in refusal(root)


def test_archives_are_not_unpacked_and_their_links_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside.yaml"
    outside.write_text(OUTSIDE)
    path = tmp_path / "record.tar"
    with tarfile.open(path, "w") as archive:
        for kind, name in ((tarfile.SYMTYPE, "objects.yaml"), (tarfile.LNKTYPE, "hard.yaml")):
            link = tarfile.TarInfo(name)
            link.type, link.linkname = kind, str(outside)
            archive.addfile(link)
        climbing = tarfile.TarInfo("../../climbing.yaml")
        content = OUTSIDE.replace("outside", "inside").encode()
        climbing.size = len(content)
        archive.addfile(climbing, io.BytesIO(content))
    evidence = load_evidence(str(path), ANY).evidence
    assert evidence.workload["metadata"]["name"] == "inside"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["outside.yaml", "record.tar"]


def test_what_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = kubectl_stream(tmp_path, record("tag_missing"))
    size = (root / "objects.yaml").stat().st_size
    monkeypatch.setattr(files, "MAX_FILE", size - 1)
    assert "objects.yaml is larger than" in refusal(root)
    packed = tmp_path / "bomb.yaml.gz"
    packed.write_bytes(gzip.compress((root / "objects.yaml").read_bytes()))
    assert packed.stat().st_size < size
    assert "is larger than" in refusal(packed)
    monkeypatch.setattr(files, "MAX_FILE", size + 1)
    monkeypatch.setattr(files, "MAX_TOTAL", size - 1)
    assert "The record is larger than" in refusal(root)
    monkeypatch.setattr(files, "MAX_NAMES", 1)
    (root / "more.yaml").write_text("")
    assert "holds more than 1 files" in refusal(root)
    archive_path = tmp_path / "record.tar.gz"
    with tarfile.open(archive_path, "w:gz") as archive:
        archive.add(root / "objects.yaml", "objects.yaml")
    monkeypatch.setattr(files, "MAX_UNPACKED", size - 1)
    assert "unpacked: unpack it, and name the folder" in refusal(archive_path)


def test_only_the_end_of_a_log_is_read(tmp_path: Path) -> None:
    root = kubectl_stream(tmp_path, record("module_missing"))
    log = root / "logs.txt"
    told = log.read_text()
    with log.open("w") as file:
        for number in range(60_000):
            file.write(f"line {number} of something long that was written before\n")
        file.write(told)
    (excerpt,) = load_evidence(str(root), ANY).evidence.logs
    assert "Cannot find module" in excerpt.text
    assert len(excerpt.text) <= 65_536


def test_nested_aliases_do_not_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(object_redaction, "_MAX_NODES", 20_000)
    lines = ["kind: Deployment", "metadata: {name: bomb, namespace: shop}", "a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]" for level in range(1, 12)]
    lines += ["spec: {template: {spec: *a11}}"]
    path = tmp_path / "bomb.yaml"
    path.write_text("\n".join(lines))
    assert "holds more fields than the record of a workload can" in refusal(path)
