# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Set up the demo application for a scenario, and look at it with kubectl: never through the collection under test."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from demo import application
from tests.cluster import Cluster


def kubectl(*arguments: str, input: str | None = None) -> str:
    """Run kubectl on the cluster that KUBECONFIG names; the tool's own cluster brings its own kubectl."""
    ours = Cluster()
    if os.environ.get("KUBECONFIG") == str(ours.kubeconfig):
        return ours.kubectl(*arguments, input=input)
    program = shutil.which("kubectl")
    if not program:
        raise SystemExit("KUBECONFIG names another cluster than ours: kubectl must be on PATH")
    done = subprocess.run([program, *arguments], input=input, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"kubectl {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout


def state(namespace: str) -> dict[str, object]:
    """Return what users are served by: the image, the pods that are ready, and what the Service's /health answers."""
    deployment = json.loads(kubectl("-n", namespace, "get", "deployment", application.DEPLOYMENT, "-o", "json"))
    service = f"{application.SERVICE}:{application.SERVICE_PORT}"
    health = kubectl("get", "--raw", f"/api/v1/namespaces/{namespace}/services/{service}/proxy/health")
    return {
        "image": deployment["spec"]["template"]["spec"]["containers"][0]["image"],
        "generation": deployment["metadata"]["generation"],
        "ready": deployment["status"].get("readyReplicas", 0),
        "updated": deployment["status"].get("updatedReplicas", 0),
        "desired": deployment["spec"]["replicas"],
        "health": health.strip(),
    }


def main() -> None:
    """Do one of the commands; `state` prints JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=("images", "deploy", "state", "remove"))
    parser.add_argument("namespace", nargs="?")
    parser.add_argument("--fault", choices=sorted(application.FAULTS), help="what to break after deploying")
    options = parser.parse_args()
    if options.command == "images":
        ours = Cluster()
        if os.environ.get("KUBECONFIG") == str(ours.kubeconfig):
            application.build_images(ours)
    elif options.command == "deploy":
        # From nothing: what an earlier run left would be history that this one's verdicts depend on.
        kubectl("delete", "namespace", options.namespace, "--ignore-not-found", "--timeout=120s")
        application.deploy(kubectl, options.namespace)
        if options.fault:
            application.FAULTS[options.fault].apply(kubectl, options.namespace)
    elif options.command == "state":
        print(json.dumps(state(options.namespace)))
    else:
        kubectl("delete", "namespace", options.namespace, "--ignore-not-found", "--wait=false")


if __name__ == "__main__":
    main()
