# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a fault is, and what the faults are made of."""

from __future__ import annotations

import copy
import typing as t
from dataclasses import dataclass, field

Json = dict[str, t.Any]

APPLICATION = "myregistry.io/api-server"
BUSYBOX = "registry.local/busybox:1"
NODE = "registry.local/node:20"

# Words that stand in manifests for what is known only when they are applied; `staging` replaces them.
NAMESPACE = "<namespace>"
API_SERVER = "<api server>"
NODE_PORT = "<node port>"
CERTIFICATE, EXPIRED_CERTIFICATE, KEY = "<certificate>", "<expired certificate>", "<key>"


@dataclass(frozen=True)
class Fault:
    """A cause and what makes it happen: `setup`, then `before` (both until they are rolled out), then `broken`.

    The record is taken when all of `until` stand somewhere in the evidence. `patch_config` replaces the data of the
    ConfigMap `settings` between `before` and `broken`; with `settle`, `broken` is one that gets rolled out. `refuses`:
    something of `setup` must be seen to refuse the pods first, which takes the API server a moment. `sure` is the
    confidence that a live verdict must reach. `rollback_helps` is "any" where nothing is said of it. A fault that
    takes minutes, or whose cause another one shows too, is not `live`: it is recorded only, `age` seconds after it was
    brought about at the earliest.
    """

    cause: str
    broken: Json
    until: tuple[str, ...]
    before: Json | None = None
    setup: tuple[Json, ...] = ()
    patch_config: dict[str, str] | None = None
    settle: bool = False
    refuses: bool = False
    labels: dict[str, str] = field(default_factory=dict)
    sure: float = 0.8
    rollback_helps: bool | t.Literal["unknown", "any"] = "any"
    live: bool = True
    age: float = 0.0


def deployment(container: Json | None = None, replicas: int = 1, **pod: t.Any) -> Json:
    """A Deployment `web` of one container `web`; keys of `container` and `pod` come on top."""
    spec: Json = {
        "terminationGracePeriodSeconds": 1,
        "containers": [{"name": "web", "image": BUSYBOX, "command": ["sleep", "3600"], **(container or {})}],
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


def with_spec(source: Json, **spec: t.Any) -> Json:
    """The Deployment with other fields of its own spec."""
    found = copy.deepcopy(source)
    found["spec"].update(spec)
    return found


def named(name: str, container: Json) -> Json:
    """A Deployment that stands beside `web`."""
    found = deployment(container)
    found["metadata"]["name"] = name
    found["spec"]["selector"]["matchLabels"]["app"] = name
    found["spec"]["template"]["metadata"]["labels"]["app"] = name
    found["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] = 0
    return found


def shell(script: str) -> Json:
    return {"image": BUSYBOX, "command": ["sh", "-c", script]}


def node(script: str) -> Json:
    return {"image": NODE, "command": ["node", "-e", script]}


def probe(port: int, path: str = "/", **more: t.Any) -> Json:
    return {"httpGet": {"path": path, "port": port}, "periodSeconds": 1, "failureThreshold": 3, **more}


def restarted(source: Json) -> Json:
    """As `kubectl rollout restart` does it."""
    found = copy.deepcopy(source)
    metadata = found["spec"]["template"]["metadata"]
    metadata["annotations"] = {"kubectl.kubernetes.io/restartedAt": "2026-11-23T10:00:00Z"}
    return found


def config_map(data: dict[str, str], name: str = "settings") -> Json:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def service(name: str, port: int, **more: t.Any) -> Json:
    """A Service of the pods that are called as it is."""
    spec = {"selector": {"app": name}, "ports": [{"port": port}], **more}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}


def good() -> Json:
    """An application that answers on port 3000, with both probes.

    A busy machine may need seconds to start or to answer: what is meant to be good must not fail for that.
    """
    return deployment(
        {
            **node(LISTEN),
            "ports": PORTS,
            "readinessProbe": probe(3000, timeoutSeconds=5),
            "livenessProbe": probe(3000, periodSeconds=10, timeoutSeconds=5, initialDelaySeconds=20),
        }
    )


def changed(container: Json, **pod: t.Any) -> Json:
    """The good Deployment with other fields of its container and its pod."""
    found = good()
    spec = found["spec"]["template"]["spec"]
    spec["containers"][0].update(container)
    spec.update(pod)
    return found


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
FROM_CONFIG = [
    {"name": "DATABASE_HOST", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "database_host"}}}
]
LOOP = ("CrashLoopBackOff",)
# What runs before a revision that ends at once: nothing that costs a busy machine much.
QUIET = deployment()
