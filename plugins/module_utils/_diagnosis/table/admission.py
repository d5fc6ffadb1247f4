# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of causes: pods that may not be created.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.cause import ANY_CHANGE, VAGUE, Cause
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.model import ChangeKind

_RESOURCES: frozenset[ChangeKind] = frozenset({"resources"})

ADMISSION = (
    Cause(
        "admission",
        "quota_exceeded",
        "The namespace's ResourceQuota has no room for another pod.",
        "FailedCreate: `exceeded quota`",
        "ResourceQuota {name} has no room for the pods{requested}.",
        (("wait", "Raise the quota, free what it counts, or request less."),),
        decisive=_RESOURCES,
        # The controller tries again after 10, 20 and 41 s: a quota that is raised after 25 s shows at the last one.
        grace=60.0,
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
        "priority_class_not_found",
        "The pod names a PriorityClass that does not exist.",
        "FailedCreate: `no PriorityClass with name x was found`",
        "PriorityClass {name} does not exist, so no pod can be created.",
        (("create_priority_class", "Create the PriorityClass, or correct its name in the pod template."),),
        decisive=frozenset({"other"}),
    ),
    Cause(
        "admission",
        "runtime_class_not_found",
        "The pod names a RuntimeClass that does not exist.",
        'FailedCreate: `RuntimeClass "x" not found`',
        "RuntimeClass {name} does not exist, so no pod can be created.",
        (("create_runtime_class", "Create the RuntimeClass, or correct its name in the pod template."),),
        decisive=frozenset({"other"}),
    ),
    Cause(
        "admission",
        "namespace_terminating",
        "The namespace is being deleted, so nothing new may be created in it.",
        "FailedCreate: `because it is being terminated`",
        "Namespace {name} is being deleted, so no pod can be created in it.",
        (("escalate", "Find out who deleted the namespace; deploy to one that stays."),),
        terminal=True,
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
