# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the network and the node do not give."""

from __future__ import annotations

from .parts import CONNECT, LOOP, NAMESPACE, Fault, Json, deployment, node, service, shell

_RUNTIME = {
    "apiVersion": "node.k8s.io/v1",
    "kind": "RuntimeClass",
    "metadata": {"name": NAMESPACE},
    "handler": "nowhere",
}
# Prints and ends as clients of the API do.
_LIST_PODS = """
const read = name => require('fs').readFileSync('/var/run/secrets/kubernetes.io/serviceaccount/' + name, 'utf8');
require('https').get({
  host: process.env.KUBERNETES_SERVICE_HOST, port: process.env.KUBERNETES_SERVICE_PORT, path: '/api/v1/pods',
  ca: read('ca.crt'), headers: {Authorization: 'Bearer ' + read('token')},
}, response => {
  let body = '';
  response.on('data', part => body += part).on('end', () => { throw new Error(JSON.parse(body).message); });
});
"""
# Reserved for documentation: no network leads there.
_CONNECTS_NOWHERE = {**node(CONNECT), "env": [{"name": "DATABASE_HOST", "value": "192.0.2.1"}]}
_NO_WAY_OUT = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "NetworkPolicy",
    "metadata": {"name": "no-way-out"},
    "spec": {"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Egress"]},
}


def _labelled(tier: str) -> Json:
    found = deployment()
    found["spec"]["template"]["metadata"]["labels"]["tier"] = tier
    return found


CLUSTER: dict[str, Fault] = {
    "sandbox": Fault(
        "sandbox_creation_failed",
        deployment(runtimeClassName=NAMESPACE),
        ("FailedCreatePodSandBox",),
        None,
        (_RUNTIME,),
    ),
    "dns": Fault(
        "dns_resolution_failed",
        deployment(
            {**node(CONNECT), "env": [{"name": "DATABASE_HOST", "value": "database"}]},
            dnsPolicy="None",
            dnsConfig={"nameservers": ["127.0.0.1"]},
        ),
        LOOP,
        None,
        (service("database", 5432),),
    ),
    "unreachable": Fault("connection_timeout", deployment(_CONNECTS_NOWHERE), LOOP, sure=0.7),
    # The cluster's network enforces no policies; what a client says of an address that is kept from it is the same.
    "network_policy": Fault(
        "network_policy_blocks_traffic", deployment(_CONNECTS_NOWHERE), LOOP, None, (_NO_WAY_OUT,), sure=0.7
    ),
    "service_labels": Fault(
        "service_selector_mismatch",
        _labelled("back"),
        ('"endpoints": null',),
        _labelled("front"),
        (service("web", 3000, selector={"app": "web", "tier": "front"}),),
        settle=True,
        sure=0.9,
        rollback_helps=True,
    ),
    "forbidden": Fault("rbac_forbidden_at_runtime", deployment(node(_LIST_PODS)), LOOP, sure=0.9),
    "evicted": Fault(
        "evicted",
        deployment(
            {
                **shell("dd if=/dev/zero of=/written bs=1M count=9; sleep 3600"),
                "resources": {"limits": {"ephemeral-storage": "1Mi"}},
                "readinessProbe": {"exec": {"command": ["true"]}, "initialDelaySeconds": 60},
            }
        ),
        ('"phase": "Failed"',),
        sure=0.9,
    ),
}
