# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make faults happen on the real cluster and record what the API says.

`make cluster`, then `PYTHONPATH=.collections python3 -m tests.unit.diagnosis.recorder NAME...`; no name means all.
"""

from __future__ import annotations

import concurrent.futures
import json
import sys
import time
import typing as t
from datetime import UTC, datetime
from pathlib import Path

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.engine import logs_wanted, objects_wanted
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.evidence import Evidence, LogExcerpt
from tests.cluster import Cluster, ClusterError

from .faults import FAULTS, Fault, Json

FIXTURES = Path(__file__).parent / "fixtures"
_DEADLINE = 240.0
_CLUSTER = Cluster()


def kubectl(*arguments: str, given: t.Any = None, check: bool = True) -> str:
    """Run kubectl of the test cluster; with `check` false a failure is an empty answer."""
    try:
        return _CLUSTER.kubectl(*arguments, input=None if given is None else json.dumps(given))
    except ClusterError:
        if check:
            raise
        return ""


def items(namespace: str, kind: str) -> list[Json]:
    return [_trimmed(entry) for entry in json.loads(kubectl("-n", namespace, "get", kind, "-o", "json"))["items"]]


def _trimmed(entry: Json) -> Json:
    """Without what no rule reads: the API server's bookkeeping, except a ConfigMap's (it says who changed a key)."""
    if entry["kind"] != "ConfigMap":
        entry["metadata"].pop("managedFields", None)
    return entry


def take(namespace: str) -> Evidence:
    """Evidence as it is now, without logs."""
    return Evidence(
        taken_at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        workload=_trimmed(json.loads(kubectl("-n", namespace, "get", "deployment", "web", "-o", "json"))),
        revisions=items(namespace, "replicasets"),
        pods=items(namespace, "pods"),
        events=items(namespace, "events"),
    )


def complete(namespace: str, evidence: Evidence) -> Evidence:
    """Fetch what the diagnosis asks for, as the module does."""
    for _round in range(2):
        for request in logs_wanted(evidence):
            previous = ["--previous"] if request.previous else []
            text = kubectl(
                "-n", namespace, "logs", request.pod, "-c", request.container, "--tail=100", *previous, check=False
            )
            evidence.logs.append(LogExcerpt(request.pod, "", request.container, request.previous, text))
        for wanted in objects_wanted(evidence):
            if not wanted.name:
                continue
            place = ["-n", wanted.namespace] if wanted.namespace else []
            found = kubectl(*place, "get", wanted.kind, wanted.name, "-o", "json", "--show-managed-fields", check=False)
            if found:
                evidence.related.append(_trimmed(json.loads(found)))
            else:
                evidence.absent.append(wanted.key)
    return evidence


def record(name: str, fault: Fault) -> None:
    """One fault, from its namespace to its fixture."""
    namespace = f"record-{name.replace('_', '-')}"
    labels = fault.more.get("labels", {})
    try:
        space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace, "labels": labels}}
        kubectl("apply", "-f", "-", given=space)
        for entry in fault.setup:
            kubectl("-n", namespace, "apply", "-f", "-", given=entry)
        if fault.before is not None:
            kubectl("-n", namespace, "apply", "-f", "-", given=fault.before)
            kubectl("-n", namespace, "rollout", "status", "deployment/web", "--timeout=110s")
        if fault.patch_config is not None:
            time.sleep(1.1)  # managedFields tell whole seconds: the change must not seem as old as the creation
            change = json.dumps({"data": fault.patch_config})
            kubectl("-n", namespace, "patch", "configmap", "settings", "--type=merge", "-p", change)
        kubectl("-n", namespace, "apply", "-f", "-", given=fault.broken)
        if fault.settle:
            kubectl("-n", namespace, "rollout", "status", "deployment/web", "--timeout=110s")
        evidence = wait_for(namespace, fault)
        FIXTURES.mkdir(exist_ok=True)
        (FIXTURES / f"{name}.json").write_text(json.dumps(evidence.to_dict(), indent=1, sort_keys=True) + "\n")
    finally:
        kubectl("delete", "namespace", namespace, "--wait=false", "--ignore-not-found", check=False)


def wait_for(namespace: str, fault: Fault) -> Evidence:
    """The evidence as soon as it holds what the fault must show."""
    end = time.monotonic() + _DEADLINE
    while True:
        evidence = take(namespace)
        told = json.dumps(evidence.to_dict())
        if all(sign in told for sign in fault.until):
            return complete(namespace, evidence)
        if time.monotonic() > end:
            raise RuntimeError(f"{namespace}: not seen: {[sign for sign in fault.until if sign not in told]}")
        time.sleep(1)


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
