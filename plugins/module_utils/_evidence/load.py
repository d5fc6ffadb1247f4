# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a path to evidence, whichever way it was recorded.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.evidence import Evidence
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.object_redaction import TooManyFieldsError
from ansible_collections.rescue.kubernetes.plugins.module_utils._evidence import assembly, bundle, files
from ansible_collections.rescue.kubernetes.plugins.module_utils._evidence.cluster_info_dump import ClusterInfoDump
from ansible_collections.rescue.kubernetes.plugins.module_utils._evidence.documents import (
    documents,
    listed_kind,
    objects_in,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._evidence.kubectl_output import KubectlOutput
from ansible_collections.rescue.kubernetes.plugins.module_utils._evidence.must_gather import MustGather
from ansible_collections.rescue.kubernetes.plugins.module_utils._evidence.problems import FORMATS, EvidenceError
from ansible_collections.rescue.kubernetes.plugins.module_utils._evidence.record import RecordFormat
from ansible_collections.rescue.kubernetes.plugins.module_utils._evidence.target import Target, choose
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.objects import (
    JsonObject,
    name_of,
    namespace_of,
    text,
)

# The last one takes any file.
_FORMATS: tuple[RecordFormat, ...] = (MustGather(), ClusterInfoDump(), KubectlOutput())
# Far more than a verdict needs; a DaemonSet may have thousands of pods.
_MAX_LOGS = 200


@dataclass(frozen=True)
class Loaded:
    """Evidence, the format of the record in words, and what a bundle's manifest says ({} for other records)."""

    evidence: Evidence
    title: str
    manifest: JsonObject


def load_evidence(path: str, target: Target) -> Loaded:
    """The evidence on one workload in the record at a path.

    Raises EvidenceError, WorkloadNotFoundError, LibraryMissingError.
    """
    try:
        with files.open_record(path) as source:
            return _load(path, source, target)
    except TooManyFieldsError:
        raise EvidenceError(
            f"{path} holds more fields than the record of a workload can: name a record of one namespace.",
            details={"path": path},
        ) from None


def _load(path: str, source: files.Source, target: Target) -> Loaded:
    if bundle.is_bundle(source.names):
        root = bundle.bundle_root(source.names) or ""
        own = [name for name in source.names if name.startswith(root)]
        content = {name[len(root) :]: data for name, data in files.read(source, own)}
        evidence, manifest = bundle.read_bundle(path, content)
        return Loaded(_of_target(path, evidence, target), "a bundle", manifest)
    if len(source.names) == 1:
        evidence_only = _bare_evidence(source)
        if evidence_only is not None:
            return Loaded(_of_target(path, evidence_only, target), "the evidence of a bundle", {})
    for record in _FORMATS:
        if record.recognises(source.names):
            return Loaded(_assemble(path, source, record, target), record.title, {})
    raise EvidenceError(f"{path} holds nothing to diagnose: name {FORMATS}.", details={"path": path})


def _bare_evidence(source: files.Source) -> Evidence | None:
    """The evidence.json of a bundle by itself, whose logs are in it; None for any other file."""
    ((_name, content),) = files.read(source, source.names)
    if not content.lstrip().startswith(b"{"):
        return None
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return None
    ours = isinstance(found, dict) and "kind" not in found and isinstance(found.get("workload"), dict)
    return bundle.read_evidence(found) if ours else None


def _of_target(path: str, evidence: Evidence, target: Target) -> Evidence:
    """The evidence of a bundle, which is of one workload: who names another one is told so."""
    choose([evidence.workload], target, path)
    return evidence


def _assemble(path: str, source: files.Source, record: RecordFormat, target: Target) -> Evidence:
    objects: list[JsonObject] = []
    listed: set[tuple[str, str]] = set()
    problems: list[str] = []
    for name, content in files.read(source, record.object_files(source.names, target.namespace)):
        try:
            found = documents(name, content)
        except EvidenceError as error:
            problems.append(error.message)
            continue
        for document in found:
            entries = objects_in(document)
            objects.extend(entries)
            if record.lists_are_whole and listed_kind(document):
                listed.add((listed_kind(document), _namespace_of_list(name, entries)))
    elsewhere = bool(target.namespace) and bool(record.object_files(source.names, ""))
    if not objects and not elsewhere:
        why = f" ({problems[0]})" if problems else ""
        raise EvidenceError(
            f"{path} holds no Kubernetes objects{why}: name {FORMATS}.", details={"path": path, "problems": problems}
        )
    objects = assembly.distinct(objects)
    workload = choose(objects, target, path)
    evidence = assembly.assembled(objects, workload)
    pods = {name_of(pod) for pod in (*evidence.pods, workload)}
    logs = record.log_files(source.names, namespace_of(workload), pods)[:_MAX_LOGS]
    recorded = (log for name, content in files.read_tails(source, logs) for log in record.logs_in(name, content))
    assembly.complete(evidence, recorded, listed)
    evidence.unseen.extend(f"{problem}." for problem in problems)
    return evidence


def _namespace_of_list(name: str, entries: t.Sequence[JsonObject]) -> str:
    """An empty list names no namespace; the folder that it stands in does."""
    if entries:
        return namespace_of(entries[0])
    parts = name.split("/")
    if "namespaces" in parts[:-2]:
        return parts[parts.index("namespaces") + 1]
    return text(parts[-2]) if len(parts) > 1 else ""
