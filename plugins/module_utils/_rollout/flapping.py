# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pods that are ready and not ready in turn.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

Every short time of being ready counts as progress to the Deployment controller and moves its deadline on
(`util/deployment_util.go` DeploymentProgressing), so such a rollout never fails by itself
(argoproj/argo-rollouts#3765).
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.objects import is_ready, name_of, uid_of

# A first start may lose readiness once or twice; losing it again and again for longer than the soak is no start.
LOSSES = 3
SOAK = 30.0
# Two losses further apart than this are two incidents.
CALM = 120.0


@dataclasses.dataclass
class _Spell:
    """Losses of readiness close to each other: clock values of the first and the last, and how many."""

    first: float
    last: float
    losses: int


@dataclasses.dataclass(frozen=True)
class Flapping:
    """A pod that flaps. `due` is in seconds: 0 when it is the verdict."""

    pod: str
    losses: int
    seconds: float
    due: float

    @property
    def message(self) -> str:
        """In words, without the pod's name."""
        return f"ready and not ready in turn: lost readiness {self.losses} times in {self.seconds:.0f} s"


class FlappingWatch:
    """Remembers across looks when each pod lost its readiness."""

    def __init__(self, soak: float = SOAK) -> None:
        self._soak = soak
        self._counted: dict[str, int] = {}
        self._spells: dict[str, _Spell] = {}

    def see(self, pods: t.Iterable[t.Any], losses_of: t.Callable[[t.Any], int], clock: float) -> Flapping | None:
        """The pod nearest to the verdict; one that is ready again is given the benefit of the doubt."""
        found = [entry for pod in pods if (entry := self._pod(pod, losses_of(pod), clock))]
        return min(found, key=lambda entry: (entry.due, entry.pod), default=None)

    def _pod(self, pod: t.Any, losses: int, clock: float) -> Flapping | None:
        uid = uid_of(pod)
        new = losses - self._counted.get(uid, 0)
        self._counted[uid] = losses
        spell = self._spells.get(uid)
        if new > 0:
            if spell is None or clock - spell.last > CALM:
                spell = self._spells[uid] = _Spell(clock, clock, 0)
            spell.last = clock
            spell.losses += new
        if spell is None or spell.losses < LOSSES or is_ready(pod):
            return None
        lasted = clock - spell.first
        return Flapping(name_of(pod), spell.losses, lasted, max(0.0, self._soak - lasted))
