# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was recorded of live diagnoses is judged offline as it was live, and the answers are what decided."""

from __future__ import annotations

import json

import pytest

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.engine import diagnose
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.evidence import Evidence

from .live_records import FIXTURES, LIVE_RECORDS


def record(name: str) -> Evidence:
    return Evidence.from_dict(json.loads((FIXTURES / f"{name}.json").read_text()))


@pytest.mark.parametrize("name", sorted(LIVE_RECORDS))
def test_the_record_is_judged_as_it_was_live(name: str) -> None:
    found = diagnose(record(name))
    assert found.cause == LIVE_RECORDS[name]
    assert found.confidence >= 0.9
    assert found.rollback_helps is (None if found.category == "none" else True)


@pytest.mark.parametrize("name", sorted(LIVE_RECORDS))
def test_the_answers_are_what_decided(name: str) -> None:
    evidence = record(name)
    evidence.answers, evidence.metrics = [], []
    evidence.related = []
    without = diagnose(evidence)
    assert without.cause != LIVE_RECORDS[name] or without.confidence < 0.97 or without.category == "none"
