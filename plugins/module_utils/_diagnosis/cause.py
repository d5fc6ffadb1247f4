# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one entry of the table of causes says.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.model import ChangeKind

Category = t.Literal[
    "image",
    "crash",
    "config",
    "health",
    "scheduling",
    "admission",
    "storage",
    "network",
    "node",
    "rollout",
    "none",
    "unknown",
]
# How near the root: a cause of a lower depth explains those of a higher one in the same pods.
ROOT, SYMPTOM, VAGUE, DEADLINE = 0, 1, 2, 3

ANY_CHANGE: frozenset[ChangeKind] = frozenset(
    {"image", "env", "ports", "probes", "resources", "config", "command", "other"}
)
PROGRAM: frozenset[ChangeKind] = frozenset({"image", "env", "config", "command", "resources", "other"})
NOTHING: frozenset[ChangeKind] = frozenset()


@dataclass(frozen=True)
class Cause:
    """One cause that can be recognised.

    `summary` is a sentence with `{words}` that the matcher fills in. `signal` and `meaning` are for the reference.
    `decisive` are the kinds of change that explain the cause by themselves, `plausible` those that may. A cause with
    neither lies outside the release; `note` says what else a matcher takes into account. `remedies` are (action,
    sentence) pairs; `roll_back` is added by the engine. `grace` is in seconds.
    """

    category: Category
    name: str
    meaning: str
    signal: str
    summary: str
    remedies: tuple[tuple[str, str], ...]
    depth: int = ROOT
    terminal: bool = False
    grace: float = 30.0
    decisive: frozenset[ChangeKind] = NOTHING
    plausible: frozenset[ChangeKind] = NOTHING
    note: str = ""
