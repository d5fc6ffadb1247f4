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
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.model import EvidenceItem
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.situation import Situation
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout import objects as o

_PRESSURES = ("MemoryPressure", "DiskPressure", "PIDPressure")
_INIT_OUT_OF_MEMORY = re.compile(r"container init was OOM-killed")


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
        yield from _sandbox(situation, pod, pods)
        yield from _node(situation, pod, pods, reason)


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
        else:
            cause = "sandbox_creation_failed"
            yield Finding(cause, 0.9, words=words, evidence=(event_item(event),), pods=pods, since=event.first)


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
    for kind in _PRESSURES:
        pressure = o.mapping(o.condition(node, kind))
        if pressure.get("status") == "True":
            since = o.parse_time(pressure.get("lastTransitionTime"))
            item = EvidenceItem(
                f"Node/{name}", f"status.conditions[{kind}]", o.text(pressure.get("message")), written(since)
            )
            words = {**words, "line": f" ({kind})"}
            yield Finding("node_pressure", 0.6, words=words, evidence=(item,), pods=pods, since=since)
