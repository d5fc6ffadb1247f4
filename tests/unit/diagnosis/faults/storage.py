# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Volumes that cannot be bound, attached, mounted or written to."""

from __future__ import annotations

from tests.cluster.faults import FAKE_LABEL, fake_node

from .parts import LOOP, NAMESPACE, QUIET, Fault, Json, deployment, shell

_UNSCHEDULABLE = ("Unschedulable",)
_CLAIMED = {"volumeMounts": [{"name": "data", "mountPath": "/data"}]}
_DRIVER = "csi.example.com"
_SIZE = {"storage": "1Mi"}


def _claiming() -> Json:
    return deployment(_CLAIMED, volumes=[{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}])


def _claim(**spec: str) -> Json:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": _SIZE}, **spec},
    }


def _volume(**source: object) -> Json:
    """A volume called as the test's namespace, for its claim only."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": NAMESPACE},
        "spec": {
            "capacity": _SIZE,
            "accessModes": ["ReadWriteOnce"],
            "claimRef": {"namespace": NAMESPACE, "name": "data"},
            "persistentVolumeReclaimPolicy": "Retain",
            **source,
        },
    }


_BOUND = _claim(storageClassName="", volumeName=NAMESPACE)
_ELSEWHERE = {
    "nodeSelectorTerms": [
        {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": ["elsewhere"]}]}
    ]
}

STORAGE: dict[str, Fault] = {
    "claim": Fault("pvc_not_found", _claiming(), _UNSCHEDULABLE, QUIET, sure=0.9, rollback_helps=True),
    "claim_unbound": Fault("pvc_unbound", _claiming(), _UNSCHEDULABLE, None, (_claim(storageClassName=""),), sure=0.9),
    "storage_class": Fault(
        "storageclass_not_found",
        _claiming(),
        ("Unschedulable", "ProvisioningFailed"),
        None,
        (_claim(storageClassName="nowhere"),),
        sure=0.9,
    ),
    "volume_elsewhere": Fault(
        "volume_node_conflict",
        _claiming(),
        ("PersistentVolume's node affinity",),
        None,
        (_volume(local={"path": "/data"}, nodeAffinity={"required": _ELSEWHERE}), _BOUND),
        sure=0.9,
    ),
    "volume_limit": Fault(
        "volume_limit_exceeded",
        deployment(
            _CLAIMED,
            volumes=[{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}],
            nodeSelector={"kubernetes.io/hostname": NAMESPACE},
            tolerations=[{"key": FAKE_LABEL, "operator": "Exists"}],
        ),
        ("exceed max volume count",),
        None,
        (
            fake_node(NAMESPACE, {}, (), {}, False),
            {
                "apiVersion": "storage.k8s.io/v1",
                "kind": "CSINode",
                "metadata": {"name": NAMESPACE},
                "spec": {
                    "drivers": [{"name": _DRIVER, "nodeID": "1", "topologyKeys": None, "allocatable": {"count": 0}}]
                },
            },
            _volume(csi={"driver": _DRIVER, "volumeHandle": "1"}),
            _BOUND,
        ),
        sure=0.9,
    ),
    "mount": Fault(
        "mount_failed",
        deployment(_CLAIMED, volumes=[{"name": "data", "hostPath": {"path": "/no/such/folder", "type": "Directory"}}]),
        ("FailedMount",),
        QUIET,
        sure=0.75,
        rollback_helps=True,
    ),
    "full": Fault(
        "volume_full",
        deployment(
            {**shell("dd if=/dev/zero of=/data/written bs=1M count=9"), **_CLAIMED},
            volumes=[{"name": "data", "emptyDir": {"medium": "Memory", "sizeLimit": "1Mi"}}],
        ),
        LOOP,
        sure=0.9,
    ),
    # The attach controller gives the driver two minutes.
    "attach": Fault(
        "volume_attach_failed",
        _claiming(),
        ("FailedAttachVolume",),
        None,
        (_volume(csi={"driver": _DRIVER, "volumeHandle": "1"}), _BOUND),
        live=False,
    ),
}
