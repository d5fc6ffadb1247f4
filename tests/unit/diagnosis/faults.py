# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults that the recorder makes happen on the real cluster, each in a namespace of its own."""

from __future__ import annotations

import copy
import typing as t
from dataclasses import dataclass, field

Json = dict[str, t.Any]

APPLICATION = "myregistry.io/api-server"
BUSYBOX = "registry.local/busybox:1"
NODE = "registry.local/node:20"


@dataclass(frozen=True)
class Fault:
    """`setup` and `before` are applied first (`before` until it is rolled out), then `broken`.

    The record is taken when all of `until` stand somewhere in the recorded pods, ReplicaSets, events or Deployment.
    `patch_config` replaces the data of the ConfigMap `settings` between the two.
    """

    cause: str
    broken: Json
    until: tuple[str, ...]
    before: Json | None = None
    setup: tuple[Json, ...] = ()
    patch_config: dict[str, str] | None = None
    settle: bool = False
    more: Json = field(default_factory=dict)


def deployment(container: Json | None = None, replicas: int = 1, **pod: t.Any) -> Json:
    """A Deployment `web` of one container `web`; keys of `container` and `pod` come on top."""
    spec: Json = {
        "terminationGracePeriodSeconds": 1,
        "containers": [{"name": "web", "image": NODE, "command": ["node", "-e", LISTEN], **(container or {})}],
        **pod,
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": spec},
        },
    }


def shell(script: str) -> Json:
    return {"image": BUSYBOX, "command": ["sh", "-c", script]}


def node(script: str) -> Json:
    return {"command": ["node", "-e", script]}


def probe(port: int, path: str = "/", **more: t.Any) -> Json:
    return {"httpGet": {"path": path, "port": port}, "periodSeconds": 1, "failureThreshold": 3, **more}


def restarted(source: Json) -> Json:
    """As `kubectl rollout restart` does it."""
    found = copy.deepcopy(source)
    metadata = found["spec"]["template"]["metadata"]
    metadata["annotations"] = {"kubectl.kubernetes.io/restartedAt": "2026-11-23T10:00:00Z"}
    return found


def config_map(data: dict[str, str]) -> Json:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": data}


LISTEN = """
const server = require('http').createServer((request, response) => {
  response.statusCode = request.url === '/' ? 200 : request.url === '/broken' ? 500 : 404;
  if (request.url !== '/slow') response.end();
});
server.listen(3000, () => console.log('listening on port 3000'));
process.on('SIGTERM', () => process.exit(0));
"""
CONNECT = """
require('net').connect(5432, process.env.DATABASE_HOST).on('error', error => { throw error; });
"""
PORTS = [{"containerPort": 3000, "name": "http"}]
_FROM_CONFIG = [
    {"name": "DATABASE_HOST", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "database_host"}}}
]
# Connects only where it is told to: the first revision starts well.
_CONNECTS = {
    **node(f"if (process.env.DATABASE_HOST !== 'localhost') {{ {CONNECT} }} setInterval(() => {{}}, 1000);"),
    "env": _FROM_CONFIG,
}
# A busy machine may need seconds to start or to answer: what is meant to be good must not fail for that.
_GOOD = deployment(
    {
        "ports": PORTS,
        "readinessProbe": probe(3000, timeoutSeconds=5),
        "livenessProbe": probe(3000, periodSeconds=10, timeoutSeconds=5, initialDelaySeconds=20),
    }
)
_QUOTA = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "small"}}
_LOOP = ("CrashLoopBackOff",)
_HANGING = {"name": "wait", **shell("sleep 3600")}


def _changed(container: Json, **pod: t.Any) -> Json:
    """The good Deployment with other fields of its container and its pod."""
    found = copy.deepcopy(_GOOD)
    spec = found["spec"]["template"]["spec"]
    spec["containers"][0].update(container)
    spec.update(pod)
    return found


def _probed(kind: str, **change: t.Any) -> Json:
    return _changed({f"{kind}Probe": probe(**change)})


FAULTS: dict[str, Fault] = {
    # The four faults of the demo.
    "tag_missing": Fault(
        "image_tag_not_found", _changed({"image": f"{APPLICATION}:v9.9.9"}), ("ImagePullBackOff",), _GOOD
    ),
    "module_missing": Fault("missing_dependency", _changed(node("require('express')")), _LOOP, _GOOD),
    "config_host": Fault(
        "wrong_host_dns",
        restarted(deployment(_CONNECTS)),
        _LOOP,
        deployment(_CONNECTS),
        (config_map({"database_host": "localhost", "log_level": "info"}),),
        {"database_host": "database-new.production.svc.cluster.local", "log_level": "info"},
    ),
    "liveness_port": Fault(
        "liveness_probe_wrong_port", _probed("liveness", port=8080, periodSeconds=10), ("Liveness probe failed",), _GOOD
    ),
    "liveness_port_killed": Fault(
        "liveness_probe_wrong_port",
        _probed("liveness", port=8080),
        ("failed liveness probe",),
        _GOOD,
    ),
    # Probes.
    "readiness_port": Fault(
        "readiness_probe_wrong_port", _probed("readiness", port=8080), ("Readiness probe failed",), _GOOD
    ),
    "startup_port": Fault("startup_probe_wrong_port", _probed("startup", port=8080), ("Startup probe failed",), _GOOD),
    "readiness_path": Fault(
        "readiness_probe_wrong_path",
        _probed("readiness", port=3000, path="/nowhere"),
        ("Readiness probe failed",),
        _GOOD,
    ),
    "readiness_error": Fault(
        "readiness_probe_failing", _probed("readiness", port=3000, path="/broken"), ("statuscode: 500",), _GOOD
    ),
    "readiness_timeout": Fault(
        "readiness_probe_timeout", _probed("readiness", port=3000, path="/slow"), ("Readiness probe failed",), _GOOD
    ),
    # Images.
    "image_name": Fault(
        "invalid_image_name", deployment({"image": "https://myregistry.io/web:1"}), ("InvalidImageName",)
    ),
    "image_never": Fault(
        "image_never_pull_absent",
        deployment({"image": "nowhere:1", "imagePullPolicy": "Never"}),
        ("ErrImageNeverPull",),
    ),
    "registry_host": Fault(
        "registry_unreachable", _changed({"image": "registry.example.invalid/web:1"}), ("Failed to pull",), _GOOD
    ),
    # Ends.
    "exception": Fault(
        "unhandled_exception", _changed(node("throw new TypeError('x is not a function')")), _LOOP, _GOOD
    ),
    "exit_zero": Fault("exit_zero_restart_loop", deployment(node("1")), _LOOP),
    "exit_three": Fault("exit_nonzero", deployment(shell("exit 3")), _LOOP),
    "memory": Fault(
        "oom_killed",
        deployment(
            {**node("const a=[];for(;;)a.push(Buffer.alloc(1e6,1))"), "resources": {"limits": {"memory": "64Mi"}}}
        ),
        ("OOMKilled",),
    ),
    "command": Fault("command_not_found", deployment({"command": ["/no/such/program"]}), ("StartError",)),
    "read_only": Fault(
        "read_only_filesystem",
        deployment({**shell("echo > /written"), "securityContext": {"readOnlyRootFilesystem": True}}),
        _LOOP,
    ),
    "permission": Fault(
        "permission_denied", deployment({**shell("echo > /etc/written"), "securityContext": {"runAsUser": 1000}}), _LOOP
    ),
    "port_taken": Fault(
        "port_in_use",
        deployment(
            {"ports": PORTS},
            containers=[{"name": name, "image": NODE, "command": ["node", "-e", LISTEN]} for name in ("web", "twin")],
        ),
        _LOOP,
    ),
    "refused": Fault(
        "connection_refused",
        deployment({**node(CONNECT), "env": [{"name": "DATABASE_HOST", "value": "127.0.0.1"}]}),
        _LOOP,
    ),
    "init_module": Fault(
        "missing_dependency",
        deployment(initContainers=[{"name": "migrate", "image": NODE, "command": ["node", "-e", "require('pg')"]}]),
        _LOOP,
    ),
    "hook": Fault(
        "lifecycle_hook_failed",
        deployment({"lifecycle": {"postStart": {"exec": {"command": ["false"]}}}}),
        ("FailedPostStartHook",),
    ),
    # Settings.
    "env_host": Fault(
        "wrong_host_dns",
        deployment({**node(CONNECT), "env": [{"name": "DATABASE_HOST", "value": "database-new"}]}),
        _LOOP,
        deployment({**node("setInterval(() => {}, 1000)"), "env": [{"name": "DATABASE_HOST", "value": "database"}]}),
    ),
    "env_missing": Fault(
        "missing_env_var", deployment(node("throw new Error('environment variable API_URL is not set')")), _LOOP
    ),
    "configmap_missing": Fault(
        "configmap_not_found", deployment({"env": _FROM_CONFIG}), ("CreateContainerConfigError",), _GOOD
    ),
    "key_missing": Fault(
        "config_key_missing",
        deployment({"env": _FROM_CONFIG}),
        ("CreateContainerConfigError",),
        None,
        (config_map({"other": "1"}),),
    ),
    "secret_volume": Fault(
        "secret_not_found",
        deployment(
            {"volumeMounts": [{"name": "keys", "mountPath": "/keys"}]},
            volumes=[{"name": "keys", "secret": {"secretName": "keys"}}],
        ),
        ("FailedMount",),
    ),
    "non_root": Fault(
        "security_context_non_root",
        deployment({"securityContext": {"runAsNonRoot": True, "runAsUser": 0}}),
        ("CreateContainerConfigError",),
    ),
    # Scheduling.
    "cpu": Fault("insufficient_cpu", _changed({"resources": {"requests": {"cpu": "999"}}}), ("Unschedulable",), _GOOD),
    "memory_request": Fault(
        "insufficient_memory", deployment({"resources": {"requests": {"memory": "9Ti"}}}), ("Unschedulable",)
    ),
    "gpu": Fault(
        "insufficient_gpu", deployment({"resources": {"limits": {"nvidia.com/gpu": "1"}}}), ("Unschedulable",)
    ),
    "selector": Fault("node_selector_mismatch", deployment(nodeSelector={"disk": "ssd"}), ("Unschedulable",)),
    "gate": Fault(
        "scheduling_gated", deployment(schedulingGates=[{"name": "example.com/later"}]), ("SchedulingGated",)
    ),
    "claim": Fault(
        "pvc_not_found",
        deployment(volumes=[{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]),
        ("Unschedulable",),
    ),
    # Admission.
    "quota": Fault(
        "quota_exceeded", deployment(), ("FailedCreate",), None, ({**_QUOTA, "spec": {"hard": {"pods": "0"}}},)
    ),
    "quota_limits": Fault(
        "quota_requires_limits",
        deployment(),
        ("FailedCreate",),
        None,
        ({**_QUOTA, "spec": {"hard": {"limits.memory": "1Gi"}}},),
    ),
    "serviceaccount": Fault("serviceaccount_not_found", deployment(serviceAccountName="robot"), ("FailedCreate",)),
    "pod_security": Fault(
        "pod_security_violation",
        deployment({"securityContext": {"privileged": True}}),
        ("FailedCreate",),
        None,
        more={"labels": {"pod-security.kubernetes.io/enforce": "baseline"}},
    ),
    # Nothing wrong.
    "healthy": Fault("healthy", _GOOD, (), None, settle=True),
    "healthy_second": Fault(
        "healthy", _probed("readiness", port=3000, periodSeconds=2, timeoutSeconds=5), (), _GOOD, settle=True
    ),
    "slow_start": Fault(
        "in_progress",
        _changed(node(f"setTimeout(() => {{ {LISTEN} }}, 20000)")),
        ("connection refused",),
        _GOOD,
    ),
    "scaled_to_zero": Fault("scaled_to_zero", deployment(replicas=0), (), None, settle=True),
}
