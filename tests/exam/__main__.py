# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m tests.exam`: judge a folder of cases; the last line is the scores as one JSON object."""

from __future__ import annotations

import argparse
import json
import sys
import typing as t
from collections.abc import Sequence
from pathlib import Path

from ansible_collections.rescue.kubernetes.plugins.module_utils._report.text import printable
from tests.cluster import Cluster, ClusterError

from . import ROOT
from .exam import examine
from .live import examine_live
from .report import score_lines, table
from .scoring import Marked, scores

DEFAULT_CASES = ROOT.parent / "shared" / "exam" / "cases"


def main(arguments: list[str] | None = None) -> int:
    """Run the exam; return the exit code: 0 whatever the scores are, 2 where there are no cases."""
    parser = argparse.ArgumentParser(prog="python -m tests.exam", description=__doc__)
    parser.add_argument("--cases", type=Path, default=DEFAULT_CASES, help="folder of the cases")
    parser.add_argument("--live", action="store_true", help="make the live cases happen on the real cluster instead")
    given = parser.parse_args(arguments)
    if not given.cases.is_dir():
        print(f"There is no folder of cases at {given.cases}: name one, as in make exam CASES=DIR", file=sys.stderr)
        return 2
    if given.live:
        return _live(given.cases)
    found = examine(given.cases)
    if not found.marked:
        print(f"{given.cases} holds no case that can be judged: each is a folder with expected.yaml", file=sys.stderr)
        return 2
    figures = {"cases": found.cases, "skipped_without_objects": len(found.skipped), **scores(found.marked)}
    notes = [f"Skipped, for they hold no objects: {len(found.skipped)}"] if found.skipped else []
    _show(found.marked, figures, notes)
    return 0


def _live(folder: Path) -> int:
    try:
        found = examine_live(folder, Cluster())
    except ClusterError as error:
        print(f"The cases cannot be run live: {printable(str(error))}", file=sys.stderr)
        return 1
    if not found.marked:
        print(f"{folder} holds no case that can be run live: each has a manifest.yaml", file=sys.stderr)
        return 2
    figures = {"cases": found.cases, "not_run": len(found.not_run), **scores(found.marked)}
    _show(found.marked, figures, [f"Not run: {name}: {reason}" for name, reason in found.not_run.items()])
    return 0


def _show(marked: Sequence[Marked], figures: dict[str, t.Any], notes: Sequence[str]) -> None:
    print("\n".join([*table(marked), "", *score_lines(figures), *map(printable, notes), json.dumps(figures)]))


if __name__ == "__main__":
    sys.exit(main())
