"""Faults that tests bring about: pods without a network, nodes without a machine."""

from __future__ import annotations

import datetime as dt
import sys
from typing import Any

from . import network
from .api import Api, ApiError
from .daemons import Daemon
from .layout import Layout
from .output import ClusterError
from .privilege import CHECKOUT

HEARTBEAT = "fake-node-heartbeat"
_KWOK = "kwok.x-k8s.io/node"
FAKE_LABEL = "rescue.kubernetes/fake-node"
# What pods must tolerate to be placed on a fake node: nothing that other tests run should land there.
DEFAULT_TAINT = f"{FAKE_LABEL}:NoSchedule"
_DEFAULT_CAPACITY = {"cpu": "4", "memory": "8Gi", "pods": "110", "ephemeral-storage": "50Gi"}


def cut_pod(layout: Layout, namespace: str, pod: str) -> None:
    try:
        status = Api(layout).request("GET", f"/api/v1/namespaces/{namespace}/pods/{pod}")["status"]
    except ApiError as error:
        raise ClusterError(f"cannot cut pod {namespace}/{pod}: {error}") from None
    if not status.get("podIP"):
        raise ClusterError(f"pod {namespace}/{pod} has no address yet")
    network.cut(layout, status["podIP"], f"cut-{namespace}/{pod}")


def restore_pod(layout: Layout, namespace: str, pod: str) -> None:
    if not network.restore(layout, f"cut-{namespace}/{pod}"):
        raise ClusterError(f"pod {namespace}/{pod} was not cut off")


def fake_node(
    name: str, labels: dict[str, str], taints: tuple[str, ...], capacity: dict[str, str], kwok: bool
) -> dict[str, Any]:
    """Return a Node object.

    taints: `key=value:Effect` or `key:Effect`; none given, it has DEFAULT_TAINT. capacity: by resource, beside
    4 cpu, 8Gi memory and 110 pods. kwok: pods placed on it are made to "run" by kwok (`up --with kwok`); otherwise
    they stay Pending as on a node whose kubelet never answers. Raises ClusterError for a taint that is none.
    """
    resources = {**_DEFAULT_CAPACITY, **capacity}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": {
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
                "kubernetes.io/arch": "amd64",
                FAKE_LABEL: "true",
                **labels,
            },
            "annotations": {_KWOK: "fake"} if kwok else {},
        },
        "spec": {"taints": [_taint(text) for text in taints or (DEFAULT_TAINT,)]},
        "status": {
            "capacity": resources,
            "allocatable": resources,
            "conditions": _conditions(),
        },
    }


def _conditions() -> list[dict[str, str]]:
    now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    healthy = {"MemoryPressure": "False", "DiskPressure": "False", "PIDPressure": "False", "Ready": "True"}
    return [
        {
            "type": kind,
            "status": value,
            "reason": "FakeNode",
            "message": "a node that no machine stands behind",
            "lastHeartbeatTime": now,
            "lastTransitionTime": now,
        }
        for kind, value in healthy.items()
    ]


def _taint(text: str) -> dict[str, str]:
    pair, colon, effect = text.rpartition(":")
    if not colon or effect not in ("NoSchedule", "PreferNoSchedule", "NoExecute"):
        raise ClusterError(f"{text!r} is no taint: write key=value:NoSchedule (or PreferNoSchedule, NoExecute)")
    key, _equals, value = pair.partition("=")
    return {"key": key, "value": value, "effect": effect} if value else {"key": key, "effect": effect}


def add_fake_node(layout: Layout, node: dict[str, Any]) -> None:
    api, name = Api(layout), node["metadata"]["name"]
    try:
        api.request("POST", "/api/v1/nodes", node)
        keep_alive(api, node)
    except ApiError as error:
        raise ClusterError(f"cannot add the fake node {name}: {error}") from None
    start_heartbeat(layout)


def start_heartbeat(layout: Layout) -> None:
    heartbeat = Daemon(layout, HEARTBEAT)
    if heartbeat.pid is None:
        heartbeat.start(
            [sys.executable, "-m", "tests.cluster.heartbeat", layout.name],
            {"PYTHONPATH": str(CHECKOUT), "RESCUE_KUBERNETES_HOME": str(layout.home)},
        )


def remove_fake_node(layout: Layout, name: str) -> None:
    try:
        Api(layout).request("DELETE", f"/api/v1/nodes/{name}")
    except ApiError as error:
        raise ClusterError(f"cannot remove the fake node {name}: {error}") from None


def keep_alive(api: Api, node: dict[str, Any]) -> None:
    """Do for the node what its kubelet would: renew its lease, and say that it is well where that is in doubt.

    The control plane doubts it after 40 s without a renewal, as when the API server was away. kwok holds its nodes'
    leases itself: it leaves a node alone, and that node's pods Pending, when somebody else does.
    """
    name = node["metadata"]["name"]
    if _KWOK in (node["metadata"].get("annotations") or {}):
        return
    conditions = {entry["type"]: entry["status"] for entry in node.get("status", {}).get("conditions") or ()}
    _renew(api, name)
    if conditions.get("Ready") != "True":
        changed = {"status": {"conditions": _conditions()}}
        api.request("PATCH", f"/api/v1/nodes/{name}/status", changed, "application/strategic-merge-patch+json")


def _renew(api: Api, name: str) -> None:
    leases = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
    spec = {
        "holderIdentity": name,
        "leaseDurationSeconds": 40,
        "renewTime": dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    }
    try:
        api.request("PATCH", f"{leases}/{name}", {"spec": spec}, "application/merge-patch+json")
    except ApiError as error:
        if error.status != 404:
            raise
        api.request("POST", leases, {"metadata": {"name": name}, "spec": spec})
