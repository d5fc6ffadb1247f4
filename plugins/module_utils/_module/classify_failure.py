# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the classify_failure module does.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.client import Client
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.diagnose import Diagnostician
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.follow import Follower
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.workload import (
    DIAGNOSED_KINDS,
    resolve_workload,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._module import registry_hint
from ansible_collections.rescue.kubernetes.plugins.module_utils._module.run import Stopwatch, run_module
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.objects import (
    JsonObject,
    name_of,
    namespace_of,
    text,
)


def classify_failure(
    client: Client, kind: str, name: str, namespace: str | None, hint: registry_hint.Hint, *, active: bool = True
) -> JsonObject:
    """Diagnose one workload as it stands. Returns the module's result."""
    stopwatch = Stopwatch()
    workload = resolve_workload(client, kind, name, namespace, kinds=DIAGNOSED_KINDS)
    with Follower(client, workload) as follower:
        diagnosis = Diagnostician(client, active=active).diagnose(follower.snapshot, follower.now)
    verdict = hint(diagnosis, workload).to_dict()
    differences = verdict.pop("changed")
    return {
        **verdict,
        # `changed` has a meaning of its own in a result
        "differences": differences,
        "changed": False,
        "kind": text(workload.get("kind")),
        "name": name_of(workload),
        "namespace": namespace_of(workload),
        "calls": len(client.calls),
        "timing": stopwatch.to_dict(),
    }


ARGUMENT_SPEC: dict[str, t.Any] = {
    "kind": {"type": "str", "default": "Deployment", "choices": list(DIAGNOSED_KINDS)},
    "active": {"type": "bool", "default": True},
}


def main() -> None:
    """Run the module."""

    def body(client: Client, module: AnsibleModule) -> JsonObject:
        params = module.params
        hint = registry_hint.from_module(module)
        return classify_failure(
            client, params["kind"], params["name"], params["namespace"], hint, active=params["active"]
        )

    run_module({**ARGUMENT_SPEC, **registry_hint.ARGUMENT_SPEC}, body, **registry_hint.CONSTRAINTS)
