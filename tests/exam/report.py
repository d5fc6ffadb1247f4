# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verdicts and scores as lines for people."""

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Sequence

from ansible_collections.rescue.kubernetes.plugins.module_utils._report.text import printable

from .scoring import Marked

_COLUMNS = ("case", "fidelity", "expected", "got", "sure", "category", "leaf", "failed")
_MAX_CELL = 60


def aligned(rows: Iterable[Sequence[str]]) -> list[str]:
    """Rows of cells as lines with aligned columns, printable whatever stands in them."""
    shown = [[printable(cell, _MAX_CELL) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in shown]


def table(marked: Iterable[Marked]) -> list[str]:
    """A line a record: what was expected, what was said, and a mark each for category, leaf and failed-or-not."""
    return aligned([_COLUMNS, *map(_row, marked)])


def _row(entry: Marked) -> tuple[str, ...]:
    expected, answer = entry.expected, entry.answer
    fidelity = expected.fidelity + ("" if expected.scored else " (not scored)") if expected else "?"
    wanted = f"{expected.categories[0]}/{expected.causes[0]}" if expected else "?"
    if answer is None or expected is None:
        return entry.id, fidelity, wanted, f"ERROR: {entry.error}", "", "", "", ""
    failed = _mark(entry.failed) if not entry.false_alarm else "FALSE ALARM"
    role = f" ({answer.role})" if answer.role in ("init", "sidecar") else ""
    got = f"{answer.category}/{answer.cause}{role}"
    return entry.id, fidelity, wanted, got, f"{answer.confidence:.2f}", _mark(entry.category), _mark(entry.leaf), failed


def _mark(right: bool) -> str:
    return "right" if right else "WRONG"


def score_lines(scores: dict[str, t.Any]) -> list[str]:
    """The scores: all that counts first, then by fidelity, then calibration."""
    rows = [("scored", "records", "category", "leaf", "failed or not")]
    for name, marks in (("all", scores), *scores["groups"].items()):
        rows.append(
            (name, str(marks["records"]), *(share(marks[key]) for key in ("category", "leaf", "failed_or_not")))
        )
    calibration = scores["calibration"]
    bands = [("confidence", "leaf right"), *((name, share(found)) for name, found in calibration["bands"].items())]
    trusted = calibration["trusted_from"]
    sure = f"At 0.9 and above {share(calibration['sure'])} are right"
    if calibration["sure"]["total"]:
        sure += f" (Wilson's lower bound: {_percent(calibration['lower_bound'])})"
    held_out = "there is no confidence from which the others are right in 95 %"
    if trusted is not None:
        right = share(calibration["held_out"])
        held_out = (
            f"where the others are right in 95 % (from {trusted:.2f} upward), {right} of those left out are right"
        )
    alarms = f"{scores['not_failed_called_failed']} (healthy ones: {scores['healthy_called_failed']})"
    return [
        *aligned(rows),
        "",
        f"not failed, but called failed: {alarms}; not judged: {scores['errors']}",
        "",
        *aligned(bands),
        f"{sure}.",
        f"Leaving one out: {held_out}.",
    ]


def share(found: dict[str, t.Any]) -> str:
    """`right/total (percent)`, or "-" of nothing."""
    return f"{found['right']}/{found['total']} ({_percent(found['share'])})" if found["total"] else "-"


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"
