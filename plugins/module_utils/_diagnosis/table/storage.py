# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of causes: volumes.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.cause import ANY_CHANGE, SYMPTOM, Cause
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.model import ChangeKind

_VOLUMES: frozenset[ChangeKind] = frozenset({"config"})

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
        "volume_limit_exceeded",
        "The nodes have as many volumes attached as they may.",
        "FailedScheduling: `exceed max volume count`",
        "No node may attach another volume for the pods.",
        (("wait", "Add nodes, or remove pods that use volumes."),),
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
