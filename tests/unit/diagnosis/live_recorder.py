# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Record what a live diagnosis rests on where pods are asked: answers and counts come from the module's own code.

`make cluster`, then `KUBECONFIG=... PYTHONPATH=.collections python3 -m tests.unit.diagnosis.live_recorder NAME...`.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.client import Client
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.diagnose import Diagnostician
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.follow import Follower
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.options import ConnectionOptions
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.workload import resolve_workload
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.engine import diagnose
from demo import application
from extensions.molecule.application import kubectl
from tests.integration.test_active import GOOD, PATIENT, apply, front_service, labelled, with_probe

from .live_records import FIXTURES, LIVE_RECORDS

_DEADLINE = 180.0


def _bad_release(namespace: str, tag: str) -> None:
    application.deploy(kubectl, namespace)
    kubectl("apply", "-f", "-", input=application.load_manifest(namespace, rate=50, seconds=200))
    kubectl("-n", namespace, "wait", "pod", "load-generator", "--for=condition=Ready", "--timeout=60s")
    kubectl(*application.set_image(namespace, tag))


def _moved_probe(namespace: str) -> None:
    apply(namespace, GOOD, wait=True)
    apply(namespace, with_probe("readiness", port=8080))


def _hasty_probe(namespace: str) -> None:
    apply(namespace, PATIENT, wait=True)
    apply(namespace, with_probe("liveness", PATIENT, port=3000, failureThreshold=3))


def _moved_labels(namespace: str) -> None:
    apply(namespace, front_service())
    apply(namespace, labelled("front"), wait=True)
    apply(namespace, labelled("back"), wait=True)


SCENES: dict[str, tuple[str, Callable[[str], None]]] = {
    "active_readiness_port": ("web", _moved_probe),
    "active_liveness_hasty": ("web", _hasty_probe),
    "active_service_labels": ("web", _moved_labels),
    "active_error_rate": (application.DEPLOYMENT, lambda namespace: _bad_release(namespace, "v2.3.0")),
    "active_latency": (application.DEPLOYMENT, lambda namespace: _bad_release(namespace, "v2.4.0")),
    "active_good_release": (application.DEPLOYMENT, lambda namespace: _bad_release(namespace, "v2.0.2")),
}


def record(name: str) -> None:
    """One scene, looked at until the diagnosis says what the record is to show."""
    workload, scene = SCENES[name]
    namespace = f"record-{name.replace('_', '-')}"
    kubectl("create", "namespace", namespace)
    try:
        scene(namespace)
        client = Client.connect(ConnectionOptions(), user_agent="rescue.kubernetes/recorder")
        diagnostician = Diagnostician(client)
        end = time.monotonic() + _DEADLINE
        with Follower(client, resolve_workload(client, "Deployment", workload, namespace)) as follower:
            while time.monotonic() < end:
                evidence = diagnostician.evidence(follower.snapshot, follower.now)
                found = diagnose(evidence)
                wanted = LIVE_RECORDS[name]
                enough = sum(entry.requests for entry in evidence.metrics) > 300 or "release" not in name
                if found.cause == wanted and found.confidence >= 0.9 and enough:
                    for entry in (evidence.workload, *evidence.revisions, *evidence.pods, *evidence.related):
                        entry["metadata"].pop("managedFields", None)
                    text = json.dumps(evidence.to_dict(), indent=1, sort_keys=True)
                    (FIXTURES / f"{name}.json").write_text(text + "\n")
                    return
                follower.changed(1.0)
        raise RuntimeError(f"{name}: {found.cause} {found.confidence}: {found.summary}")
    finally:
        kubectl("delete", "namespace", namespace, "--wait=false")


if __name__ == "__main__":
    for chosen in sys.argv[1:] or sorted(SCENES):
        record(chosen)
        print(f"{chosen}: recorded", flush=True)
