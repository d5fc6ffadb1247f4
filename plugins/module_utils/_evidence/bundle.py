# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bundles: what a verdict was made from, in files, redacted, with a manifest.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

`manifest.json` (`Manifest`, and name, size and SHA-256 of the other files), `evidence.json` (`Evidence`, without the
logs' texts), `logs/POD__CONTAINER[.previous].log`, `diagnosis.json`.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import typing as t
from dataclasses import dataclass

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.errors import one_line
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.evidence import Evidence
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.model import Diagnosis
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.object_redaction import ObjectRedactor
from ansible_collections.rescue.kubernetes.plugins.module_utils._evidence.problems import EvidenceError
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.objects import (
    JsonObject,
    mapping,
    name_of,
    namespace_of,
    number,
    sequence,
    text,
)

FORMAT = "rescue.kubernetes/evidence"
VERSION = 1
MANIFEST, EVIDENCE, DIAGNOSIS = "manifest.json", "evidence.json", "diagnosis.json"
LOGS = "logs/"


@dataclass(frozen=True)
class Manifest:
    """What a bundle says of itself. Times are RFC 3339 in UTC: `taken_at` is the evidence's moment by the API server's
    clock, `started` and `ended` are those of the collecting run. `server_version` is "" where it was not told.
    """

    collection_version: str
    server_version: str
    taken_at: str
    started: str
    ended: str
    kind: str
    name: str
    namespace: str

    @classmethod
    def of(cls, evidence: Evidence, **rest: str) -> Manifest:
        """The manifest of evidence; `rest` are the fields that it does not tell."""
        workload = evidence.workload
        return cls(
            taken_at=evidence.taken_at,
            kind=text(workload.get("kind")),
            name=name_of(workload),
            namespace=namespace_of(workload),
            **rest,
        )


def bundle_files(evidence: Evidence, diagnosis: Diagnosis, manifest: Manifest) -> dict[str, bytes]:
    """The bundle's files by name, the manifest last. Nothing in them is left as the cluster wrote it."""
    redactor = ObjectRedactor()
    recorded = redactor.value(evidence.to_dict())
    recorded["related"] = [entry for entry in recorded["related"] if entry.get("kind") != "Secret"]
    files: dict[str, bytes] = {}
    for log in recorded["logs"]:
        name = f"{LOGS}{_file_part(log['pod'])}__{_file_part(log['container'])}"
        name += ".previous.log" if log["previous"] else ".log"
        files[name] = log.pop("text").encode(errors="replace")
        log["file"] = name
    files[EVIDENCE] = _json(recorded)
    files[DIAGNOSIS] = _json(redactor.value(diagnosis.to_dict()))
    listed = [
        {"name": name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in sorted(files.items())
    ]
    files[MANIFEST] = _json({"format": FORMAT, "version": VERSION, **dataclasses.asdict(manifest), "files": listed})
    return files


def is_bundle(names: t.Collection[str]) -> bool:
    """Whether the names are those of a bundle, as far as names tell."""
    root = bundle_root(names)
    return root is not None and f"{root}{EVIDENCE}" in names


def bundle_root(names: t.Iterable[str]) -> str | None:
    """The folder of the topmost manifest, "" or with a slash at its end."""
    roots = [name[: -len(MANIFEST)] for name in names if name == MANIFEST or name.endswith(f"/{MANIFEST}")]
    return min(roots, key=len, default=None)


def read_manifest(content: bytes) -> JsonObject | None:
    """The manifest, or None for a file that is not ours."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and found.get("format") == FORMAT else None


def read_bundle(place: str, files: t.Mapping[str, bytes]) -> tuple[Evidence, JsonObject]:
    """Evidence and manifest out of a bundle's files by name. Raises EvidenceError where it is not as it was written."""
    manifest = read_manifest(files.get(MANIFEST, b""))
    if manifest is None:
        raise EvidenceError(f"{place} has a {MANIFEST} that is not that of a bundle of this collection.")
    if number(manifest.get("version")) != VERSION:
        version, recorder = (one_line(manifest.get(key), 20) for key in ("version", "collection_version"))
        raise EvidenceError(
            f"{place} is a bundle of version {version}, and this collection reads version {VERSION}: read it with the "
            f"collection that recorded it, {recorder}."
        )
    for listed in map(mapping, sequence(manifest.get("files"))):
        name = text(listed.get("name"))
        if name not in files:
            raise EvidenceError(f"{place} lacks {one_line(name, 200)}, which its {MANIFEST} lists: copy it whole.")
        if hashlib.sha256(files[name]).hexdigest() != listed.get("sha256"):
            raise EvidenceError(
                f"{one_line(name, 200)} in {place} is not the file that was recorded (its SHA-256 differs from the one "
                f"in {MANIFEST}): take an unchanged copy."
            )
    try:
        recorded = mapping(json.loads(files.get(EVIDENCE, b"")))
    except (ValueError, RecursionError):
        raise EvidenceError(f"{EVIDENCE} in {place} is not JSON: record the bundle anew.") from None
    for log in map(mapping, sequence(recorded.get("logs"))):
        log["text"] = files.get(text(log.pop("file", "")), b"").decode("utf-8", errors="replace")
    return read_evidence(recorded), manifest


def read_evidence(recorded: t.Any) -> Evidence:
    """Evidence from its JSON, cleaned once more: somebody may have written it by hand. Raises TooManyFieldsError."""
    return Evidence.from_dict(ObjectRedactor().value(recorded))


def _file_part(name: str) -> str:
    """A name of the API is a safe part of a file's name; one that is not its is made so."""
    return "".join(sign if sign.isalnum() or sign in "-." else "_" for sign in name)[:120].lstrip(".") or "_"


def _json(value: t.Any) -> bytes:
    return json.dumps(value, indent=1, sort_keys=True).encode() + b"\n"
