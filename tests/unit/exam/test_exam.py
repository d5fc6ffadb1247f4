# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from tests.exam.__main__ import main
from tests.exam.cases import Expected
from tests.exam.exam import examine
from tests.exam.judging import Answer
from tests.exam.scoring import Marked, Tally, calibration, leaves, says, scores, wilson_lower_bound

from . import written

EXPECTED = Expected(("crash", "config"), ("exit_nonzero",), True, "verbatim", True, {}, "")
ANSWER = Answer("crash", "exit_nonzero", 0.95, "main", True, True, "it ends")


@pytest.mark.parametrize(
    ("spelling", "category", "found"),
    [
        ("oom_killed", "crash", {"oom_killed"}),
        ("unhandled_exception_java", "crash", {"unhandled_exception"}),
        ("evicted_memory", "node", {"evicted"}),
        ("node_disk_pressure", "node", {"node_pressure"}),
        ("scheduling_unknown", "scheduling", {"unschedulable_unknown"}),
        ("liveness_failing", "health", {"liveness_probe_failing"}),
        ("nobody_knows_this", "crash", {"nobody_knows_this"}),
        (
            "probe_wrong_path",
            "health",
            {"readiness_probe_wrong_path", "liveness_probe_wrong_path", "startup_probe_wrong_path"},
        ),
    ],
)
def test_older_spellings_stand_for_leaves(spelling: str, category: str, found: set[str]) -> None:
    assert leaves(spelling, category) == found


def test_an_init_containers_cause_needs_the_role() -> None:
    assert not says("init_container_exit_nonzero", "crash", ANSWER)
    assert says("init_container_exit_nonzero", "crash", dataclasses.replace(ANSWER, role="init"))


def test_a_leaf_that_begins_alike_is_taken_as_it_is() -> None:
    assert says("init_container_hang", "rollout", dataclasses.replace(ANSWER, cause="init_container_hang", role="init"))


def test_marks() -> None:
    wrong = Marked(
        "a", EXPECTED, dataclasses.replace(ANSWER, category="image", cause="image_pull_unknown", failed=False)
    )
    assert (wrong.category, wrong.leaf, wrong.failed, wrong.false_alarm) == (False, False, False, False)
    quiet = dataclasses.replace(EXPECTED, failed=False)
    assert Marked("b", quiet, ANSWER).false_alarm
    unjudged = Marked("c", EXPECTED, None, "broken")
    assert (unjudged.category, unjudged.leaf, unjudged.failed) == (False, False, False)
    assert unjudged.counts, "what could not be judged is wrong, not away"


def test_scores_by_fidelity_leave_out_what_is_unreliable() -> None:
    derived = dataclasses.replace(EXPECTED, fidelity="derived")
    unreliable = dataclasses.replace(EXPECTED, scored=False)
    found = scores(
        [Marked("a", EXPECTED, ANSWER), Marked("b", derived, None, "broken"), Marked("c", unreliable, ANSWER)]
    )
    assert (found["records"], found["unscored"], found["errors"]) == (2, 1, 1)
    assert found["leaf"] == {"right": 1, "total": 2, "share": 0.5}
    assert found["groups"]["derived"]["category"] == {"right": 0, "total": 1, "share": 0.0}


def test_calibration_holds_each_record_out() -> None:
    sure = [Marked(str(number), EXPECTED, ANSWER) for number in range(10)]
    doubtful = Marked("wrong", EXPECTED, dataclasses.replace(ANSWER, cause="oom_killed", confidence=0.6))
    found = calibration([*sure, doubtful])
    assert found["bands"]["0.9 to 1.0"]["total"] == 10
    assert found["trusted_from"] == 0.95
    # Without the wrong one the others are all right, but it is less sure than any of them.
    assert found["held_out"] == {"right": 10, "total": 10, "share": 1.0}
    assert 0.72 < found["lower_bound"] < 0.73


def test_a_wrong_sure_verdict_is_held_against_the_confidence() -> None:
    wrong = Marked("wrong", EXPECTED, dataclasses.replace(ANSWER, cause="oom_killed"))
    found = calibration([*(Marked(str(number), EXPECTED, ANSWER) for number in range(5)), wrong])
    assert found["trusted_from"] is None
    assert found["held_out"] == {"right": 0, "total": 1, "share": 0.0}


def test_nothing_has_no_share() -> None:
    assert Tally(0, 0).share is None
    assert wilson_lower_bound(Tally(0, 0)) is None
    assert calibration([])["sure"]["share"] is None


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    """One of each: right, healthy, a case for people, broken ones, and one that steers a terminal."""
    folder = tmp_path / "cases"
    written.write(folder, "a-right", written.missing_tag(), written.answer())
    written.write(folder, "b-healthy", written.healthy(), written.answer("none", "healthy"))
    written.write(folder, "c-describe", None, written.answer(), {"describe.txt": "Name: till"})
    (written.write(folder, "d-broken", [], written.answer()) / "objects.yaml").write_text("kind: [\x1b]0;title\x07")
    (folder / "e-empty").mkdir()
    written.write(
        folder, "f-steering", written.healthy(), written.answer("none", "\x1b[2Jhealthy\r", fidelity="\x9b1m")
    )
    return folder


def test_a_broken_case_stops_nothing(cases: Path) -> None:
    found = examine(cases)
    assert found.skipped == ["c-describe"]
    assert [(entry.id, bool(entry.error)) for entry in found.marked] == [
        ("a-right", False),
        ("b-healthy", False),
        ("d-broken", True),
        ("e-empty", True),
        ("f-steering", False),
    ]


def test_an_engine_that_raises_is_an_error_line(cases: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_evidence: object) -> None:
        raise KeyError("spec")

    monkeypatch.setattr("tests.exam.exam.judge", fail)
    assert {entry.error for entry in examine(cases).marked if entry.id == "a-right"} == {"KeyError: 'spec'"}


def test_the_last_line_is_json_and_nothing_steers_a_terminal(cases: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--cases", str(cases)]) == 0
    printed = capsys.readouterr().out
    assert all(sign.isprintable() or sign == "\n" for sign in printed)
    figures = json.loads(printed.splitlines()[-1])
    assert (figures["cases"], figures["records"], figures["errors"]) == (6, 4, 2)
    assert (figures["skipped_without_objects"], figures["healthy_called_failed"]) == (1, 0)
    assert figures["category"]["right"] == 3
    assert "a-right" in printed
    assert "ERROR" in printed


@pytest.mark.parametrize("made", [False, True])
def test_no_cases_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str], made: bool) -> None:
    folder = tmp_path / "nowhere"
    if made:
        folder.mkdir()
    assert main(["--cases", str(folder)]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_a_rollout_whose_cause_may_pass_is_failed_after_its_grace(tmp_path: Path) -> None:
    waiting = {"reason": "CreateContainerConfigError", "message": 'configmap "prices" not found'}
    objects = [written.deployment(), written.replica_set(), written.pod(waiting=waiting)]
    written.write(tmp_path, "case", objects, written.answer("config", "configmap_not_found"))
    (marked,) = examine(tmp_path).marked
    assert marked.leaf
    assert marked.answer is not None
    assert marked.answer.failed


def test_what_has_no_pods_has_no_rollout_to_fail(tmp_path: Path) -> None:
    claim = {"kind": "PersistentVolumeClaim", "metadata": written.metadata("data"), "status": {"phase": "Pending"}}
    target = {"kind": "PersistentVolumeClaim", "name": "data"}
    written.write(
        tmp_path, "case", [claim], written.answer("storage", "pvc_unbound", target=target, rollout_failed=False)
    )
    (marked,) = examine(tmp_path).marked
    assert marked.failed
