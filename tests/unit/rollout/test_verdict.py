# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a named cause waits until it is the verdict."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.verdict import (
    Patience,
    Sign,
    seconds_until_failed,
)

DEFAULT = Patience()
PULL = Sign("image", "registry_unreachable", terminal=False, grace=30.0)
CRASH = Sign("crash", "exit_nonzero", terminal=False, grace=30.0)


@pytest.mark.parametrize("category", ["none", "unknown"])
def test_no_failure_is_never_a_verdict(category: str) -> None:
    assert seconds_until_failed(Sign(category, "x", terminal=True, grace=0.0), 1e6, 99, DEFAULT) is None


def test_a_terminal_cause_is_the_verdict_at_once_whatever_the_patience() -> None:
    sign = Sign("image", "image_tag_not_found", terminal=True, grace=30.0)
    assert seconds_until_failed(sign, 0.0, 0, Patience(grace=600.0)) == 0.0


def test_a_cause_that_may_be_cured_waits_for_its_grace() -> None:
    assert seconds_until_failed(PULL, 0.0, 0, DEFAULT) == 30.0
    assert seconds_until_failed(PULL, 12.0, 0, DEFAULT) == 18.0
    assert seconds_until_failed(PULL, 30.0, 0, DEFAULT) == 0.0
    assert seconds_until_failed(PULL, 500.0, 0, DEFAULT) == 0.0


def test_a_persons_grace_takes_the_place_of_the_causes_own() -> None:
    assert seconds_until_failed(PULL, 10.0, 0, Patience(grace=100.0)) == 90.0
    assert seconds_until_failed(PULL, 10.0, 0, Patience(grace=0.0)) == 0.0


def test_a_cause_without_grace_does_not_get_one_from_a_person() -> None:
    sign = Sign("admission", "webhook_denied", terminal=False, grace=0.0)
    assert seconds_until_failed(sign, 0.0, 0, Patience(grace=100.0)) == 0.0


def test_a_crash_is_the_verdict_at_its_last_allowed_restart() -> None:
    assert seconds_until_failed(CRASH, 0.0, 1, Patience(max_restarts=2)) == 30.0
    assert seconds_until_failed(CRASH, 0.0, 2, Patience(max_restarts=2)) == 0.0
    assert seconds_until_failed(CRASH, 0.0, 3, Patience(max_restarts=2)) == 0.0


def test_restarts_count_for_crashes_only_and_not_when_switched_off() -> None:
    assert seconds_until_failed(PULL, 0.0, 9, Patience(max_restarts=2)) == 30.0
    assert seconds_until_failed(CRASH, 0.0, 9, Patience(max_restarts=0)) == 30.0


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.integers(0, 5), st.none() | st.floats(0, 1e6))
def test_more_time_never_makes_the_wait_longer(seen: float, more: float, restarts: int, grace: float | None) -> None:
    patience = Patience(grace=grace)
    first = seconds_until_failed(CRASH, seen, restarts, patience)
    later = seconds_until_failed(CRASH, seen + more, restarts, patience)
    assert first is not None
    assert later is not None
    assert 0.0 <= later <= first
