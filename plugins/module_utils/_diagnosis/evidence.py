# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was recorded about one workload before anything was changed.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import asdict, dataclass, field

from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.objects import (
    JsonObject,
    mapping,
    number,
    sequence,
    text,
)


@dataclass(frozen=True)
class LogExcerpt:
    """A bounded part of one container's log; `previous` is the log of the instance before the present one.

    `last_line_at` is when the newest line was written, RFC 3339, "" where nobody recorded it.
    """

    pod: str
    pod_uid: str
    container: str
    previous: bool
    text: str
    last_line_at: str = ""


@dataclass(frozen=True)
class ProbeAnswer:
    """What one instance of a container answered to a GET on one of its ports, asked through the API server.

    `restarts` tells the instance. `status` 0: no answer of the application, and `problem` says why: nobody listens, or
    it could not be asked. `seconds` is how long the answer took.
    """

    pod: str
    pod_uid: str
    container: str
    restarts: int
    scheme: str
    port: int
    path: str
    status: int
    problem: str
    seconds: float

    @property
    def good(self) -> bool:
        """Whether the kubelet would call it a success."""
        return 200 <= self.status < 400


@dataclass(frozen=True)
class MetricsReading:
    """What one pod counted of its users' requests since it started.

    `buckets` are pairs of an upper bound in seconds and how many requests took at most that long; `timed` is how many
    requests the histogram holds.
    """

    pod: str
    pod_uid: str
    revision: str
    requests: int
    errors: int
    buckets: tuple[tuple[float, int], ...] = ()
    timed: int = 0


@dataclass(frozen=True)
class LogRequest:
    """A log that would decide between hypotheses; the caller fetches it, bounded."""

    pod: str
    container: str
    previous: bool


@dataclass(frozen=True)
class ObjectRequest:
    """An object that would decide between hypotheses. An empty name asks for all of the kind."""

    kind: str
    namespace: str
    name: str

    @property
    def key(self) -> str:
        """How `Evidence.absent` names the object: `Kind/namespace/name`, `Kind/name` for cluster-scoped kinds."""
        return object_key(self.kind, self.namespace, self.name)


# An entry of `Evidence.unseen` that begins so tells of something that was not asked.
NOT_ASKED = "Not asked: "


def object_key(kind: str, namespace: str, name: str) -> str:
    """`Kind/namespace/name`, or `Kind/name` where there is no namespace."""
    return "/".join(part for part in (kind, namespace, name) if part)


@dataclass
class Evidence:
    """Recorded objects as the API gave them, cleaned by `redaction` at the place that collected them.

    `taken_at` is RFC 3339 in UTC. `revisions` are ReplicaSets or ControllerRevisions. `related` never holds Secrets.
    `absent` names objects that were asked for and do not exist (`ObjectRequest.key`); `unseen` says in words what
    could not be read at all, so that a verdict can be less sure of itself. `answers` and `metrics` are what the pods
    themselves said.
    """

    taken_at: str = ""
    workload: JsonObject = field(default_factory=dict)
    revisions: list[JsonObject] = field(default_factory=list)
    pods: list[JsonObject] = field(default_factory=list)
    events: list[JsonObject] = field(default_factory=list)
    logs: list[LogExcerpt] = field(default_factory=list)
    related: list[JsonObject] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    answers: list[ProbeAnswer] = field(default_factory=list)
    metrics: list[MetricsReading] = field(default_factory=list)

    @property
    def gaps(self) -> list[str]:
        """What of `unseen` makes a verdict less sure; questions only add to what the objects already tell."""
        return [entry for entry in self.unseen if not entry.startswith(NOT_ASKED)]

    def to_dict(self) -> JsonObject:
        """The evidence as JSON; `from_dict` reads it back unchanged."""
        return asdict(self)

    @classmethod
    def from_dict(cls, source: t.Any) -> Evidence:
        """Evidence from JSON of any shape: what is missing or of a wrong type is left out."""
        recorded = mapping(source)
        return cls(
            taken_at=text(recorded.get("taken_at")),
            workload=mapping(recorded.get("workload")),
            revisions=_objects(recorded.get("revisions")),
            pods=_objects(recorded.get("pods")),
            events=_objects(recorded.get("events")),
            logs=[_log(entry) for entry in _objects(recorded.get("logs"))],
            # A record made by others may hold Secrets; nothing here may read them.
            related=[entry for entry in _objects(recorded.get("related")) if entry.get("kind") != "Secret"],
            absent=[entry for entry in sequence(recorded.get("absent")) if isinstance(entry, str)],
            unseen=[entry for entry in sequence(recorded.get("unseen")) if isinstance(entry, str)],
            answers=[_answer(entry) for entry in _objects(recorded.get("answers"))],
            metrics=[_reading(entry) for entry in _objects(recorded.get("metrics"))],
        )


def _objects(value: t.Any) -> list[JsonObject]:
    return [entry for entry in sequence(value) if isinstance(entry, dict)]


def _log(entry: JsonObject) -> LogExcerpt:
    return LogExcerpt(
        pod=text(entry.get("pod")),
        pod_uid=text(entry.get("pod_uid")),
        container=text(entry.get("container")),
        previous=entry.get("previous") is True,
        text=text(entry.get("text")),
        last_line_at=text(entry.get("last_line_at")),
    )


def _answer(entry: JsonObject) -> ProbeAnswer:
    return ProbeAnswer(
        pod=text(entry.get("pod")),
        pod_uid=text(entry.get("pod_uid")),
        container=text(entry.get("container")),
        restarts=number(entry.get("restarts")),
        scheme=text(entry.get("scheme")),
        port=number(entry.get("port")),
        path=text(entry.get("path")),
        status=number(entry.get("status")),
        problem=text(entry.get("problem")),
        seconds=_seconds(entry.get("seconds")),
    )


def _reading(entry: JsonObject) -> MetricsReading:
    pairs = [_entries(pair) for pair in _entries(entry.get("buckets"))]
    return MetricsReading(
        pod=text(entry.get("pod")),
        pod_uid=text(entry.get("pod_uid")),
        revision=text(entry.get("revision")),
        requests=max(0, number(entry.get("requests"))),
        errors=max(0, number(entry.get("errors"))),
        buckets=tuple((_seconds(pair[0]), max(0, number(pair[1]))) for pair in pairs if len(pair) == 2),
        timed=max(0, number(entry.get("timed"))),
    )


def _entries(value: t.Any) -> list[t.Any]:
    """A list, which was a tuple before it was JSON."""
    return list(value) if isinstance(value, (list, tuple)) else []


def _seconds(value: t.Any) -> float:
    usable = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < float("inf")
    return float(value) if usable else 0.0
