# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Probes that give a working application too little time.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

A container that is stopped while it starts looks like one that never listens. What tells them apart is that the
application is known to come up: it was up when it was too late, or the revision before takes longer than is allowed
now.
"""

from __future__ import annotations

import re

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis import logs
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.finding import (
    Finding,
    about,
    answer_item,
    log_item,
    spec_item,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.model import EvidenceItem
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.probes import (
    Failures,
    Probe,
    answer_to,
    answers_of,
    earlier_probe,
    own_changes,
    probe_of,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.situation import ContainerView, Situation
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout import objects as o

# What listens for its own pod only is refused for ever.
_LOCAL = re.compile(r"(?i)listen.{0,60}(?:127\.0\.0\.1|localhost)")
_LATE = ("context deadline exceeded", "timed out", "i/o timeout")


def too_aggressive(
    situation: Situation, view: ContainerView, probe: Probe, failures: Failures, evidence: tuple[EvidenceItem, ...]
) -> Finding | None:
    """The finding that this probe gives too little time, to start or to answer; None where nothing shows it."""
    if failures.kills and "connection refused" in failures.latest:
        return _too_early(situation, view, probe, failures, evidence)
    if any(sign in failures.latest for sign in _LATE):
        return _too_impatient(situation, view, probe, failures, evidence)
    return None


def _too_early(
    situation: Situation, view: ContainerView, probe: Probe, failures: Failures, evidence: tuple[EvidenceItem, ...]
) -> Finding | None:
    """Stopped while it started, and it would have come up."""
    if probe.kind == "liveness" and probe_of(view.spec, "startup") is not None:
        # The kubelet asks it only when the startup probe has succeeded.
        return None
    earlier = earlier_probe(situation, view, probe.kind)
    if earlier is not None and earlier.port != probe.port:
        return None
    shown: list[EvidenceItem] = []
    confidence = 0.0
    answer = answer_to(answers_of(situation, view), probe.port, probe.path)
    if answer is not None and answer.good:
        confidence = 0.88
        shown.append(answer_item(answer))
    for excerpt in situation.logs_of(view):
        if excerpt.previous and probe.port in logs.listening_ports(excerpt.text) and not _LOCAL.search(excerpt.text):
            confidence = max(confidence, 0.8)
            shown.append(log_item(excerpt, f"listened on port {probe.port} before it was stopped"))
    took = _start_of_earlier(situation, view)
    if took is not None and took[0] > probe.allows:
        confidence = 0.9
        seconds, pod = took
        field = "status.conditions[Ready].lastTransitionTime"
        shown.append(EvidenceItem(f"Pod/{pod}", field, f"ready {seconds:.0f} s after its start"))
    allowed = earlier.allows if earlier is not None else None
    if confidence and allowed is not None and allowed > probe.allows:
        confidence = 0.95
        field = f"spec.containers[{view.name}].{probe.kind}Probe"
        shown.append(spec_item(situation, field, f"allows {probe.allows} s, {allowed} s in the revision before"))
    if not confidence:
        return None
    words = {"line": f"stops it when it has not answered for {probe.allows} s, which its start may take"}
    return about(
        view,
        f"{probe.kind}_probe_too_aggressive",
        confidence,
        words=words,
        evidence=(*evidence, *shown),
        since=failures.since,
        # A startup probe that was taken away let the kubelet ask too early.
        blames=(*own_changes(situation, view, probe.kind), *own_changes(situation, view, "startup")),
    )


def _too_impatient(
    situation: Situation, view: ContainerView, probe: Probe, failures: Failures, evidence: tuple[EvidenceItem, ...]
) -> Finding | None:
    """Its time was lowered below what the application takes; one that is simply slow is the application's fault."""
    answer = answer_to(answers_of(situation, view), probe.port, probe.path)
    earlier = earlier_probe(situation, view, probe.kind)
    if answer is None or not answer.good or earlier is None or earlier.timeout <= probe.timeout:
        return None
    if not probe.timeout < answer.seconds <= earlier.timeout:
        return None
    if not failures.kills and probe.kind != "readiness" and failures.count < probe.failure_threshold:
        return None
    words = {"line": f"waits {probe.timeout} s, and the application answers after {answer.seconds:.1f} s"}
    return about(
        view,
        f"{probe.kind}_probe_too_aggressive",
        0.93,
        words=words,
        evidence=(*evidence, answer_item(answer)),
        since=failures.since,
    )


def _start_of_earlier(situation: Situation, view: ContainerView) -> tuple[float, str] | None:
    """How long the same container of the revision before took to be ready at the quickest, and in which pod."""
    found: list[tuple[float, str]] = []
    for pod in o.pods_of(situation.workload, situation.previous, situation.evidence.pods):
        ready = o.parse_time(o.mapping(o.condition(pod, "Ready")).get("lastTransitionTime"))
        for status in o.sequence(o.dig(pod, "status", "containerStatuses")):
            started = o.parse_time(o.dig(status, "state", "running", "startedAt"))
            if o.mapping(status).get("name") == view.name and o.is_ready(pod) and started and ready:
                found.append(((ready - started).total_seconds(), o.name_of(pod)))
    return min(found, default=None)
