# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cases of our own writing: small, and nobody's but ours."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import yaml

from tests.exam.cases import Record, expected_of, records_of

Json = dict[str, t.Any]

SHOP = "shop"
MISSING_TAG = 'Back-off pulling image "registry.test/till:2.0": ErrImagePull: registry.test/till:2.0: not found'


def metadata(name: str, uid: str = "", owner: Json | None = None, **more: t.Any) -> Json:
    """Metadata of an object in our namespace."""
    found: Json = {"name": name, "namespace": SHOP, **more}
    if uid:
        found["uid"] = uid
    if owner:
        reference = {"kind": owner["kind"], "name": owner["metadata"]["name"], "controller": True}
        found["ownerReferences"] = [{**reference, "uid": owner["metadata"].get("uid", "")}]
    return found


def template() -> Json:
    """A pod template with one container."""
    return {
        "metadata": {"labels": {"app": "till"}},
        "spec": {"containers": [{"name": "till", "image": "registry.test/till:2.0"}], "restartPolicy": "Always"},
    }


def deployment(**status: t.Any) -> Json:
    """A Deployment that wants one pod."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata("till", "d1", generation=1, annotations={"deployment.kubernetes.io/revision": "1"}),
        "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "till"}}, "template": template()},
        "status": {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, **status},
    }


def replica_set() -> Json:
    """The Deployment's one ReplicaSet."""
    annotations = {"deployment.kubernetes.io/revision": "1"}
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": metadata("till-7d9f", "r1", deployment(), annotations=annotations),
        "spec": {"replicas": 1, "template": template()},
        "status": {"replicas": 1},
    }


def pod(*, waiting: Json | None = None, ready: bool = False, **status: t.Any) -> Json:
    """The ReplicaSet's one pod, waiting or running."""
    state = {"waiting": waiting} if waiting else {"running": {"startedAt": "2026-01-05T10:00:05Z"}}
    container = {"name": "till", "ready": ready, "restartCount": 0, "state": state}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata(
            "till-7d9f-abcde", "p1", replica_set(), labels={"app": "till"}, creationTimestamp="2026-01-05T10:00:00Z"
        ),
        "spec": template()["spec"],
        "status": {
            "phase": "Pending" if waiting else "Running",
            "conditions": [{"type": "Ready", "status": str(ready), "lastTransitionTime": "2026-01-05T10:01:00Z"}],
            "containerStatuses": [container],
            **status,
        },
    }


def missing_tag() -> list[Json]:
    """A Deployment whose image does not exist."""
    waiting = {"reason": "ImagePullBackOff", "message": MISSING_TAG}
    return [deployment(unavailableReplicas=1), replica_set(), pod(waiting=waiting)]


def healthy() -> list[Json]:
    """A Deployment that is rolled out."""
    return [deployment(readyReplicas=1, availableReplicas=1), replica_set(), pod(ready=True)]


def answer(category: str = "image", cause: str = "image_tag_not_found", **more: t.Any) -> Json:
    """What expected.yaml holds."""
    return {
        "expected_category": category,
        "expected_cause": cause,
        "rollout_failed": category != "none",
        "fidelity": "verbatim",
        "target": {"kind": "Deployment", "name": "till"},
        **more,
    }


def write(
    folder: Path, name: str, objects: list[Json] | None, expected: Json, files: dict[str, str] | None = None
) -> Path:
    """Write a case and return its folder."""
    case = folder / name
    case.mkdir(parents=True)
    (case / "expected.yaml").write_text(yaml.safe_dump(expected))
    if objects is not None:
        (case / "objects.yaml").write_text("---\n".join(json.dumps(entry) + "\n" for entry in objects))
    for path, text in (files or {}).items():
        (case / path).parent.mkdir(parents=True, exist_ok=True)
        (case / path).write_text(text)
    return case


def record(
    folder: Path, objects: list[Json], expected: Json | None = None, files: dict[str, str] | None = None
) -> Record:
    """The one record of a case with these objects."""
    case = write(folder, "case", objects, expected or answer(), files)
    (found,) = records_of(case, expected_of(case))
    return found
