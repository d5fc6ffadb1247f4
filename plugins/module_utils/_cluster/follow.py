# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a workload with everything a rollout makes of it, and follows it by watches.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import time
import typing as t
from datetime import datetime, timedelta

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.client import Client
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.errors import ForbiddenError, GoneError
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.paths import collection_path
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.watch import WatchEvent, WatchSet
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.objects import (
    JsonObject,
    metadata,
    name_of,
    namespace_of,
    text,
    uid_of,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.service import SERVICE_NAME_LABEL
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.snapshot import (
    ObjectKind,
    Snapshot,
    label_selector,
)

_REVISIONS = {
    "Deployment": "ReplicaSet",
    "StatefulSet": "ControllerRevision",
    "DaemonSet": "ControllerRevision",
}


class Source(t.NamedTuple):
    """One collection that belongs to the picture."""

    kind: ObjectKind
    path: str
    query: dict[str, str]


def sources_of(workload: JsonObject) -> list[Source]:
    """The collections to list and watch: the workload itself, its revisions and pods if it has any, the events."""
    namespace, kind = namespace_of(workload), text(workload.get("kind"))
    found = [
        Source("workload", collection_path(kind, namespace), {"fieldSelector": f"metadata.name={name_of(workload)}"})
    ]
    selector = {"labelSelector": label_selector(workload)}
    if kind in _REVISIONS:
        found.append(Source("revision", collection_path(_REVISIONS[kind], namespace), selector))
    # An empty selector would list every pod of the namespace.
    if kind != "Pod" and selector["labelSelector"]:
        found.append(Source("pod", collection_path("Pod", namespace), selector))
    found.append(Source("event", collection_path("Event", namespace), {}))
    return found


class Follower:
    """A snapshot that keeps itself current. Use as a context manager, from one thread.

    Who only counts pods leaves the events out (`with_events`): they are those of the whole namespace. `with_services`
    lists the Services that select the workload once, and follows their EndpointSlices: one more watch. With `tolerant`,
    what may not be listed is left out too, and `unseen` says so in a sentence each.
    """

    def __init__(
        self,
        client: Client,
        workload: JsonObject,
        *,
        with_events: bool = True,
        with_services: bool = False,
        tolerant: bool = False,
    ) -> None:
        self._client = client
        sources = [source for source in sources_of(workload) if with_events or source.kind != "event"]
        self._sources = {source.path: source for source in sources}
        self._watches: WatchSet | None = None
        self._read_at = 0.0
        self.snapshot = Snapshot(workload)
        self.unseen: list[str] = []
        self._versions = {"workload": text(metadata(workload).get("resourceVersion"))}
        for source in sources:
            if source.kind != "workload":
                self._read_first(source, tolerant)
        if with_services:
            self._read_services(namespace_of(workload))

    def __enter__(self) -> Follower:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._watches:
            self._watches.close()

    @property
    def now(self) -> datetime | None:
        """The API server's clock, as of its last answer and what has passed since; None when it told none."""
        read = self._client.server_clock
        return read + timedelta(seconds=time.monotonic() - self._read_at) if read else None

    def changed(self, timeout: float) -> bool:
        """Wait until something changed (and take in all that has arrived), at most `timeout` seconds.

        Raises RescueError when the API server stays away.
        """
        watches = self._watches or self._start()
        arrived = self._next(watches, timeout)
        found = arrived
        while arrived:
            arrived = self._next(watches, 0)
        return found

    def _read_services(self, namespace: str) -> None:
        self._read(Source("service", collection_path("Service", namespace), {}))
        names = ",".join(name_of(service) for service in self.snapshot.services)
        if names:
            selector = {"labelSelector": f"{SERVICE_NAME_LABEL} in ({names})"}
            source = Source("slice", collection_path("EndpointSlice", namespace), selector)
            self._sources[source.path] = source
            self._read(source)

    def _start(self) -> WatchSet:
        self._watches = WatchSet(self._client)
        for source in self._sources.values():
            self._watches.follow(source.path, source.query, self._versions[source.kind])
        return self._watches

    def _next(self, watches: WatchSet, timeout: float) -> bool:
        try:
            event = watches.next(timeout)
        except GoneError as error:
            source = self._sources[str(error.details.get("path"))]
            self._read(source)
            watches.follow(source.path, source.query, self._versions[source.kind])
            return True
        if event is None:
            return False
        self._take(event)
        return True

    def _take(self, event: WatchEvent) -> None:
        self.snapshot.apply(self._sources[event.path].kind, event.type, event.object)

    def _read_first(self, source: Source, tolerant: bool) -> None:
        try:
            self._read(source)
        except ForbiddenError as error:
            if not tolerant:
                raise
            self.unseen.append(error.message)
            del self._sources[source.path]

    def _read(self, source: Source) -> None:
        listing = self._client.list(source.path, source.query)
        self._versions[source.kind] = listing.resource_version
        self._read_at = time.monotonic()
        if source.kind == "workload":
            # One of the same name that was created meanwhile is another workload.
            own = [entry for entry in listing.items if uid_of(entry) == uid_of(self.snapshot.workload)]
            for entry in own:
                self.snapshot.apply("workload", "MODIFIED", entry)
            self.snapshot.workload_deleted = not own
        else:
            self.snapshot.replace(source.kind, listing.items)
