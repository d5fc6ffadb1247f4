# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the workloads of a namespace or of the cluster, page by page, keeping of each object what a row needs.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import dataclasses
import typing as t
from functools import partial

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.client import Client
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.errors import (
    ForbiddenError,
    GoneError,
    NotFoundError,
    RescueError,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.follow import sources_of
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.paths import collection_path, object_path
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.workload import KINDS
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.objects import (
    JsonObject,
    dig,
    name_of,
    text,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.snapshot import Snapshot
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.sweep import (
    Key,
    PodNote,
    Row,
    is_system_namespace,
    pod_note,
    row_of,
    workload_of,
)

# Pods of so many namespaces are listed one namespace after the other; of more, all of the cluster's are.
NAMESPACES_ONE_BY_ONE = 10
# Where the whole cluster may not be looked at, so many namespaces are tried.
NAMESPACES_TRIED = 20
# A page is held as text and as objects at once: with this many pods about 10 MB.
PAGE_SIZE = 250

T = t.TypeVar("T")


@dataclasses.dataclass(frozen=True)
class Scope:
    """What is looked at. `namespace` None: all, those of the system only where they are asked for."""

    namespace: str | None
    label_selector: str
    system_namespaces: bool


class Sweeper:
    """Reads for one sweep. What may not be read is left out, and `unseen` says so in a sentence each."""

    def __init__(self, client: Client, scope: Scope) -> None:
        self._client = client
        self._scope = scope
        self._events: dict[str, list[JsonObject]] = {}
        self._unseen: dict[str, None] = {}
        self.hidden = 0

    @property
    def unseen(self) -> list[str]:
        """What could not be read."""
        return list(self._unseen)

    def rows(self) -> list[Row]:
        """Every workload of the scope by its own word; `hidden` counts those of system namespaces that are left out.

        Raises ForbiddenError where no kind may be listed, NotFoundError where the namespace does not exist, and what
        Client.list raises.
        """
        rows: list[Row] = []
        refused: list[ForbiddenError] = []
        for kind in KINDS:
            path = collection_path(kind, self._scope.namespace)
            try:
                rows.extend(self._reduced(path, {"labelSelector": self._scope.label_selector}, row_of))
            except ForbiddenError as error:
                refused.append(error)
        if len(refused) == len(KINDS):
            raise self._with_way_out(refused[0])
        self._note(refused)
        if self._scope.namespace is not None:
            if not rows:
                self._check_namespace(self._scope.namespace)
            return rows
        shown = [row for row in rows if self._scope.system_namespaces or not is_system_namespace(row.namespace)]
        self.hidden = len(rows) - len(shown)
        return shown

    def pod_notes(self, rows: t.Iterable[Row]) -> dict[Key, list[PodNote]]:
        """What is kept of the pods of these workloads."""
        notes: dict[Key, list[PodNote]] = {row.key: [] for row in rows}
        places: t.Sequence[str | None] = sorted({namespace for _kind, namespace, _name in notes})
        if len(places) > NAMESPACES_ONE_BY_ONE:
            places = [None]

        def take(pod: JsonObject) -> tuple[Key, PodNote] | None:
            found = workload_of(pod)
            return (found[0], pod_note(pod, found[1])) if found and found[0] in notes else None

        query = {"fieldSelector": "status.phase!=Succeeded"}
        for place in places:
            path = collection_path("Pod", place)
            for key, note in self._allowed(partial(self._reduced, path, query, take)):
                notes[key].append(note)
        return notes

    def snapshot(self, row: Row, among: t.Sequence[Row]) -> Snapshot | None:
        """One workload with its revisions, pods and events, None when it is gone.

        The events of a namespace are read once, for all the workloads `among` that are in it.
        """
        found = self._client.list(
            collection_path(row.kind, row.namespace), {"fieldSelector": f"metadata.name={row.name}"}
        ).items
        if not found:
            return None
        snapshot = Snapshot(found[0])
        names = tuple(other.name for other in among if other.namespace == row.namespace)
        snapshot.replace("event", self._events_of(row.namespace, names))
        for source in sources_of(found[0]):
            if source.kind in ("revision", "pod"):
                read = partial(self._reduced, source.path, source.query, lambda entry: entry)
                snapshot.replace(source.kind, self._allowed(read))
        return snapshot

    def _events_of(self, namespace: str, names: tuple[str, ...]) -> list[JsonObject]:
        """Events of objects whose names begin as the workloads' do: which of them are theirs, their uids tell."""
        if namespace not in self._events:

            def take(event: JsonObject) -> JsonObject | None:
                return event if text(dig(event, "involvedObject", "name")).startswith(names) else None

            path = collection_path("Event", namespace)
            self._events[namespace] = self._allowed(partial(self._reduced, path, {}, take))
        return self._events[namespace]

    def _allowed(self, read: t.Callable[[], list[T]]) -> list[T]:
        """What is read, nothing where that is not allowed."""
        try:
            return read()
        except ForbiddenError as error:
            self._note([error])
            return []

    def _reduced(self, path: str, query: JsonObject, take: t.Callable[[JsonObject], T | None]) -> list[T]:
        """What `take` keeps of each object; from the start, once, when the list outlived etcd's history."""
        try:
            return self._one_pass(path, query, take)
        except GoneError:
            return self._one_pass(path, query, take)

    def _one_pass(self, path: str, query: JsonObject, take: t.Callable[[JsonObject], T | None]) -> list[T]:
        kept = (take(item) for page in self._client.pages(path, query, page_size=PAGE_SIZE) for item in page.items)
        return [entry for entry in kept if entry is not None]

    def _note(self, refused: t.Iterable[RescueError]) -> None:
        self._unseen.update(dict.fromkeys(error.message for error in refused))

    def _check_namespace(self, namespace: str) -> None:
        """An empty list may be that of a namespace that does not exist. Raises NotFoundError."""
        try:
            self._client.get(object_path("Namespace", None, namespace))
        except ForbiddenError:
            pass
        except NotFoundError as error:
            raise NotFoundError(
                f"{error.message} Check its name and the context (kubectl config current-context).",
                details=error.details,
            ) from error

    def _with_way_out(self, error: ForbiddenError) -> ForbiddenError:
        """The refusal, with the namespaces that may be looked at where all were asked for."""
        if self._scope.namespace is not None:
            return error
        visible = [name for name in self._namespaces_to_try() if self._may_list(name)]
        if not visible:
            return error
        shown = ", ".join(visible)
        return ForbiddenError(
            f"{error.message} These namespaces you may look at: {shown}. Name one with namespace= "
            "(-e deployment_namespace=).",
            details={**error.details, "namespaces": visible},
        )

    def _namespaces_to_try(self) -> list[str]:
        own = self._client.default_namespace
        try:
            listed = self._client.list(collection_path("Namespace"), metadata_only=True).items
        except ForbiddenError:
            return [own]
        names = sorted(name_of(entry) for entry in listed if not is_system_namespace(name_of(entry)))
        return [own, *(name for name in names if name != own)][:NAMESPACES_TRIED]

    def _may_list(self, namespace: str) -> bool:
        try:
            self._client.get(collection_path(KINDS[0], namespace), {"limit": 1})
        except ForbiddenError:
            return False
        return True
