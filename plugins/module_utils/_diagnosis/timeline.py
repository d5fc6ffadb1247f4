# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happened when, from everything in the evidence that carries a time.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import heapq
import typing as t
from dataclasses import dataclass
from datetime import datetime

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.finding import reference, written
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.model import TimelineEntry
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.redaction import clean
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.situation import ContainerView, Situation
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout import objects as o

MAX_ENTRIES = 40
_TEXT, _NAME = 240, 120
# What is kept first where there is too much: what was changed, what the controllers say, what went wrong, the rest.
_CHANGED, _JUDGED, _TROUBLE, _ROUTINE = range(4)
_WORKLOAD_CONDITIONS = ("Progressing", "Available", "ReplicaFailure", "Complete", "Failed", "Suspended")


@dataclass(frozen=True)
class _Moment:
    """One entry before it is merged with others of its `kind` that say the same."""

    time: datetime
    rank: int
    kind: str
    object: str
    text: str
    count: int = 1


def timeline(situation: Situation) -> list[TimelineEntry]:
    """At most 40 entries, the earliest first; what happened to several pods alike is one entry, the first of it."""
    merged: dict[tuple[str, str], tuple[_Moment, int]] = {}
    for moment in _moments(situation):
        # What is shown of two long texts may be the same.
        key = (moment.kind, moment.text[:_TEXT])
        first, count = merged.get(key, (moment, 0))
        merged[key] = (min(first, moment, key=lambda entry: entry.time), count + moment.count)
    kept = heapq.nsmallest(
        MAX_ENTRIES, merged.values(), key=lambda entry: (entry[0].rank, -entry[0].time.timestamp(), entry[0].text)
    )
    kept.sort(key=lambda entry: (entry[0].time, entry[0].rank, entry[0].object, entry[0].text))
    return [
        TimelineEntry(
            written(moment.time) or "",
            " ".join(clean(moment.object, _NAME).split()),
            " ".join(clean(moment.text, _TEXT).split()) + (f" ({count} times)" if count > 1 else ""),
        )
        for moment, count in kept
    ]


def _moments(situation: Situation) -> t.Iterator[_Moment]:
    yield from _revisions(situation)
    yield from _configuration(situation)
    yield from _conditions(situation)
    for view in situation.containers:
        yield from _container(view)
    for source in (situation.workload, situation.revision, *situation.pods):
        for event in situation.events_of(source):
            if event.first is not None:
                rank = _ROUTINE if event.reason in _ROUTINE_EVENTS else _TROUBLE
                said = f"{event.reason}: {event.message}"
                yield _Moment(event.first, rank, event.kind, f"{event.kind}/{event.name}", said, event.count)


_ROUTINE_EVENTS = (
    "Scheduled",
    "Pulling",
    "Pulled",
    "Created",
    "Started",
    "SuccessfulCreate",
    "SuccessfulDelete",
    "ScalingReplicaSet",
)


def _revisions(situation: Situation) -> t.Iterator[_Moment]:
    for revision in (situation.previous, situation.revision):
        created = o.created_at(revision)
        if revision is not None and created is not None:
            number = o.revision_number(revision)
            text = f"revision {number} was made" if number else "this revision was made"
            yield _Moment(created, _CHANGED, "revision", reference(revision), text)
    manager, moment = o.last_writer_of_template(situation.workload)
    if moment is not None:
        text = f"its pod template was written by {manager}"
        yield _Moment(moment, _CHANGED, "template", reference(situation.workload), text)


def _configuration(situation: Situation) -> t.Iterator[_Moment]:
    """Who wrote the referenced ConfigMaps and the Services, and when."""
    for source in (*situation.related("ConfigMap"), *situation.related("Service")):
        for entry in o.sequence(o.metadata(source).get("managedFields")):
            moment = o.parse_time(o.mapping(entry).get("time"))
            fields = o.mapping(o.mapping(entry).get("fieldsV1"))
            if moment is not None and ("f:data" in fields or "f:spec" in fields):
                text = f"was written by {o.text(o.mapping(entry).get('manager'))}"
                yield _Moment(moment, _CHANGED, reference(source), reference(source), text)


def _conditions(situation: Situation) -> t.Iterator[_Moment]:
    for entry in map(o.mapping, o.sequence(o.dig(situation.workload, "status", "conditions"))):
        moment = o.parse_time(entry.get("lastTransitionTime"))
        if moment is not None and entry.get("type") in _WORKLOAD_CONDITIONS:
            text = f"{entry.get('type')} is {o.text(entry.get('status'))}: {o.text(entry.get('message'))}"
            yield _Moment(moment, _JUDGED, "workload", reference(situation.workload), text)
    for pod in situation.pods:
        ready = o.mapping(o.condition(pod, "Ready"))
        moment = o.parse_time(ready.get("lastTransitionTime"))
        if moment is not None and ready.get("status") == "True":
            yield _Moment(moment, _ROUTINE, "pod", f"Pod/{o.name_of(pod)}", "the pod became ready")


def _container(view: ContainerView) -> t.Iterator[_Moment]:
    name = f"Pod/{o.name_of(view.pod)}"
    if view.running_since is not None:
        yield _Moment(view.running_since, _ROUTINE, "container", name, f"container {view.name} started")
    ended = o.mapping(view.ended)
    finished = o.parse_time(ended.get("finishedAt"))
    if finished is not None:
        reason = o.text(ended.get("reason"))
        told = f"container {view.name} ended with exit code {o.number(ended.get('exitCode'))}"
        yield _Moment(finished, _TROUBLE, "container", name, f"{told} ({reason})" if reason else told)
