# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Volumes that cannot be bound, attached or mounted.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.finding import (
    Finding,
    event_item,
    pod_key,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.matchers import start
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.model import EvidenceItem
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.situation import Event, Situation
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout import objects as o

_MULTI_ATTACH = re.compile(
    r"Multi-Attach error|already exclusively attached to one node|[Vv]olume is already used by pod"
)
_ATTACH = re.compile(r"AttachVolume\.|WaitForAttach failed|external-attacher|failed to attach volume")
_CLAIM = re.compile(
    r'persistentvolumeclaims? "(?P<missing>[^"]+)" not found|'
    r"error processing PVC (?:[^\s/]+/)?(?P<unbound>[^\s:]+): PVC is not bound"
)
_STORAGE_CLASS = re.compile(r'storageclass(?:\.storage\.k8s\.io)? "(?P<name>[^"]+)" not found')


def match(situation: Situation) -> t.Iterable[Finding]:
    """Pods whose volumes are not there, and claims that cannot be provided."""
    if situation.kind == "PersistentVolumeClaim":
        yield from _claim(situation, situation.workload, frozenset(), unbound_counts=True)
        return
    for pod in situation.pods:
        if _started(pod):
            continue
        yield from _mounts(situation, pod)
        yield from _claims(situation, pod)


def _started(pod: o.JsonObject) -> bool:
    statuses = (
        *o.sequence(o.dig(pod, "status", "initContainerStatuses")),
        *o.sequence(o.dig(pod, "status", "containerStatuses")),
    )
    return any(
        o.dig(status, "state", "running")
        or o.dig(status, "state", "terminated")
        or o.dig(status, "lastState", "terminated")
        for status in statuses
    )


def _mounts(situation: Situation, pod: o.JsonObject) -> t.Iterable[Finding]:
    events = situation.events_of(pod, "FailedMount", "FailedAttachVolume", "FailedMapVolume")
    told: dict[str, tuple[Event, float, dict[str, str]]] = {}
    for event in events:
        if start.TRANSIENT.search(event.message):
            continue
        cause, confidence, words = _classify(event)
        told[cause] = (event, confidence, words)
    first = min((event.first for event in events if event.first), default=None)
    for cause, (event, confidence, words) in told.items():
        # One failure right after the creation may be a cache that has not caught up.
        sure = event.count >= 2 or (situation.age(event.first) or 0.0) > 30.0
        containers = [o.text(spec.get("name")) for _role, spec in o.containers_of(pod)]
        told_of = {"container": containers[0] if containers else "", "line": event.message}
        yield Finding(
            cause,
            confidence if sure else confidence - 0.25,
            words={**told_of, **words},
            evidence=(event_item(event),),
            pods=frozenset({pod_key(pod)}),
            since=first,
        )


def _classify(event: Event) -> tuple[str, float, dict[str, str]]:
    if _MULTI_ATTACH.search(event.message):
        return "volume_multi_attach", 0.96, {}
    if event.reason == "FailedAttachVolume" or _ATTACH.search(event.message):
        return "volume_attach_failed", 0.9, {}
    claim = _CLAIM.search(event.message)
    if claim:
        name = claim.group("missing") or claim.group("unbound")
        return ("pvc_not_found" if claim.group("missing") else "pvc_unbound"), 0.93, {"name": name}
    found = start.classify(event.message)
    if found is None or found[0] not in ("configmap_not_found", "secret_not_found", "config_key_missing"):
        return "mount_failed", 0.8, {}
    cause, confidence, words = found
    if cause == "config_key_missing":
        words["source"] = "A Secret" if words.get("kind") == "secret" else "A ConfigMap"
    return cause, confidence, words


def _claims(situation: Situation, pod: o.JsonObject) -> t.Iterable[Finding]:
    """Events of the claims say what keeps them unbound."""
    for volume in o.sequence(o.dig(pod, "spec", "volumes")):
        name = o.text(o.dig(volume, "persistentVolumeClaim", "claimName"))
        claim = situation.related_named("PersistentVolumeClaim", name) if name else None
        if claim is not None:
            yield from _claim(situation, claim, frozenset({pod_key(pod)}), unbound_counts=False)


def _claim(
    situation: Situation, claim: o.JsonObject, pods: frozenset[str], *, unbound_counts: bool
) -> t.Iterable[Finding]:
    """What keeps a claim unbound; a claim that waits for its first pod is as it should be."""
    phase = o.text(o.dig(claim, "status", "phase"))
    if phase not in ("Pending", "Lost"):
        return
    events = situation.events_of(claim, "ProvisioningFailed", "FailedBinding", "ExternalProvisioning")
    for event in events:
        missing = _STORAGE_CLASS.search(event.message)
        if missing:
            words = {"name": missing.group("name")}
            item = event_item(event)
            yield Finding("storageclass_not_found", 0.96, words=words, evidence=(item,), pods=pods, since=event.first)
            return
    if events or (unbound_counts and not situation.events_of(claim, "WaitForFirstConsumer")):
        state = EvidenceItem(f"PersistentVolumeClaim/{o.name_of(claim)}", "status.phase", phase)
        evidence = (*(event_item(event) for event in events[-1:]), state)
        since = events[0].first if events else o.created_at(claim)
        sure = 0.93 if events or phase == "Lost" else 0.75
        yield Finding("pvc_unbound", sure, words={"name": o.name_of(claim)}, evidence=evidence, pods=pods, since=since)
