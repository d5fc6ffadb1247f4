# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m tests.exam`: judge a folder of cases; the last line is the scores as one JSON object."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from . import ROOT
from .exam import examine
from .report import score_lines, table
from .scoring import scores

DEFAULT_CASES = ROOT.parent / "shared" / "exam" / "cases"


def main(arguments: list[str] | None = None) -> int:
    """Run the exam; return the exit code: 0 whatever the scores are, 2 where there are no cases."""
    parser = argparse.ArgumentParser(prog="python -m tests.exam", description=__doc__)
    parser.add_argument("--cases", type=Path, default=DEFAULT_CASES, help="folder of the cases")
    given = parser.parse_args(arguments)
    if not given.cases.is_dir():
        print(f"There is no folder of cases at {given.cases}: name one, as in make exam CASES=DIR", file=sys.stderr)
        return 2
    found = examine(given.cases)
    if not found.marked:
        print(f"{given.cases} holds no case that can be judged: each is a folder with expected.yaml", file=sys.stderr)
        return 2
    figures = {"cases": found.cases, "skipped_without_objects": len(found.skipped), **scores(found.marked)}
    print("\n".join([*table(found.marked), "", *score_lines(figures)]))
    if found.skipped:
        print(f"Skipped, for they hold no objects: {len(found.skipped)}")
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
