# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pods that the API server does not let the controller create.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.finding import (
    Finding,
    event_item,
    reference,
    written,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.model import EvidenceItem
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.situation import Situation
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout import objects as o

_RULES: tuple[tuple[str, float, t.Pattern[str]], ...] = tuple(
    (cause, confidence, re.compile(pattern, re.DOTALL))
    for cause, confidence, pattern in (
        (
            "webhook_unavailable",
            0.96,
            r'failed calling (?:admission )?webhook "(?P<name>[^"]+)"(?:: failed to call webhook)?: (?P<line>.*)',
        ),
        (
            "webhook_denied",
            0.95,
            r'admission webhook "(?P<name>[^"]+)" denied the request(?: without explanation)?:? ?(?P<line>.*)',
        ),
        (
            "policy_denied",
            0.95,
            r"ValidatingAdmissionPolicy '(?P<name>[^']+)' with binding '[^']*' denied request: (?P<line>.*)",
        ),
        (
            "policy_denied",
            0.9,
            r"(?P<name>image policy webhook)(?: backend)? denied (?:one or more images)?:? ?(?P<line>.*)",
        ),
        ("pod_security_violation", 0.96, r'violates PodSecurity "(?P<name>[^"]+)": (?P<line>.*)'),
        (
            "pod_security_violation",
            0.93,
            (
                r"unable to (?:validate against|admit pod).*?(?P<name>[Pp]od ?[Ss]ecurity ?[Pp]olicy|"
                r"security context constraint)s?: ?(?P<line>.*)"
            ),
        ),
        (
            "pod_security_violation",
            0.93,
            r"(?P<name>PodSecurityPolicy): unable to (?:admit|validate) pod: (?P<line>.*)",
        ),
        ("quota_requires_limits", 0.96, r"failed quota: (?P<name>[^:]+): must specify (?P<requested>.*)"),
        ("quota_exceeded", 0.96, r"exceeded quota: (?P<name>[^,\s]+)(?:, (?P<requested>requested: .*))?"),
        ("quota_exceeded", 0.7, r"status unknown for quota: (?P<name>[^,]+)|insufficient quota to match these scopes"),
        (
            "limit_range_violation",
            0.93,
            r"(?P<line>(?:maximum|minimum) \S+ (?:usage|limit|request)?.*|\S+ max limit to request ratio .*)",
        ),
        # The template was valid when it was written: defaults of a LimitRange made the limit lower than the request.
        (
            "limit_range_violation",
            0.8,
            r"(?P<line>resources\.requests: Invalid value: .*must be less than or equal to \S+ limit.*)",
        ),
        (
            "serviceaccount_not_found",
            0.96,
            r'error looking up service account [^:]*: serviceaccounts? "(?P<name>[^"]+)" not found',
        ),
        (
            "serviceaccount_not_found",
            0.93,
            (
                r"service account (?:[^\s/]+/)?(?P<name>\S+) was not found|"
                r'no API token found for service account "?(?:[^\s"/]+/)?(?P<name2>[^\s",]+)'
            ),
        ),
        ("priority_class_not_found", 0.95, r'no PriorityClass with name "?(?P<name>[^\s"]+?)"? was found'),
        ("runtime_class_not_found", 0.95, r'RuntimeClass(?:\.node\.k8s\.io)? "(?P<name>[^"]+)" not found'),
        ("namespace_terminating", 0.95, r"namespace (?P<name>\S+) because it is being terminated"),
    )
)
_REASONS = ("FailedCreate", "ReplicaSetCreateError")


def classify(message: str) -> tuple[str, float, dict[str, str]]:
    """The cause that the refusal names, with its words."""
    for cause, confidence, pattern in _RULES:
        found = pattern.search(message)
        if found:
            words = {key.rstrip("2"): value.strip(" .") for key, value in found.groupdict().items() if value}
            if cause == "quota_exceeded" and "requested" in words:
                words["requested"] = f" ({words['requested']})"
            return cause, confidence, {"line": "no reason given", **words}
    return "replica_failure_unknown", 0.7, {"line": f": {message}" if message else ""}


def match(situation: Situation) -> t.Iterable[Finding]:
    """Controllers of the new revision that lack pods and say why."""
    owner = situation.revision if situation.kind == "Deployment" and situation.revision else situation.workload
    if situation.kind == "Pod" or not _lacks_pods(situation, owner):
        return
    told: dict[str, tuple[str, EvidenceItem, t.Any]] = {}
    for event in situation.events_of(owner, *_REASONS):
        told[classify(event.message)[0]] = (event.message, event_item(event), event.first)
    for source, kind in (
        (owner, "ReplicaFailure"),
        (situation.workload, "ReplicaFailure"),
        (situation.workload, "Progressing"),
    ):
        condition = o.mapping(o.condition(source, kind))
        failed = condition.get("status") == ("True" if kind == "ReplicaFailure" else "False")
        message = o.text(condition.get("message"))
        if not failed or (kind == "Progressing" and condition.get("reason") != "ReplicaSetCreateError"):
            continue
        moment = o.parse_time(condition.get("lastTransitionTime"))
        item = EvidenceItem(reference(source), f"status.conditions[{kind}].message", message, written(moment))
        told.setdefault(classify(message)[0], (message, item, moment))
    for message, item, since in told.values():
        cause, confidence, words = classify(message)
        yield Finding(cause, confidence, words=words, evidence=(item,), since=since)


def _lacks_pods(situation: Situation, owner: o.JsonObject) -> bool:
    """Whether fewer pods exist than the controller wants: an old refusal that was cured is none."""
    if owner.get("kind") == "Job":
        return not situation.pods
    if owner.get("kind") == "DaemonSet":
        wanted = o.number(o.dig(owner, "status", "desiredNumberScheduled"))
        return wanted > len(situation.pods) or not wanted
    wanted = o.number(o.dig(owner, "spec", "replicas"), 1)
    return wanted > max(len(situation.pods), 0)
