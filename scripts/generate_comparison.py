# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write `docs/comparison.md` from the practice cases: `python -m scripts.generate_comparison [FOLDER]`."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.exam import ROOT
from tests.exam.__main__ import DEFAULT_CASES
from tests.exam.comparison import compare, document

TARGET = ROOT / "docs" / "comparison.md"


def main(arguments: list[str]) -> int:
    """Write the page; return the exit code: 2 where there are no cases."""
    folder = Path(arguments[0]) if arguments else DEFAULT_CASES
    if not folder.is_dir():
        print(f"There is no folder of cases at {folder}: name one", file=sys.stderr)
        return 2
    TARGET.write_text(document(compare(folder)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
