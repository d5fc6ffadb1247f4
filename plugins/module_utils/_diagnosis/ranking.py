# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All hypotheses are scored, then ranked; what explains others stands before them.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import dataclasses

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.causes import BY_NAME
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.finding import Finding, Matcher
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.matchers import (
    admission,
    crash,
    image,
    node,
    probe,
    rollout,
    scheduling,
    service,
    start,
    traffic,
    volume,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.situation import Situation

MATCHERS: tuple[Matcher, ...] = (
    image.match,
    start.match,
    crash.match,
    probe.match,
    scheduling.match,
    admission.match,
    volume.match,
    node.match,
    rollout.match,
    service.match,
    traffic.match,
)


def ranked(situation: Situation) -> list[Finding]:
    """All hypotheses, the best first, without those that another one explains."""
    merged: dict[tuple[str, str], Finding] = {}
    for matcher in MATCHERS:
        for finding in matcher(situation):
            key = (finding.cause, finding.container)
            merged[key] = _merge(merged[key], finding) if key in merged else finding
    found = list(merged.values())
    standing = [finding for finding in found if not any(_explains(other, finding) for other in found)]
    return sorted(standing, key=lambda finding: (-_score(situation, finding), finding.cause, finding.container))


def _merge(first: Finding, second: Finding) -> Finding:
    """The same cause in several pods: one hypothesis, shown by the pod that shows it best."""
    stronger, weaker = (
        (second, first) if (second.current, second.confidence) > (first.current, first.confidence) else (first, second)
    )
    known = [moment for moment in (first.since, second.since) if moment]
    return dataclasses.replace(
        stronger, pods=first.pods | second.pods, since=min(known, default=None), blames=stronger.blames or weaker.blames
    )


def _explains(cause: Finding, consequence: Finding) -> bool:
    """Whether a cause nearer the root stands in every pod of the other: then the other is its consequence."""
    if cause is consequence or (consequence.current and not cause.current):
        return False
    if BY_NAME[cause.cause].depth >= BY_NAME[consequence.cause].depth:
        return False
    return not cause.pods or not consequence.pods or consequence.pods <= cause.pods


def _score(situation: Situation, finding: Finding) -> float:
    """How well a hypothesis explains that the rollout does not go on: sure, widespread, near the root."""
    share = len(finding.pods) / len(situation.pods) if finding.pods and situation.pods else 1.0
    now = 0.0 if finding.current else -1.0
    return finding.confidence * (0.8 + 0.2 * min(1.0, share)) - 0.1 * BY_NAME[finding.cause].depth + now
