# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to do about a rollout: the decision table.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

A pure function of what was detected and diagnosed; see `docs/architecture.md`, "Decisions".
"""

from __future__ import annotations

import dataclasses
import typing as t

Action = t.Literal["none", "roll_back", "stop", "wait"]

# Rolling back hits the same wall when the cause lies outside the release.
OUTSIDE_CATEGORIES = frozenset({"node", "scheduling", "admission", "storage", "network"})


@dataclasses.dataclass(frozen=True)
class Decision:
    """What is to be done, and why in one sentence. `stop` needs a person, `wait` may pass by itself."""

    action: Action
    why: str

    def to_dict(self) -> dict[str, str]:
        """Shape: `{action, why}`."""
        return dataclasses.asdict(self)


def decide(phase: str, category: str, rollback_helps: bool | None, older_revisions: int) -> Decision:
    """The action for a phase of `assess`, a diagnosis' category, and how many older revisions are kept.

    `rollback_helps` is the diagnosis' own answer; None means that it does not know.
    """
    if phase == "complete":
        return Decision("none", "The rollout is complete.")
    if phase == "paused":
        return Decision("none", "It waits for a person on purpose: resume it, or delete the old pods, to go on.")
    if phase == "superseded":
        return Decision("stop", "Somebody wrote a newer pod template; it is not ours to undo.")
    if phase != "failed":
        return Decision("wait", "The rollout is still progressing.")
    if category == "none":
        return Decision("stop", "Nothing in the release explains it; see the state above.")
    if category == "config" and rollback_helps is False:
        return Decision("stop", "Rolling back does not help: the older revision reads the same configuration.")
    if rollback_helps is False:
        return Decision("stop", "The cause lies outside the release; rolling back would hit the same wall.")
    if rollback_helps is None and category in OUTSIDE_CATEGORIES:
        return Decision("stop", "The release does not explain the failure; rolling back would not either.")
    if older_revisions == 0:
        return Decision("stop", "No older revision is kept: fix forward, or scale to zero.")
    if category == "unknown":
        return Decision("roll_back", "The cause is unknown and an older revision is there; the evidence is kept.")
    return Decision("roll_back", "The cause is in the new revision, and an older one is there.")
