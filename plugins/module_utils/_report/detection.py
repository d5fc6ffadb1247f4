# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What detect.yml says: one workload in at most ten lines, a sweep as a table of at most one screen.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

Pure functions of what rollout_status returned.
"""

from __future__ import annotations

import textwrap
import typing as t
from datetime import datetime

from ansible_collections.rescue.kubernetes.plugins.module_utils._report.text import printable
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.objects import (
    JsonObject,
    dig,
    mapping,
    number,
    parse_time,
    sequence,
    text,
)

FAILING_PHASES = frozenset({"failed", "superseded"})
COULD_NOT = "could not be looked at"
HEADINGS = ("STATE", "CHANGED", "READY", "WORKLOAD", "CAUSE")
# As kubectl's short names.
SHORT_KINDS = {"Deployment": "deploy", "StatefulSet": "sts", "DaemonSet": "ds"}
INDENTATION = "  "


def is_sweep(detection: JsonObject) -> bool:
    """Whether it is the result of a sweep."""
    return isinstance(detection.get("workloads"), list)


def problem_of(detection: JsonObject) -> str:
    """The sentence of why nothing was seen; "" when something was."""
    if is_sweep(detection) or detection.get("phase"):
        return ""
    return text(detection.get("msg")) or "Nothing was looked at."


def is_failing(detection: JsonObject) -> bool:
    """Whether a workload has failed, or its wait ended undecided."""
    if is_sweep(detection):
        return any(number(dig(detection, "counts", phase)) for phase in FAILING_PHASES)
    return text(detection.get("phase")) in FAILING_PHASES or detection.get("timed_out") is True


def target_of(detection: JsonObject, asked: str) -> str:
    """What to call what was looked at."""
    if is_sweep(detection):
        return printable(asked) or "sweep"
    if detection.get("phase") and detection.get("name"):
        return printable(f"{text(detection['name'])} in {text(detection.get('namespace'))}")
    return printable(asked) or "sweep"


def sentence_of(target: str, detection: JsonObject) -> str:
    """One short sentence for the task that sets the exit code; the reasons stand above it."""
    if problem_of(detection):
        return f"{target}: {COULD_NOT}"
    if is_sweep(detection):
        return printable(f"{target}: {text(detection.get('message'))}")
    said = "not decided" if detection.get("timed_out") is True else text(detection.get("phase"))
    return printable(f"{target}: {said}")


def detection_lines(target: str, detection: JsonObject, columns: int, max_rows: int) -> list[str]:
    """What a person reads. `max_rows`: so many workloads of a sweep, 0 for all."""
    problem = problem_of(detection)
    if problem:
        return [f"{target}: {COULD_NOT.upper()}", f"  {'Problem':<9} {printable(problem, 800)}"]
    if is_sweep(detection):
        return sweep_lines(target, detection, columns, max_rows)
    lines = [sentence_of(target, {**detection, "phase": text(detection.get("phase")).upper()})]
    lines.extend(f"  {title:<9} {printable(words)}" for title, words in _single_rows(detection) if words)
    return lines


def _single_rows(detection: JsonObject) -> t.Iterator[tuple[str, str]]:
    diagnosis = mapping(detection.get("diagnosis"))
    yield "State", text(detection.get("message"))
    if text(diagnosis.get("category")) not in ("", "none"):
        yield "Cause", f"{text(diagnosis.get('cause'))}, {_percent(diagnosis.get('confidence'))} sure"
        for item in map(mapping, sequence(diagnosis.get("evidence"))[:1]):
            yield "Evidence", f"{text(item.get('object'))}: {text(item.get('text'))}"
        for remedy in map(mapping, sequence(diagnosis.get("remedies"))[:1]):
            yield "Next", text(remedy.get("summary"))
    yield "Decision", text(dig(detection, "decision", "why"))


def sweep_lines(target: str, sweep: JsonObject, columns: int, max_rows: int) -> list[str]:
    """The counts, then two lines a workload: how it stands, and why."""
    lines = textwrap.wrap(sentence_of(target, sweep), columns)
    workloads = [mapping(entry) for entry in sequence(sweep.get("workloads"))]
    shown = workloads[:max_rows] if max_rows else workloads
    taken_at = parse_time(sweep.get("taken_at"))
    cells = [_cells(row, taken_at) for row in shown]
    if cells:
        widths = [max(len(line[column]) for line in (HEADINGS, *cells)) for column in range(len(HEADINGS))]
        lines.extend(["", _line(HEADINGS, widths, columns)])
        for line, row in zip(cells, shown, strict=True):
            lines.append(_line(line, widths, columns))
            why = _why(row)
            if why:
                lines.append(_fitted(INDENTATION + why, columns))
    lines.extend(_fitted(line, columns) for line in _notes(sweep, len(workloads) - len(shown)))
    return lines


def _notes(sweep: JsonObject, left_out: int) -> t.Iterator[str]:
    """What the table does not show, so that nobody takes it for all."""
    if left_out:
        yield f"... and {left_out} more: -e table_rows=0 shows all."
    if number(sweep.get("classified")) and number(sweep.get("unclassified")):
        yield f"The {number(sweep.get('classified'))} worst were diagnosed: -e classify_limit= sets how many."
    for sentence in sequence(sweep.get("unseen")):
        yield f"Not seen: {text(sentence)}"


def _cells(row: JsonObject, taken_at: datetime | None) -> tuple[str, ...]:
    counts = mapping(row.get("replicas"))
    kind = SHORT_KINDS.get(text(row.get("kind")), text(row.get("kind")))
    return (
        text(row.get("phase")),
        age(parse_time(row.get("changed_at")), taken_at),
        f"{number(counts.get('ready'))}/{number(counts.get('desired'))}",
        f"{text(row.get('namespace'))}/{text(row.get('name'))} ({kind})",
        text(row.get("cause")) if _has_cause(row) else "",
    )


def _has_cause(row: JsonObject) -> bool:
    return row.get("phase") != "complete" and text(row.get("category")) not in ("", "none", "unknown")


def _why(row: JsonObject) -> str:
    """The cause in one line, else how the rollout stands; nothing for what is complete."""
    if row.get("phase") == "complete":
        return ""
    return text(row.get("summary" if _has_cause(row) else "message"))


def age(moment: datetime | None, now: datetime | None) -> str:
    """How long ago, as kubectl writes it: 40s, 12m, 5h, 3d; "?" where that is not known."""
    if moment is None or now is None:
        return "?"
    seconds = max(0, int((now - moment).total_seconds()))
    for unit, length in (("d", 86_400), ("h", 3600), ("m", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"


def _percent(confidence: t.Any) -> str:
    return f"{round(100 * confidence)} %" if isinstance(confidence, (int, float)) else "? %"


def _line(cells: t.Sequence[str], widths: t.Sequence[int], columns: int) -> str:
    return _fitted("  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)), columns)


def _fitted(line: str, columns: int) -> str:
    return printable(line.rstrip(), columns)
