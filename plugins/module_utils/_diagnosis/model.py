# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verdict: what is wrong, how sure, what shows it, what helps.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import asdict, dataclass, field

from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.objects import ContainerRole, JsonObject

ChangeKind = t.Literal["image", "env", "ports", "probes", "resources", "config", "command", "other"]
Origin = t.Literal["revision", "configuration", "environment", "unknown", "none"]


@dataclass(frozen=True)
class EvidenceItem:
    """One thing that shows the cause: where it stands, what it says, when (RFC 3339, None when nobody recorded it)."""

    object: str
    field: str
    text: str
    time: str | None = None


@dataclass(frozen=True)
class Change:
    """What differs between the last good revision and this one.

    `before` and `after` are None where the field is absent; a `before` that nobody kept is "earlier content unknown".
    `time` and `by` (field manager) are known for configuration only.
    """

    field: str
    before: t.Any
    after: t.Any
    kind: ChangeKind
    time: str | None = None
    by: str | None = None


@dataclass(frozen=True)
class Remedy:
    """What helps. `patch` holds JSON patch operations on the workload where a machine can apply the remedy."""

    action: str
    summary: str
    patch: list[JsonObject] | None = None


@dataclass(frozen=True)
class Alternative:
    """Another hypothesis that the evidence speaks for."""

    category: str
    cause: str
    confidence: float
    summary: str
    container: str = ""


@dataclass(frozen=True)
class TimelineEntry:
    """Something that happened: when (RFC 3339 in UTC), to what (`Kind/name`), what."""

    time: str
    object: str
    text: str


@dataclass
class Diagnosis:
    """A verdict on one workload.

    With category "none" nothing has failed; the cause may still name what a program complains of while its pods are
    ready. `confidence` runs from 0 to 1. `terminal`: waiting cannot help. `grace`: seconds to wait before this counts
    as failed (0 when terminal or when the release itself explains it). `origin` says where the cause lies: in the new
    revision's template, in configuration, in the environment, or unknown; "none" when nothing is wrong.
    `rollback_helps` is None where nobody can tell. `since` is RFC 3339 in UTC. `message` has at most three lines.
    `timeline` is what happened when, the earliest first.
    """

    category: str
    cause: str
    confidence: float
    summary: str
    container: str = ""
    container_role: ContainerRole | t.Literal[""] = ""
    evidence: list[EvidenceItem] = field(default_factory=list)
    terminal: bool = False
    grace: float = 0.0
    origin: Origin = "none"
    rollback_helps: bool | None = None
    remedies: list[Remedy] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    alternatives: list[Alternative] = field(default_factory=list)
    since: str | None = None
    message: str = ""
    timeline: list[TimelineEntry] = field(default_factory=list)

    def to_dict(self) -> JsonObject:
        """The verdict as JSON."""
        return asdict(self)
