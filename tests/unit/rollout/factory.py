# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubernetes objects as the API server would answer with them, reduced to what the rollout code reads."""

from __future__ import annotations

import typing as t
from datetime import UTC, datetime, timedelta

JsonObject = dict[str, t.Any]

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


def ago(seconds: float) -> str:
    """An API time that many seconds before NOW."""
    return (NOW - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def template(image: str = "app:1", **container: t.Any) -> JsonObject:
    """A pod template with one container."""
    return {
        "metadata": {"labels": {"app": "api-server"}},
        "spec": {"containers": [{"name": "app", "image": image, **container}]},
    }


def workload(kind: str = "Deployment", image: str = "app:2", replicas: int | None = 3, **more: t.Any) -> JsonObject:
    """A workload without a status; `more` are fields of its spec."""
    return {
        "kind": kind,
        "metadata": {"name": "api-server", "namespace": "production", "uid": f"uid-{kind}", "generation": 2},
        "spec": {
            **({} if replicas is None else {"replicas": replicas}),
            "selector": {"matchLabels": {"app": "api-server"}},
            "template": template(image),
            **more,
        },
    }


def with_status(source: JsonObject, **status: t.Any) -> JsonObject:
    """The workload with a status that its controller wrote for its present generation."""
    observed = source["metadata"]["generation"]
    return {**source, "status": {"observedGeneration": observed, **status}}


def deployment(
    updated: int = 3, available: int = 3, total: int = 3, *, image: str = "app:2", replicas: int | None = 3,
    conditions: t.Sequence[JsonObject] = (), **more: t.Any,
) -> JsonObject:  # fmt: skip
    """A Deployment; complete unless told otherwise. `more` are fields of its spec."""
    return with_status(
        workload("Deployment", image, replicas, **more),
        updatedReplicas=updated,
        readyReplicas=available,
        availableReplicas=available,
        replicas=total,
        conditions=list(conditions),
    )


def stateful_set(
    updated: int = 3, ready: int = 3, *, current: str = "api-server-2", update: str = "api-server-2",
    available: int | None = None, **more: t.Any,
) -> JsonObject:  # fmt: skip
    """A StatefulSet; complete unless told otherwise."""
    found = {"updatedReplicas": updated, "readyReplicas": ready, "currentRevision": current, "updateRevision": update}
    if available is not None:
        found["availableReplicas"] = available
    return with_status(workload("StatefulSet", **more), replicas=3, **found)


def daemon_set(desired: int = 3, updated: int = 3, available: int = 3) -> JsonObject:
    """A DaemonSet; complete unless told otherwise."""
    return with_status(
        workload("DaemonSet", replicas=None),
        desiredNumberScheduled=desired,
        updatedNumberScheduled=updated,
        numberReady=available,
        numberAvailable=available,
        currentNumberScheduled=desired,
    )


def owner(source: JsonObject, controller: bool = True) -> list[JsonObject]:
    """Owner references to an object."""
    meta = source["metadata"]
    return [{"kind": source["kind"], "name": meta["name"], "uid": meta["uid"], "controller": controller}]


def replica_set(owned_by: JsonObject, revision: int, image: str = "", created: str = "", **meta: t.Any) -> JsonObject:
    """The ReplicaSet of a revision; its image is `app:<revision>` unless given."""
    hashed = f"hash{revision}"
    made = template(image or f"app:{revision}")
    made["metadata"]["labels"]["pod-template-hash"] = hashed
    return {
        "kind": "ReplicaSet",
        "metadata": {
            "name": f"api-server-{hashed}",
            "uid": f"uid-{hashed}",
            "creationTimestamp": created or ago(1000 - revision),
            "annotations": {"deployment.kubernetes.io/revision": str(revision)},
            "labels": {"app": "api-server", "pod-template-hash": hashed},
            "ownerReferences": owner(owned_by),
            **meta,
        },
        "spec": {"template": made},
    }


def controller_revision(owned_by: JsonObject, revision: int) -> JsonObject:
    """The ControllerRevision of a revision of a StatefulSet or DaemonSet."""
    return {
        "kind": "ControllerRevision",
        "metadata": {
            "name": f"api-server-{revision}",
            "uid": f"uid-revision-{revision}",
            "labels": {"controller-revision-hash": f"hash{revision}"},
            "ownerReferences": owner(owned_by),
        },
        "data": {"spec": {"template": {**template(f"app:{revision}"), "$patch": "replace"}}},
        "revision": revision,
    }


def pod(owned_by: JsonObject, name: str = "pod-1", ready: bool = True, **meta: t.Any) -> JsonObject:
    """A pod of a ReplicaSet (or of the workload itself), running."""
    return {
        "kind": "Pod",
        "metadata": {"name": name, "uid": f"uid-{name}", "ownerReferences": owner(owned_by), **meta},
        "spec": {"containers": [{"name": "app", "image": "app:1"}]},
        "status": {"conditions": [{"type": "Ready", "status": "True" if ready else "False"}]},
    }


def container_status(source: JsonObject, field: str = "containerStatuses", **status: t.Any) -> JsonObject:
    """The pod with one more container status."""
    found = [*source["status"].get(field, []), {"name": "app", **status}]
    return {**source, "status": {**source["status"], field: found}}


def waiting(source: JsonObject, reason: str, **more: t.Any) -> JsonObject:
    """The pod whose container waits for a reason."""
    return container_status(source, state={"waiting": {"reason": reason}}, **more)


def progressing(reason: str, message: str = "", seconds_ago: float = 0) -> JsonObject:
    """A Deployment's Progressing condition."""
    status = "False" if reason == "ProgressDeadlineExceeded" else "True"
    return {
        "type": "Progressing", "status": status, "reason": reason, "message": message,
        "lastUpdateTime": ago(seconds_ago),
    }  # fmt: skip


def deadline_of(named: str) -> JsonObject:
    """The condition of a controller that gave up on a ReplicaSet."""
    return progressing("ProgressDeadlineExceeded", f'ReplicaSet "{named}" has timed out progressing.')
