# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether an answer is right, and the scores."""

from __future__ import annotations

import math
import typing as t
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.causes import BY_NAME

from .cases import Expected
from .judging import Answer

BANDS = ((0.0, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 1.01))
SURE = 0.9
WANTED_SHARE = 0.95
_INIT = "init_container_"
_PROBES = ("readiness", "liveness", "startup")
# The leaf of each family that says no more than the family: older answers call it "X_unknown" or "X_failing".
_VAGUE: dict[str, frozenset[str]] = {
    "image": frozenset({"image_pull_unknown"}),
    "crash": frozenset({"crash_loop_unknown", "exit_nonzero"}),
    "scheduling": frozenset({"unschedulable_unknown"}),
    "admission": frozenset({"replica_failure_unknown"}),
    "storage": frozenset({"mount_failed"}),
    "health": frozenset(f"{probe}_probe_failing" for probe in _PROBES),
    "rollout": frozenset({"progress_deadline_exceeded"}),
    "unknown": frozenset({"unknown"}),
}


@dataclass(frozen=True)
class Marked:
    """One record with what was said of it; `answer` is None where it could not be judged, `error` says why."""

    id: str
    expected: Expected | None
    answer: Answer | None
    error: str = ""

    @property
    def category(self) -> bool:
        """Whether the category is right."""
        return (
            self.expected is not None and self.answer is not None and self.answer.category in self.expected.categories
        )

    @property
    def leaf(self) -> bool:
        """Whether the cause is right."""
        expected, answer = self.expected, self.answer
        if expected is None or answer is None:
            return False
        return any(says(spelling, expected.categories[0], answer) for spelling in expected.causes)

    @property
    def failed(self) -> bool:
        """Whether "failed or not" is right; what the case does not say is."""
        if self.expected is None or self.answer is None:
            return False
        return self.expected.failed in (None, self.answer.failed)

    @property
    def false_alarm(self) -> bool:
        """Whether something that has not failed was called failed."""
        if self.expected is None or self.answer is None:
            return False
        return self.expected.failed is False and self.answer.failed

    @property
    def counts(self) -> bool:
        """Whether it is scored."""
        return self.expected is not None and self.expected.scored


def says(spelling: str, category: str, answer: Answer) -> bool:
    """Whether the answer is the leaf of this spelling, which may be an older one."""
    if spelling not in BY_NAME and spelling.startswith(_INIT):
        return answer.role == "init" and answer.cause in leaves(spelling.removeprefix(_INIT), category)
    return answer.cause in leaves(spelling, category)


def leaves(spelling: str, category: str) -> frozenset[str]:
    """The leaves that a spelling stands for."""
    if spelling in BY_NAME:
        return frozenset({spelling})
    probe, _, rest = spelling.partition("_")
    if probe == "probe":
        return frozenset(f"{kind}_probe_{rest}" for kind in _PROBES)
    if spelling.startswith("evicted_"):
        return frozenset({"evicted"})
    if spelling.startswith("node_") and spelling.endswith("_pressure"):
        return frozenset({"node_pressure"})
    if spelling.startswith("unhandled_exception_"):
        return frozenset({"unhandled_exception"})
    if spelling.endswith(("_unknown", "_failing")) or spelling == "unknown":
        if probe in _PROBES:
            return frozenset({f"{probe}_probe_failing"})
        return _VAGUE.get(category, frozenset())
    return frozenset({spelling})


@dataclass(frozen=True)
class Tally:
    """How many of how many are right."""

    right: int
    total: int

    @property
    def share(self) -> float | None:
        """The share that is right, None of nothing."""
        return self.right / self.total if self.total else None

    def to_dict(self) -> dict[str, t.Any]:
        """Shape: `{right, total, share}`."""
        return {"right": self.right, "total": self.total, "share": _rounded(self.share)}


def tally(marks: Iterable[bool]) -> Tally:
    """Count what is right."""
    known = list(marks)
    return Tally(sum(known), len(known))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def scores(marked: Sequence[Marked]) -> dict[str, t.Any]:
    """Category, leaf and failed-or-not, for all that counts and by fidelity; false alarms; calibration."""
    counted = [entry for entry in marked if entry.counts]
    groups = sorted({entry.expected.fidelity for entry in counted if entry.expected})
    return {
        **_marks(counted),
        "not_failed_called_failed": sum(entry.false_alarm for entry in counted),
        "healthy_called_failed": sum(
            entry.false_alarm for entry in counted if entry.expected and "none" in entry.expected.categories
        ),
        "errors": sum(bool(entry.error) for entry in marked),
        "unscored": len(marked) - len(counted),
        "groups": {
            name: _marks([entry for entry in counted if entry.expected and entry.expected.fidelity == name])
            for name in groups
        },
        "calibration": calibration(counted),
    }


def _marks(counted: Sequence[Marked]) -> dict[str, t.Any]:
    return {
        "records": len(counted),
        "category": tally(entry.category for entry in counted).to_dict(),
        "leaf": tally(entry.leaf for entry in counted).to_dict(),
        "failed_or_not": tally(entry.failed for entry in counted).to_dict(),
    }


def calibration(counted: Sequence[Marked]) -> dict[str, t.Any]:
    """How often a verdict of a confidence names the right leaf, and what that says of cases not seen yet.

    `held_out`: each record in turn is left out, the lowest confidence from which the others are right in 95 % is
    sought, and the record counts when its own confidence reaches it. `lower_bound` is Wilson's, 95 %, for the share
    that is right among verdicts at 0.9 and above.
    """
    judged = [(entry.answer.confidence, entry.leaf) for entry in counted if entry.answer]
    bands = {
        f"{low:.1f} to {min(high, 1.0):.1f}": tally(right for sure, right in judged if low <= sure < high).to_dict()
        for low, high in BANDS
    }
    held_out = []
    for index, (sure, right) in enumerate(judged):
        limit = _trusted_from(judged[:index] + judged[index + 1 :])
        if limit is not None and sure >= limit:
            held_out.append(right)
    top = tally(right for sure, right in judged if sure >= SURE)
    return {
        "bands": bands,
        "sure": top.to_dict(),
        "trusted_from": _trusted_from(judged),
        "held_out": tally(held_out).to_dict(),
        "lower_bound": _rounded(wilson_lower_bound(top)),
    }


def _trusted_from(judged: Sequence[tuple[float, bool]]) -> float | None:
    """The lowest confidence from which verdicts are right often enough, None where there is none."""
    found = None
    for limit in sorted({sure for sure, _right in judged}, reverse=True):
        share = tally(right for sure, right in judged if sure >= limit).share
        if share is None or share < WANTED_SHARE:
            break
        found = limit
    return found


def wilson_lower_bound(counted: Tally, deviations: float = 1.96) -> float | None:
    """The lower end of Wilson's score interval; None of nothing."""
    if counted.share is None:
        return None
    size, share, square = counted.total, counted.share, deviations**2
    middle = share + square / (2 * size)
    spread = deviations * math.sqrt(share * (1 - share) / size + square / (4 * size**2))
    return (middle - spread) / (1 + square / size)
