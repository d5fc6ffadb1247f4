# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verdict on recorded evidence, and what else would decide it.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import typing as t

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis import wording
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.blame import blame
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.causes import BY_NAME
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.configuration import (
    changed_keys,
    config_map_references,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.evidence import Evidence
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.finding import Finding, written
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.model import Change, Diagnosis, EvidenceItem
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.ranking import ranked
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.requests import logs_wanted, objects_wanted
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.situation import Situation, arrange
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.standing import quiet, standing_of
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.timeline import timeline
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout import objects as o

__all__ = ["diagnose", "logs_wanted", "objects_wanted"]

_MAX_EVIDENCE = 6
_MAX_ALTERNATIVES = 5
_MAX_CHANGES = 20


def diagnose(evidence: Evidence) -> Diagnosis:
    """The verdict on recorded evidence. Takes any JSON-shaped evidence and never raises for its content."""
    situation = arrange(evidence)
    hypotheses = ranked(situation)
    standing = standing_of(situation)
    # A Job may need several attempts: once it is complete, those that failed do not count.
    over = situation.kind == "Job" and standing.phase == "complete"
    current = [finding for finding in hypotheses if finding.current and not over]
    configuration = _configuration_changes(situation)
    if standing.phase == "scaled_to_zero":
        return _verdict(situation, Finding("scaled_to_zero", 0.95), [], configuration)
    if current:
        rest = [finding for finding in hypotheses if finding is not current[0]]
        return _verdict(situation, current[0], rest, configuration)
    quiet_words = {"line": standing.message}
    if standing.phase == "unrecorded":
        found = Finding("insufficient_evidence", 0.5, quiet_words)
    elif standing.phase == "complete" and any(finding.tolerated for finding in hypotheses):
        found = next(finding for finding in hypotheses if finding.tolerated)
        return _tolerated(situation, found, [other for other in hypotheses if other is not found], configuration)
    elif standing.phase == "complete":
        words = {"line": f"Nothing is wrong: {standing.message}."}
        found = Finding("healthy", 0.9 if not evidence.gaps else 0.7, words)
    elif standing.phase == "paused":
        item = EvidenceItem(
            f"{situation.kind}/{o.name_of(situation.workload)}",
            "spec.suspend" if situation.kind == "Job" else "spec.paused",
            "true",
        )
        found = Finding("deployment_paused", 0.9, _paused_words(situation), evidence=(item,))
    elif standing.phase == "failed" or not quiet(situation):
        found = Finding("unknown", 0.3, quiet_words)
    else:
        found = Finding("in_progress", 0.8, quiet_words)
    return _verdict(situation, found, hypotheses, configuration)


def _paused_words(situation: Situation) -> dict[str, str]:
    return {"kind": situation.kind or "workload", "paused": "suspended" if situation.kind == "Job" else "paused"}


def _tolerated(
    situation: Situation, finding: Finding, others: t.Sequence[Finding], configuration: list[Change]
) -> Diagnosis:
    """The rollout is complete, and its program complains all the same: category "none", for nothing has failed."""
    diagnosis = _verdict(situation, finding, others, configuration)
    diagnosis.category = "none"
    diagnosis.terminal = False
    diagnosis.grace = 0.0
    diagnosis.rollback_helps = None
    diagnosis.origin = "none"
    diagnosis.summary = f"All pods are ready, but: {diagnosis.summary}"
    diagnosis.message = wording.message(situation, diagnosis)
    return diagnosis


def _configuration_changes(situation: Situation) -> list[Change]:
    """Keys of the referenced ConfigMaps that were changed since the revision before was made."""
    since = o.created_at(situation.previous) if situation.previous else None
    found: list[Change] = []
    keys: dict[str, set[str]] = {}
    for reference in config_map_references(situation.template):
        keys.setdefault(reference.name, set()).add(reference.key)
    for name, wanted in keys.items():
        config_map = situation.related_named("ConfigMap", name)
        if config_map is not None:
            found.extend(changed_keys(config_map, set() if "" in wanted else wanted, since))
    return found


def _verdict(
    situation: Situation, finding: Finding, others: t.Sequence[Finding], configuration: list[Change]
) -> Diagnosis:
    cause = BY_NAME[finding.cause]
    blamed = blame(situation, finding, cause, configuration)
    terminal = cause.terminal if finding.terminal is None else finding.terminal
    grace = cause.grace if finding.grace is None else finding.grace
    if terminal or (blamed.decisive and finding.grace is None) or cause.category in ("none", "unknown"):
        grace = 0.0
    changed: dict[str, Change] = {}
    for change in (*blamed.relevant, *configuration, *situation.changed):
        changed.setdefault(change.field, change)
    diagnosis = Diagnosis(
        category=cause.category,
        cause=cause.name,
        confidence=round(_confidence(situation, finding, blamed.decisive), 2),
        summary=wording.summary(cause, finding),
        container=wording.short(finding.container),
        container_role=finding.role,
        evidence=[wording.shown(item) for item in finding.evidence[:_MAX_EVIDENCE]],
        terminal=terminal,
        grace=grace,
        origin=blamed.origin,
        rollback_helps=blamed.rollback_helps,
        remedies=wording.remedies(situation, cause, finding, blamed.rollback_helps),
        changed=[wording.shown_change(entry) for entry in list(changed.values())[:_MAX_CHANGES]],
        alternatives=[wording.alternative(BY_NAME[other.cause], other) for other in others[:_MAX_ALTERNATIVES]],
        since=written(finding.since),
    )
    diagnosis.message = wording.message(situation, diagnosis)
    diagnosis.timeline = timeline(situation)
    return diagnosis


def _confidence(situation: Situation, finding: Finding, decisive: bool) -> float:
    """A cause in what was changed is surer; one that could not be looked at in full is less sure."""
    confidence = finding.confidence
    if decisive:
        confidence += 0.3 * (1.0 - confidence)
    if situation.evidence.gaps:
        confidence *= 0.9
    return max(0.0, min(0.99, confidence))
