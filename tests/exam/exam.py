# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judges every case of a folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .cases import CaseError, Expected, Record, case_folders, expected_of, records_of
from .judging import judge
from .record_evidence import evidence_of
from .scoring import Marked


@dataclass
class Exam:
    """What became of a folder of cases; `skipped` names those that hold text for people only."""

    cases: int = 0
    marked: list[Marked] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


def examine(folder: Path) -> Exam:
    """Judge all cases; one that cannot be read or judged is marked as an error and stops nothing."""
    found = Exam()
    for path in case_folders(folder):
        found.cases += 1
        marked = list(_marked(path))
        found.marked.extend(marked)
        if not marked:
            found.skipped.append(path.name)
    return found


def _marked(folder: Path) -> Iterator[Marked]:
    expected: Expected | None = None
    try:
        expected = expected_of(folder)
        for record in records_of(folder, expected):
            yield _judged(record)
    except CaseError as error:
        yield Marked(folder.name, expected, None, str(error))


def _judged(record: Record) -> Marked:
    try:
        return Marked(record.id, record.expected, judge(evidence_of(record)))
    except CaseError as error:
        return Marked(record.id, record.expected, None, str(error))
    except Exception as error:  # noqa: BLE001 - whatever a case makes of the engine, the others are still judged
        return Marked(record.id, record.expected, None, f"{type(error).__name__}: {error}")
