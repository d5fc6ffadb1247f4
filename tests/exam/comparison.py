# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`docs/comparison.md`: every record judged by this collection and by other tools' published rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.rescue.kubernetes.plugins.module_utils._report.text import printable

from .cases import CaseError, Expected, Record, case_folders, expected_of, records_of
from .cause_words import tells
from .judging import judge
from .peers import PEERS, Said
from .record_evidence import evidence_of
from .scoring import Tally, leaves, says, tally

OURS = "this collection"
WAITING = f"{OURS}, after its wait"
HEADER = """# Comparison

Made by `python -m scripts.generate_comparison` from the practice cases of the exam (`make exam`), which others
published; do not edit.

Every record of a workload or claim is here, by the id of its case; none was left out. *Failed or not* is right where
the tool, asked at the moment of the record, says "failed" of a rollout that has failed, and does not say it of one
that has not. *Names the cause* means that what the tool prints tells the cause that the case expects, and not only
its symptom; a message that the tool quotes counts. Where nothing is wrong, there is no cause to name. "n/a" is not
counted: the tool has no answer for such an object, or the record does not hold what it looks at.

The other tools were not run. Their rules were written anew, in `tests/exam/peers.py`, from the sources that the table
names, and they answer other questions: only k8sgpt, krane and this collection set out to tell why, and krane prints
events and logs beside its verdict, which is left to the reader and not counted. `kubectl rollout status`, Argo CD
(for a Deployment) and kstatus call a rollout failed when its progress deadline has passed, after 600 s by default;
most records are younger. This collection waits, too, where a cause may pass, for most causes 30 s: the first line is
its answer at the moment of the record, the second the one that it would have come to.
"""


@dataclass(frozen=True)
class Verdict:
    """One tool on one record; `right` and `named` are None where they are not counted."""

    label: str
    right: bool | None
    named: bool | None


@dataclass(frozen=True)
class Row:
    """One record with all verdicts in the order of `TOOLS`."""

    id: str
    expected: Expected
    verdicts: tuple[Verdict, ...]


# Names with the places where their rules stand.
TOOLS: tuple[tuple[str, str], ...] = (
    (OURS, "docs/causes.md"),
    (WAITING, "docs/causes.md"),
    *((peer.name, peer.source) for peer in PEERS),
)


def compare(folder: Path) -> list[Row]:
    """Judge every record of the folder's cases that holds its target."""
    rows: list[Row] = []
    for path in case_folders(folder):
        try:
            expected = expected_of(path)
            rows.extend(_row(record) for record in records_of(path, expected))
        except CaseError:
            continue
    return rows


def _row(record: Record) -> Row:
    evidence = evidence_of(record)
    answer = judge(evidence)
    expected = record.expected
    faulty = "none" not in expected.categories[:1]
    named = any(says(spelling, expected.categories[0], answer) for spelling in expected.causes)
    ours = (
        Verdict(answer.cause, _right(failed, expected), named if faulty else None)
        for failed in (answer.failed_now, answer.failed)
    )
    others = (_verdict(peer.says(evidence), expected, faulty) for peer in PEERS)
    return Row(record.id, expected, (*ours, *others))


def _verdict(said: Said, expected: Expected, faulty: bool) -> Verdict:
    if said.failed is None:
        return Verdict(said.label, None, None)
    causes = {
        leaf
        for spelling in expected.causes
        for form in (spelling, spelling.removeprefix("init_container_"))
        for leaf in leaves(form, expected.categories[0])
    }
    return Verdict(said.label, _right(said.failed, expected), tells(said.text, causes) if faulty else None)


def _right(failed: bool, expected: Expected) -> bool | None:
    return None if expected.failed is None else failed == expected.failed


def document(rows: Sequence[Row]) -> str:
    """The whole page."""
    totals = ["| tool | failed or not: right | names the cause | false alarms | rule |", "|---|---|---|---|---|"]
    for index, (tool, source) in enumerate(TOOLS):
        verdicts = [(row.verdicts[index], row.expected) for row in rows]
        right = tally(verdict.right for verdict, _expected in verdicts if verdict.right is not None)
        named = tally(verdict.named for verdict, _expected in verdicts if verdict.named is not None)
        alarms = sum(verdict.right is False and expected.failed is False for verdict, expected in verdicts)
        totals.append(f"| {tool} | {_share(right)} | {_share(named)} | {alarms} | {source} |")
    shown = [index for index, (tool, _source) in enumerate(TOOLS) if tool != WAITING]
    columns = ["case", "failed", "cause", *(TOOLS[index][0] for index in shown)]
    lines = [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
    for row in rows:
        failed = {True: "yes", False: "no", None: "?"}[row.expected.failed]
        cells = [row.id, failed, row.expected.causes[0], *(_cell(row.verdicts[index]) for index in shown)]
        lines.append(f"| {' | '.join(printable(cell).replace('|', '/') for cell in cells)} |")
    legend = 'Each cell: what the tool says, ✓ or ✗ for failed or not, and "cause" where it names the cause.'
    parts = [HEADER, f"## Totals of {len(rows)} records\n", *totals, "", "## Records\n", legend, "", *lines, ""]
    return "\n".join(parts)


def _cell(verdict: Verdict) -> str:
    if verdict.right is None:
        return verdict.label
    return f"{verdict.label} {'✓' if verdict.right else '✗'}{' cause' if verdict.named else ''}"


def _share(found: Tally) -> str:
    return f"{found.right} of {found.total} ({100 * found.right / found.total:.0f} %)" if found.total else "-"
