# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetches what a diagnosis asks for beyond the snapshot: logs of some containers, some objects. Never Secrets.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import re
import time
import typing as t
from datetime import datetime, timezone

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.ask import Asker
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
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.questions import (
    metrics_wanted,
    questions_wanted,
)
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
# What others write meanwhile: the log of an instance that runs, and who stands behind a Service.
_STAYS_TRUE_FOR = 5.0
_MOVING_KINDS = ("Service", "EndpointSlice")
# As the kubelet writes them before each line.
_TIMESTAMPED = re.compile(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d) ?", re.MULTILINE)


class Diagnostician:
    """Diagnoses snapshots. Remembers what it fetched, so that looking often asks the API server little.

    `active`: running pods are asked too, where that would decide.
    """

    def __init__(self, client: Client, *, active: bool = True) -> None:
        self._client = client
        self._asker = Asker(client) if active else None
        self._logs: dict[tuple[str, str, bool, int], tuple[float, LogExcerpt]] = {}
        self._objects: dict[ObjectRequest, tuple[float, list[JsonObject]]] = {}
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
        own = [snapshot.workload] if snapshot.workload.get("kind") == "Pod" else []
        pods = {name_of(pod): pod for pod in (*snapshot.pods, *own)}
        evidence.logs = [log for log in (self._log(entry, pods) for entry in logs_wanted(evidence)) if log]
        if self._asker is not None:
            namespace = namespace_of(snapshot.workload)
            evidence.answers = self._asker.answers(namespace, questions_wanted(evidence))
            evidence.metrics = self._asker.readings(namespace, metrics_wanted(evidence))
            evidence.unseen = list(self._asker.unseen)
        for request in objects_wanted(evidence):
            evidence.related.extend(self._object(request))
        evidence.absent = sorted(self._absent)
        evidence.unseen.extend(self._unseen)
        return evidence

    def _log(self, request: LogRequest, pods: t.Mapping[str, JsonObject]) -> LogExcerpt | None:
        pod = pods.get(request.pod)
        if pod is None:
            return None
        key = (uid_of(pod), request.container, request.previous, restarts_of([pod]))
        known = self._logs.get(key)
        if known is None or (not request.previous and _is_old(known[0])):
            found = self._fetch_log(request, pod)
            if found is None:
                return None
            known = self._logs[key] = (time.monotonic(), found)
        return known[1]

    def _fetch_log(self, request: LogRequest, pod: JsonObject) -> LogExcerpt | None:
        query = {"container": request.container, "tailLines": LOG_LINES, "limitBytes": LOG_BYTES, "timestamps": "true"}
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
        last = "".join(next(reversed(_TIMESTAMPED.findall(written)), ()))
        # the whole text at once: a private key spans many lines
        told = clean(_TIMESTAMPED.sub("", written), LOG_BYTES)
        return LogExcerpt(request.pod, uid_of(pod), request.container, request.previous, told, last)

    def _object(self, request: ObjectRequest) -> list[JsonObject]:
        if request.kind not in RESOURCES:
            return []
        known = self._objects.get(request)
        if known is None or (request.kind in _MOVING_KINDS and _is_old(known[0])):
            known = self._objects[request] = (time.monotonic(), self._fetch_objects(request))
        return known[1]

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


def _is_old(taken: float) -> bool:
    return time.monotonic() - taken >= _STAYS_TRUE_FOR
