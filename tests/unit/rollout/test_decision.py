# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The decision table, row by row."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.decision import OUTSIDE_CATEGORIES, decide

IN_RELEASE = ["image", "crash", "config", "health", "rollout"]
CATEGORIES = [*IN_RELEASE, *sorted(OUTSIDE_CATEGORIES), "none", "unknown"]


@pytest.mark.parametrize(
    ("phase", "category", "helps", "older", "action", "why"),
    [
        ("complete", "none", None, 2, "none", "is complete"),
        ("paused", "none", None, 2, "none", "a person on purpose"),
        ("superseded", "crash", True, 2, "stop", "not ours to undo"),
        ("progressing", "crash", True, 2, "wait", "still progressing"),
        ("failed", "crash", True, 1, "roll_back", "cause is in the new revision"),
        ("failed", "image", None, 1, "roll_back", "cause is in the new revision"),
        ("failed", "config", True, 1, "roll_back", "cause is in the new revision"),
        ("failed", "config", False, 1, "stop", "reads the same configuration"),
        ("failed", "image", False, 1, "stop", "lies outside the release"),
        ("failed", "node", None, 1, "stop", "does not explain the failure"),
        ("failed", "scheduling", True, 1, "roll_back", "cause is in the new revision"),
        ("failed", "crash", True, 0, "stop", "No older revision is kept"),
        ("failed", "unknown", None, 1, "roll_back", "cause is unknown"),
        ("failed", "unknown", None, 0, "stop", "No older revision is kept"),
    ],
)
def test_a_row(phase: str, category: str, helps: bool | None, older: int, action: str, why: str) -> None:
    found = decide(phase, category, helps, older)
    assert found.action == action
    assert why in found.why
    assert found.to_dict() == {"action": action, "why": found.why}


@pytest.mark.parametrize("category", ["node", "scheduling", "admission", "storage", "network"])
def test_what_lies_outside_the_release_is_not_rolled_back_on_a_guess(category: str) -> None:
    assert decide("failed", category, None, 3).action == "stop"


@given(
    st.sampled_from(["complete", "progressing", "paused", "failed", "superseded", "other"]),
    st.sampled_from(CATEGORIES),
    st.sampled_from([True, False, None]),
    st.integers(0, 3),
)
def test_only_a_failed_rollout_with_somewhere_to_go_is_rolled_back(
    phase: str, category: str, helps: bool | None, older: int
) -> None:
    found = decide(phase, category, helps, older)
    assert found.why.endswith(".")
    if found.action == "roll_back":
        assert phase == "failed"
        assert older > 0
        assert helps is not False


def test_a_deleted_workload_is_not_rolled_back() -> None:
    assert decide("failed", "none", None, 2).action == "stop"
