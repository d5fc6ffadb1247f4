# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes that cannot run the pods they have.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.finding import (
    Finding,
    event_item,
    pod_key,
    written,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.matchers import image
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.model import EvidenceItem
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.situation import Situation
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout import objects as o

_PRESSURES = ("MemoryPressure", "DiskPressure", "PIDPressure")
_INIT_OUT_OF_MEMORY = re.compile(r"container init was OOM-killed|[Mm]inimum memory limit allowed")
_SANDBOX_IMAGE = re.compile(r"sandbox image|pause image")
# Pod reasons of a kubelet that refused a pod which was bound to its node, and of one that is going away.
_REFUSED: dict[str, str] = {
    "OutOfcpu": "insufficient_cpu",
    "OutOfmemory": "insufficient_memory",
    "OutOfephemeral-storage": "insufficient_ephemeral_storage",
    "OutOfpods": "too_many_pods",
    "NodeAffinity": "node_affinity_mismatch",
    "MatchNodeSelector": "node_selector_mismatch",
    "NodeSelectorMismatching": "node_selector_mismatch",
    "NodePorts": "host_port_conflict",
    "HostPortConflict": "host_port_conflict",
    "TaintToleration": "untolerated_taint",
    "SysctlForbidden": "pod_security_violation",
    "Shutdown": "node_not_ready",
    "NodeShutdown": "node_not_ready",
    "Terminated": "node_not_ready",
    "DeadlineExceeded": "progress_deadline_exceeded",
    "Preempted": "evicted",
    "Preempting": "evicted",
}


def match(situation: Situation) -> t.Iterable[Finding]:
    """Pods that their node evicted, lost, or cannot set up."""
    for pod in situation.pods:
        if o.is_ready(pod):
            continue
        reason, message = o.text(o.dig(pod, "status", "reason")), o.text(o.dig(pod, "status", "message"))
        pods = frozenset({pod_key(pod)})
        if reason == "Evicted":
            item = EvidenceItem(f"Pod/{o.name_of(pod)}", "status.message", f"{reason}: {message}")
            yield Finding("evicted", 0.96, words={"line": message}, evidence=(item,), pods=pods)
            continue
        refused = _refused(reason, message)
        if refused:
            item = EvidenceItem(f"Pod/{o.name_of(pod)}", "status.message", f"{reason}: {message}")
            words = {"line": message, "node": f"Node {o.text(o.dig(pod, 'spec', 'nodeName'))}", "pod": o.name_of(pod)}
            yield Finding(refused, 0.9, words=words, evidence=(item,), pods=pods)
            continue
        yield from _sandbox(situation, pod, pods)
        yield from _node(situation, pod, pods, reason)


def _refused(reason: str, message: str) -> str | None:
    """The cause for which the kubelet does not run a pod that the scheduler gave it."""
    if reason.startswith("OutOf") and "gpu" in reason.lower():
        return "insufficient_gpu"
    if reason == "UnexpectedAdmissionError":
        return "insufficient_gpu" if "gpu" in message.lower() else "insufficient_extended_resource"
    return _REFUSED.get(reason)


def _sandbox(situation: Situation, pod: o.JsonObject, pods: frozenset[str]) -> t.Iterable[Finding]:
    """A sandbox that could not be made once is tried again; it counts while no container has started."""
    statuses = o.sequence(o.dig(pod, "status", "containerStatuses"))
    if any(o.dig(status, "containerID") for status in statuses):
        return
    for event in situation.events_of(pod, "FailedCreatePodSandBox")[-1:]:
        words = {"line": event.message, "container": "", "limit": ""}
        if _INIT_OUT_OF_MEMORY.search(event.message):
            names = [o.text(spec.get("name")) for _role, spec in o.containers_of(pod)]
            words["container"] = names[0] if names else ""
            yield Finding("oom_killed", 0.9, words=words, evidence=(event_item(event),), pods=pods, since=event.first)
            continue
        pulled = image.classify(event.message) if _SANDBOX_IMAGE.search(event.message) else None
        if pulled:
            words["image"] = "of the sandbox"
        cause, sure = pulled or ("sandbox_creation_failed", 0.9)
        yield Finding(cause, sure, words=words, evidence=(event_item(event),), pods=pods, since=event.first)


def _node(situation: Situation, pod: o.JsonObject, pods: frozenset[str], reason: str) -> t.Iterable[Finding]:
    name = o.text(o.dig(pod, "spec", "nodeName"))
    node = next((entry for entry in situation.related("Node") if o.name_of(entry) == name), None) if name else None
    words = {"node": f"Node {name}", "line": ""}
    ready = o.mapping(o.condition(node, "Ready"))
    if reason == "NodeLost" or ready.get("status") in ("False", "Unknown"):
        since = o.parse_time(ready.get("lastTransitionTime"))
        said = o.text(ready.get("message")) or reason
        item = EvidenceItem(f"Node/{name}", "status.conditions[Ready]", said, written(since))
        yield Finding("node_not_ready", 0.94, words=words, evidence=(item,), pods=pods, since=since)
    elif node is None:
        yield from _lost(situation, pod, pods, words)
    for kind in _PRESSURES:
        pressure = o.mapping(o.condition(node, kind))
        if pressure.get("status") == "True":
            since = o.parse_time(pressure.get("lastTransitionTime"))
            item = EvidenceItem(
                f"Node/{name}", f"status.conditions[{kind}]", o.text(pressure.get("message")), written(since)
            )
            words = {**words, "line": f" ({kind})"}
            yield Finding("node_pressure", 0.6, words=words, evidence=(item,), pods=pods, since=since)


def _lost(situation: Situation, pod: o.JsonObject, pods: frozenset[str], words: dict[str, str]) -> t.Iterable[Finding]:
    """The node's controller alone marks a pod as not ready whose containers all are."""
    statuses = [o.mapping(entry) for entry in o.sequence(o.dig(pod, "status", "containerStatuses"))]
    told = situation.events_of(pod, "NodeNotReady", "TaintManagerEviction")
    condition = o.mapping(o.condition(pod, "Ready"))
    contradicts = (
        bool(statuses)
        and all(entry.get("ready") is True for entry in statuses)
        and condition.get("status") == "False"
        and o.mapping(o.condition(pod, "ContainersReady")).get("status") == "True"
        and not o.sequence(o.dig(pod, "spec", "readinessGates"))
    )
    if not told and not contradicts:
        return
    since = o.parse_time(condition.get("lastTransitionTime"))
    item = (
        event_item(told[-1])
        if told
        else EvidenceItem(f"Pod/{o.name_of(pod)}", "status.conditions[Ready]", "False, though all containers are ready")
    )
    yield Finding("node_not_ready", 0.85 if told else 0.7, words=words, evidence=(item,), pods=pods, since=since)
