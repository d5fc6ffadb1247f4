# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small objects of the API, made for a test: what a record of the real cluster cannot be made to hold."""

from __future__ import annotations

import typing as t
from datetime import UTC, datetime, timedelta

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.evidence import Evidence, LogExcerpt

Json = dict[str, t.Any]
NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
NAME, NAMESPACE, CONTAINER = "orders", "trade", "api"


def ago(seconds: float) -> str:
    """A time before the evidence was taken."""
    return (NOW - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def waiting(reason: str, message: str = "") -> Json:
    return {"waiting": {"reason": reason, "message": message}}


def running(seconds: float = 300) -> Json:
    return {"running": {"startedAt": ago(seconds)}}


def ended(code: int | None, reason: str = "Error", ran: float = 5, since: float = 30, **more: t.Any) -> Json:
    """A container's end `since` seconds ago, after it had run for `ran`."""
    times = {"startedAt": ago(since + ran), "finishedAt": ago(since)}
    return {"terminated": {"exitCode": code, "reason": reason, **times, **more}}


def status(
    state: Json, last: Json | None = None, restarts: int = 0, ready: bool = False, name: str = CONTAINER, **more: t.Any
) -> Json:
    return {"name": name, "state": state, "lastState": last or {}, "restartCount": restarts, "ready": ready, **more}


def container(image: str = "registry.example/orders:2", name: str = CONTAINER, **fields: t.Any) -> Json:
    return {"name": name, "image": image, **fields}


def pod_spec(*containers: Json, **fields: t.Any) -> Json:
    return {"containers": list(containers) or [container()], "restartPolicy": "Always", **fields}


def pod(
    spec: Json | None = None,
    *statuses: Json,
    init: t.Sequence[Json] = (),
    name: str = f"{NAME}-6d4f-a1b2c",
    owner: tuple[str, str] | None = ("ReplicaSet", f"{NAME}-6d4f"),
    phase: str = "",
    conditions: t.Mapping[str, str] | None = None,
    **fields: t.Any,
) -> Json:
    """A pod made five minutes ago; ready if all its containers are."""
    ready = bool(statuses) and all(entry["ready"] for entry in statuses)
    given = {"PodScheduled": "True", "Ready": str(ready), "ContainersReady": str(ready), **(conditions or {})}
    metadata: Json = {"name": name, "namespace": NAMESPACE, "uid": f"uid-{name}", "creationTimestamp": ago(300)}
    metadata["labels"] = {"app": NAME, **fields.pop("labels", {})}
    if owner:
        metadata["ownerReferences"] = [
            {"kind": owner[0], "name": owner[1], "uid": f"uid-{owner[1]}", "controller": True}
        ]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": {"nodeName": "node-1", **(spec or pod_spec())},
        "status": {
            "phase": phase or ("Running" if ready else "Pending"),
            "containerStatuses": list(statuses),
            "initContainerStatuses": list(init),
            "conditions": [
                {"type": kind, "status": value, "lastTransitionTime": ago(200)} for kind, value in given.items()
            ],
            **fields,
        },
    }


def unscheduled(spec: Json | None, message: str, **condition: t.Any) -> Json:
    """A pod that the scheduler says this of."""
    found = pod(spec, phase="Pending")
    found["spec"].pop("nodeName")
    found["status"]["conditions"] = [
        {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message, **condition}
    ]
    return found


def event(about: Json, reason: str, message: str, count: int = 3, first: float = 200, last: float = 10) -> Json:
    metadata = about["metadata"]
    return {
        "kind": "Event",
        "metadata": {"name": f"{metadata['name']}.{abs(hash((reason, message))):x}", "namespace": NAMESPACE},
        "involvedObject": {"kind": about["kind"], "name": metadata["name"], "uid": metadata.get("uid", "")},
        "reason": reason,
        "message": message,
        "count": count,
        "firstTimestamp": ago(first),
        "lastTimestamp": ago(last),
    }


def revision(number: int, template: Json, replicas: int = 1, ready: int = 0, suffix: str = "6d4f") -> Json:
    name = f"{NAME}-{suffix}"
    owner = {"kind": "Deployment", "name": NAME, "uid": f"uid-{NAME}", "controller": True}
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": name,
            "namespace": NAMESPACE,
            "uid": f"uid-{name}",
            "creationTimestamp": ago(300 if ready == 0 else 9000),
            "annotations": {"deployment.kubernetes.io/revision": str(number)},
            "ownerReferences": [owner],
        },
        "spec": {"replicas": replicas, "template": template},
        "status": {"replicas": replicas, "readyReplicas": ready},
    }


def workload(kind: str, spec: Json | None = None, *, conditions: t.Sequence[Json] = (), **fields: t.Any) -> Json:
    """A workload that wants one pod of this specification and has none ready, unless `status` says otherwise."""
    template = {"metadata": {"labels": {"app": NAME}}, "spec": spec or pod_spec()}
    own = {"replicas": 1, "selector": {"matchLabels": {"app": NAME}}, "template": template, **fields.pop("own", {})}
    given = {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "conditions": list(conditions)}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": NAME, "namespace": NAMESPACE, "uid": f"uid-{NAME}", "generation": 1},
        "spec": own,
        "status": {**given, **fields.pop("status", {})},
        **fields,
    }


def deployed(
    *pods: Json,
    spec: Json | None = None,
    before: Json | None = None,
    events: t.Sequence[Json] = (),
    log: str = "",
    previous: bool = True,
    related: t.Sequence[Json] = (),
    absent: t.Sequence[str] = (),
    **fields: t.Any,
) -> Evidence:
    """A Deployment with these pods of its newest revision; `before` is the pod specification of the older one."""
    if spec is None:
        spec = {key: value for key, value in pods[0]["spec"].items() if key != "nodeName"} if pods else pod_spec()
    owner = workload("Deployment", spec, **fields)
    template = owner["spec"]["template"]
    revisions = [revision(2, template)]
    if before is not None:
        older = {"metadata": template["metadata"], "spec": before}
        revisions.append(revision(1, older, ready=1, suffix="5c3e"))
    return Evidence(
        taken_at=NOW.isoformat(),
        workload=owner,
        revisions=revisions,
        pods=list(pods),
        events=list(events),
        logs=[LogExcerpt(pods[0]["metadata"]["name"], "", CONTAINER, previous, log)] if log else [],
        related=list(related),
        absent=list(absent),
    )


def crashed(log: str, code: int = 1, spec: Json | None = None, reason: str = "Error", **fields: t.Any) -> Evidence:
    """A Deployment whose container ended like this, three times."""
    last = ended(code, reason)
    back_off = waiting("CrashLoopBackOff", "back-off 40s restarting failed container=api")
    return deployed(pod(spec, status(back_off, last, restarts=3), phase="Running"), log=log, **fields)


def ready(log: str, **fields: t.Any) -> Evidence:
    """A complete rollout whose container logs this."""
    counts = {"readyReplicas": 1, "availableReplicas": 1}
    spec = fields.pop("pod", None)
    running_pod = pod(spec, status(running(), ready=True), phase="Running")
    return deployed(running_pod, log=log, previous=False, status=counts, **fields)
