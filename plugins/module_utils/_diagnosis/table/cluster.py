# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of causes: network and nodes.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.cause import SYMPTOM, Cause
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.model import ChangeKind

_RESOURCES: frozenset[ChangeKind] = frozenset({"resources"})
_SETTINGS: frozenset[ChangeKind] = frozenset({"env", "config"})

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
        "dns_resolution_failed",
        "The cluster's DNS does not answer: neither that the name exists nor that it does not.",
        "log: `EAI_AGAIN`, `Temporary failure in name resolution`, `lookup x on IP:53: i/o timeout`, `SERVFAIL`",
        "Container {container} gets no answer from DNS{address}: {line}",
        (
            (
                "escalate",
                "See the cluster's DNS pods, the pod's dnsPolicy, and NetworkPolicies that keep it from port 53.",
            ),
        ),
        plausible=frozenset({"other"}),
        note="where the host's name itself was changed, it is wrong_host_dns",
    ),
    Cause(
        "network",
        "network_policy_blocks_traffic",
        "A NetworkPolicy keeps the pod from what it depends on.",
        "log: a connection times out, and a NetworkPolicy selects the pod (egress) or its peer (ingress)",
        "Container {container} cannot reach what it depends on{address}: NetworkPolicy {name} does not allow it.",
        (("fix_network_policy", "Allow the connection in the NetworkPolicy, port 53 for DNS included."),),
        plausible=frozenset({"other"}),
    ),
    Cause(
        "network",
        "connection_timeout",
        "What the program depends on does not answer at that address.",
        "log: `ETIMEDOUT`, `i/o timeout`, `connection timed out`, `No route to host`",
        "Container {container} gets no answer from what it depends on{address}: {line}",
        (("inspect", "See whether the address is right, and what lies between: NetworkPolicies, firewalls, routes."),),
        plausible=_SETTINGS,
    ),
    Cause(
        "network",
        "service_selector_mismatch",
        "The pods are ready, and the Service that is meant for them selects none.",
        "a Service without endpoints that selects the pods of the revision before, or has this workload's port and its "
        "label or name while no other Service selects the pods, or that the log asks in vain",
        "Service {name} selects no pods: none carries {selector}{has}.",
        (("patch_service", "Let the Service select what the pods carry."),),
        grace=10.0,
        note="a change of the labels that the Service selects explains it",
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
