# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection, may change at any time.

The deadline of a whole run.
"""

from __future__ import annotations

import math
import time
import typing as t

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.errors import (
    DeadlineExceededError,
    RescueError,
)


class Deadline:
    """A point in time after which nothing more is started. `seconds` None or 0: no deadline."""

    def __init__(self, seconds: float | None = None, clock: t.Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds or None
        self._clock = clock
        self._ends_at = math.inf if self.seconds is None else clock() + self.seconds

    def remaining(self) -> float:
        """Seconds left, never below 0; infinite without a deadline."""
        return max(0.0, self._ends_at - self._clock())

    def check(self, last_error: RescueError | None = None) -> None:
        """Raise DeadlineExceededError when the time is up; `last_error` is what stood in the way."""
        if self.remaining() > 0:
            return
        message = f"The deadline of {self.seconds:g} s for this run has passed"
        if last_error is not None:
            message += f"; last problem: {last_error.message}"
        else:
            message += "; give it more with deadline="
        details: dict[str, t.Any] = {"deadline": self.seconds}
        if last_error is not None:
            details["last_error"] = {"reason": last_error.reason, "message": last_error.message}
        raise DeadlineExceededError(message, details=details)

    def bound(self, timeout: float) -> float:
        """Return `timeout` cut to what is left; raise DeadlineExceededError when nothing is."""
        self.check()
        return min(timeout, self.remaining())
