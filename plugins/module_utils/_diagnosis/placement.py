# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which nodes a pod selects, and what keeps it off them: for what the scheduler's message leaves out.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

The scheduler asks each node in this order, and names the first that says no: unschedulable, taints, node affinity and
selector, then ports, resources, volumes and neighbours. So its message does not say whether a tainted node would have
matched the selector, and since 1.33 it does not say which taint it was.
"""

from __future__ import annotations

import typing as t
from collections import Counter

from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout import objects as o

_REPELS = ("NoSchedule", "NoExecute")


def obstacles(pod: o.JsonObject, nodes: t.Iterable[o.JsonObject]) -> str:
    """What keeps the pod off the nodes that it selects, in the scheduler's words; "" where nothing does, or none is.

    Cordons and taints only: what else speaks against a node stands in the scheduler's own message.
    """
    told = Counter(said for node in nodes if _selected(pod, node) and (said := _obstacle(pod, node)))
    return ", ".join(f"{count} node(s) {said}" for said, count in sorted(told.items()))


def _obstacle(pod: o.JsonObject, node: o.JsonObject) -> str:
    taints = [o.mapping(entry) for entry in o.sequence(o.dig(node, "spec", "taints"))]
    if o.dig(node, "spec", "unschedulable") is True:
        cordon = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}
        if not _tolerated(pod, cordon):
            return "were unschedulable"
    for taint in taints:
        if taint.get("effect") in _REPELS and not _tolerated(pod, taint):
            return f"had untolerated taint {{{o.text(taint.get('key'))}: {o.text(taint.get('value'))}}}"
    return ""


def _tolerated(pod: o.JsonObject, taint: o.JsonObject) -> bool:
    for entry in o.sequence(o.dig(pod, "spec", "tolerations")):
        toleration = o.mapping(entry)
        exists = toleration.get("operator") == "Exists"
        key = o.text(toleration.get("key"))
        if toleration.get("effect") not in (None, "", taint.get("effect")):
            continue
        if key == o.text(taint.get("key")) and (
            exists or o.text(toleration.get("value")) == o.text(taint.get("value"))
        ):
            return True
        if exists and not key:
            return True
    return False


def _selected(pod: o.JsonObject, node: o.JsonObject) -> bool:
    labels = o.mapping(o.metadata(node).get("labels"))
    selector = o.mapping(o.dig(pod, "spec", "nodeSelector"))
    if any(labels.get(key) != value for key, value in selector.items()):
        return False
    affinity = o.dig(pod, "spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
    terms = o.sequence(o.dig(affinity, "nodeSelectorTerms"))
    fields = {"metadata.name": o.name_of(node)}
    return not terms or any(
        all(_meets(labels, entry) for entry in o.sequence(o.mapping(term).get("matchExpressions")))
        and all(_meets(fields, entry) for entry in o.sequence(o.mapping(term).get("matchFields")))
        for term in terms
    )


def _meets(labels: o.JsonObject, entry: t.Any) -> bool:
    requirement = o.mapping(entry)
    value = labels.get(o.text(requirement.get("key")))
    wanted = [entry for entry in o.sequence(requirement.get("values")) if isinstance(entry, str)]
    operator = requirement.get("operator")
    if operator in ("Exists", "DoesNotExist"):
        present = value is not None
        return present if operator == "Exists" else not present
    if operator == "NotIn":
        return value not in wanted
    if operator == "In":
        return value in wanted
    # Gt and Lt
    try:
        have, limit = int(o.text(value)), int(wanted[0])
    except (ValueError, IndexError):
        return False
    return have > limit if operator == "Gt" else have < limit
