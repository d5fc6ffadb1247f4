# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pods that no node takes.

Where the one real node would take them, the pods select a node that no machine stands behind, made for the test: no
other pod tolerates its taint.
"""

from __future__ import annotations

import typing as t

from tests.cluster.faults import DEFAULT_TAINT, FAKE_LABEL, fake_node

from .parts import BUSYBOX, NAMESPACE, Fault, Json, changed, deployment, good

_UNSCHEDULABLE = ("Unschedulable",)
_TOLERATES = [{"key": FAKE_LABEL, "operator": "Exists"}]
_HOSTNAME = "kubernetes.io/hostname"
_SAME_NODE = {"labelSelector": {"matchLabels": {"app": "web"}}, "topologyKey": _HOSTNAME}
_CACHE_BESIDE = {"labelSelector": {"matchLabels": {"app": "cache"}}, "topologyKey": _HOSTNAME}
_HOST_PORT = {"ports": [{"containerPort": 3000, "hostPort": 31999}]}
_CLAIMED_DEVICE = {
    "apiVersion": "resource.k8s.io/v1",
    "kind": "ResourceClaim",
    "metadata": {"name": "device"},
    "spec": {"devices": {"requests": [{"name": "one", "exactly": {"deviceClassName": "nowhere"}}]}},
}
_NODE_TERM = {"matchExpressions": [{"key": "disk", "operator": "In", "values": ["ssd"]}]}


def _own_node(
    *taints: str, capacity: dict[str, str] | None = None, unschedulable: bool = False, **conditions: str
) -> Json:
    """A node called as the test's namespace; `conditions` are its conditions that are not as on a node that is well.

    Without the label by which the cluster's tool keeps such nodes well.
    """
    found = fake_node(NAMESPACE, {}, (DEFAULT_TAINT, *taints), capacity or {}, False)
    del found["metadata"]["labels"][FAKE_LABEL]
    if unschedulable:
        found["spec"]["unschedulable"] = True
    for condition in found["status"]["conditions"]:
        condition["status"] = conditions.get(condition["type"], condition["status"])
    return found


def _on_own_node(container: Json | None = None, **pod: t.Any) -> Json:
    return deployment(container, nodeSelector={_HOSTNAME: NAMESPACE}, tolerations=_TOLERATES, **pod)


def _requesting(**amounts: str) -> Json:
    return {"resources": {"requests": amounts}}


SCHEDULING: dict[str, Fault] = {
    "cpu": Fault(
        "insufficient_cpu",
        changed(_requesting(cpu="999")),
        _UNSCHEDULABLE,
        good(),
        sure=0.9,
        rollback_helps=True,
    ),
    "memory_request": Fault("insufficient_memory", deployment(_requesting(memory="9Ti")), _UNSCHEDULABLE, sure=0.9),
    "storage_request": Fault(
        "insufficient_ephemeral_storage",
        deployment(_requesting(**{"ephemeral-storage": "999Ti"})),
        _UNSCHEDULABLE,
        sure=0.9,
    ),
    "gpu": Fault(
        "insufficient_gpu", deployment({"resources": {"limits": {"nvidia.com/gpu": "1"}}}), _UNSCHEDULABLE, sure=0.9
    ),
    "crowded": Fault(
        "too_many_pods", _on_own_node(), _UNSCHEDULABLE, None, (_own_node(capacity={"pods": "0"}),), sure=0.9
    ),
    "taint": Fault(
        "untolerated_taint",
        _on_own_node(),
        _UNSCHEDULABLE,
        deployment(),
        (_own_node("dedicated=batch:NoSchedule"),),
        sure=0.9,
        rollback_helps=True,
    ),
    "cordoned": Fault(
        "node_cordoned", _on_own_node(), _UNSCHEDULABLE, None, (_own_node(unschedulable=True),), sure=0.9
    ),
    "selector": Fault("node_selector_mismatch", deployment(nodeSelector={"disk": "ssd"}), _UNSCHEDULABLE, sure=0.9),
    "node_affinity": Fault(
        "node_affinity_mismatch",
        deployment(
            affinity={
                "nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [_NODE_TERM]}}
            }
        ),
        _UNSCHEDULABLE,
        deployment(),
        sure=0.9,
        rollback_helps=True,
    ),
    "affinity": Fault(
        "pod_affinity",
        deployment(affinity={"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [_CACHE_BESIDE]}}),
        _UNSCHEDULABLE,
        sure=0.9,
    ),
    "anti_affinity": Fault(
        "pod_anti_affinity",
        deployment(
            replicas=2,
            affinity={"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [_SAME_NODE]}},
        ),
        _UNSCHEDULABLE,
        sure=0.8,
    ),
    "spread": Fault(
        "topology_spread",
        deployment(
            topologySpreadConstraints=[
                {
                    "maxSkew": 1,
                    "topologyKey": "example.com/rack",
                    "whenUnsatisfiable": "DoNotSchedule",
                    "labelSelector": {"matchLabels": {"app": "web"}},
                }
            ]
        ),
        _UNSCHEDULABLE,
        sure=0.9,
    ),
    "host_port": Fault("host_port_conflict", deployment(_HOST_PORT, replicas=2), _UNSCHEDULABLE, sure=0.8),
    "gate": Fault(
        "scheduling_gated",
        deployment(schedulingGates=[{"name": "example.com/later"}]),
        ("SchedulingGated",),
        deployment(),
        sure=0.95,
        rollback_helps=True,
    ),
    "licence": Fault(
        "insufficient_extended_resource",
        deployment({"image": BUSYBOX, "resources": {"limits": {"example.com/licence": "1"}}}),
        _UNSCHEDULABLE,
        sure=0.9,
    ),
    "resource_claim": Fault(
        "unschedulable_unknown",
        deployment(resourceClaims=[{"name": "device", "resourceClaimName": "device"}]),
        _UNSCHEDULABLE,
        None,
        (_CLAIMED_DEVICE,),
        sure=0.6,
    ),
    # What the node is short of is not the scheduler's.
    "node_lost": Fault(
        "node_not_ready",
        _on_own_node(),
        ("node.kubernetes.io/not-ready",),
        None,
        (_own_node(Ready="False"),),
        sure=0.9,
        rollback_helps=False,
    ),
    "node_full": Fault(
        "node_pressure",
        _on_own_node(),
        ("node.kubernetes.io/disk-pressure",),
        None,
        (_own_node(DiskPressure="True"),),
        sure=0.9,
        rollback_helps=False,
    ),
}
