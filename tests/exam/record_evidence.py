# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A case's record as evidence, as the API server's answers would have been arranged."""

from __future__ import annotations

import re
import typing as t
from datetime import datetime

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.engine import objects_wanted
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.evidence import Evidence, LogExcerpt
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.redaction import clean
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout import objects as o

from .cases import LogFile, Record, target_of

_LOG_CHARACTERS = 65_536
# Of these, others' are left out: a live diagnosis does not see them either.
_OF_OTHERS = ("Pod", "Event", "ReplicaSet", "ControllerRevision")
_TIME_KEY = re.compile(r"(?:Time|Timestamp|At|time)$")


def evidence_of(record: Record) -> Evidence:
    """The evidence for the case's target. Raises CaseError where the record does not hold the target."""
    target = target_of(record)
    revisions = [
        entry
        for entry in record.objects
        if entry.get("kind") in ("ReplicaSet", "ControllerRevision") and _controls(target, entry)
    ]
    pods = [entry for entry in record.objects if entry.get("kind") == "Pod" and _is_pod_of(entry, target, revisions)]
    evidence = Evidence(
        taken_at=_latest_time(record.objects),
        workload=target,
        revisions=revisions,
        pods=pods,
        events=[entry for entry in record.objects if entry.get("kind") == "Event"],
        related=[entry for entry in record.objects if entry is not target and entry.get("kind") not in _OF_OTHERS],
    )
    evidence.logs = [excerpt for excerpt in (_excerpt(log, pods) for log in record.logs) if excerpt]
    if record.complete:
        evidence.absent = [request.key for request in objects_wanted(evidence) if request.name]
    return evidence


def _controls(owner: o.JsonObject, entry: o.JsonObject) -> bool:
    """Whether the owner controls the entry: by uid, or by kind and name in a record without uids."""
    reference = o.mapping(o.controller_of(entry))
    if o.text(reference.get("uid")) and o.uid_of(owner):
        return o.owned_by(entry, owner)
    return bool(reference) and reference.get("kind") == owner.get("kind") and reference.get("name") == o.name_of(owner)


def _is_pod_of(pod: o.JsonObject, target: o.JsonObject, revisions: list[o.JsonObject]) -> bool:
    if pod is target or any(_controls(owner, pod) for owner in (target, *revisions)):
        return True
    if o.namespace_of(pod) != o.namespace_of(target):
        return False
    reference = o.mapping(o.controller_of(pod))
    if reference:
        # A record may hold pods without the ReplicaSet between them and their Deployment.
        return not revisions and o.text(reference.get("name")).rpartition("-")[0] == o.name_of(target)
    wanted = o.mapping(o.dig(target, "spec", "selector", "matchLabels"))
    return bool(wanted) and all(o.label(pod, key) == value for key, value in wanted.items())


def _excerpt(log: LogFile, pods: list[o.JsonObject]) -> LogExcerpt | None:
    """The log as the module would have fetched it; None where it is of no pod of the target."""
    if log.pod:
        owner = next((pod for pod in pods if o.name_of(pod) == log.pod), None)
        container, previous = log.container, log.previous
    else:
        owner, container, previous = _failing_container(pods)
    if owner is None:
        return None
    return LogExcerpt(o.name_of(owner), o.uid_of(owner), container, previous, clean(log.text, _LOG_CHARACTERS))


def _failing_container(pods: list[o.JsonObject]) -> tuple[o.JsonObject | None, str, bool]:
    """Whose log it is that the case does not name: of the container that ended, else of the first there is."""
    for pod in pods:
        for listing in ("initContainerStatuses", "containerStatuses"):
            for entry in o.sequence(o.dig(pod, "status", listing)):
                ended = o.dig(entry, "state", "terminated") or o.dig(entry, "lastState", "terminated")
                if ended and o.number(o.dig(ended, "exitCode"), 1) != 0:
                    return pod, o.text(o.mapping(entry).get("name")), o.dig(entry, "state", "terminated") is None
    first = next(iter(pods), None)
    containers = o.containers_of(first)
    return first, o.text(containers[0][1].get("name")) if containers else "", False


def _latest_time(objects: list[o.JsonObject]) -> str:
    """The latest time that any object tells: the record was not taken before it. "" where none tells a time."""
    found: list[datetime] = []
    for entry in objects:
        _times(entry.get("metadata"), found)
        _times(entry.get("status"), found)
        if entry.get("kind") == "Event":
            _times(entry, found)
    return max(found).strftime("%Y-%m-%dT%H:%M:%SZ") if found else ""


def _times(source: t.Any, found: list[datetime]) -> None:
    for key, value in o.mapping(source).items():
        if isinstance(value, dict):
            _times(value, found)
        elif isinstance(value, list):
            for entry in value:
                _times(entry, found)
        elif isinstance(key, str) and _TIME_KEY.search(key) and key != "deletionTimestamp":
            moment = o.parse_time(value)
            if moment:
                found.append(moment)
