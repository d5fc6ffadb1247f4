# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A workload and everything a rollout makes of it, kept current from watch events.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import typing as t

from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.objects import (
    JsonObject,
    current_revision,
    dig,
    is_ready,
    is_terminating,
    mapping,
    name_of,
    owned_by,
    pods_of,
    previous_revisions,
    sequence,
    text,
    uid_of,
)

ObjectKind = t.Literal["workload", "revision", "pod", "event", "service", "slice"]


class Snapshot:
    """What is known at one moment. Objects are keyed by uid, since names are used again."""

    def __init__(self, workload: JsonObject) -> None:
        self.workload = workload
        self.workload_deleted = False
        self._revisions: dict[str, JsonObject] = {}
        self._pods: dict[str, JsonObject] = {}
        self._events: dict[str, JsonObject] = {}
        self._services: dict[str, JsonObject] = {}
        self._slices: dict[str, JsonObject] = {}
        self._ready: dict[str, bool] = {}
        self._losses: dict[str, int] = {}

    def replace(self, kind: ObjectKind, objects: t.Iterable[JsonObject]) -> None:
        """Take a fresh list in place of what was known of a kind."""
        store = self._store(kind)
        store.clear()
        for entry in objects:
            self.apply(kind, "ADDED", entry)

    def apply(self, kind: ObjectKind, change: str, entry: JsonObject) -> None:
        """Take over one watch event: `change` is ADDED, MODIFIED or DELETED."""
        if kind == "workload":
            if uid_of(entry) == uid_of(self.workload):
                self.workload = entry
                self.workload_deleted = change == "DELETED"
            return
        store = self._store(kind)
        if change == "DELETED":
            # an event's end says nothing: it was true when it was written
            if kind != "event":
                store.pop(uid_of(entry), None)
        elif kind != "revision" or owned_by(entry, self.workload):
            store[uid_of(entry)] = entry
            if kind == "pod":
                self._note_readiness(entry)

    def _store(self, kind: ObjectKind) -> dict[str, JsonObject]:
        return {
            "revision": self._revisions,
            "pod": self._pods,
            "event": self._events,
            "service": self._services,
            "slice": self._slices,
        }[kind]

    def _note_readiness(self, pod: JsonObject) -> None:
        uid, ready = uid_of(pod), is_ready(pod)
        if self._ready.get(uid) and not ready and not is_terminating(pod):
            self._losses[uid] = self._losses.get(uid, 0) + 1
        self._ready[uid] = ready

    def readiness_losses(self, pod: t.Any) -> int:
        """How often the pod was seen to become not ready after it was ready; every watch event counts."""
        return self._losses.get(uid_of(pod), 0)

    @property
    def revisions(self) -> list[JsonObject]:
        """All ReplicaSets or ControllerRevisions that the workload owns."""
        return list(self._revisions.values())

    @property
    def pods(self) -> list[JsonObject]:
        """All pods that the workload's selector matches."""
        return list(self._pods.values())

    @property
    def events(self) -> list[JsonObject]:
        """Events of the workload, its revisions and its pods, by uid: names are shared with other objects.

        And those of the pods' claims, which say why there is no volume.
        """
        known = {uid_of(self.workload), *self._revisions, *self._pods}
        volumes = [volume for pod in self.pods for volume in sequence(dig(pod, "spec", "volumes"))]
        claims = {text(dig(volume, "persistentVolumeClaim", "claimName")) for volume in volumes}
        return [
            entry
            for entry in self._events.values()
            if text(dig(entry, "involvedObject", "uid")) in known
            or (
                dig(entry, "involvedObject", "kind") == "PersistentVolumeClaim"
                and text(dig(entry, "involvedObject", "name")) in claims
            )
        ]

    @property
    def present_events(self) -> list[JsonObject]:
        """Events of the workload, its new revision and those of its new pods that are not ready."""
        known = {uid_of(self.workload), *(uid_of(pod) for pod in self.new_pods if not is_ready(pod))}
        if self.revision:
            known.add(uid_of(self.revision))
        return [entry for entry in self._events.values() if text(dig(entry, "involvedObject", "uid")) in known]

    @property
    def services(self) -> list[JsonObject]:
        """The Services that select the workload's pods, where they are followed."""
        return selecting_services(self.workload, self._services.values())

    @property
    def slices(self) -> list[JsonObject]:
        """The EndpointSlices of these Services."""
        return list(self._slices.values())

    @property
    def revision(self) -> JsonObject | None:
        """The new revision, None while the controller has not made it."""
        return current_revision(self.workload, self.revisions)

    @property
    def older_revisions(self) -> list[JsonObject]:
        """The kept revisions but the new one, newest first."""
        return previous_revisions(self.workload, self.revisions)

    @property
    def new_pods(self) -> list[JsonObject]:
        """Pods of the new revision, by name."""
        return pods_of(self.workload, self.revision, self.pods)


def label_selector(workload: t.Any) -> str:
    """The workload's selector as the API's `labelSelector` parameter."""
    selector = mapping(dig(workload, "spec", "selector"))
    parts = [f"{key}={value}" for key, value in sorted(mapping(selector.get("matchLabels")).items())]
    for entry in selector.get("matchExpressions") or []:
        key, operator = text(mapping(entry).get("key")), text(mapping(entry).get("operator"))
        values = ",".join(str(value) for value in mapping(entry).get("values") or [])
        words = {
            "In": f"{key} in ({values})",
            "NotIn": f"{key} notin ({values})",
            "Exists": key,
            "DoesNotExist": f"!{key}",
        }
        parts.append(words.get(operator, ""))
    return ",".join(part for part in parts if part)


def selecting_services(workload: t.Any, services: t.Iterable[t.Any]) -> list[JsonObject]:
    """Services whose selector matches the workload's pod template; one without a selector matches nothing."""
    labels = mapping(dig(workload, "spec", "template", "metadata", "labels"))
    found = []
    for service in services:
        selector = mapping(dig(service, "spec", "selector"))
        if selector and all(labels.get(key) == value for key, value in selector.items()):
            found.append(mapping(service))
    return sorted(found, key=name_of)
