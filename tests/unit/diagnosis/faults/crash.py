# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Containers that end."""

from __future__ import annotations

from .parts import (
    EXPIRED_CERTIFICATE,
    KEY,
    LISTEN,
    LOOP,
    NAMESPACE,
    NODE,
    PORTS,
    QUIET,
    Fault,
    changed,
    deployment,
    good,
    named,
    node,
    service,
    shell,
)

_WORK = {"volumeMounts": [{"name": "work", "mountPath": "/work"}]}
_CERTIFICATE_VOLUME = {"name": "certificate", "secret": {"secretName": "certificate"}}
_HTTPS = """
const read = name => require('fs').readFileSync('/certificate/' + name);
require('https').createServer({cert: read('tls.crt'), key: read('tls.key')}, (request, response) => response.end('ok'))
  .listen(8443);
"""
_ASK = f"""
require('https').get({{
  host: 'server.{NAMESPACE}.svc', port: 8443, ca: require('fs').readFileSync('/certificate/tls.crt'),
}}).on('error', error => {{ throw error; }});
"""
_MOUNTED = {"volumeMounts": [{"name": "certificate", "mountPath": "/certificate"}]}
_EXPIRED = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "certificate"},
    "data": {"tls.crt": EXPIRED_CERTIFICATE, "tls.key": KEY},
}
_SERVER = named(
    "server", {**node(_HTTPS), **_MOUNTED, "readinessProbe": {"tcpSocket": {"port": 8443}, "periodSeconds": 1}}
)
_SERVER["spec"]["template"]["spec"]["volumes"] = [_CERTIFICATE_VOLUME]

CRASH: dict[str, Fault] = {
    "module_missing": Fault(
        "missing_dependency", changed(node("require('express')")), LOOP, good(), sure=0.95, rollback_helps=True
    ),
    "init_module": Fault(
        "missing_dependency",
        deployment(initContainers=[{"name": "migrate", "image": NODE, "command": ["node", "-e", "require('pg')"]}]),
        LOOP,
        sure=0.9,
    ),
    "exception": Fault(
        "unhandled_exception",
        changed(node("throw new TypeError('x is not a function')")),
        LOOP,
        good(),
        rollback_helps=True,
    ),
    "exit_zero": Fault("exit_zero_restart_loop", deployment(shell("exit 0")), LOOP, QUIET, rollback_helps=True),
    "exit_three": Fault("exit_nonzero", deployment(shell("exit 3")), LOOP, sure=0.6),
    "memory": Fault(
        "oom_killed",
        deployment(
            {**node("const a=[];for(;;)a.push(Buffer.alloc(1e6,1))"), "resources": {"limits": {"memory": "64Mi"}}}
        ),
        ("OOMKilled",),
        QUIET,
        sure=0.95,
        rollback_helps=True,
    ),
    "init_memory": Fault(
        "oom_killed",
        deployment(
            initContainers=[
                {
                    "name": "load",
                    **shell("tail /dev/zero"),
                    "resources": {"limits": {"memory": "16Mi"}},
                }
            ]
        ),
        ("OOMKilled",),
        sure=0.95,
    ),
    "command": Fault(
        "command_not_found",
        deployment({"command": ["/no/such/program"]}),
        ("StartError",),
        QUIET,
        sure=0.95,
        rollback_helps=True,
    ),
    "shell_command": Fault("command_not_found", deployment(shell("exec nosuchprogram")), LOOP, sure=0.65, live=False),
    "executable": Fault(
        "exec_format_error",
        deployment(
            {"command": ["/work/program"], **_WORK},
            initContainers=[{"name": "install", **shell("echo 1 > /work/program; chmod +x /work/program"), **_WORK}],
            volumes=[{"name": "work", "emptyDir": {}}],
        ),
        LOOP,
        sure=0.9,
    ),
    "permission": Fault(
        "permission_denied", deployment({**shell("echo > /etc/written"), "securityContext": {"runAsUser": 1000}}), LOOP
    ),
    "read_only": Fault(
        "read_only_filesystem",
        deployment({**shell("echo > /written"), "securityContext": {"readOnlyRootFilesystem": True}}),
        LOOP,
        deployment(shell("echo > /written; sleep 3600")),
        sure=0.9,
        rollback_helps=True,
    ),
    "port_taken": Fault(
        "port_in_use",
        deployment(
            {"ports": PORTS},
            containers=[{"name": name, "image": NODE, "command": ["node", "-e", LISTEN]} for name in ("web", "twin")],
        ),
        LOOP,
        sure=0.9,
    ),
    "shared_memory": Fault(
        "shm_exhausted", deployment(shell("dd if=/dev/zero of=/dev/shm/cache bs=1M count=100")), LOOP
    ),
    "certificate": Fault(
        "tls_certificate_expired",
        deployment({**node(_ASK), **_MOUNTED}, volumes=[_CERTIFICATE_VOLUME]),
        LOOP,
        None,
        (_EXPIRED, _SERVER, service("server", 8443)),
        sure=0.85,
    ),
    "seccomp": Fault(
        "container_start_failed",
        deployment({"securityContext": {"seccompProfile": {"type": "Localhost", "localhostProfile": "nowhere.json"}}}),
        ("CreateContainerError",),
        sure=0.6,
    ),
    # Kubernetes takes one of two dollar signs away.
    "segmentation": Fault("segfault", deployment(shell("sh -c 'kill -SEGV $$$$'; exit $?")), LOOP),
    "hook": Fault(
        "lifecycle_hook_failed",
        deployment({"lifecycle": {"postStart": {"exec": {"command": ["false"]}}}}),
        ("FailedPostStartHook",),
        QUIET,
        sure=0.9,
        rollback_helps=True,
    ),
}
