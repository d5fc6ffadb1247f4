# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a NetworkPolicy keeps a pod from what it asks.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import typing as t

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.hosts import host_of, service_of
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.situation import Situation
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout import objects as o

_DNS_PORTS = (53, "53", "dns", "dns-tcp")


def blocking_policy(
    situation: Situation, pod: o.JsonObject, host: str, *, dns: bool
) -> tuple[o.JsonObject, float] | None:
    """The policy that does not allow the pod's connection, and how surely; None when none is known.

    Policies add up: what one of them allows is allowed. `host` is a name or address, with or without a port.
    """
    labels = o.mapping(o.metadata(pod).get("labels"))
    policies = [entry for entry in situation.related("NetworkPolicy") if o.namespace_of(entry) == situation.namespace]
    leaving = [entry for entry in policies if "Egress" in _types(entry) and _selects(entry, labels)]
    rules = [rule for entry in leaving for rule in o.sequence(o.dig(entry, "spec", "egress"))]
    if leaving and not rules:
        return leaving[0], 0.92
    if leaving and not any(_allows_dns(rule) if dns else not o.mapping(rule).get("to") for rule in rules):
        return leaving[0], 0.88 if dns else 0.75
    peer = None if dns else _peer_labels(situation, host)
    if peer is None:
        return None
    entering = [entry for entry in policies if "Ingress" in _types(entry) and _selects(entry, peer)]
    admitted = [rule for entry in entering for rule in o.sequence(o.dig(entry, "spec", "ingress"))]
    if entering and not any(_admits(rule, labels) for rule in admitted):
        return entering[0], 0.9
    return None


def _types(policy: o.JsonObject) -> list[t.Any]:
    """The directions that a policy governs, with the API's default."""
    named = o.sequence(o.dig(policy, "spec", "policyTypes"))
    return named or ["Ingress", *(["Egress"] if o.sequence(o.dig(policy, "spec", "egress")) else [])]


def _selects(policy: o.JsonObject, labels: o.JsonObject) -> bool:
    return _matches(o.dig(policy, "spec", "podSelector"), labels)


def _matches(selector: t.Any, labels: o.JsonObject) -> bool:
    """Whether labels match a label selector; an empty one matches all."""
    wanted = o.mapping(o.dig(selector, "matchLabels"))
    if any(labels.get(key) != value for key, value in wanted.items()):
        return False
    return all(_expression(o.mapping(entry), labels) for entry in o.sequence(o.dig(selector, "matchExpressions")))


def _expression(entry: o.JsonObject, labels: o.JsonObject) -> bool:
    key, values = o.text(entry.get("key")), o.sequence(entry.get("values"))
    operator = entry.get("operator")
    if operator in ("In", "NotIn"):
        return bool((labels.get(key) in values) == (operator == "In"))
    return (key in labels) == (operator == "Exists")


def _allows_dns(rule: t.Any) -> bool:
    ports = o.sequence(o.mapping(rule).get("ports"))
    return not ports or any(o.mapping(entry).get("port") in (None, *_DNS_PORTS) for entry in ports)


def _admits(rule: t.Any, labels: o.JsonObject) -> bool:
    """Whether a rule of a peer's policy admits a pod of the same namespace with these labels."""
    sources = o.sequence(o.mapping(rule).get("from"))
    return not sources or any(
        isinstance(o.mapping(entry).get("podSelector"), dict)
        and not o.mapping(o.mapping(entry).get("namespaceSelector")).get("matchLabels")
        and _matches(o.mapping(entry).get("podSelector"), labels)
        for entry in sources
    )


def _peer_labels(situation: Situation, host: str) -> o.JsonObject | None:
    """Labels of the pods behind the Service that a host means; None when it is not known or elsewhere."""
    name = host_of(host)
    namespace, service = service_of(name, situation.namespace)
    for entry in situation.related("Service"):
        addressed = o.dig(entry, "spec", "clusterIP") == name
        named = service == o.name_of(entry) and namespace == situation.namespace == o.namespace_of(entry)
        selector = o.mapping(o.dig(entry, "spec", "selector"))
        if selector and name and (addressed or named):
            return selector
    return None
