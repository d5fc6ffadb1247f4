# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One line that is safe to print."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.rescue.kubernetes.plugins.module_utils._report.text import LINE_LIMIT, printable

HOSTILE = {
    "escape": "\x1b",
    "carriage return": "\r",
    "newline": "\n",
    "tab": "\t",
    "control sequence of one character": "\x9b",
    "right-to-left override": "\u202e",
    "zero width space": "\u200b",
    "soft hyphen": "\xad",
    "line separator": "\u2028",
    "paragraph separator": "\u2029",
    "half a surrogate pair": "\ud800",
}


@pytest.mark.parametrize("sign", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_a_terminal_would_act_on_becomes_a_space(sign: str) -> None:
    assert printable(f"a{sign}b") == "a b"


def test_what_people_write_is_kept() -> None:
    assert printable("Größe 3 → 4, 日本") == "Größe 3 → 4, 日本"
    assert printable("") == ""


def test_a_long_line_is_cut_and_says_so() -> None:
    assert printable("a" * LINE_LIMIT) == "a" * LINE_LIMIT
    assert printable("a" * (LINE_LIMIT + 1)) == "a" * (LINE_LIMIT - 1) + "…"
    assert printable("abcdef", limit=3) == "ab…"


@given(st.text(alphabet=st.characters(), max_size=600), st.integers(1, 500))
def test_any_text_becomes_one_bounded_line_that_can_be_written(text: str, limit: int) -> None:
    line = printable(text, limit)
    assert len(line) <= limit
    assert len(line.splitlines()) <= 1
    assert not [sign for sign in line if unicodedata.category(sign) in ("Cc", "Cf", "Zl", "Zp", "Cs")]
    line.encode("utf-8")
