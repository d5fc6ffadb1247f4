# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Diagnosis that asks running pods, and the kinds that only a diagnosis knows, on the real cluster."""

from __future__ import annotations

import copy
import json
import os
import re
import subprocess
import time
import typing as t
from collections.abc import Callable

import pytest

from demo import application
from extensions.molecule.application import kubectl
from tests.integration.conftest import ROOT, Run

Json = dict[str, t.Any]
NODE, BUSYBOX = "registry.local/node:20", "registry.local/busybox:1"
# Says nothing of its port: only an answer can tell it.
QUIET = "require('http').createServer((q, r) => { r.statusCode = q.url === '/' ? 200 : 404; r.end(); }).listen(3000)"


def module(name: str, arguments: str, **environment: str) -> Json:
    """What a module answers, run as a user runs it."""
    done = subprocess.run(
        ["ansible", "localhost", "-m", f"rescue.kubernetes.{name}", "-a", arguments, "--one-line"],
        cwd=ROOT,
        env={**os.environ, "ANSIBLE_NOCOLOR": "1", **environment},
        capture_output=True,
        text=True,
        timeout=180,
    )
    match = re.search(r"=> (\{.*\})", done.stdout)
    assert match, done.stdout + done.stderr
    found: Json = json.loads(match.group(1))
    return found


def container(script: str = QUIET, **more: t.Any) -> Json:
    return {"name": "web", "image": NODE, "command": ["node", "-e", script], **more}


def probe(port: int, path: str = "/", **more: t.Any) -> Json:
    return {"httpGet": {"path": path, "port": port}, "periodSeconds": 1, "timeoutSeconds": 3, **more}


def shell(script: str) -> Json:
    return {"name": "web", "image": BUSYBOX, "command": ["sh", "-c", script]}


def workload(kind: str, *containers: Json, labels: Json | None = None, **spec: t.Any) -> Json:
    """A Deployment, StatefulSet or DaemonSet called web."""
    carried = {"app": "web", **(labels or {})}
    pod = {"terminationGracePeriodSeconds": 1, "containers": list(containers)}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": "web"},
        "spec": {
            "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": carried}, "spec": pod},
            **spec,
        },
    }


GOOD = workload("Deployment", container(readinessProbe=probe(3000), livenessProbe=probe(3000, initialDelaySeconds=20)))


# Takes 8 s to listen, and its probe gives it 30.
PATIENT = workload(
    "Deployment",
    container(
        f"setTimeout(() => {{ {QUIET} }}, 8000); process.on('SIGTERM', () => process.exit(0))",
        livenessProbe=probe(3000, failureThreshold=30),
        readinessProbe=probe(3000),
    ),
)


def front_service() -> Json:
    """A Service that selects pods of web with the label tier=front."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "front"},
        "spec": {"selector": {"app": "web", "tier": "front"}, "ports": [{"port": 80, "targetPort": 3000}]},
    }


def labelled(tier: str) -> Json:
    return workload("Deployment", container(ports=[{"containerPort": 3000}]), labels={"tier": tier})


def with_probe(kind: str, source: Json = GOOD, **change: t.Any) -> Json:
    found = copy.deepcopy(source)
    found["spec"]["template"]["spec"]["containers"][0][f"{kind}Probe"] = probe(**change)
    return found


def apply(namespace: str, *documents: Json, wait: bool = False) -> None:
    for document in documents:
        kubectl("-n", namespace, "apply", "-f", "-", input=json.dumps(document))
        if wait:
            kubectl("-n", namespace, "rollout", "status", f"{document['kind']}/web", "--timeout=110s")


def until(namespace: str, kind: str, sign: str, seconds: float = 60) -> None:
    """Wait until the kind's objects hold the text."""
    end = time.monotonic() + seconds
    while sign not in (found := kubectl("-n", namespace, "get", kind, "-o", "json")):
        assert time.monotonic() < end, f"not seen within {seconds} s: {sign} in {found}"
        time.sleep(0.5)


def failed_twice(namespace: str, kind: str) -> None:
    """Wait until the kubelet reports two failures or more of one probe."""
    end = time.monotonic() + 60
    while True:
        events = json.loads(kubectl("-n", namespace, "get", "events", "-o", "json"))["items"]
        failures = [event for event in events if "8080: connect: connection refused" in event.get("message", "")]
        if any(event["message"].startswith(kind.capitalize()) and event.get("count", 0) >= 2 for event in failures):
            return
        assert time.monotonic() < end, events
        time.sleep(0.5)


def target(namespace: str, kind: str = "Deployment", name: str = "web") -> str:
    return f"kind={kind} name={name} namespace={namespace}"


def limited(namespace: str, *rules: Json) -> dict[str, str]:
    """The environment of a ServiceAccount that has these rights only."""
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "reader"}}
    role = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": {"name": "reader"},
        "rules": list(rules),
    }
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "reader"},
        "subjects": [{"kind": "ServiceAccount", "name": "reader", "namespace": namespace}],
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"},
    }
    apply(namespace, account, role, binding)
    return {"K8S_AUTH_IMPERSONATE_USER": f"system:serviceaccount:{namespace}:reader"}


# The wrong port.


@pytest.mark.parametrize("kind", ["readiness", "liveness", "startup"])
def test_a_probe_on_the_wrong_port_is_certain_soon(kind: str, namespace: str) -> None:
    apply(namespace, GOOD, wait=True)
    apply(namespace, with_probe(kind, port=8080, failureThreshold=10))

    found = module("rollout_status", f"{target(namespace)} wait=true wait_timeout=60")

    diagnosis = found["diagnosis"]
    assert found["phase"] == "failed", found
    assert diagnosis["cause"] == f"{kind}_probe_wrong_port"
    assert diagnosis["rollback_helps"] is True
    assert found["timing"]["seconds"] < 20
    # What the first refusal makes likely, the second makes certain.
    failed_twice(namespace, kind)
    sure = module("classify_failure", target(namespace))
    assert sure["confidence"] >= 0.97, sure
    assert sure["terminal"] is True
    assert any(entry["text"] == "answers 200" for entry in sure["evidence"]), sure["evidence"]
    assert sure["calls"] <= 12
    assert [entry["time"] for entry in sure["timeline"]] == sorted(entry["time"] for entry in sure["timeline"])
    assert any("revision 2 was made" in entry["text"] for entry in sure["timeline"])
    passive = module("classify_failure", f"{target(namespace)} active=false")
    assert passive["confidence"] < 0.97
    assert not any(entry["field"].startswith("GET ") for entry in passive["evidence"])


def test_without_the_right_to_ask_the_objects_still_tell(namespace: str) -> None:
    apply(namespace, GOOD, wait=True)
    apply(namespace, with_probe("readiness", port=8080))
    until(namespace, "events", "Readiness probe failed")
    reader = limited(
        namespace,
        {"apiGroups": ["apps"], "resources": ["*"], "verbs": ["get", "list", "watch"]},
        {"apiGroups": [""], "resources": ["pods", "pods/log", "events"], "verbs": ["get", "list", "watch"]},
    )

    found = module("classify_failure", target(namespace), **reader)

    assert found["cause"] == "readiness_probe_wrong_port", found
    assert not any(entry["field"].startswith("GET ") for entry in found["evidence"]), "it could not ask"
    assert found["confidence"] >= module("classify_failure", f"{target(namespace)} active=false")["confidence"]
    assert found["calls"] <= 12


# Slow, not broken.


def test_a_slow_start_is_not_called_failed(namespace: str) -> None:
    apply(namespace, GOOD, wait=True)
    slow = f"let n = 0; setInterval(() => console.log('loading', ++n), 1000); setTimeout(() => {{ {QUIET} }}, 40000)"
    apply(namespace, workload("Deployment", container(slow, readinessProbe=probe(3000))))

    found = module("rollout_status", f"{target(namespace)} wait=true wait_timeout=90 observe_for=0")

    assert found["phase"] == "complete", found
    assert found["timing"]["seconds"] > 20, "it was not slow"


def test_a_start_that_is_stopped_too_soon_is_the_probes_fault(namespace: str) -> None:
    apply(namespace, PATIENT, wait=True)
    apply(namespace, with_probe("liveness", PATIENT, port=3000, failureThreshold=3))
    until(namespace, "events", "failed liveness probe")

    found = module("classify_failure", target(namespace))

    assert found["cause"] == "liveness_probe_too_aggressive", found
    assert found["rollback_helps"] is True


# Services.


def test_a_service_that_selects_nothing(namespace: str) -> None:
    apply(namespace, front_service())
    apply(namespace, labelled("front"), wait=True)
    assert module("classify_failure", target(namespace))["category"] == "none"

    apply(namespace, labelled("back"), wait=True)
    kubectl("-n", namespace, "wait", "pods", "-l", "tier=front", "--for=delete", "--timeout=60s")
    found = module("classify_failure", target(namespace))

    assert found["cause"] == "service_selector_mismatch", found
    assert found["rollback_helps"] is True
    assert "front" in found["summary"]
    assert found["calls"] <= 12


def test_a_release_that_answers_with_errors(deployed: str) -> None:
    kubectl("apply", "-f", "-", input=application.load_manifest(deployed, rate=50, seconds=120))
    kubectl("-n", deployed, "wait", "pod", "load-generator", "--for=condition=Ready", "--timeout=60s")
    time.sleep(5)
    waiting = f"{target(deployed, name=application.DEPLOYMENT)} wait=true observe_for=40 wait_timeout=90"
    kubectl(*application.set_image(deployed, "v2.3.0"))

    found = module("rollout_status", waiting)

    assert found["phase"] == "failed", found
    assert found["diagnosis"]["cause"] == "service_error_rate"
    assert found["diagnosis"]["rollback_helps"] is True


def test_a_good_release_under_load_is_complete(deployed: str) -> None:
    kubectl("apply", "-f", "-", input=application.load_manifest(deployed, rate=50, seconds=60))
    kubectl("-n", deployed, "wait", "pod", "load-generator", "--for=condition=Ready", "--timeout=60s")
    kubectl(*application.set_image(deployed, "v2.0.2"))

    found = module("rollout_status", f"{target(deployed, name=application.DEPLOYMENT)} wait=true observe_for=10")

    assert found["phase"] == "complete", found
    assert module("classify_failure", target(deployed, name=application.DEPLOYMENT))["calls"] <= 12


# Kinds.


def job(script: str, image: str = BUSYBOX, **spec: t.Any) -> Json:
    pod = {"restartPolicy": "Never", "containers": [{**shell(script), "image": image}]}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "web"},
        "spec": {"backoffLimit": 0, "template": {"spec": pod}, **spec},
    }


@pytest.mark.parametrize(
    ("document", "kind", "sign", "cause"),
    [
        (job("echo no; exit 3"), "jobs", "BackoffLimitExceeded", "exit_nonzero"),
        (job("exit 3", backoffLimit=1), "jobs", "BackoffLimitExceeded", "exit_nonzero"),
        (job("true", image="myregistry.io/api-server:v9.9.9"), "pods", "ErrImagePull", "image_tag_not_found"),
        (job("true"), "jobs", "Complete", "healthy"),
    ],
    ids=["ended badly", "tried again", "image missing", "complete"],
)
def test_a_job(document: Json, kind: str, sign: str, cause: str, namespace: str) -> None:
    apply(namespace, document)
    until(namespace, kind, sign)

    found = module("classify_failure", target(namespace, "Job"))

    assert found["cause"] == cause, found
    assert found["kind"] == "Job"
    assert found["calls"] <= 12


@pytest.mark.parametrize(
    ("script", "sign", "cause"),
    [
        ("node -e \"require('express')\"", "terminated", "missing_dependency"),
        ("sleep 600", "running", "healthy"),
    ],
)
def test_a_bare_pod(script: str, sign: str, cause: str, namespace: str) -> None:
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web"},
        "spec": {
            "restartPolicy": "Never",
            "terminationGracePeriodSeconds": 1,
            "containers": [{"name": "web", "image": NODE, "command": ["sh", "-c", script]}],
        },
    }
    apply(namespace, pod)
    until(namespace, "pods", f'"{sign}"')

    found = module("classify_failure", target(namespace, "Pod"))

    assert found["cause"] == cause, found
    assert found["calls"] <= 12


@pytest.mark.parametrize("kind", ["StatefulSet", "DaemonSet"])
def test_other_controllers_faults(kind: str, namespace: str) -> None:
    more: Json = {"serviceName": "web"} if kind == "StatefulSet" else {}
    apply(namespace, workload(kind, container(), **more))
    until(namespace, "pods", '"running"')
    missing = {**container(), "image": "myregistry.io/api-server:v9.9.9"}
    apply(namespace, workload(kind, missing, **more))
    until(namespace, "pods", "ErrImagePull")

    found = module("classify_failure", target(namespace, kind))

    assert found["cause"] == "image_tag_not_found", found
    assert found["rollback_helps"] is True
    assert found["calls"] <= 12


def test_what_is_no_workload_is_refused_in_one_sentence(namespace: str) -> None:
    found = module("rollout_status", target(namespace, "Job"))
    assert "value of kind must be one of: Deployment, StatefulSet, DaemonSet" in found["msg"]
    found = module("classify_failure", target(namespace, "Pod"))
    assert 'There is no Pod "web"' in found["msg"]


def test_recover_is_sure_of_the_probe_after_two_failures(deployed: str, recover: Callable[..., Run]) -> None:
    application.FAULTS["probe"].apply(kubectl, deployed)

    run = recover(deployed)

    assert run.code == 0, run.output
    diagnosis = run.result["detection"]["diagnosis"]
    assert diagnosis["cause"] == "liveness_probe_wrong_port"
    assert any(item["text"] == "answers 200" for item in diagnosis["evidence"]), diagnosis["evidence"]
