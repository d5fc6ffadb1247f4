# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which questions to running containers would decide between the hypotheses.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

Only ports that the pod's own specification names are asked, in the pod and in the last good revision's probe; only
with GET; never a pod on the node's network, where another program may be the one that answers.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.evidence import Evidence
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.probes import (
    KINDS,
    Probe,
    declared_ports,
    earlier_target,
    fails_now,
    failures_of,
    probe_of,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.situation import (
    ContainerView,
    Situation,
    arrange,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout import objects as o

MAX_QUESTIONS = 4
_MAX_READINGS = 1
_ASKABLE = ("httpGet", "tcpSocket")
_SCRAPE, _SCRAPE_PORT, _SCRAPE_PATH = (f"prometheus.io/{name}" for name in ("scrape", "port", "path"))


@dataclass(frozen=True)
class Question:
    """One GET to a container. `restarts` tells the instance, `why` in words what its answer would decide."""

    pod: str
    pod_uid: str
    container: str
    restarts: int
    scheme: str
    port: int
    path: str
    why: str


@dataclass(frozen=True)
class MetricsRequest:
    """Where a pod offers its counts in the Prometheus text format; `revision` is its template's hash."""

    pod: str
    pod_uid: str
    revision: str
    port: int
    path: str


def questions_wanted(evidence: Evidence) -> list[Question]:
    """Questions to containers that run while a probe of theirs fails; at most four, to one pod for each probe."""
    situation = arrange(evidence)
    asked: dict[tuple[str, str], tuple[int, list[Question]]] = {}
    for view in situation.containers:
        if view.state("running") is None or o.dig(view.pod, "spec", "hostNetwork") is True:
            continue
        for kind in KINDS:
            probe, failures = probe_of(view.spec, kind), failures_of(situation, view, kind)
            if probe is None or probe.handler not in _ASKABLE or probe.host:
                continue
            if not fails_now(situation, view, kind, failures):
                continue
            key = (view.name, kind)
            if key not in asked or failures.count > asked[key][0]:
                asked[key] = (failures.count, list(_questions(situation, view, probe)))
    found = [question for _count, questions in asked.values() for question in questions]
    # Two probes of one container may ask the same.
    unique = {(entry.pod_uid, entry.scheme, entry.port, entry.path): entry for entry in reversed(found)}
    return list(reversed(unique.values()))[:MAX_QUESTIONS]


def _questions(situation: Situation, view: ContainerView, probe: Probe) -> t.Iterator[Question]:
    def ask(port: int | None, scheme: str, path: str, why: str) -> t.Iterator[Question]:
        if port and o.name_of(view.pod):
            yield Question(o.name_of(view.pod), o.uid_of(view.pod), view.name, view.restarts, scheme, port, path, why)

    yield from ask(probe.port, probe.scheme, probe.path, f"what the {probe.kind} probe asks for")
    earlier = earlier_target(situation, view, probe.kind)
    if earlier is not None and (earlier.port, earlier.path) != (probe.port, probe.path):
        yield from ask(earlier.port, earlier.scheme, earlier.path, "what the probe of the revision before asked for")
    for port in declared_ports(view.spec):
        if port != probe.port and (earlier is None or port != earlier.port):
            yield from ask(port, probe.scheme, probe.path, "another port that the container declares")


def metrics_wanted(evidence: Evidence) -> list[MetricsRequest]:
    """Counts of ready pods that offer them: one of the new revision, and one of the one before."""
    situation = arrange(evidence)
    workload = situation.workload
    if situation.revision is None:
        return []
    new = [pod for pod in situation.pods if o.is_ready(pod)]
    if not new:
        return []
    old = [pod for pod in o.pods_of(workload, situation.previous, evidence.pods) if o.is_ready(pod)]
    found = [request for pod in (*new[:_MAX_READINGS], *old[:_MAX_READINGS]) if (request := _metrics_of(pod))]
    return found if any(request.pod_uid == o.uid_of(pod) for request in found for pod in new) else []


def _metrics_of(pod: o.JsonObject) -> MetricsRequest | None:
    """Where a pod offers its counts, by the annotations that Prometheus' own example configuration reads."""
    if o.annotation(pod, _SCRAPE) != "true" or o.dig(pod, "spec", "hostNetwork") is True:
        return None
    ports = [port for _role, container in o.containers_of(pod) for port in declared_ports(container)]
    told = o.annotation(pod, _SCRAPE_PORT)
    port = int(told) if told.isascii() and told.isdigit() and len(told) <= 5 else next(iter(ports), 0)
    if not port or not o.name_of(pod):
        return None
    return MetricsRequest(
        o.name_of(pod), o.uid_of(pod), o.template_hash(pod), port, o.annotation(pod, _SCRAPE_PATH) or "/metrics"
    )
