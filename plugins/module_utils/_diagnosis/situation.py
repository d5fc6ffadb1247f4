# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evidence arranged for the matchers: the new revision, its pods and containers, their events and logs.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import cached_property

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.evidence import Evidence, LogExcerpt
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.identity import identified
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.model import Change, ChangeKind
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout import objects as o
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.template_diff import changes

_OWN_TEMPLATE_KINDS = ("Deployment", "StatefulSet", "DaemonSet")
# Longer than the API lets an event be; a record made by others may hold anything.
_MAX_MESSAGE = 4096
# In seconds.
_ENDED_LATELY = 120.0
_WITHOUT_REVISIONS = ("Pod", "Job", "ReplicaSet", "ReplicationController")


@dataclass(slots=True)
class Event:
    """One event, whichever of the two event APIs it was read from. Never changed (frozen, thousands cost time)."""

    reason: str
    message: str
    kind: str
    name: str
    uid: str
    field_path: str
    count: int
    first: datetime | None
    last: datetime | None

    @property
    def container(self) -> str:
        """The container that the event is about: the kubelet writes `spec.containers{name}`."""
        return self.field_path.rpartition("{")[2].rstrip("}") if "{" in self.field_path else ""


class EventsByUid:
    """Events of each object, the earliest first; read when they are asked for, since most objects are well."""

    def __init__(self, recorded: t.Iterable[o.JsonObject]) -> None:
        self._recorded: dict[str, list[o.JsonObject]] = {}
        self._read: dict[str, list[Event]] = {}
        for entry in recorded:
            about = o.mapping(entry.get("involvedObject")) or o.mapping(entry.get("regarding"))
            self._recorded.setdefault(o.text(about.get("uid")), []).append(entry)

    def __bool__(self) -> bool:
        return bool(self._recorded)

    def of(self, uid: str) -> list[Event]:
        """Events of the object with this uid."""
        if uid not in self._read:
            oldest = datetime.min.replace(tzinfo=timezone.utc)
            found = [_event(entry) for entry in self._recorded.get(uid, [])]
            self._read[uid] = sorted(found, key=lambda event: (event.last or oldest, event.message))
        return self._read[uid]

    def latest(self) -> datetime | None:
        """When the last of all events was seen."""
        times = [event.last for uid in self._recorded for event in self.of(uid) if event.last]
        return max(times, default=None)


@dataclass(frozen=True)
class ContainerView:
    """One container of one pod: what it was told to be and what became of it."""

    pod: o.JsonObject
    name: str
    role: o.ContainerRole
    spec: o.JsonObject
    status: o.JsonObject

    def state(self, kind: str) -> o.JsonObject | None:
        """`waiting`, `running` or `terminated` when the container is in that state."""
        found = o.dig(self.status, "state", kind)
        return found if isinstance(found, dict) else None

    @cached_property
    def waiting_reason(self) -> str:
        """Why it waits, "" when it does not."""
        return o.text(o.mapping(self.state("waiting")).get("reason"))

    @cached_property
    def waiting_message(self) -> str:
        """What the kubelet says about the waiting."""
        return o.text(o.mapping(self.state("waiting")).get("message"))[:_MAX_MESSAGE]

    @cached_property
    def ended(self) -> o.JsonObject | None:
        """How its latest finished instance ended: the present state, or the one before it."""
        previous = o.dig(self.status, "lastState", "terminated")
        return self.state("terminated") or (previous if isinstance(previous, dict) else None)

    @cached_property
    def ended_field(self) -> str:
        """The path of `ended` below the pod's status."""
        return f"{self.path}.{'state' if self.state('terminated') else 'lastState'}.terminated"

    @cached_property
    def path(self) -> str:
        """Where the container's status stands in the pod."""
        return f"status.{'containerStatuses' if self.role == 'main' else 'initContainerStatuses'}[{self.name}]"

    @property
    def restarts(self) -> int:
        """How often it was restarted."""
        return o.number(self.status.get("restartCount"))

    @property
    def ready(self) -> bool:
        """Whether the kubelet calls it ready."""
        return self.status.get("ready") is True

    @cached_property
    def starting(self) -> bool:
        """Whether it has not run, and its status names no trouble: events may tell of trouble before the status."""
        return (
            self.waiting_reason in ("", "ContainerCreating", "PodInitializing")
            and self.state("running") is None
            and self.ended is None
        )

    @cached_property
    def running_since(self) -> datetime | None:
        """When the present instance started."""
        return o.parse_time(o.mapping(self.state("running")).get("startedAt"))


@dataclass
class Situation:
    """What the matchers look at. Built once for a judgement; never changed."""

    evidence: Evidence
    now: datetime | None
    revision: o.JsonObject | None
    previous: o.JsonObject | None
    template: o.JsonObject
    pods: list[o.JsonObject]
    containers: list[ContainerView]
    events: EventsByUid
    changed: list[Change] = field(default_factory=list)

    @property
    def workload(self) -> o.JsonObject:
        """The workload itself."""
        return self.evidence.workload

    @property
    def kind(self) -> str:
        """The workload's kind."""
        return o.text(self.workload.get("kind"))

    @property
    def namespace(self) -> str:
        """The workload's namespace."""
        return o.namespace_of(self.workload)

    @cached_property
    def pod_names(self) -> set[tuple[str, str]]:
        """Uid and name of each pod of the new revision."""
        return {(o.uid_of(pod), o.name_of(pod)) for pod in self.pods}

    def events_of(self, source: o.JsonObject | None, *reasons: str) -> list[Event]:
        """Events of one object, by uid, the earliest first; of the given reasons only, if there are any."""
        if source is None:
            return []
        found = self.events.of(o.uid_of(source))
        return [event for event in found if not reasons or event.reason in reasons]

    def container_events(self, view: ContainerView, *reasons: str) -> list[Event]:
        """Events of one container; an event that names no container is its pod's, and so every container's."""
        return [event for event in self.events_of(view.pod, *reasons) if event.container in ("", view.name)]

    def logs_of(self, view: ContainerView) -> list[LogExcerpt]:
        """Logs of one container, the finished instance's before the present one's."""
        pod, uid = o.name_of(view.pod), o.uid_of(view.pod)
        found = [
            excerpt
            for excerpt in self._logs.get((pod, view.name), [])
            if not excerpt.pod_uid or not uid or excerpt.pod_uid == uid
        ]
        return sorted(found, key=lambda excerpt: not excerpt.previous)

    @cached_property
    def _logs(self) -> dict[tuple[str, str], list[LogExcerpt]]:
        found: dict[tuple[str, str], list[LogExcerpt]] = {}
        for excerpt in self.evidence.logs:
            found.setdefault((excerpt.pod, excerpt.container), []).append(excerpt)
        return found

    def related(self, kind: str) -> list[o.JsonObject]:
        """Recorded objects of one kind beside the workload."""
        return [entry for entry in self.evidence.related if entry.get("kind") == kind]

    def related_named(self, kind: str, name: str, namespace: str = "") -> o.JsonObject | None:
        """A recorded object by name, in the workload's namespace unless another is given."""
        wanted = namespace or self.namespace
        for entry in self.related(kind):
            if o.name_of(entry) == name and (not o.namespace_of(entry) or o.namespace_of(entry) == wanted):
                return entry
        return None

    def age(self, moment: datetime | None) -> float | None:
        """Seconds from a moment to the time of the evidence; None when either is unknown."""
        if moment is None or self.now is None:
            return None
        return (self.now - moment).total_seconds()

    def changes_of(self, container: str, kinds: t.Collection[str]) -> list[Change]:
        """Changes of the kinds which touch the container or the whole pod."""
        return [
            change
            for change in self.changed
            if change.kind in kinds
            and ("ontainers[" not in change.field or f"ontainers[{container}]" in change.field or not container)
        ]


def arrange(evidence: Evidence) -> Situation:
    """Evidence as the matchers want it. Takes any JSON-shaped evidence."""
    evidence = identified(evidence)
    workload = evidence.workload
    kind = o.text(workload.get("kind"))
    revision = _revision(evidence)
    template = o.pod_template(workload) if kind != "Pod" else workload
    pods = _pods(evidence, revision)
    previous = _previous(evidence, revision)
    if not pods and (stuck := _stuck_pods(evidence, revision)):
        # What ails them is older than this revision: no difference from theirs explains it.
        pods, previous = stuck, None
    events = EventsByUid(evidence.events)
    situation = Situation(
        evidence=evidence,
        now=o.parse_time(evidence.taken_at) or events.latest(),
        revision=revision,
        previous=previous,
        template=template,
        pods=pods,
        containers=[view for pod in pods for view in _containers(pod, template)],
        events=events,
    )
    if previous is not None:
        situation.changed = [
            Change(change["field"], change["before"], change["after"], t.cast(ChangeKind, change["kind"]))
            for change in changes(o.pod_template(previous), template)
        ]
    return situation


def _revision(evidence: Evidence) -> o.JsonObject | None:
    """The new revision; in a record without templates, the one that carries the workload's number."""
    workload = evidence.workload
    kind = o.text(workload.get("kind"))
    if kind in _WITHOUT_REVISIONS:
        return None
    owned = [entry for entry in evidence.revisions if o.owned_by(entry, workload)]
    if kind not in _OWN_TEMPLATE_KINDS:
        # Other controllers (Argo Rollouts) own ReplicaSets too; the newest is the one that they roll out.
        return max(owned, key=lambda entry: (o.revision_number(entry), _created(entry)), default=None)
    found = o.current_revision(workload, owned)
    number = o.revision_number(workload)
    if found is None and number:
        bare = [entry for entry in owned if not o.pod_template(entry) and o.revision_number(entry) == number]
        return next(iter(bare), None)
    return found


def _created(source: o.JsonObject) -> str:
    return o.text(o.metadata(source).get("creationTimestamp"))


def _previous(evidence: Evidence, revision: o.JsonObject | None) -> o.JsonObject | None:
    """What this revision is compared with: the newest other one that still serves, else the newest other one."""
    if o.text(evidence.workload.get("kind")) in _WITHOUT_REVISIONS:
        return None
    owned = [entry for entry in evidence.revisions if o.owned_by(entry, evidence.workload) and o.pod_template(entry)]
    others = [entry for entry in owned if revision is None or o.uid_of(entry) != o.uid_of(revision)]
    others.sort(key=o.revision_number, reverse=True)
    serving = [entry for entry in others if o.number(o.dig(entry, "status", "readyReplicas")) > 0]
    return next(iter(serving or others), None)


def _pods(evidence: Evidence, revision: o.JsonObject | None) -> list[o.JsonObject]:
    """The new revision's pods, without those that are being deleted while others are there."""
    workload = evidence.workload
    kind = o.text(workload.get("kind"))
    if kind == "Pod":
        return [workload]
    if kind in _WITHOUT_REVISIONS:
        found = [pod for pod in evidence.pods if o.owned_by(pod, workload)]
    elif evidence.revisions:
        found = o.pods_of(workload, revision, evidence.pods)
    else:
        found = [pod for pod in evidence.pods if _may_belong(pod, workload)]
    staying = [pod for pod in found if not o.is_terminating(pod)]
    return _without_replaced(workload, staying or found, o.parse_time(evidence.taken_at))


def _without_replaced(workload: o.JsonObject, pods: list[o.JsonObject], now: datetime | None) -> list[o.JsonObject]:
    """Without pods that have ended (evicted, shut down) where their controller has others in their place.

    While those are not ready, what ended a moment ago counts: it may be about to end them too.
    """
    if o.text(workload.get("kind")) in ("Job", "Pod"):
        return pods
    living = [pod for pod in pods if o.dig(pod, "status", "phase") not in ("Failed", "Succeeded")]
    if not living or len(living) < o.desired_replicas(workload):
        return pods
    if all(o.is_ready(pod) for pod in living):
        return living
    return [pod for pod in pods if pod in living or _ended_lately(pod, now)]


def _ended_lately(pod: o.JsonObject, now: datetime | None) -> bool:
    ended = o.parse_time(o.mapping(o.condition(pod, "Ready")).get("lastTransitionTime"))
    return ended is not None and now is not None and (now - ended).total_seconds() < _ENDED_LATELY


def _stuck_pods(evidence: Evidence, revision: o.JsonObject | None) -> list[o.JsonObject]:
    """Pods of an older revision that are not ready and that their controller waits for before it makes new ones.

    A StatefulSet replaces one pod after the other, and never one after a broken one.
    """
    workload = evidence.workload
    if revision is None or o.text(workload.get("kind")) not in ("StatefulSet", "DaemonSet"):
        return []
    return [
        pod
        for pod in evidence.pods
        if o.owned_by(pod, workload) and not o.is_pod_of(pod, workload, revision) and not o.is_ready(pod)
    ]


def _may_belong(pod: o.JsonObject, workload: o.JsonObject) -> bool:
    """Whether a pod belongs to the workload, in a record that holds no revisions: by owner, else by selector."""
    reference = o.mapping(o.controller_of(pod))
    if o.owned_by(pod, workload):
        return True
    if reference.get("kind") == "ReplicaSet":
        return o.text(reference.get("name")).rpartition("-")[0] == o.name_of(workload)
    labels = o.mapping(o.metadata(pod).get("labels"))
    wanted = o.mapping(o.dig(workload, "spec", "selector", "matchLabels"))
    return not reference and bool(wanted) and all(labels.get(key) == value for key, value in wanted.items())


def _containers(pod: o.JsonObject, template: o.JsonObject) -> list[ContainerView]:
    status = {
        (listing, o.text(o.mapping(entry).get("name"))): o.mapping(entry)
        for listing in ("containerStatuses", "initContainerStatuses")
        for entry in o.sequence(o.dig(pod, "status", listing))
    }
    specs = o.containers_of(pod) or o.containers_of(template)
    views = []
    for role, spec in specs:
        name = o.text(spec.get("name"))
        listing = "containerStatuses" if role == "main" else "initContainerStatuses"
        views.append(ContainerView(pod, name, role, spec, status.pop((listing, name), {})))
    # A record may hold a container's state without its specification.
    for (listing, name), entry in status.items():
        views.append(ContainerView(pod, name, "main" if listing == "containerStatuses" else "init", {}, entry))
    # Init containers run first, so what stops them stops the others.
    return sorted(views, key=lambda view: view.role == "main")


def _event(entry: o.JsonObject) -> Event:
    about = o.mapping(entry.get("involvedObject")) or o.mapping(entry.get("regarding"))
    series = o.mapping(entry.get("series"))
    last = series.get("lastObservedTime") or entry.get("lastTimestamp") or entry.get("deprecatedLastTimestamp")
    first = entry.get("firstTimestamp") or entry.get("deprecatedFirstTimestamp") or entry.get("eventTime")
    seen = o.parse_time(last) or o.parse_time(entry.get("eventTime")) or o.parse_time(first) or o.created_at(entry)
    return Event(
        reason=o.text(entry.get("reason")),
        message=(o.text(entry.get("message")) or o.text(entry.get("note")))[:_MAX_MESSAGE],
        kind=o.text(about.get("kind")),
        name=o.text(about.get("name")),
        uid=o.text(about.get("uid")),
        field_path=o.text(about.get("fieldPath")),
        count=max(1, o.number(series.get("count")), o.number(entry.get("count"))),
        first=o.parse_time(first) or seen,
        last=seen,
    )
