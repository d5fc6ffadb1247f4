# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a matcher reports: one hypothesis and what speaks for it.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from datetime import datetime, timezone

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.evidence import LogExcerpt, ProbeAnswer
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.model import Change, EvidenceItem, Remedy
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.situation import (
    ContainerView,
    Event,
    Situation,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout import objects as o


@dataclass(frozen=True)
class Finding:
    """One hypothesis.

    `pods` are the uids (or names) of the pods it explains; none means the workload as a whole. `blames` are changes
    that the matcher itself found to explain the cause (they win over the table's kinds). `shared_configuration` is
    true where the cause stands in configuration that the older revision reads too. `current` is false for something
    that has passed: a completed rollout is not called broken for it. `tolerated` is true for what a program complains
    of while its container is ready: the rollout has not failed for it. `grace` overrides the cause's own.
    """

    cause: str
    confidence: float
    words: dict[str, str] = field(default_factory=dict)
    container: str = ""
    role: o.ContainerRole | t.Literal[""] = ""
    evidence: tuple[EvidenceItem, ...] = ()
    pods: frozenset[str] = frozenset()
    since: datetime | None = None
    blames: tuple[Change, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    shared_configuration: bool = False
    outside: bool = False
    tolerated: bool = False
    terminal: bool | None = None
    grace: float | None = None
    current: bool = True


Matcher = t.Callable[[Situation], t.Iterable[Finding]]


def written(moment: datetime | None) -> str | None:
    """A time as the API writes it."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def reference(source: o.JsonObject) -> str:
    """How evidence names an object: `Pod/api-server-7d9f-x2x`."""
    return f"{o.text(source.get('kind')) or 'Pod'}/{o.name_of(source)}"


def pod_key(pod: o.JsonObject) -> str:
    """What tells one pod from another, in records without uids too."""
    return o.uid_of(pod) or o.name_of(pod)


def event_item(event: Event) -> EvidenceItem:
    """Evidence from an event."""
    times = f" ({event.count} times)" if event.count > 1 else ""
    return EvidenceItem(
        f"{event.kind}/{event.name}", f"event {event.reason}{times}", event.message, written(event.last)
    )


def status_item(view: ContainerView, field_path: str, value: str, moment: datetime | None = None) -> EvidenceItem:
    """Evidence from a field of the pod."""
    return EvidenceItem(f"Pod/{o.name_of(view.pod)}", field_path, value, written(moment))


def log_item(excerpt: LogExcerpt, line: str, moment: datetime | None = None) -> EvidenceItem:
    """Evidence from a log line."""
    which = f"previous log of {excerpt.container}" if excerpt.previous else f"log of {excerpt.container}"
    return EvidenceItem(f"Pod/{excerpt.pod}", which, line, written(moment))


def answer_item(answer: ProbeAnswer) -> EvidenceItem:
    """Evidence from what a container answered when it was asked."""
    said = f"answers {answer.status}" if answer.status else answer.problem or "does not answer"
    return EvidenceItem(f"Pod/{answer.pod}", f"GET {answer.scheme}://:{answer.port}{answer.path}", said)


def spec_item(situation: Situation, field_path: str, value: str) -> EvidenceItem:
    """Evidence from the workload's specification."""
    prefix = "" if situation.kind == "Pod" else "spec.template."
    return EvidenceItem(reference(situation.workload), prefix + field_path, value)


def about(view: ContainerView, cause: str, confidence: float, **rest: t.Any) -> Finding:
    """A finding on one container: its words name the container, the pod and the image."""
    words = {
        "container": view.name,
        "pod": o.name_of(view.pod),
        "image": o.text(view.spec.get("image")) or o.text(view.status.get("image")),
        **rest.pop("words", {}),
    }
    return Finding(
        cause, confidence, words=words, container=view.name, role=view.role, pods=frozenset({pod_key(view.pod)}), **rest
    )
