"""How long a diagnosis takes: judging many pods, a live verdict's own computing, and memory beside an endless log."""

from __future__ import annotations

import copy
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.engine import diagnose
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.evidence import Evidence
from demo import application
from demo.application import FAULTS, Kubectl
from tests.cluster import Cluster

CHECKOUT = Path(__file__).resolve().parents[2]
FIXTURE = CHECKOUT / "tests" / "unit" / "diagnosis" / "fixtures" / "module_missing.json"
PODS = 200
ROUNDS = 7
LOG_BYTES = 100_000_000
# Printed by a program that then fails, so that its log is read.
LOUD = (
    f"const line = 'x'.repeat(999) + '\\n'; let left = {LOG_BYTES // 1000};"
    "const write = () => { while (left-- > 0)"
    " if (!process.stdout.write(line)) return process.stdout.once('drain', write); process.exit(3) }; write()"
)


def many_pods() -> Evidence:
    """Evidence of one crash in PODS pods, with the events of each."""
    recorded = json.loads(FIXTURE.read_text())
    crashed = next(pod for pod in recorded["pods"] if "CrashLoopBackOff" in json.dumps(pod))
    uid = crashed["metadata"]["uid"]
    about = [event for event in recorded["events"] if event["involvedObject"].get("uid") == uid]
    for number in range(PODS):
        renamed = json.dumps([crashed, *about]).replace(uid, f"{uid[:-4]}{number:04}")
        pod, *events = json.loads(renamed.replace(crashed["metadata"]["name"], f"web-{number}"))
        recorded["pods"].append(pod)
        recorded["events"].extend(events)
    return Evidence.from_dict(recorded)


def judging() -> float:
    """Median CPU seconds of one judgement of PODS pods; nothing is remembered from one round to the next."""
    evidence = many_pods()
    seconds = []
    for _round in range(ROUNDS):
        fresh = copy.deepcopy(evidence)
        began = time.process_time()
        verdict = diagnose(fresh)
        seconds.append(time.process_time() - began)
        assert verdict.cause == "missing_dependency", verdict.cause
    return statistics.median(seconds)


def live(kubeconfig: Path, namespace: str) -> dict[str, Any]:
    """One run of the module as Ansible starts it: its result, with the peak memory of its process in bytes."""
    program = (
        "import resource, runpy, sys\n"
        "try:\n"
        "    runpy.run_module('ansible_collections.rescue.kubernetes.plugins.modules.classify_failure',"
        " run_name='__main__', alter_sys=True)\n"
        "finally:\n"
        "    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, file=sys.stderr)\n"
    )
    arguments = {"name": application.DEPLOYMENT, "namespace": namespace, "kubeconfig": str(kubeconfig)}
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=json.dumps({"ANSIBLE_MODULE_ARGS": arguments}),
        env={**os.environ, "PYTHONPATH": str(CHECKOUT / ".collections")},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    found["peak_memory"] = int(done.stderr.split()[-1])
    return found


def until(condition: Callable[[], bool], seconds: float) -> None:
    ends = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > ends:
            raise TimeoutError(f"the cluster did not show the fault within {seconds:.0f} s")
        time.sleep(0.5)


def broken(kubectl: Kubectl, kubeconfig: Path, namespace: str, loud: bool) -> dict[str, Any]:
    """A crash of the demo's application, of one that prints LOG_BYTES before it ends where `loud`."""
    application.deploy(kubectl, namespace)
    try:
        if loud:
            container = {"name": application.DEPLOYMENT, "command": ["node", "-e", LOUD]}
            patch = {"spec": {"template": {"spec": {"containers": [container]}}}}
            kubectl("-n", namespace, "patch", "deployment", application.DEPLOYMENT, "-p", json.dumps(patch))
        else:
            FAULTS["crash"].apply(kubectl, namespace)
        until(lambda: "CrashLoopBackOff" in kubectl("-n", namespace, "get", "pods"), 120)
        return live(kubeconfig, namespace)
    finally:
        kubectl("delete", "namespace", namespace, "--wait=false")


def run() -> dict[str, Any]:
    """Measure and print a table; the returned document is what a program reads."""
    cluster = Cluster()
    cluster.up()
    application.build_images(cluster)
    judged = judging()
    quiet = broken(cluster.kubectl, cluster.kubeconfig, f"benchmark-quiet-{os.getpid()}", loud=False)
    loud = broken(cluster.kubectl, cluster.kubeconfig, f"benchmark-loud-{os.getpid()}", loud=True)
    document = {
        "benchmark": "diagnosis",
        "judging_200_pods_cpu_seconds": round(judged, 4),
        "live": {key: quiet[key] for key in ("cause", "calls", "peak_memory")} | quiet["timing"],
        "live_beside_100_mb_of_log": {key: loud[key] for key in ("cause", "calls", "peak_memory")} | loud["timing"],
    }
    print(f"judging {PODS} pods               {judged * 1000:8.1f} ms of CPU")
    for name, found in (("a crash", quiet), ("a crash after 100 MB of log", loud)):
        timing = found["timing"]
        print(
            f"{name:<28} {timing['cpu_seconds'] * 1000:8.1f} ms of CPU, {timing['seconds'] * 1000:.0f} ms by the clock,"
            f" {found['calls']} calls, {found['peak_memory'] / 1e6:.0f} MB, {found['cause']}"
        )
    return document
