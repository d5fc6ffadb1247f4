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
    sequence,
    text,
)


@dataclass(frozen=True)
class LogExcerpt:
    """A bounded part of one container's log; `previous` is the log of the instance before the present one."""

    pod: str
    pod_uid: str
    container: str
    previous: bool
    text: str


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


def object_key(kind: str, namespace: str, name: str) -> str:
    """`Kind/namespace/name`, or `Kind/name` where there is no namespace."""
    return "/".join(part for part in (kind, namespace, name) if part)


@dataclass
class Evidence:
    """Recorded objects as the API gave them, cleaned by `redaction` at the place that collected them.

    `taken_at` is RFC 3339 in UTC. `revisions` are ReplicaSets or ControllerRevisions. `related` never holds Secrets.
    `absent` names objects that were asked for and do not exist (`ObjectRequest.key`); `unseen` says in words what
    could not be read at all, so that a verdict can be less sure of itself.
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
    )
