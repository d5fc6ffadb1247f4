# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A record's objects as evidence, as the API server's answers would have been arranged.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import re
import typing as t
from datetime import datetime

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.engine import logs_wanted, objects_wanted
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.evidence import Evidence, LogExcerpt
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.object_redaction import ObjectRedactor
from ansible_collections.rescue.kubernetes.plugins.module_utils._evidence.record import RecordedLog
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout import objects as o

_REVISION_KINDS = ("ReplicaSet", "ControllerRevision")
_OF_OTHERS = ("Pod", "Event", *_REVISION_KINDS)
_TIME_FIELD = re.compile(r"(?:Time|Timestamp|At|time)$")
# A kind of which a record holds all of a namespace: what is not among them does not exist.
Listed = t.Collection[tuple[str, str]]


def distinct(objects: t.Iterable[o.JsonObject]) -> list[o.JsonObject]:
    """Each object once, as it was recorded last: a record may hold it in a list and by itself."""
    return list(
        {
            (entry.get("kind"), o.namespace_of(entry), o.name_of(entry), o.uid_of(entry)): entry for entry in objects
        }.values()
    )


def assembled(objects: t.Sequence[o.JsonObject], workload: o.JsonObject) -> Evidence:
    """The evidence on one workload, cleaned, without logs. Raises TooManyFieldsError."""
    namespace = o.namespace_of(workload)
    revisions = [entry for entry in objects if entry.get("kind") in _REVISION_KINDS and _controls(workload, entry)]
    pods = [entry for entry in objects if entry.get("kind") == "Pod" and _is_pod_of(entry, workload, revisions)]
    own = {id(entry) for entry in (workload, *revisions, *pods)}
    # A plain dict: to copy what was not bounded yet, as Evidence.to_dict does, could take for ever.
    raw = {
        "workload": workload,
        "revisions": revisions,
        "pods": pods,
        "events": [entry for entry in objects if entry.get("kind") == "Event" and _is_near(entry, namespace)],
        "related": [entry for entry in objects if entry.get("kind") not in _OF_OTHERS and id(entry) not in own],
    }
    evidence = Evidence.from_dict(ObjectRedactor().value(raw))
    evidence.taken_at = _latest_time(evidence)
    return evidence


def complete(evidence: Evidence, logs: t.Iterable[RecordedLog], listed: Listed) -> None:
    """Add the logs of the workload's pods, and say what does not exist and what the record does not hold."""
    redactor = ObjectRedactor()
    for log in logs:
        pod, container, previous = _whose(log, _pods(evidence))
        if pod is not None and container:
            told = redactor.value(log.text)
            evidence.logs.append(LogExcerpt(o.name_of(pod), o.uid_of(pod), container, previous, told))
    namespace = o.namespace_of(evidence.workload)
    missing: list[str] = []
    for request in objects_wanted(evidence):
        if not request.name:
            continue
        if (request.kind, request.namespace) in listed:
            evidence.absent.append(request.key)
        else:
            missing.append(f"{request.kind} {request.name}")
    known = {(log.pod, log.container) for log in evidence.logs}
    missing.extend(
        f"the log of {request.container} in {request.pod}"
        for request in logs_wanted(evidence)
        if (request.pod, request.container) not in known
    )
    if not evidence.events and ("Event", namespace) not in listed:
        missing.append("events")
    if missing:
        evidence.unseen.append(f"Not in the record: {', '.join(missing)}.")


def _pods(evidence: Evidence) -> list[o.JsonObject]:
    return [evidence.workload] if evidence.workload.get("kind") == "Pod" else evidence.pods


def _controls(owner: o.JsonObject, entry: o.JsonObject) -> bool:
    """Whether the owner controls the entry: by uid, or by kind and name in a record without uids."""
    reference = o.mapping(o.controller_of(entry))
    if o.text(reference.get("uid")) and o.uid_of(owner):
        return o.owned_by(entry, owner)
    named = reference.get("kind") == owner.get("kind") and reference.get("name") == o.name_of(owner)
    return bool(reference) and named and o.namespace_of(entry) == o.namespace_of(owner)


def _is_pod_of(pod: o.JsonObject, workload: o.JsonObject, revisions: list[o.JsonObject]) -> bool:
    if pod is workload or o.namespace_of(pod) != o.namespace_of(workload):
        return False
    if any(_controls(owner, pod) for owner in (workload, *revisions)):
        return True
    reference = o.mapping(o.controller_of(pod))
    if reference:
        # A record may hold pods without the ReplicaSet between them and their Deployment.
        return not revisions and o.text(reference.get("name")).rpartition("-")[0] == o.name_of(workload)
    wanted = o.mapping(o.dig(workload, "spec", "selector", "matchLabels"))
    return bool(wanted) and all(o.label(pod, key) == value for key, value in wanted.items())


def _is_near(event: o.JsonObject, namespace: str) -> bool:
    """Events of the namespace, and of nodes, which are kept in namespace default."""
    about = o.mapping(event.get("involvedObject")) or o.mapping(event.get("regarding"))
    return o.namespace_of(event) == namespace or about.get("kind") == "Node"


def _whose(log: RecordedLog, pods: list[o.JsonObject]) -> tuple[o.JsonObject | None, str, bool]:
    """The pod and container of a log. One that names none is of the container that failed, else of the first."""
    if log.pod:
        return next((pod for pod in pods if o.name_of(pod) == log.pod), None), log.container, log.previous
    for pod in pods:
        for listing in ("initContainerStatuses", "containerStatuses"):
            for entry in o.sequence(o.dig(pod, "status", listing)):
                ended = o.dig(entry, "state", "terminated") or o.dig(entry, "lastState", "terminated")
                if ended and o.number(o.dig(ended, "exitCode"), 1) != 0:
                    return pod, o.text(o.mapping(entry).get("name")), o.dig(entry, "state", "terminated") is None
    first = next(iter(pods), None)
    containers = [container for role, container in o.containers_of(first) if role == "main"]
    return first, o.text(containers[0].get("name")) if containers else "", False


def _latest_time(evidence: Evidence) -> str:
    """The latest time that any object tells: the record was not taken before it. "" where none tells a time."""
    found: list[datetime] = []
    for entry in (evidence.workload, *evidence.revisions, *evidence.pods, *evidence.related):
        _times(entry.get("metadata"), found)
        _times(entry.get("status"), found)
    for event in evidence.events:
        _times(event, found)
    return max(found).strftime("%Y-%m-%dT%H:%M:%SZ") if found else ""


def _times(source: t.Any, found: list[datetime]) -> None:
    for key, value in o.mapping(source).items():
        if isinstance(value, dict):
            _times(value, found)
        elif isinstance(value, list):
            for entry in value:
                _times(entry, found)
        elif _TIME_FIELD.search(key) and key != "deletionTimestamp":
            moment = o.parse_time(value)
            if moment:
                found.append(moment)
