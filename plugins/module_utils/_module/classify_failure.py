# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the classify_failure module does.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from datetime import datetime, timezone

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.client import Client
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.diagnose import Diagnostician
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.errors import RescueError
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.follow import Follower
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.workload import (
    DIAGNOSED_KINDS,
    resolve_workload,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.engine import diagnose
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.evidence import Evidence
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.model import Diagnosis
from ansible_collections.rescue.kubernetes.plugins.module_utils._evidence.target import Target
from ansible_collections.rescue.kubernetes.plugins.module_utils._module import registry_hint
from ansible_collections.rescue.kubernetes.plugins.module_utils._module.run import Stopwatch, run_module
from ansible_collections.rescue.kubernetes.plugins.module_utils._module.version import COLLECTION_VERSION
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.objects import (
    JsonObject,
    name_of,
    namespace_of,
    text,
)


@dataclass(frozen=True)
class BundleWish:
    """Where to record what the verdict was made from; "" for nowhere. In check mode nothing is written."""

    path: str
    check_mode: bool


def classify_failure(
    client: Client, target: Target, hint: registry_hint.Hint, wish: BundleWish, *, active: bool = True
) -> JsonObject:
    """Diagnose one workload as it stands. Returns the module's result."""
    stopwatch = Stopwatch()
    workload = resolve_workload(client, target.kind, target.name, target.namespace, kinds=DIAGNOSED_KINDS)
    with Follower(client, workload, tolerant=True) as follower:
        evidence = Diagnostician(client, active=active).evidence(follower.snapshot, follower.now)
    evidence.unseen = [*follower.unseen, *evidence.unseen]
    diagnosis = hint(diagnose(evidence), workload)
    server_version = _server_version(client) if wish.path else ""
    return {
        **_verdict(evidence, diagnosis),
        **_recorded(wish, evidence, diagnosis, server_version, stopwatch),
        "calls": len(client.calls),
        "timing": stopwatch.to_dict(),
    }


def classify_evidence(path: str, target: Target, wish: BundleWish) -> JsonObject:
    """Diagnose one workload from a record of it; nobody is asked anything. Returns the module's result."""
    # Readers and archives are no part of a live look: imported where they are used.
    from ansible_collections.rescue.kubernetes.plugins.module_utils._evidence.load import load_evidence

    stopwatch = Stopwatch()
    loaded = load_evidence(path, target)
    diagnosis = diagnose(loaded.evidence)
    server_version = text(loaded.manifest.get("server_version"))
    return {
        **_verdict(loaded.evidence, diagnosis),
        **_recorded(wish, loaded.evidence, diagnosis, server_version, stopwatch),
        "record": {
            "path": path,
            "format": loaded.title,
            "taken_at": loaded.evidence.taken_at,
            "server_version": server_version,
            "collection_version": text(loaded.manifest.get("collection_version")),
        },
        "calls": 0,
        "timing": stopwatch.to_dict(),
    }


def _verdict(evidence: Evidence, diagnosis: Diagnosis) -> JsonObject:
    verdict = diagnosis.to_dict()
    differences = verdict.pop("changed")
    return {
        **verdict,
        # `changed` has a meaning of its own in a result
        "differences": differences,
        "changed": False,
        "kind": text(evidence.workload.get("kind")),
        "name": name_of(evidence.workload),
        "namespace": namespace_of(evidence.workload),
        "unseen": evidence.unseen,
    }


def _recorded(
    wish: BundleWish, evidence: Evidence, diagnosis: Diagnosis, server_version: str, stopwatch: Stopwatch
) -> JsonObject:
    """Write the bundle that was wished for. Raises BundleError."""
    if not wish.path:
        return {}
    from ansible_collections.rescue.kubernetes.plugins.module_utils._evidence.bundle import Manifest, bundle_files
    from ansible_collections.rescue.kubernetes.plugins.module_utils._evidence.files import (
        check_bundle_path,
        write_bundle,
    )

    timing = stopwatch.to_dict()
    manifest = Manifest.of(
        evidence,
        collection_version=COLLECTION_VERSION,
        server_version=server_version,
        started=_written(timing["started"]),
        ended=_written(timing["ended"]),
    )
    found = bundle_files(evidence, diagnosis, manifest)
    workload = {"kind": manifest.kind, "name": manifest.name, "namespace": manifest.namespace}
    if wish.check_mode:
        check_bundle_path(wish.path, workload)
    else:
        write_bundle(wish.path, found, workload)
    size = sum(len(content) for content in found.values())
    return {"bundle": {"path": wish.path, "written": not wish.check_mode, "files": len(found), "size": size}}


def _written(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _server_version(client: Client) -> str:
    """The API server's version; "" where it is not told to everybody."""
    try:
        return text(client.get("/version").get("gitVersion"))
    except RescueError:
        return ""


ARGUMENT_SPEC: dict[str, t.Any] = {
    **registry_hint.ARGUMENT_SPEC,
    "kind": {"type": "str", "default": "Deployment", "choices": list(DIAGNOSED_KINDS)},
    "name": {"type": "str"},
    "active": {"type": "bool", "default": True},
    "evidence": {"type": "path"},
    "bundle": {"type": "path"},
}


def main() -> None:
    """Run the module."""

    def wish_of(module: AnsibleModule) -> BundleWish:
        wish = BundleWish(module.params["bundle"] or "", bool(module.check_mode))
        if wish.path:
            from ansible_collections.rescue.kubernetes.plugins.module_utils._evidence.files import check_bundle_path

            # Not only after everything was collected.
            check_bundle_path(wish.path)
        return wish

    def target_of(module: AnsibleModule) -> Target:
        return Target(module.params["kind"], module.params["name"] or "", module.params["namespace"] or "")

    def live(client: Client, module: AnsibleModule) -> JsonObject:
        hint, active = registry_hint.from_module(module), module.params["active"]
        return classify_failure(client, target_of(module), hint, wish_of(module), active=active)

    def offline(module: AnsibleModule) -> JsonObject | None:
        path = module.params["evidence"]
        return classify_evidence(path, target_of(module), wish_of(module)) if path else None

    run_module(ARGUMENT_SPEC, live, offline, **registry_hint.CONSTRAINTS)
