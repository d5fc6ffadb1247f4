# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What else would decide between the hypotheses: logs and objects that the caller may fetch.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.configuration import config_map_names
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.evidence import (
    Evidence,
    LogRequest,
    ObjectRequest,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.finding import Finding
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.hosts import service_of
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.matchers import start
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.matchers.crash import crashing
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.ranking import ranked
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.situation import (
    ContainerView,
    Situation,
    arrange,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout import objects as o

_MAX_LOGS = 4
_MAX_OBJECTS = 20
# How these ended is known without a log.
_TELLING_ENDS = ("OOMKilled", *start.ENDED)


def logs_wanted(evidence: Evidence) -> list[LogRequest]:
    """Logs that would decide; at most four, one for each container and way of failing, from the pod that failed most.

    [] when none is needed, or all are there already.
    """
    situation = arrange(evidence)
    known = {(entry.pod, entry.container, entry.previous) for entry in evidence.logs}
    wanted: dict[tuple[str, str], tuple[int, LogRequest]] = {}
    for view in situation.containers:
        request = _log_of(situation, view)
        if request is None:
            continue
        key = (view.name, str(o.mapping(view.ended).get("exitCode")))
        if key not in wanted or view.restarts > wanted[key][0]:
            wanted[key] = (view.restarts, request)
    requests = [request for _restarts, request in wanted.values()]
    return [entry for entry in requests if (entry.pod, entry.container, entry.previous) not in known][:_MAX_LOGS]


def _log_of(situation: Situation, view: ContainerView) -> LogRequest | None:
    pod = o.name_of(view.pod)
    if not pod or not view.name:
        return None
    ended = o.mapping(view.ended)
    if crashing(view):
        if o.text(ended.get("reason")) in _TELLING_ENDS or not ended:
            return None
        return LogRequest(pod, view.name, previous=view.state("terminated") is None)
    if view.state("running") is None or view.ready:
        return None
    hanging = view.role == "init"
    unanswered = bool(situation.container_events(view, "Unhealthy"))
    return LogRequest(pod, view.name, previous=False) if hanging or unanswered else None


def objects_wanted(evidence: Evidence) -> list[ObjectRequest]:
    """Objects that would decide; at most twenty. Never Secrets. [] when nothing fails or all are there already."""
    situation = arrange(evidence)
    wanted: list[ObjectRequest] = []
    findings = ranked(situation)
    for finding in findings:
        wanted.extend(_objects_of(situation, finding))
    pods_are_fine = bool(situation.pods) and all(o.is_ready(pod) for pod in situation.pods)
    if pods_are_fine and not any(finding.current for finding in findings):
        # Do the Services lead to them?
        wanted.extend(ObjectRequest(kind, situation.namespace, "") for kind in ("Service", "EndpointSlice"))
    have = {
        ObjectRequest(o.text(entry.get("kind")), o.namespace_of(entry), o.name_of(entry)).key
        for entry in evidence.related
    }
    kinds = {o.text(entry.get("kind")) for entry in evidence.related}
    missing = [
        request
        for request in dict.fromkeys(wanted)
        if request.key not in have
        and request.key not in evidence.absent
        and (request.name or request.kind not in kinds)
    ]
    return missing[:_MAX_OBJECTS]


def _objects_of(situation: Situation, finding: Finding) -> list[ObjectRequest]:
    namespace = situation.namespace
    found: list[ObjectRequest] = []
    if finding.container:
        found.extend(ObjectRequest("ConfigMap", namespace, name) for name in config_map_names(situation.template))
    if finding.cause == "wrong_host_dns" and finding.words.get("host"):
        service_namespace, service = service_of(finding.words["host"], namespace)
        if service:
            found.append(ObjectRequest("Service", service_namespace, service))
    if finding.cause in ("connection_timeout", "dns_resolution_failed"):
        found.append(ObjectRequest("NetworkPolicy", namespace, ""))
        service_namespace, service = service_of(finding.words.get("host", ""), namespace)
        if service:
            found.append(ObjectRequest("Service", service_namespace, service))
    if finding.cause in ("pvc_unbound", "pvc_not_found"):
        for volume in o.sequence(o.dig(situation.template, "spec", "volumes")):
            claim = o.text(o.dig(volume, "persistentVolumeClaim", "claimName"))
            if claim:
                found.append(ObjectRequest("PersistentVolumeClaim", namespace, claim))
    if finding.cause.startswith("quota_"):
        found.append(ObjectRequest("ResourceQuota", namespace, ""))
    if finding.cause in ("untolerated_taint", "node_cordoned", "node_not_ready", "node_pressure"):
        found.append(ObjectRequest("Node", "", ""))
    return found
