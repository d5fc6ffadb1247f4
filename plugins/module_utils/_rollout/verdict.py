# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a named cause becomes the verdict that the rollout has failed.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

A cause is named at once. The verdict waits where somebody or something may still cure it: a missing ConfigMap is
created, a registry comes back, an application succeeds at its second try.
"""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Patience:
    """How long to wait for a cure. `grace` (seconds) overrides the cause's own; None leaves it."""

    grace: float | None = None
    max_restarts: int = 2


@dataclasses.dataclass(frozen=True)
class Sign:
    """What the diagnosis says that the verdict depends on. `grace` is in seconds."""

    category: str
    cause: str
    terminal: bool
    grace: float


NO_FAILURE = frozenset({"none", "unknown"})


def seconds_until_failed(sign: Sign, seconds_seen: float, restarts: int, patience: Patience) -> float | None:
    """0 when the verdict is due, the seconds still to wait, or None when this sign never is a failure by itself."""
    if sign.category in NO_FAILURE:
        return None
    if sign.terminal:
        return 0.0
    if sign.category == "crash" and patience.max_restarts and restarts >= patience.max_restarts:
        return 0.0
    grace = sign.grace if patience.grace is None or sign.grace == 0 else patience.grace
    return max(0.0, grace - seconds_seen)
