# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The practice cases of others, where they are: beside the checkout, not in it."""

from __future__ import annotations

import pytest

from scripts import generate_comparison
from tests.exam.__main__ import DEFAULT_CASES
from tests.exam.comparison import compare, document
from tests.exam.exam import examine
from tests.exam.scoring import scores

pytestmark = pytest.mark.skipif(not DEFAULT_CASES.is_dir(), reason="the practice cases are not beside this checkout")


def test_the_figures_that_are_promised() -> None:
    found = scores(examine(DEFAULT_CASES).marked)
    assert found["errors"] == 0
    assert found["category"]["share"] >= 0.95
    assert found["leaf"]["share"] >= 0.85
    assert found["not_failed_called_failed"] == 0
    assert found["calibration"]["sure"]["share"] >= 0.95
    assert found["calibration"]["held_out"]["share"] >= 0.95


def test_the_comparison_is_the_one_that_the_cases_give() -> None:
    page = generate_comparison.TARGET.read_text(encoding="utf-8")
    assert page == document(compare(DEFAULT_CASES)), "run python -m scripts.generate_comparison"
