# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make faults happen on the real cluster and record the evidence that the module collects of them.

`make cluster`, then `PYTHONPATH=.collections python3 -m tests.unit.diagnosis.recorder NAME...`; no name means all.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import json
import sys
import time
from pathlib import Path

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.client import Client
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.diagnose import Diagnostician
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.follow import Follower
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.options import ConnectionOptions
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.workload import resolve_workload
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.evidence import Evidence
from tests.cluster import Cluster

from .faults import FAULTS, Fault, Json
from .staging import Stage

FIXTURES = Path(__file__).parent / "fixtures"
_DEADLINE = 240.0
_CLUSTER = Cluster()


def record(name: str, fault: Fault) -> None:
    """One fault, from its namespace to its fixture."""
    namespace = f"record-{name.replace('_', '-')}"
    with Stage(_CLUSTER.kubectl, fault, namespace).made():
        evidence = trimmed(wait_for(namespace, fault))
    FIXTURES.mkdir(exist_ok=True)
    (FIXTURES / f"{name}.json").write_text(json.dumps(evidence, indent=1, sort_keys=True) + "\n")


def wait_for(namespace: str, fault: Fault) -> Evidence:
    """The evidence as soon as it holds what the fault must show, with what the diagnosis asks for."""
    options = ConnectionOptions(kubeconfig=str(_CLUSTER.kubeconfig))
    client = Client.connect(options, user_agent="rescue.kubernetes recorder")
    diagnostician = Diagnostician(client)
    workload = resolve_workload(client, "Deployment", "web", namespace)
    began = time.monotonic()
    end = began + fault.age + _DEADLINE
    with contextlib.closing(client), Follower(client, workload) as follower:
        while time.monotonic() < end:
            evidence = diagnostician.evidence(follower.snapshot, follower.now)
            told = json.dumps(evidence.to_dict())
            missing = [sign for sign in fault.until if sign not in told]
            waits = began + fault.age - time.monotonic()
            if not missing and waits <= 0:
                return evidence
            follower.changed(max(1.0, min(10.0, waits)))
    raise RuntimeError(f"{namespace}: not seen: {missing}")


def trimmed(evidence: Evidence) -> Json:
    """Without what no rule reads: the API server's bookkeeping, except a ConfigMap's (it says who changed a key).

    And without the folder of the machine where the cluster lives.
    """
    told = json.dumps(evidence.to_dict())
    found: Json = json.loads(told.replace(str(_CLUSTER.kubeconfig.parent), "/var/lib/kubelet"))
    for entry in (found["workload"], *found["revisions"], *found["pods"], *found["events"], *found["related"]):
        if entry.get("kind") != "ConfigMap":
            entry["metadata"].pop("managedFields", None)
    return found


def main(names: list[str]) -> int:
    """Record the named faults, or all."""
    wanted = names or sorted(FAULTS)
    failures = 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=3) as pool:
        running = {pool.submit(record, name, FAULTS[name]): name for name in wanted}
        for done in concurrent.futures.as_completed(running):
            problem = done.exception()
            failures += problem is not None
            print(f"{running[done]}: {problem or 'recorded'}", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
