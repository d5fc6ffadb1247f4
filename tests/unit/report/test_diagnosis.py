# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines of a diagnosis."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.rescue.kubernetes.plugins.module_utils._report.diagnosis import (
    diagnosis_lines,
    diagnosis_problem,
    diagnosis_target,
)

RESULT: dict[str, t.Any] = {
    "name": "web",
    "namespace": "shop",
    "category": "image",
    "cause": "image_tag_not_found",
    "confidence": 0.98,
    "message": "Image web:2 does not exist in the registry.\nSince 01:02:03 UTC.\nRoll back to revision 1.",
    "evidence": [{"object": "Pod/web-1", "text": "not found\x1b[31m"}],
    "differences": [{"field": "image", "before": "web:1", "after": None}, {"field": "x", "before": 1, "after": 2}],
    "unseen": ["Events may not be listed.", "Logs may not be read."],
    "bundle": {"path": "/tmp/bundle", "written": True, "files": 4},
    "calls": 6,
    "timing": {"seconds": 0.14},
}


def test_a_verdict_and_what_stands_behind_it_are_at_most_ten_lines() -> None:
    assert diagnosis_lines(diagnosis_target(RESULT, "web"), RESULT) == [
        "web in shop: image, image_tag_not_found, 98 % sure",
        "  Verdict   Image web:2 does not exist in the registry.",
        "            Since 01:02:03 UTC.",
        "            Roll back to revision 1.",
        "  Evidence  Pod/web-1: not found [31m",
        "  Changed   image: web:1 -> absent (and 1 more)",
        "  Unseen    Events may not be listed. (and 1 more)",
        "  Bundle    /tmp/bundle (4 files)",
        "  Took      0.1 s, 6 requests to the API server",
    ]


def test_a_record_is_named_with_its_time_and_check_mode_with_what_was_not_written() -> None:
    record = {"format": "a must-gather", "path": "gathered", "taken_at": "2026-11-24T01:00:00Z"}
    lines = diagnosis_lines("x", {**RESULT, "record": record, "bundle": {"path": "b", "written": False}})
    assert lines[-2:] == [
        "  Bundle    check mode, so b was not written",
        "  Record    a must-gather, gathered, of 2026-11-24T01:00:00Z",
    ]


@pytest.mark.parametrize(
    ("result", "asked", "expected"),
    [
        ({"msg": "No such file.", "name": "web"}, "web", ["web: COULD NOT BE LOOKED AT", "  Problem   No such file."]),
        ({}, "", ["no deployment given: COULD NOT BE LOOKED AT", "  Problem   The workload was not looked at."]),
    ],
)
def test_where_there_is_no_verdict_the_reason_is_said(
    result: dict[str, t.Any], asked: str, expected: list[str]
) -> None:
    assert diagnosis_lines(diagnosis_target(result, asked), result) == expected


ANYTHING = (
    st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text()) | st.dictionaries(st.text(), st.text())
)


@given(st.dictionaries(st.sampled_from([*RESULT, "record", "msg"]), ANYTHING))
def test_any_result_is_at_most_ten_lines(result: dict[str, t.Any]) -> None:
    diagnosis_problem(result)
    lines = diagnosis_lines(diagnosis_target(result, "x"), result)
    assert len(lines) <= 10
    assert not any("\n" in line for line in lines)
