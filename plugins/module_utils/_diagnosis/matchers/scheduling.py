# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pods that no node takes.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis import placement
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.finding import (
    Finding,
    event_item,
    pod_key,
    written,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.model import EvidenceItem
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.situation import Situation
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout import objects as o


@dataclass(frozen=True)
class Clause:
    """One reason of the scheduler, and how many nodes it holds for."""

    cause: str
    nodes: int
    text: str


# Every wording that schedulers since 1.20 use; the first that matches a clause wins.
_CLAUSES: tuple[tuple[str, t.Pattern[str]], ...] = tuple(
    (cause, re.compile(pattern))
    for cause, pattern in (
        ("insufficient_cpu", r"Insufficient cpu\b"),
        ("insufficient_memory", r"Insufficient memory\b"),
        ("insufficient_ephemeral_storage", r"Insufficient ephemeral-storage\b"),
        ("insufficient_gpu", r"Insufficient \S*(?:gpu|nvidia\.com|amd\.com|habana\.ai|tpu)\S*"),
        ("too_many_pods", r"Too many pods|Insufficient pods\b"),
        ("insufficient_extended_resource", r"Insufficient [\w./-]+"),
        (
            "node_not_ready",
            (
                r"taint(?:\(s\))? \{?(?:node\.kubernetes\.io/(?:not-ready|unreachable|network-unavailable)|"
                r"node\.cloudprovider\.kubernetes\.io/uninitialized|node\.cilium\.io/agent-not-ready)|"
                r"\bwere not ready|\bNodeNotReady\b|\bNodeNetworkUnavailable\b"
            ),
        ),
        (
            "node_pressure",
            (
                r"taint(?:\(s\))? \{?node\.kubernetes\.io/(?:disk|memory|pid)-pressure|"
                r"had (?:memory|disk|pid) pressure|were out of disk|NodeUnder(?:Memory|Disk|PID)Pressure|NodeOutOfDisk"
            ),
        ),
        (
            "node_cordoned",
            (
                r"were (?:unschedulable|not schedulable)|NodeUnschedulable|"
                r"taint(?:\(s\))? \{?node\.kubernetes\.io/unschedulable"
            ),
        ),
        ("untolerated_taint", r"(?:had|has) (?:untolerated )?taint|PodToleratesNodeTaints|TaintToleration"),
        (
            "node_affinity",
            (
                r"didn't match (?:Pod's )?node (?:affinity(?:/selector)?|selector)|MatchNodeSelector|"
                r"didn't match the requested (?:node|host) ?name|plugin\(s\) \[NodeAffinity\]"
            ),
        ),
        # One text for both up to 1.21: the specification tells which it is.
        ("pod_affinity_or_anti", r"didn't match pod affinity/anti-affinity(?: rules)?|MatchInterPodAffinity"),
        ("pod_anti_affinity", r"anti-affinity(?: rules)?"),
        ("pod_affinity", r"didn't match pod affinity"),
        (
            "topology_spread",
            r"didn't (?:match|satisfy) pod topology spread constraint|plugin\(s\) \[PodTopologySpread\]",
        ),
        ("host_port_conflict", r"didn't have free ports|PodFitsHostPorts|plugin\(s\) \[NodePorts\]"),
        (
            "pvc_not_found",
            (
                r'persistentvolumeclaim "[^"]+" not found|could not find v1\.PersistentVolumeClaim|'
                r'persistentvolumeclaim "[^"]+" is being deleted'
            ),
        ),
        (
            "pvc_unbound",
            (
                r"unbound (?:immediate )?PersistentVolumeClaims|didn't find available persistent volumes|"
                r"did not have enough free storage|bound to non-existent p|persistentvolume \"[^\"]+\" not found|"
                r"binding volumes: (?:timed out|context deadline)|waiting for ephemeral volume controller"
            ),
        ),
        (
            "volume_node_conflict",
            (
                r"volume node affinity conflict|didn't match PersistentVolume's node affinity|"
                r"no available volume zone|NoVolumeZoneConflict|NoVolumeNodeConflict"
            ),
        ),
        ("volume_limit_exceeded", r"exceed max volume count|MaxVolumeCount|MaxCSIVolumeCount"),
    )
)
# What the scheduler asks before the selector: these nodes may match it or not.
_ASKED_BEFORE = ("node_cordoned", "untolerated_taint", "node_not_ready", "node_pressure")
_CONTROL_PLANE = re.compile(r"node-role\.kubernetes\.io/(?:control-plane|master)")
_PREEMPTION = re.compile(r"(?:\.|,)? *(?:no new claims to deallocate, *)?preemption: .*", re.DOTALL)
# The scheduler of 1.9 and before counted behind its reasons: "Insufficient cpu (3), MatchNodeSelector (2)".
_COUNTED_BEHIND = re.compile(
    r"No nodes are available that match all of the (?:following )?predicates:?:? ?(?P<reasons>.*)"
)
_SPLIT = re.compile(r"(?:^|, |: |\. )(?=\d+ (?:node|Node|Insufficient|Too many|\(s\)|didn't|Match|Pod|No[A-Z]|Max))")
_TAINT = re.compile(r"taint(?:\(s\))? \{(?P<taint>[^}]*)\}")
_CLAIM = re.compile(r'(?:[Pp]ersistent[Vv]olume[Cc]laim) "(?:[^"/]+/)?(?P<name>[^"]+)"')


@lru_cache(maxsize=256)
def clauses_of(message: str) -> tuple[Clause, ...]:
    """The scheduler's reasons, without its remarks on preemption."""
    told = _PREEMPTION.sub("", message)
    older = _COUNTED_BEHIND.search(told)
    if older:
        told = ", ".join(
            f"{counted.group(2)} {counted.group(1).strip()}"
            for counted in re.finditer(r"([\w .()/'-]+?) \((\d{1,6})\)", older.group("reasons"))
        )
    found = []
    for part in _SPLIT.split(told):
        count = re.match(r"\s*(\d{1,6}) ", part)
        nodes = int(count.group(1)) if count else 1
        if count and re.match(r"\s*\d+/\d+ nodes are available", part):
            nodes = 1
        for cause, pattern in _CLAUSES:
            if pattern.search(part):
                found.append(Clause(cause, nodes, part.strip(" .")))
                break
    return tuple(found)


def match(situation: Situation) -> t.Iterable[Finding]:
    """Pods that are held back or that the scheduler cannot place."""
    for pod in situation.pods:
        scheduled = o.mapping(o.condition(pod, "PodScheduled"))
        gates = [o.text(o.mapping(gate).get("name")) for gate in o.sequence(o.dig(pod, "spec", "schedulingGates"))]
        bound = bool(o.dig(pod, "spec", "nodeName")) or scheduled.get("status") == "True"
        if bound or o.dig(pod, "status", "phase") not in (None, "", "Pending"):
            continue
        since = o.parse_time(scheduled.get("lastTransitionTime"))
        if gates or scheduled.get("reason") == "SchedulingGated":
            named = f": {', '.join(gates)}" if gates else ""
            item = EvidenceItem(f"Pod/{o.name_of(pod)}", "spec.schedulingGates", ", ".join(gates), written(since))
            yield _finding(pod, "scheduling_gated", 0.96, {"gates": named}, item, since)
            continue
        message, shown = _said(situation, pod, scheduled)
        if shown is not None:
            yield from _unschedulable(situation, pod, message, shown, since)


def _said(situation: Situation, pod: o.JsonObject, scheduled: o.JsonObject) -> tuple[str, EvidenceItem | None]:
    message = o.text(scheduled.get("message"))
    events = situation.events_of(pod, "FailedScheduling")
    if message and (clauses_of(message) or not events):
        moment = o.parse_time(scheduled.get("lastTransitionTime"))
        item = EvidenceItem(
            f"Pod/{o.name_of(pod)}", "status.conditions[PodScheduled].message", message, written(moment)
        )
        return message, item
    if events:
        # Autoscalers report under the same reason, in words of their own.
        telling = [event for event in events if clauses_of(event.message)] or events
        return telling[-1].message, event_item(telling[-1])
    if scheduled.get("status") == "False":
        reason = o.text(scheduled.get("reason"))
        return "", EvidenceItem(f"Pod/{o.name_of(pod)}", "status.conditions[PodScheduled].reason", reason, None)
    return "", None


def _unschedulable(
    situation: Situation, pod: o.JsonObject, message: str, item: EvidenceItem, since: datetime | None
) -> t.Iterable[Finding]:
    telling = _telling(situation, pod, clauses_of(message))
    if not telling:
        line = f": {message}" if message else ""
        yield _finding(pod, "unschedulable_unknown", 0.7, {"line": line}, item, since)
        return
    # Several taints may say the same of different nodes.
    nodes: dict[str, int] = {}
    for clause in telling:
        nodes[clause.cause] = nodes.get(clause.cause, 0) + clause.nodes
    dominant = max(nodes, key=lambda cause: nodes[cause])
    total = max(sum(nodes.values()), 1)
    for clause in telling:
        cause, words = _name(situation, pod, clause)
        certainty = 0.94 if clause.cause == dominant else 0.5 * nodes[clause.cause] / total
        yield _finding(pod, cause, certainty, words, item, since)


def _telling(situation: Situation, pod: o.JsonObject, clauses: t.Sequence[Clause]) -> list[Clause]:
    """The clauses that speak of nodes where the pod is meant to run.

    A control plane is meant to refuse, and so are the nodes that the pod does not select, if it selects others; those
    that refuse for what is asked after the selector do match it.
    """
    telling = [clause for clause in clauses if not _CONTROL_PLANE.search(clause.text)] or list(clauses)
    later = [clause for clause in telling if clause.cause not in ("node_affinity", *_ASKED_BEFORE)]
    unmatched = any(clause.cause == "node_affinity" for clause in telling)
    unnamed = any(clause.cause == "untolerated_taint" and not _TAINT.search(clause.text) for clause in telling)
    if unmatched or unnamed:
        stopped = clauses_of(placement.obstacles(pod, situation.related("Node")))
        if stopped:
            return [*later, *stopped]
    return [clause for clause in telling if clause.cause != "node_affinity"] if later and unmatched else telling


def _name(situation: Situation, pod: o.JsonObject, clause: Clause) -> tuple[str, dict[str, str]]:
    """The cause's name, and the words that its sentence needs."""
    if clause.cause == "node_affinity":
        affinity = o.dig(pod, "spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
        selector = o.mapping(o.dig(pod, "spec", "nodeSelector"))
        if selector and not affinity:
            wanted = ", ".join(f"{key}={value}" for key, value in selector.items())
            return "node_selector_mismatch", {"selector": f": {wanted}"}
        return "node_affinity_mismatch", {}
    if clause.cause == "pod_affinity_or_anti":
        wants_neighbours = o.dig(
            pod, "spec", "affinity", "podAffinity", "requiredDuringSchedulingIgnoredDuringExecution"
        )
        return "pod_affinity" if wants_neighbours else "pod_anti_affinity", {}
    if clause.cause == "insufficient_extended_resource":
        named = re.search(r"Insufficient ([\w./-]+)", clause.text)
        return clause.cause, {"name": named.group(1).rstrip(".") if named else "of a resource"}
    if clause.cause.startswith("insufficient_"):
        return clause.cause, {"requested": _requested(pod, clause.cause)}
    if clause.cause == "untolerated_taint":
        taint = _TAINT.search(clause.text)
        return clause.cause, {"taint": f"the taint {taint.group('taint')}" if taint else "the nodes' taints"}
    if clause.cause in ("node_not_ready", "node_pressure"):
        return clause.cause, {"node": f"{clause.nodes} node{'' if clause.nodes == 1 else 's'}", "line": ""}
    if clause.cause in ("pvc_not_found", "pvc_unbound"):
        claim = _CLAIM.search(clause.text)
        return clause.cause, {"name": claim.group("name") if claim else ", ".join(_claims(pod)) or "of the pod"}
    return clause.cause, {}


def _requested(pod: o.JsonObject, cause: str) -> str:
    leaf = cause.removeprefix("insufficient_").replace("_", "-")
    for _role, container in o.containers_of(pod):
        for name, amount in o.mapping(o.dig(container, "resources", "requests")).items():
            if name == leaf or (leaf == "gpu" and "gpu" in name):
                return f" (container {o.text(container.get('name'))} requests {amount})"
    return ""


def _claims(pod: o.JsonObject) -> list[str]:
    volumes = o.sequence(o.dig(pod, "spec", "volumes"))
    found = [o.text(o.dig(volume, "persistentVolumeClaim", "claimName")) for volume in volumes]
    return [name for name in found if name]


def _finding(
    pod: o.JsonObject,
    cause: str,
    confidence: float,
    words: dict[str, str],
    item: EvidenceItem,
    since: datetime | None,
) -> Finding:
    return Finding(
        cause,
        confidence,
        words={"pod": o.name_of(pod), **words},
        evidence=(item,),
        pods=frozenset({pod_key(pod)}),
        since=since,
    )
