# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever the record holds, the judgement does not raise, and is not sure of itself for noise."""

from __future__ import annotations

import copy
import json
import re
import typing as t
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis import logs
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.engine import (
    diagnose,
    logs_wanted,
    objects_wanted,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.evidence import Evidence
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout import objects as o
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.template_diff import changes

from .records import RECORDS, record

# Keys and values that the code looks for, so that noise gets past the first look.
_KEYS = [
    "kind", "metadata", "name", "namespace", "uid", "ownerReferences", "controller", "spec", "status", "template",
    "containers", "initContainers", "containerStatuses", "initContainerStatuses", "state", "waiting", "running",
    "terminated", "lastState", "reason", "message", "exitCode", "restartCount", "ready", "started", "startedAt",
    "finishedAt", "conditions", "type", "replicas", "readyReplicas", "annotations", "labels", "env", "valueFrom",
    "configMapKeyRef", "key", "data", "deployment.kubernetes.io/revision",
    "managedFields", "fieldsV1", "time", "livenessProbe", "readinessProbe",
    "startupProbe", "httpGet", "port", "ports", "containerPort", "involvedObject", "fieldPath", "count", "series",
    "firstTimestamp", "lastTimestamp", "schedulingGates", "readinessGates", "volumes", "configMap", "nodeName", "phase",
    "podSelector", "matchLabels", "policyTypes", "egress", "ingress", "to", "from", "suspend", "persistentVolumeClaim",
    "claimName", "clusterIP", "selector", "regarding", "note", "eventTime", "pod", "container", "previous", "text",
    "affinity", "resources", "limits", "requests", "periodSeconds", "failureThreshold", "lastTransitionTime",
]  # fmt: skip
_WORDS = st.sampled_from(
    [
        "Deployment", "StatefulSet", "DaemonSet", "Pod", "Job", "ReplicaSet", "ControllerRevision", "ConfigMap", "Node",
        "CrashLoopBackOff", "ImagePullBackOff", "CreateContainerConfigError", "Unhealthy", "FailedCreate", "Killing",
        "FailedScheduling", "OOMKilled", "Error", "PodScheduled", "Ready", "False", "True", "Progressing", "a", "b", "",
        "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint {a: b}.",
        "Liveness probe failed: dial tcp 10.0.0.1:8080: connect: connection refused", "not found",
        "2026-11-23T10:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "{", "\x00\x1b[31m", "٣",
        "NetworkPolicy", "PersistentVolumeClaim", "Service", "Pending", "Lost", "Egress", "Failed",
        "Evicted", "NodeLost",
        "Error: getaddrinfo EAI_AGAIN db", "dial tcp 10.0.0.1:80: i/o timeout", "FailedMount",
        "Readiness probe failed: ",
        '{"err": {"cause": {"message": "x"}}}', "Caused by: a.BException", "Traceback (most recent call last):",
        "9" * 5000, "deployment.kubernetes.io/revision", "\ud800",
    ]
)  # fmt: skip
_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | _WORDS | st.text(max_size=8)
_JSON = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS) | st.text(max_size=4), inner, max_size=6)
    ),
    max_leaves=30,
)
_FIELDS = ["taken_at", "workload", "revisions", "pods", "events", "logs", "related", "absent", "unseen"]
_QUICK = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def _judge(source: t.Any) -> float:
    evidence = Evidence.from_dict(source)
    found = diagnose(evidence)
    logs_wanted(evidence)
    objects_wanted(evidence)
    assert 0.0 <= found.confidence <= 1.0
    assert len(found.message.splitlines()) <= 3
    return found.confidence if found.category != "none" else 0.0


@_QUICK
@given(_JSON)
def test_any_json_is_judged(source: t.Any) -> None:
    _judge(source)


@_QUICK
@given(st.fixed_dictionaries({}, optional=dict.fromkeys(_FIELDS, _JSON)))
def test_noise_in_every_field_is_judged_without_certainty(source: t.Any) -> None:
    assert _judge(source) <= 0.5


@_QUICK
@given(st.sampled_from(sorted(RECORDS)), st.data())
def test_a_record_with_one_field_spoilt_is_judged(name: str, data: st.DataObject) -> None:
    source = copy.deepcopy(record(name).to_dict())
    holders = list(_holders(source))
    holder, key = holders[data.draw(st.integers(0, len(holders) - 1))]
    if data.draw(st.booleans()):
        holder[key] = data.draw(_JSON)
    elif isinstance(holder, dict):
        del holder[key]
    _judge(source)


@_QUICK
@given(st.lists(_WORDS | st.text(max_size=40) | _JSON.map(json.dumps), max_size=12))
def test_any_log_is_read(lines: list[str]) -> None:
    log = "\n".join(lines)
    for found in (logs.read(log), logs.complaint(log)):
        assert found is None or (0.0 <= found.weight <= 1.0 and len(found.line) <= 600)
    logs.listening_ports(log)


# Maps whose keys are names: a new key is no unknown field there but another name.
_NAMED = {
    "data", "labels", "annotations", "matchLabels", "selector", "nodeSelector", "fieldsV1", "limits", "requests", "env",
}  # fmt: skip


def _with_unknown_fields(value: t.Any, key: str = "") -> t.Any:
    """The same objects as a newer API server would give them: every object has a field that nobody knows."""
    if isinstance(value, list):
        return [_with_unknown_fields(entry, key) for entry in value]
    if not isinstance(value, dict) or key in _NAMED:
        return value
    found = {inner: _with_unknown_fields(entry, inner) for inner, entry in value.items()}
    return {**found, "fieldOfTheFuture": {"a": 1}} if "image" not in found and key != "template" else found


def _later(value: t.Any, shift: timedelta) -> t.Any:
    """The same record at another time."""
    if isinstance(value, list):
        return [_later(entry, shift) for entry in value]
    if isinstance(value, dict):
        return {key: _later(entry, shift) for key, entry in value.items()}
    moment = o.parse_time(value) if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\dT", value) else None
    return (moment + shift).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else value


def _says(evidence: Evidence) -> tuple[t.Any, ...]:
    found = diagnose(evidence)
    return (
        found.category, found.cause, found.confidence, found.summary, found.rollback_helps, found.grace, found.terminal,
        [(entry.cause, entry.confidence) for entry in found.alternatives],
    )  # fmt: skip


@pytest.mark.parametrize("name", sorted(RECORDS))
def test_fields_that_nobody_knows_change_nothing(name: str) -> None:
    source = record(name).to_dict()
    for key in ("pods", "events", "related"):
        source[key] = _with_unknown_fields(source[key])
    for entry in (source["workload"], *source["revisions"], *source["pods"]):
        entry["metadata"].update(resourceVersion="987654", selfLink="/x", generateName="y-")
        entry["metadata"].setdefault("annotations", {})["example.com/note"] = "not found, x509, OOMKilled"
    assert _says(Evidence.from_dict(source)) == _says(record(name))


@pytest.mark.parametrize("name", sorted(RECORDS))
@pytest.mark.parametrize("days", [-3000, 3000])
def test_the_same_record_at_another_time_is_judged_the_same(name: str, days: int) -> None:
    assert _says(Evidence.from_dict(_later(record(name).to_dict(), timedelta(days=days)))) == _says(record(name))


@pytest.mark.parametrize("name", sorted(RECORDS))
def test_other_objects_beside_the_workload_change_nothing(name: str) -> None:
    evidence = record(name)
    metadata = {"namespace": "elsewhere", "name": "other", "uid": "other"}
    for kind in ("NetworkPolicy", "Service", "ConfigMap", "Pod", "Node", "PersistentVolumeClaim", "ReplicaSet"):
        evidence.related.append({"kind": kind, "metadata": metadata, "spec": {"podSelector": {}}, "status": {}})
    evidence.events.append(
        {"reason": "FailedCreate", "message": "exceeded quota: q", "involvedObject": {"uid": "other"}}
    )
    assert _says(evidence) == _says(record(name))


@_QUICK
@given(_JSON, _JSON)
def test_any_two_templates_are_compared(before: t.Any, after: t.Any) -> None:
    changes(before, after)


def _holders(value: t.Any) -> t.Iterator[tuple[t.Any, t.Any]]:
    """Every place of a JSON value that can be overwritten."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(entries):
        yield value, key
        yield from _holders(inner)


@pytest.mark.parametrize("name", sorted(RECORDS))
def test_a_record_survives_json(name: str) -> None:
    evidence = record(name)
    assert Evidence.from_dict(evidence.to_dict()) == evidence
