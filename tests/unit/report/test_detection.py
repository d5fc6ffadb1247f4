# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What detect.yml prints: a table that fits the terminal, the lines of one workload, what the exit code rests on."""

from __future__ import annotations

import typing as t
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.rescue.kubernetes.plugins.module_utils._report.detection import (
    age,
    detection_lines,
    is_failing,
    problem_of,
    sentence_of,
    target_of,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.objects import parse_time

JsonObject = dict[str, t.Any]
NOW = "2026-03-01T12:00:00Z"


def workload(name: str, phase: str = "failed", **more: t.Any) -> JsonObject:
    return {
        "kind": "Deployment",
        "name": name,
        "namespace": "production",
        "phase": phase,
        "message": "1 of 3 pods updated, 3 available",
        "replicas": {"desired": 3, "ready": 3},
        "changed_at": "2026-03-01T11:55:00Z",
        "category": "image",
        "cause": "image_tag_not_found",
        "confidence": 0.974,
        "summary": "Image app:2 does not exist in the registry.",
        **more,
    }


def swept(*workloads: JsonObject, **more: t.Any) -> JsonObject:
    counts = {phase: sum(row["phase"] == phase for row in workloads) for phase in ("failed", "paused", "complete")}
    message = f"{len(workloads)} workloads in namespace production"
    return {"message": message, "workloads": list(workloads), "counts": counts, "taken_at": NOW, **more}


SINGLE: JsonObject = {
    "phase": "failed",
    "name": "api-server",
    "namespace": "production",
    "message": "1 of 3 pods updated, 3 available",
    "timed_out": False,
    "decision": {"action": "roll_back", "why": "The cause is in the new revision, and an older one is there."},
    "diagnosis": {
        "category": "image",
        "cause": "image_tag_not_found",
        "confidence": 0.974,
        "evidence": [{"object": "Pod/a", "text": "not found"}, {"object": "Pod/b", "text": "not found"}],
        "remedies": [{"summary": "Push the image."}, {"summary": "Or another."}],
    },
}


def test_a_table_says_how_each_stands_and_why() -> None:
    rows = (workload("api-server"), workload("database", "paused", category=None, cause=None, kind="StatefulSet"))
    assert detection_lines("sweep", swept(*rows), 80, 9) == [
        "sweep: 2 workloads in namespace production",
        "",
        "STATE   CHANGED  READY  WORKLOAD                        CAUSE",
        "failed  5m       3/3    production/api-server (deploy)  image_tag_not_found",
        "  Image app:2 does not exist in the registry.",
        "paused  5m       3/3    production/database (sts)",
        "  1 of 3 pods updated, 3 available",
    ]


def test_nothing_wrong_is_one_line() -> None:
    assert detection_lines("sweep", swept(), 80, 9) == ["sweep: 0 workloads in namespace production"]


def test_what_is_complete_needs_no_reason() -> None:
    lines = detection_lines("sweep", swept(workload("web", "complete", category=None)), 80, 9)
    assert lines[-1].startswith("complete")


def test_a_table_says_what_it_leaves_out() -> None:
    found = swept(
        *(workload(f"w{number}") for number in range(12)), classified=5, unclassified=7, unseen=["daemonsets: no."]
    )
    lines = detection_lines("sweep", found, 80, 9)
    assert len(lines) <= 24
    assert lines[-3:] == [
        "... and 3 more: -e table_rows=0 shows all.",
        "The 5 worst were diagnosed: -e classify_limit= sets how many.",
        "Not seen: daemonsets: no.",
    ]
    assert "more" not in "".join(detection_lines("sweep", found, 80, 0))


def test_one_workload_takes_at_most_ten_lines() -> None:
    assert detection_lines(target_of(SINGLE, ""), SINGLE, 80, 9) == [
        "api-server in production: FAILED",
        "  State     1 of 3 pods updated, 3 available",
        "  Cause     image_tag_not_found, 97 % sure",
        "  Evidence  Pod/a: not found",
        "  Next      Push the image.",
        "  Decision  The cause is in the new revision, and an older one is there.",
    ]


@pytest.mark.parametrize(
    ("detection", "failing", "problem", "sentence"),
    [
        (SINGLE, True, "", "api-server in production: failed"),
        ({**SINGLE, "phase": "complete"}, False, "", "api-server in production: complete"),
        ({**SINGLE, "phase": "progressing"}, False, "", "api-server in production: progressing"),
        (
            {**SINGLE, "phase": "progressing", "timed_out": True, "msg": "Timed out."},
            True,
            "",
            "api-server in production: not decided",
        ),
        ({"msg": "No such cluster."}, False, "No such cluster.", "asked: could not be looked at"),
        ({}, False, "Nothing was looked at.", "asked: could not be looked at"),
        (swept(workload("a")), True, "", "asked: 1 workloads in namespace production"),
        (swept(workload("a", "paused")), False, "", "asked: 1 workloads in namespace production"),
    ],
)
def test_the_exit_code_rests_on_what_was_found(
    detection: JsonObject, failing: bool, problem: str, sentence: str
) -> None:
    assert is_failing(detection) is failing
    assert problem_of(detection) == problem
    assert sentence_of(target_of(detection, "asked"), detection) == sentence
    if problem:
        assert detection_lines("asked", detection, 80, 9)[1] == f"  Problem   {problem}"


@pytest.mark.parametrize(
    ("then", "said"),
    [
        ("2026-03-01T11:59:30Z", "30s"),
        ("2026-03-01T11:58:01Z", "119s"),
        ("2026-03-01T11:50:00Z", "10m"),
        ("2026-03-01T09:00:00Z", "3h"),
        ("2026-02-20T12:00:00Z", "9d"),
        # a clock that is behind
        ("2026-03-01T12:00:09Z", "0s"),
        (None, "?"),
    ],
)
def test_ages_are_as_kubectl_writes_them(then: str | None, said: str) -> None:
    assert age(parse_time(then), parse_time(NOW)) == said


JUNK = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=200)
RESULTS = st.dictionaries(
    st.sampled_from(["message", "taken_at", "unseen", "counts", "workloads", "phase", "diagnosis", "msg", "name"]),
    JUNK | st.lists(JUNK | st.dictionaries(st.sampled_from(list(workload("a"))), JUNK), max_size=12),
)


@settings(deadline=None)
@given(RESULTS, st.integers(20, 200))
def test_whatever_the_result_no_line_is_wider_than_the_terminal_or_steers_it(result: JsonObject, columns: int) -> None:
    lines = detection_lines("sweep", result, columns, 9)
    assert not any(unicodedata.category(sign) in ("Cc", "Cf") for line in lines for sign in line)
    if isinstance(result.get("workloads"), list):
        assert all(len(line) <= columns for line in lines)
        assert len(lines) <= 40 + len(result.get("unseen") or [] if isinstance(result.get("unseen"), list) else [])
