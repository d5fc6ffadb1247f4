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
