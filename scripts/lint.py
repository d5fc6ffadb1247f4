# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every check that reads the files without running them."""

from __future__ import annotations

import sys

from scripts.steps import ROOT, Step, run_all

COLLECTION = "ansible_collections.rescue.kubernetes"
# Python that is ours and not part of the collection.
TOOLS = ("scripts", "tests", "demo")


def steps() -> list[Step]:
    """Return the checks, the longest first."""
    tools = [folder for folder in TOOLS if any((ROOT / folder).rglob("*.py"))]
    return [
        Step("ansible-lint", ["ansible-lint", "--offline", "--profile", "production", "--nocolor"]),
        # The plugins are checked for the oldest Python that may run them.
        Step("mypy plugins", ["mypy", "--python-version", "3.10", "--package", f"{COLLECTION}.plugins"]),
        Step("mypy tools", ["mypy", *tools]),
        Step("antsibull-docs", ["antsibull-docs", "lint-collection-docs", ".", "--plugin-docs", "--skip-rstcheck"]),
        Step("antsibull-changelog", ["antsibull-changelog", "lint"]),
        Step("yamllint", ["yamllint", "--strict", "."]),
        Step("ruff check", ["ruff", "check", "."]),
        Step("ruff format", ["ruff", "format", "--check", "."]),
    ]


if __name__ == "__main__":
    sys.exit(run_all("lint", steps(), at_once=2))
