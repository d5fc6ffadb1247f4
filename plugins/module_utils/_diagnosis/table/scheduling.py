# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of causes: pods that no node takes.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.cause import VAGUE, Cause
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.model import ChangeKind

_RESOURCES: frozenset[ChangeKind] = frozenset({"resources"})

_PLACEMENT: frozenset[ChangeKind] = frozenset({"other"})


def _insufficient(leaf: str, resource: str) -> Cause:
    return Cause(
        "scheduling",
        f"insufficient_{leaf}",
        f"No node has as much free {resource} as the pod requests.",
        "PodScheduled=False or event FailedScheduling: `Insufficient ...`",
        f"No node has enough free {resource} for the pods{{requested}}.",
        (("wait", f"Add nodes, free {resource}, or request less."),),
        decisive=_RESOURCES,
    )


def _placement(leaf: str, meaning: str, signal: str, summary: str, remedy: str) -> Cause:
    return Cause(
        "scheduling",
        leaf,
        meaning,
        f"PodScheduled=False or event FailedScheduling: {signal}",
        summary,
        (("patch_workload", remedy),),
        decisive=_PLACEMENT,
    )


SCHEDULING = (
    _insufficient("cpu", "CPU"),
    _insufficient("memory", "memory"),
    _insufficient("gpu", "GPU"),
    _insufficient("ephemeral_storage", "ephemeral storage"),
    Cause(
        "scheduling",
        "insufficient_extended_resource",
        "No node has as much of a device or another extended resource (huge pages included) as the pod requests.",
        "PodScheduled=False or event FailedScheduling: `Insufficient example.com/device`",
        "No node has enough free {name} for the pods.",
        (("wait", "Add nodes that have the resource, see its device plugin, or request less."),),
        decisive=_RESOURCES,
    ),
    Cause(
        "scheduling",
        "too_many_pods",
        "The nodes run as many pods as they may.",
        "FailedScheduling: `Too many pods`",
        "No node may run another pod.",
        (("wait", "Add nodes, or remove pods."),),
    ),
    _placement(
        "untolerated_taint",
        "The nodes have taints that the pod does not tolerate.",
        "`had untolerated taint`",
        "No node takes the pods: they do not tolerate {taint}.",
        "Add a toleration, or remove the taint.",
    ),
    _placement(
        "node_selector_mismatch",
        "No node has the labels of the pod's nodeSelector.",
        "`didn't match Pod's node affinity/selector`, with a nodeSelector in the template",
        "No node has the labels that the pods' nodeSelector asks for{selector}.",
        "Correct the nodeSelector, or label a node.",
    ),
    _placement(
        "node_affinity_mismatch",
        "No node matches the pod's node affinity.",
        "`didn't match Pod's node affinity/selector`, with a node affinity in the template",
        "No node matches the pods' node affinity.",
        "Correct the node affinity, or label a node.",
    ),
    _placement(
        "pod_affinity",
        "No node runs the pods that this one wants beside it.",
        "`didn't match pod affinity rules`",
        "No node satisfies the pods' affinity to other pods.",
        "Correct the pod affinity.",
    ),
    _placement(
        "pod_anti_affinity",
        "Every node runs a pod that this one must not stand beside.",
        "`didn't match pod anti-affinity rules`, `didn't satisfy existing pods anti-affinity rules`",
        "Every node that could take the pods runs one that they must not stand beside.",
        "Add nodes, prefer the anti-affinity instead of requiring it, or let the rollout stop an old pod first.",
    ),
    _placement(
        "topology_spread",
        "No node keeps the pods spread as they must be.",
        "`didn't match pod topology spread constraints`",
        "No node satisfies the pods' topology spread constraints.",
        "Correct the constraint, label the nodes, or use ScheduleAnyway.",
    ),
    Cause(
        "scheduling",
        "host_port_conflict",
        "The host port that the pod asks for is taken on every node.",
        "FailedScheduling: `didn't have free ports for the requested pod ports`",
        "The host port that the pods ask for is taken on every node that could run them.",
        (("patch_workload", "Do not use a hostPort, or let the rollout stop an old pod first."),),
        decisive=frozenset({"ports", "other"}),
    ),
    Cause(
        "scheduling",
        "node_cordoned",
        "The nodes that could run the pod are cordoned.",
        "FailedScheduling: `node(s) were unschedulable`",
        "The nodes that could run the pods are cordoned.",
        (("wait", "Uncordon a node (kubectl uncordon), or add one."),),
    ),
    _placement(
        "scheduling_gated",
        "The pod has a scheduling gate that nobody has removed.",
        "PodScheduled=False with reason SchedulingGated",
        "The pods are held back by a scheduling gate{gates}.",
        "Remove the gate, or start what should remove it.",
    ),
    Cause(
        "scheduling",
        "unschedulable_unknown",
        "The scheduler finds no node, for a reason that is not recorded or not known.",
        "PodScheduled=False with reason Unschedulable",
        "No node can run the pods{line}.",
        (("inspect", "Describe the pod and the nodes."),),
        depth=VAGUE,
        plausible=frozenset({"resources", "other"}),
    ),
)
