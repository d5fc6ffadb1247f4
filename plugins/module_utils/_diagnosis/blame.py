# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a cause lies: in what this release changed, in configuration, or outside; and so, whether rolling back helps.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.cause import Cause
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.finding import Finding
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.model import Change, Origin
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.situation import Situation

# Any program may fail for these; only what its configuration holds tells whether it did.
_READS_CONFIGURATION = ("crash", "config", "health")


@dataclass(frozen=True)
class Blame:
    """`decisive`: the release explains the cause by itself. `relevant` are the changes that may have caused it."""

    origin: Origin
    rollback_helps: bool | None
    decisive: bool
    relevant: tuple[Change, ...]


def blame(situation: Situation, finding: Finding, cause: Cause, configuration: list[Change]) -> Blame:
    """Where the finding's cause lies. `configuration` are changes of what both revisions read."""
    has_previous = situation.previous is not None
    if cause.category == "none":
        return Blame("none", None, False, ())
    if finding.shared_configuration:
        return Blame("configuration", False if has_previous else None, bool(finding.blames), finding.blames)
    if finding.outside or (not cause.decisive and not cause.plausible and not finding.blames):
        return Blame("environment", False, False, ())
    if not has_previous:
        return Blame("unknown", None, False, ())
    decisive = finding.blames or tuple(situation.changes_of(finding.container, cause.decisive))
    if decisive:
        return Blame("revision", True, True, tuple(decisive))
    plausible = tuple(situation.changes_of(finding.container, cause.plausible))
    if cause.category in ("unknown", "rollout") and plausible:
        return Blame("unknown", None, False, plausible)
    if plausible:
        return Blame("revision", True, False, plausible)
    if configuration and cause.category in _READS_CONFIGURATION:
        return Blame("configuration", False, False, tuple(configuration))
    return Blame("environment", False, False, ())
