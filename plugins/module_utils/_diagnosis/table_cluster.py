# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of causes: scheduling, admission, storage, network, node, rollout, and nothing wrong.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.cause import (
    ANY_CHANGE,
    DEADLINE,
    SYMPTOM,
    VAGUE,
    Cause,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.model import ChangeKind

_RESOURCES: frozenset[ChangeKind] = frozenset({"resources"})
_PLACEMENT: frozenset[ChangeKind] = frozenset({"other"})
_VOLUMES: frozenset[ChangeKind] = frozenset({"config"})


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

ADMISSION = (
    Cause(
        "admission",
        "quota_exceeded",
        "The namespace's ResourceQuota has no room for another pod.",
        "FailedCreate: `exceeded quota`",
        "ResourceQuota {name} has no room for the pods{requested}.",
        (("wait", "Raise the quota, free what it counts, or request less."),),
        decisive=_RESOURCES,
    ),
    Cause(
        "admission",
        "quota_requires_limits",
        "The namespace's ResourceQuota demands requests or limits that the pod lacks.",
        "FailedCreate: `failed quota: ... must specify`",
        "ResourceQuota {name} demands that the pods state {requested}.",
        (("patch_workload", "State the resources in the pod template, or give the namespace a LimitRange."),),
        decisive=_RESOURCES,
    ),
    Cause(
        "admission",
        "limit_range_violation",
        "The pod's resources are outside of the namespace's LimitRange.",
        "FailedCreate: `maximum cpu usage per Container is`, `minimum memory usage per`",
        "The pods' resources break the namespace's LimitRange: {line}.",
        (("patch_workload", "Correct the resources in the pod template."),),
        decisive=_RESOURCES,
    ),
    Cause(
        "admission",
        "pod_security_violation",
        "The namespace's Pod Security level forbids what the pod asks for.",
        "FailedCreate: `violates PodSecurity`",
        "The namespace's Pod Security level {name} forbids the pods: {line}.",
        (("patch_workload", "Give the pods the securityContext that the level demands."),),
        decisive=frozenset({"other", "config", "ports"}),
    ),
    Cause(
        "admission",
        "webhook_denied",
        "An admission webhook refuses the pod.",
        'FailedCreate: `admission webhook "w" denied the request`',
        "Admission webhook {name} refuses the pods: {line}.",
        (("patch_workload", "Do what the webhook demands."),),
        decisive=ANY_CHANGE,
    ),
    Cause(
        "admission",
        "webhook_unavailable",
        "An admission webhook that must be asked does not answer.",
        "FailedCreate: `failed calling webhook`",
        "No pod can be created: admission webhook {name} does not answer ({line}).",
        (("escalate", "Restore the webhook's service, or remove its configuration."),),
    ),
    Cause(
        "admission",
        "policy_denied",
        "A ValidatingAdmissionPolicy refuses the pod.",
        "FailedCreate: `ValidatingAdmissionPolicy 'p' with binding 'b' denied request`",
        "Admission policy {name} refuses the pods: {line}.",
        (("patch_workload", "Do what the policy demands."),),
        decisive=ANY_CHANGE,
    ),
    Cause(
        "admission",
        "serviceaccount_not_found",
        "The pod's ServiceAccount does not exist.",
        "FailedCreate: `error looking up service account`",
        "ServiceAccount {name} does not exist, so no pod can be created.",
        (("create_serviceaccount", "Create the ServiceAccount, or correct its name."),),
        decisive=frozenset({"other"}),
    ),
    Cause(
        "admission",
        "replica_failure_unknown",
        "The controller cannot create pods, for a reason that is not known.",
        "condition ReplicaFailure or event FailedCreate",
        "No pod can be created{line}.",
        (("inspect", "Describe the ReplicaSet."),),
        depth=VAGUE,
        plausible=ANY_CHANGE,
    ),
)

STORAGE = (
    Cause(
        "storage",
        "pvc_not_found",
        "The pod names a PersistentVolumeClaim that does not exist.",
        'FailedScheduling: `persistentvolumeclaim "x" not found`',
        "PersistentVolumeClaim {name} does not exist.",
        (("create_claim", "Create the claim, or correct its name."),),
        decisive=_VOLUMES,
    ),
    Cause(
        "storage",
        "pvc_unbound",
        "The pod's PersistentVolumeClaim is not bound to a volume.",
        "FailedScheduling: `pod has unbound immediate PersistentVolumeClaims`",
        "The pods wait for a volume: PersistentVolumeClaim {name} is not bound.",
        (("wait", "Provide a volume, or correct the claim."),),
        decisive=_VOLUMES,
    ),
    Cause(
        "storage",
        "storageclass_not_found",
        "The claim names a StorageClass that does not exist.",
        'event of the claim: `storageclass.storage.k8s.io "x" not found`',
        "StorageClass {name} does not exist, so the volume is never made.",
        (("fix_claim", "Create the StorageClass, or name one that exists."),),
        decisive=_VOLUMES,
    ),
    Cause(
        "storage",
        "volume_multi_attach",
        "The volume may be attached to one node only, and another has it.",
        "FailedAttachVolume: `Multi-Attach error`",
        "A volume of the pods is still attached to another node, and can be attached to one only.",
        (("wait", "Let the old pod go first (strategy Recreate), or use a volume that many nodes can share."),),
    ),
    Cause(
        "storage",
        "volume_attach_failed",
        "The volume cannot be attached to the node.",
        "event FailedAttachVolume",
        "A volume of the pods cannot be attached to the node: {line}.",
        (("escalate", "See the storage driver's log."),),
    ),
    Cause(
        "storage",
        "volume_full",
        "The file system that the program writes to is full.",
        "log: `No space left on device`, `ENOSPC`, `Disk quota exceeded`",
        "Container {container} cannot write: its file system is full.",
        (("free_space", "Enlarge the volume, or remove what fills it."),),
        plausible=ANY_CHANGE,
    ),
    Cause(
        "storage",
        "volume_node_conflict",
        "The pod's volume exists where no node can take the pod.",
        "FailedScheduling: `volume node affinity conflict`, `didn't match PersistentVolume's node affinity`",
        "No node that could run the pods can reach their volume.",
        (("escalate", "Add a node in the volume's zone, or move the data."),),
    ),
    Cause(
        "storage",
        "mount_failed",
        "A volume cannot be mounted.",
        "event FailedMount",
        "A volume of the pods cannot be mounted: {line}.",
        (("inspect", "Describe the pod and the volume."),),
        depth=SYMPTOM,
        decisive=_VOLUMES,
    ),
)

NETWORK = (
    Cause(
        "network",
        "sandbox_creation_failed",
        "The pod's network or sandbox cannot be set up on the node.",
        "event FailedCreatePodSandBox",
        "The node cannot set up the pods' network: {line}.",
        (("escalate", "See the network plugin on the node."),),
        depth=SYMPTOM,
    ),
    Cause(
        "network",
        "rbac_forbidden_at_runtime",
        "The API server refuses what the program asks of it.",
        'log: `is forbidden: User "system:serviceaccount:..." cannot`',
        "Container {container} is refused by the API server: {line}.",
        (("grant_role", "Bind a Role that allows it to the pod's ServiceAccount."),),
        plausible=frozenset({"other", "image"}),
    ),
)

NODE = (
    Cause(
        "node",
        "evicted",
        "The node ran short of a resource and evicted the pod.",
        "pod reason Evicted",
        "The node evicted the pods: {line}.",
        (("escalate", "Free the node's resources, or request what the pod uses."),),
        plausible=_RESOURCES,
    ),
    Cause(
        "node",
        "node_not_ready",
        "The node that runs the pod, or that should, is not ready.",
        "node condition Ready is not True, taint node.kubernetes.io/not-ready or unreachable, pod reason NodeLost",
        "{node} is not ready.",
        (("escalate", "Repair or replace the node."),),
    ),
    Cause(
        "node",
        "node_pressure",
        "The node is short of memory, disk or process ids.",
        "node condition MemoryPressure, DiskPressure or PIDPressure, or its taint",
        "{node} is under pressure{line}.",
        (("escalate", "Free the node's resources."),),
    ),
)

ROLLOUT = (
    Cause(
        "rollout",
        "init_container_hang",
        "An init container runs and does not end.",
        "an init container that has been running for longer than the grace, without a failure",
        "Init container {container} does not end, so the pods do not start.",
        (("inspect", "Read the init container's log: what does it wait for?"),),
        depth=SYMPTOM,
        decisive=frozenset({"command"}),
        plausible=ANY_CHANGE,
    ),
    Cause(
        "rollout",
        "readiness_gate_not_satisfied",
        "A readiness gate of the pod is not true.",
        "all containers ready, and a condition of spec.readinessGates is not True",
        "The pods' readiness gate {name} is not satisfied.",
        (("inspect", "See what should set the condition."),),
        depth=SYMPTOM,
        decisive=frozenset({"other"}),
    ),
    Cause(
        "rollout",
        "deployment_paused",
        "The Deployment is paused, so its new template is not rolled out.",
        "spec.paused",
        "The Deployment is paused: nothing is rolled out until it is resumed.",
        (("resume", "kubectl rollout resume, when whoever paused it agrees."),),
        depth=DEADLINE,
    ),
    Cause(
        "rollout",
        "progress_deadline_exceeded",
        "The rollout made no progress within progressDeadlineSeconds.",
        "condition Progressing=False with reason ProgressDeadlineExceeded",
        "The rollout made no progress within its deadline, and nothing recorded says why.",
        (("inspect", "Describe the pods of the new revision."),),
        depth=DEADLINE,
        terminal=True,
        plausible=ANY_CHANGE,
    ),
)

NONE = (
    Cause(
        "none",
        "healthy",
        "The rollout is complete, and its pods are available.",
        "all wanted pods are updated and available",
        "{line}",
        (),
    ),
    Cause(
        "none",
        "in_progress",
        "The rollout goes on, and nothing speaks for a failure.",
        "not complete, no sign of a failure",
        "The rollout is in progress: {line}.",
        (),
    ),
    Cause(
        "none",
        "scaled_to_zero",
        "No pods are wanted.",
        "spec.replicas is 0",
        "The workload is scaled to zero: no pods are wanted.",
        (),
    ),
    Cause(
        "none",
        "insufficient_evidence",
        "Too little was recorded to say anything.",
        "no workload, no status",
        "There is not enough evidence for a verdict.",
        (("inspect", "Record the workload with its pods and events."),),
    ),
    Cause(
        "unknown",
        "unknown",
        "Something is wrong, and no known cause matches.",
        "not complete after its grace, no sign that is known",
        "The rollout does not complete, and no known cause matches.",
        (("inspect", "Describe the pods and read their logs."),),
        depth=DEADLINE,
        plausible=ANY_CHANGE,
    ),
)
