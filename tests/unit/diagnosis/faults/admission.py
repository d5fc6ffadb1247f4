# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pods that may not be created.

What is cluster-wide is called as the test's namespace, and is asked for the pods of that namespace only.
"""

from __future__ import annotations

from .parts import CERTIFICATE, KEY, NAMESPACE, QUIET, Fault, Json, deployment, named, node, service

_REFUSED = ("FailedCreate",)
_QUOTA = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "small"}}
_ONLY_HERE = {"matchLabels": {"kubernetes.io/metadata.name": NAMESPACE}}
_POD_CREATION = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}
_REVIEW = """
const read = name => require('fs').readFileSync('/certificate/' + name);
require('https').createServer({cert: read('tls.crt'), key: read('tls.key')}, (request, response) => {
  let body = '';
  request.on('data', part => body += part).on('end', () => {
    const {apiVersion, kind, request: {uid}} = JSON.parse(body);
    const status = {message: 'images must come from registry.example.com'};
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({apiVersion, kind, response: {uid, allowed: false, status}}));
  });
}).listen(8443);
"""
_SERVER = named(
    "server",
    {
        **node(_REVIEW),
        "volumeMounts": [{"name": "certificate", "mountPath": "/certificate"}],
        "readinessProbe": {"tcpSocket": {"port": 8443}, "periodSeconds": 1},
    },
)
_SERVER["spec"]["template"]["spec"]["volumes"] = [{"name": "certificate", "secret": {"secretName": "certificate"}}]
_CERTIFICATE = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "certificate"},
    "data": {"tls.crt": CERTIFICATE, "tls.key": KEY},
}


def _webhook(**more: str) -> Json:
    """Asks the Service `server` about the pods of `web`."""
    client = {"service": {"name": "server", "namespace": NAMESPACE, "port": 8443}, **more}
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": NAMESPACE},
        "webhooks": [
            {
                "name": "pods.policy.example.com",
                "clientConfig": client,
                "rules": [_POD_CREATION],
                "namespaceSelector": _ONLY_HERE,
                "objectSelector": {"matchLabels": {"app": "web"}},
                "failurePolicy": "Fail",
                "sideEffects": "None",
                "timeoutSeconds": 5,
                "admissionReviewVersions": ["v1"],
            }
        ],
    }


_POLICY = (
    {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": NAMESPACE},
        "spec": {
            "failurePolicy": "Fail",
            "matchConstraints": {"namespaceSelector": _ONLY_HERE, "resourceRules": [_POD_CREATION]},
            "validations": [{"expression": "false", "message": "pods need a team label"}],
        },
    },
    {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": NAMESPACE},
        "spec": {"policyName": NAMESPACE, "validationActions": ["Deny"]},
    },
)
_SMALL_CONTAINERS = {
    "apiVersion": "v1",
    "kind": "LimitRange",
    "metadata": {"name": "small"},
    "spec": {"limits": [{"type": "Container", "max": {"cpu": "100m"}}]},
}

ADMISSION: dict[str, Fault] = {
    "quota": Fault(
        "quota_exceeded",
        deployment(),
        _REFUSED,
        None,
        ({**_QUOTA, "spec": {"hard": {"pods": "0"}}},),
        refuses=True,
        sure=0.95,
    ),
    "quota_limits": Fault(
        "quota_requires_limits",
        deployment(),
        _REFUSED,
        None,
        ({**_QUOTA, "spec": {"hard": {"limits.memory": "1Gi"}}},),
        refuses=True,
        sure=0.95,
    ),
    "limit_range": Fault(
        "limit_range_violation",
        deployment({"resources": {"limits": {"cpu": "1"}}}),
        _REFUSED,
        deployment({"resources": {"limits": {"cpu": "50m"}}}),
        (_SMALL_CONTAINERS,),
        sure=0.9,
        rollback_helps=True,
    ),
    "pod_security": Fault(
        "pod_security_violation",
        deployment({"securityContext": {"privileged": True}}),
        _REFUSED,
        QUIET,
        labels={"pod-security.kubernetes.io/enforce": "baseline"},
        sure=0.95,
        rollback_helps=True,
    ),
    "webhook": Fault(
        "webhook_denied",
        deployment(),
        _REFUSED,
        None,
        (_CERTIFICATE, _SERVER, service("server", 8443), _webhook(caBundle=CERTIFICATE)),
        refuses=True,
        sure=0.9,
    ),
    "webhook_gone": Fault(
        "webhook_unavailable",
        deployment(),
        _REFUSED,
        None,
        (service("server", 8443), _webhook()),
        refuses=True,
        sure=0.9,
        rollback_helps=False,
    ),
    "policy": Fault("policy_denied", deployment(), _REFUSED, None, _POLICY, refuses=True, sure=0.9),
    "serviceaccount": Fault(
        "serviceaccount_not_found",
        deployment(serviceAccountName="robot"),
        _REFUSED,
        QUIET,
        sure=0.95,
        rollback_helps=True,
    ),
    "priority": Fault(
        "priority_class_not_found",
        deployment(priorityClassName="nowhere"),
        _REFUSED,
        QUIET,
        sure=0.9,
        rollback_helps=True,
    ),
    "runtime": Fault("runtime_class_not_found", deployment(runtimeClassName="nowhere"), _REFUSED, sure=0.9),
    "overhead": Fault("replica_failure_unknown", deployment(overhead={"cpu": "1m"}), _REFUSED, sure=0.6),
}
