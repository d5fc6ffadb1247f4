# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of causes is whole, and its reference is what it says."""

from __future__ import annotations

import importlib.util
import re
import typing as t
from pathlib import Path

import pytest

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.cause import Category, Cause
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.causes import ALL, BY_NAME
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.finding import Finding
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.wording import summary

ROOT = Path(__file__).resolve().parents[3]


def test_the_reference_is_made_from_the_table() -> None:
    specification = importlib.util.spec_from_file_location("generate_causes", ROOT / "scripts" / "generate_causes.py")
    assert specification is not None
    assert specification.loader is not None
    generator = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(generator)
    assert (ROOT / "docs" / "causes.md").read_text() == generator.document()


def test_names_are_unique_and_categories_are_known() -> None:
    assert len(BY_NAME) == len(ALL)
    assert {cause.category for cause in ALL} == set(t.get_args(Category))


@pytest.mark.parametrize("cause", ALL, ids=lambda cause: cause.name)
def test_every_entry_says_what_it_means(cause: Cause) -> None:
    assert cause.meaning.endswith(".")
    assert cause.signal
    assert cause.remedies or cause.category == "none"
    assert 0.0 <= cause.grace <= 300.0


@pytest.mark.parametrize("cause", ALL, ids=lambda cause: cause.name)
def test_a_summary_is_one_line_even_without_words_and_with_hostile_ones(cause: Cause) -> None:
    assert "{" not in summary(cause, Finding(cause.name, 0.5))
    words = dict.fromkeys(re.findall(r"\{(\w+)\}", cause.summary), "{{ lookup('x') }}\n\x1b[31mred\x07{container}")
    told = summary(cause, Finding(cause.name, 0.5, words=words))
    assert "\n" not in told
    assert "\x1b" not in told
