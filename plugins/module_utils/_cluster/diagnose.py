# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetches what a diagnosis asks for beyond the snapshot: logs of some containers, some objects. Never Secrets.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import typing as t
from datetime import datetime, timezone

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.client import Client
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.errors import (
    ForbiddenError,
    NotFoundError,
    RescueError,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.paths import (
    RESOURCES,
    collection_path,
    object_path,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.engine import diagnose
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.evidence import (
    Evidence,
    LogExcerpt,
    LogRequest,
    ObjectRequest,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.model import Diagnosis
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.redaction import clean
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.requests import (
    logs_wanted,
    objects_wanted,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.objects import (
    JsonObject,
    name_of,
    namespace_of,
    uid_of,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.progress import restarts_of
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.snapshot import Snapshot

LOG_LINES = 200
LOG_BYTES = 65_536


class Diagnostician:
    """Diagnoses snapshots. Remembers what it fetched, so that looking often asks the API server little."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._logs: dict[tuple[str, str, bool, int], LogExcerpt] = {}
        self._objects: dict[ObjectRequest, list[JsonObject]] = {}
        self._absent: set[str] = set()
        self._unseen: dict[str, None] = {}

    def diagnose(self, snapshot: Snapshot, now: datetime | None) -> Diagnosis:
        """The verdict on a snapshot, with the logs and objects that it needs fetched."""
        return diagnose(self.evidence(snapshot, now))

    def evidence(self, snapshot: Snapshot, now: datetime | None) -> Evidence:
        """What a verdict on the snapshot rests on: its objects, and the logs and objects that would decide."""
        evidence = Evidence(
            taken_at=(now or datetime.now(timezone.utc)).isoformat(timespec="seconds"),
            workload=snapshot.workload,
            revisions=snapshot.revisions,
            pods=snapshot.pods,
            events=snapshot.events,
        )
        pods = {name_of(pod): pod for pod in snapshot.pods}
        evidence.logs = [log for log in (self._log(entry, pods) for entry in logs_wanted(evidence)) if log]
        for request in objects_wanted(evidence):
            evidence.related.extend(self._object(request))
        evidence.absent = sorted(self._absent)
        evidence.unseen = list(self._unseen)
        return evidence

    def _log(self, request: LogRequest, pods: t.Mapping[str, JsonObject]) -> LogExcerpt | None:
        pod = pods.get(request.pod)
        if pod is None:
            return None
        key = (uid_of(pod), request.container, request.previous, restarts_of([pod]))
        if key not in self._logs:
            found = self._fetch_log(request, pod)
            if found is None:
                return None
            self._logs[key] = found
        return self._logs[key]

    def _fetch_log(self, request: LogRequest, pod: JsonObject) -> LogExcerpt | None:
        query = {"container": request.container, "tailLines": LOG_LINES, "limitBytes": LOG_BYTES}
        if request.previous:
            query["previous"] = "true"
        path = object_path("Pod", namespace_of(pod), request.pod, "log")
        try:
            written = self._client.get_text(path, query, limit_bytes=LOG_BYTES)
        except ForbiddenError as error:
            self._unseen[error.message] = None
            return None
        except RescueError:
            # no log yet, or no longer: the next look asks again
            return None
        # the whole text at once: a private key spans many lines
        return LogExcerpt(request.pod, uid_of(pod), request.container, request.previous, clean(written, LOG_BYTES))

    def _object(self, request: ObjectRequest) -> list[JsonObject]:
        if request.kind not in RESOURCES:
            return []
        if request not in self._objects:
            self._objects[request] = self._fetch_objects(request)
        return self._objects[request]

    def _fetch_objects(self, request: ObjectRequest) -> list[JsonObject]:
        namespace = request.namespace if RESOURCES[request.kind].namespaced else None
        try:
            if request.name:
                return [self._client.get(object_path(request.kind, namespace, request.name))]
            return self._client.list(collection_path(request.kind, namespace)).items
        except NotFoundError:
            self._absent.add(request.key)
        except RescueError as error:
            self._unseen[error.message] = None
        return []
