# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decides, look after look, how a rollout stands and whether waiting goes on.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

No I/O: the caller brings a snapshot, a diagnosis and two clock values.
"""

from __future__ import annotations

import dataclasses
import typing as t
from datetime import datetime, timedelta

from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.assess import (
    Assessment,
    assess,
    completed_at,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.flapping import FlappingWatch
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.objects import (
    JsonObject,
    created_at,
    is_ready,
    is_terminating,
    last_writer_of_template,
    parse_time,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.progress import restarts_of
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.service import unserved
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.snapshot import Snapshot
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.verdict import (
    NO_FAILURE,
    Patience,
    Sign,
    seconds_until_failed,
)

YOUNG_ROLLOUT = timedelta(minutes=10)
OBSERVE_YOUNG_ROLLOUT = 15.0
# Addresses follow ready pods within a second; a Service that is a mistake may still be corrected.
SERVICES_GRACE = 30.0


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
    """Remembers what a single look cannot know: since when causes are seen and all is complete, and who flaps.

    `stable_for` (seconds) is minReadySeconds of the whole set: the rollout is not called complete before all of its
    pods have been available for so long in one go, without a restart. `services`: nor before the Services that select
    it have ready addresses of all its new pods.
    """

    def __init__(
        self,
        patience: Patience,
        observe_for: float | None,
        expected_template: JsonObject | None,
        *,
        stable_for: float = 0.0,
        services: bool = False,
    ) -> None:
        self._patience = patience
        self._observe_for = observe_for
        self._expected_template = expected_template
        self._stable_for = stable_for
        self._services = services
        self._flapping = FlappingWatch() if patience.grace is None else FlappingWatch(patience.grace)
        self._looked = False
        # since when each cause is seen, and whether it was there at the first look
        self._signs: dict[str, tuple[float, bool]] = {}
        self._unserved_since: float | None = None
        self._complete_since: float | None = None
        self._restarts = 0
        self._observe = 0.0

    def look(self, snapshot: Snapshot, sign: Sign, sign_since: str | None, clock: float, now: datetime | None) -> Look:
        """One look: `clock` is monotonic seconds, `now` the API server's time, `sign_since` RFC 3339."""
        assessment = assess(snapshot.workload, snapshot.revisions, snapshot.pods, self._expected_template)
        if snapshot.workload_deleted:
            gone = dataclasses.replace(
                assessment, phase="failed", reason="workload_deleted", message="the workload was deleted"
            )
            return Look(gone, decided=True)
        assessment = self._served(snapshot, assessment, clock)
        self._remember(assessment, sign, snapshot, clock, now)
        if assessment.phase in ("superseded", "failed", "paused"):
            return Look(assessment, decided=True)
        flapping = self._flapping.see(snapshot.new_pods, snapshot.readiness_losses, clock)
        if sign.category == "crash":
            # restarts have a rule of their own, and a person may allow more of them
            flapping = None
        survived = self._survived(snapshot, sign)
        waits = [
            None if survived else self._seconds_until_failed(snapshot, sign, sign_since, clock, now),
            flapping.due if flapping else None,
            self._seconds_until_unserved(clock),
        ]
        reasons = (sign.cause, "flapping", "service_not_ready")
        for due, reason in zip(waits, reasons, strict=True):
            if due == 0.0:
                message = assessment.message
                if flapping and reason == "flapping":
                    message = f"{message}; {flapping.pod} is {flapping.message}"
                return Look(dataclasses.replace(assessment, phase="failed", reason=reason, message=message), True)
        if self._complete_since is None:
            return Look(assessment, decided=False, next_look=_soonest(waits))
        lasted = clock - self._complete_since
        left = max(self._observe, self._stable_for, sign.grace if survived else 0.0) - lasted
        if lasted < self._stable_for:
            message = f"{assessment.message}, for {lasted:.0f} of {self._stable_for:g} s"
            assessment = dataclasses.replace(assessment, phase="progressing", reason="not_stable_yet", message=message)
        if left <= 0 and _soonest(waits) is None:
            return Look(assessment, decided=True)
        return Look(assessment, decided=False, next_look=_soonest([*waits, left if left > 0 else None]))

    def _survived(self, snapshot: Snapshot, sign: Sign) -> bool:
        """Whether the crash that is seen is over: all is complete and ready, and nothing restarted since.

        Such a rollout is observed for the cause's grace, as a loop may have long turns, and then it is complete.
        """
        staying = [pod for pod in snapshot.new_pods if not is_terminating(pod)]
        return sign.category == "crash" and self._complete_since is not None and all(map(is_ready, staying))

    def _served(self, snapshot: Snapshot, assessment: Assessment, clock: float) -> Assessment:
        """The assessment, held back while a Service does not lead to all new pods."""
        missing = None
        if self._services and assessment.phase == "complete" and assessment.counts.desired:
            missing = unserved(snapshot)
        if missing is None:
            self._unserved_since = None
            return assessment
        if self._unserved_since is None:
            self._unserved_since = clock
        message = f"{assessment.message}, but {missing}"
        return dataclasses.replace(assessment, phase="progressing", reason="service_not_ready", message=message)

    def _seconds_until_unserved(self, clock: float) -> float | None:
        if self._unserved_since is None:
            return None
        grace = SERVICES_GRACE if self._patience.grace is None else self._patience.grace
        return max(0.0, self._unserved_since + grace - clock)

    def _remember(
        self, assessment: Assessment, sign: Sign, snapshot: Snapshot, clock: float, now: datetime | None
    ) -> None:
        if sign.category in NO_FAILURE:
            self._signs.clear()
        else:
            self._signs.setdefault(sign.cause, (clock, not self._looked))
        self._looked = True
        restarts = restarts_of(snapshot.new_pods)
        if assessment.phase != "complete" or restarts > self._restarts:
            self._complete_since = None
        self._restarts = restarts
        if assessment.phase == "complete" and self._complete_since is None:
            self._complete_since = clock
            self._observe = observation_seconds(snapshot, now, self._observe_for)

    def _seconds_until_failed(
        self, snapshot: Snapshot, sign: Sign, sign_since: str | None, clock: float, now: datetime | None
    ) -> float | None:
        # Events tell that probes failed in turn, at whatever time; whether pods still flap is seen by watching them.
        if sign.cause not in self._signs or sign.cause == "flapping":
            return None
        first_seen, from_the_start = self._signs[sign.cause]
        seen = clock - first_seen
        # A run that is started late need not wait again for what already lasts. Probes are another matter: their
        # events are merged, so the first one may tell of the start and the last one of a busy moment.
        if from_the_start and now and sign.category != "health" and (since := parse_time(sign_since)):
            seen = max(seen, (now - _not_before(snapshot, since)).total_seconds())
        return seconds_until_failed(sign, seen, restarts_of(snapshot.new_pods), self._patience)


def _not_before(snapshot: Snapshot, since: datetime) -> datetime:
    """The time at which a cause began: not before this revision did.

    Conditions and events carry the clock of a controller or a kubelet, which may be minutes wrong; the template's
    writing and the creation of objects are told by the API server.
    """
    _manager, written = last_writer_of_template(snapshot.workload)
    born = min((entry for entry in (created_at(pod) for pod in snapshot.new_pods) if entry), default=None)
    return max(entry for entry in (since, written, born) if entry)


def _soonest(waits: t.Iterable[float | None]) -> float | None:
    return min((entry for entry in waits if entry is not None), default=None)
