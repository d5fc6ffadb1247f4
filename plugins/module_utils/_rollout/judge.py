# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decides, look after look, how a rollout stands and whether waiting goes on.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

No I/O: the caller brings a snapshot, a diagnosis and two clock values.
"""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta

from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.assess import (
    Assessment,
    assess,
    completed_at,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.objects import (
    JsonObject,
    created_at,
    parse_time,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.progress import restarts_of
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.snapshot import Snapshot
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.verdict import (
    NO_FAILURE,
    Patience,
    Sign,
    seconds_until_failed,
)

YOUNG_ROLLOUT = timedelta(minutes=10)
OBSERVE_YOUNG_ROLLOUT = 15.0


@dataclasses.dataclass(frozen=True)
class Look:
    """How things stand at one look. `decided` ends the wait; `next_look` is in seconds, None when only a change
    of the objects can matter."""

    assessment: Assessment
    decided: bool
    next_look: float | None = None


def observation_seconds(snapshot: Snapshot, now: datetime | None, observe_for: float | None) -> float:
    """How long a complete rollout is observed further; by default 15 s when it is younger than 10 minutes.

    `now` is the API server's clock: the machine's own may be wrong.
    """
    if observe_for is not None:
        return observe_for
    times = [completed_at(snapshot.workload), *(created_at(pod) for pod in snapshot.new_pods)]
    newest = max((entry for entry in times if entry), default=None)
    if newest is None or now is None or now - newest >= YOUNG_ROLLOUT:
        return 0.0
    return OBSERVE_YOUNG_ROLLOUT


class RolloutJudge:
    """Remembers what a single look cannot know: since when a cause is seen and since when all is complete."""

    def __init__(self, patience: Patience, observe_for: float | None, expected_template: JsonObject | None) -> None:
        self._patience = patience
        self._observe_for = observe_for
        self._expected_template = expected_template
        self._sign: tuple[str, float] | None = None
        self._complete_since: float | None = None
        self._observe = 0.0

    def look(self, snapshot: Snapshot, sign: Sign, sign_since: str | None, clock: float, now: datetime | None) -> Look:
        """One look: `clock` is monotonic seconds, `now` the API server's time, `sign_since` RFC 3339."""
        assessment = assess(snapshot.workload, snapshot.revisions, snapshot.pods, self._expected_template)
        if snapshot.workload_deleted:
            gone = dataclasses.replace(
                assessment, phase="failed", reason="workload_deleted", message="the workload was deleted"
            )
            return Look(gone, decided=True)
        self._remember(assessment, sign, snapshot, clock, now)
        if assessment.phase in ("superseded", "failed", "paused"):
            return Look(assessment, decided=True)
        due = self._seconds_until_failed(snapshot, sign, sign_since, clock, now)
        if due == 0.0:
            failed = dataclasses.replace(assessment, phase="failed", reason=sign.cause)
            return Look(failed, decided=True)
        if self._complete_since is None:
            return Look(assessment, decided=False, next_look=due)
        left = self._complete_since + self._observe - clock
        if left <= 0 and due is None:
            return Look(assessment, decided=True)
        waits = [entry for entry in (left if left > 0 else None, due) if entry is not None]
        return Look(assessment, decided=False, next_look=min(waits, default=None))

    def _remember(
        self, assessment: Assessment, sign: Sign, snapshot: Snapshot, clock: float, now: datetime | None
    ) -> None:
        if sign.category in NO_FAILURE:
            self._sign = None
        elif self._sign is None or self._sign[0] != sign.cause:
            self._sign = (sign.cause, clock)
        if assessment.phase != "complete":
            self._complete_since = None
        elif self._complete_since is None:
            self._complete_since = clock
            self._observe = observation_seconds(snapshot, now, self._observe_for)

    def _seconds_until_failed(
        self, snapshot: Snapshot, sign: Sign, sign_since: str | None, clock: float, now: datetime | None
    ) -> float | None:
        if self._sign is None:
            return None
        seen = clock - self._sign[1]
        # A run that is started late need not wait again for what already lasts. Probes are another matter: their
        # events are merged, so the first one may tell of the start and the last one of a busy moment.
        since = parse_time(sign_since) if sign.category != "health" else None
        if since and now:
            seen = max(seen, (now - since).total_seconds())
        return seconds_until_failed(sign, seen, restarts_of(snapshot.new_pods), self._patience)
