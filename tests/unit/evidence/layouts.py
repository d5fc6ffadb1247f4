# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recorded evidence written down as others would have recorded it: must-gather, cluster-info dump, kubectl's output."""

from __future__ import annotations

import json
import typing as t
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import yaml

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.evidence import Evidence

Json = dict[str, t.Any]
Layout = Callable[[Path, Evidence], Path]
_LISTED = {
    "Deployment": ("apps", "deployments"),
    "ReplicaSet": ("apps", "replicasets"),
    "Pod": ("core", "pods"),
    "Event": ("core", "events"),
    "ConfigMap": ("core", "configmaps"),
    "Secret": ("core", "secrets"),
    "Service": ("core", "services"),
    "PersistentVolumeClaim": ("core", "persistentvolumeclaims"),
    "ResourceQuota": ("core", "resourcequotas"),
    "EndpointSlice": ("discovery.k8s.io", "endpointslices"),
    "NetworkPolicy": ("networking.k8s.io", "networkpolicies"),
}
_CLUSTER_SCOPED = {
    "Node": "core/nodes",
    "PersistentVolume": "core/persistentvolumes",
    "StorageClass": "storage.k8s.io/storageclasses",
}
_IN_A_DUMP = ("Deployment", "ReplicaSet", "Pod", "Event", "Service")
SECRET: Json = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "keys", "annotations": {"note": "planted-in-a-secret"}},
    "data": {"key": "planted-in-a-secret"},
}


def objects(evidence: Evidence) -> list[Json]:
    """All objects of the evidence, and a Secret, which no reader may let through."""
    namespace = evidence.workload["metadata"]["namespace"]
    secret = {**SECRET, "metadata": {**SECRET["metadata"], "namespace": namespace}}
    return [
        evidence.workload,
        *evidence.revisions,
        *evidence.pods,
        *evidence.events,
        *evidence.related,
        secret,
    ]


def _typed_list(kind: str, entries: list[Json]) -> Json:
    """As the API answers: the items leave out what the list says."""
    items = [
        {key: value for key, value in entry.items() if key not in ("kind", "apiVersion")}
        for entry in entries
        if entry["kind"] == kind
    ]
    return {"apiVersion": "v1", "kind": f"{kind}List", "metadata": {}, "items": items}


_DUMPER: t.Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def _yaml(value: t.Any) -> str:
    return str(yaml.dump(value, Dumper=_DUMPER))


def _write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


def must_gather(folder: Path, evidence: Evidence) -> Path:
    """`oc adm must-gather`: YAML lists below a folder of the image."""
    root = folder / "must-gather.local.1" / "quay-io-image-sha256-1"
    namespace = evidence.workload["metadata"]["namespace"]
    everything = objects(evidence)
    for kind, (group, resource) in _LISTED.items():
        path = root / "namespaces" / namespace / group / f"{resource}.yaml"
        _write(path, _yaml(_typed_list(kind, everything)))
    for entry in everything:
        if entry["kind"] in _CLUSTER_SCOPED:
            place = root / "cluster-scoped-resources" / _CLUSTER_SCOPED[entry["kind"]]
            _write(place / f"{entry['metadata']['name']}.yaml", _yaml(entry))
    for pod in evidence.pods:
        name = pod["metadata"]["name"]
        _write(root / "namespaces" / namespace / "pods" / name / f"{name}.yaml", _yaml(pod))
    for log in evidence.logs:
        which = "previous" if log.previous else "current"
        stamped = "".join(f"2026-11-24T01:00:00.123456789Z {line}\n" for line in log.text.rstrip("\n").split("\n"))
        place = root / "namespaces" / namespace / "pods" / log.pod / log.container / log.container / "logs"
        _write(place / f"{which}.log", stamped)
    _write(root / "event-filter.html", "<html>")
    return folder / "must-gather.local.1"


def cluster_info_dump(folder: Path, evidence: Evidence) -> Path:
    """`kubectl cluster-info dump --output-directory`: JSON lists, all containers' logs of a pod in one file."""
    root = folder / "dump"
    namespace = evidence.workload["metadata"]["namespace"]
    everything = objects(evidence)
    _write(root / "nodes.json", json.dumps(_typed_list("Node", everything), indent=4))
    for kind in _IN_A_DUMP:
        _write(root / namespace / f"{kind.lower()}s.json", json.dumps(_typed_list(kind, everything), indent=4))
    for pod in evidence.pods:
        name = pod["metadata"]["name"]
        told = ""
        for container in [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]:
            log = next((log for log in evidence.logs if (log.pod, log.container) == (name, container["name"])), None)
            text = log.text.rstrip("\n") + "\n" if log else ""
            who = f"container {container['name']} of pod {namespace}/{name}"
            told += f"==== START logs for {who} ====\n{text}==== END logs for {who} ====\n"
        _write(root / namespace / name / "logs.txt", told)
    return root


def kubectl_folder(folder: Path, evidence: Evidence) -> Path:
    """`kubectl get -o yaml` and `-o json` in a folder, with log files."""
    root = folder / "record"
    everything = objects(evidence)
    _write(root / "objects.yaml", _yaml({"apiVersion": "v1", "kind": "List", "items": everything[:2]}))
    _write(root / "more.json", "\n".join(json.dumps(entry) for entry in everything[2:]))
    for log in evidence.logs:
        previous = ".previous" if log.previous else ""
        _write(root / "logs" / f"{log.pod}__{log.container}{previous}.log", log.text)
    _write(root / "README.txt", "not YAML: [")
    return root


def kubectl_stream(folder: Path, evidence: Evidence) -> Path:
    """One YAML stream, with the failing container's log beside it."""
    root = folder / "record"
    _write(root / "objects.yaml", yaml.dump_all(objects(evidence), Dumper=_DUMPER))
    if evidence.logs:
        _write(root / "logs.txt", evidence.logs[0].text)
    return root


LAYOUTS: dict[str, Layout] = {
    "must-gather": must_gather,
    "cluster-info dump": cluster_info_dump,
    "kubectl's output": kubectl_folder,
    "kubectl's stream": kubectl_stream,
}


def held(layout: str, evidence: Evidence, taken_at: str) -> Evidence:
    """What a layout can hold of the evidence: nobody writes down what pods answer, and a dump has few kinds."""
    kinds = {*_IN_A_DUMP, "Node"} if layout == "cluster-info dump" else None
    related = [entry for entry in evidence.related if kinds is None or entry["kind"] in kinds]
    return replace(evidence, related=related, answers=[], metrics=[], taken_at=taken_at)
