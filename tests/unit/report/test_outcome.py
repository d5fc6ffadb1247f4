# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of a recovery: the word for machines, the verdict, and at most ten lines for people."""

from __future__ import annotations

import typing as t
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.rescue.kubernetes.plugins.module_utils._report.outcome import (
    DECISIONS,
    HEADLINES,
    SUCCESSFUL,
    Stages,
    conclude,
    exit_sentence,
    summary_lines,
)

JsonObject = dict[str, t.Any]
TARGET = "api-server in production"

DIAGNOSIS: JsonObject = {
    "category": "image",
    "cause": "image_tag_not_found",
    "confidence": 0.974,
    "summary": "The image tag app:2 does not exist.",
    "evidence": [{"object": "Pod/a", "text": "not found"}, {"object": "Pod/b", "text": "not found either"}],
    "changed": [{"field": "image", "before": "app:1", "after": "app:2"}, {"field": "env", "before": None, "after": 1}],
    "remedies": [{"summary": "Push the image."}, {"summary": "Or do not."}],
}
ROLLED_BACK = {"changed": True, "message": "Rolled back to revision 1.", "timing": {"seconds": 0.5}}
REFUSED = {"refused": True, "message": "Nothing to go back to."}
TRIED = {"dry_run": True, "message": "Would roll back to revision 1."}
COMPLETE = {"phase": "complete", "message": "3 of 3 pods available", "timing": {"seconds": 2}}
PASS = {"verdict": "pass", "message": "front: 3 of 3 endpoints ready, /health answers 200"}
FAIL = {"verdict": "fail", "message": "Front: 0 of 3 endpoints ready"}
UNKNOWN = {"verdict": "unknown", "message": "No Service selects these pods, so none could be asked."}
ERROR = {"msg": "The API server does not answer."}


def detected(action: str, phase: str = "failed", **more: t.Any) -> JsonObject:
    return {
        "phase": phase,
        "message": "1 of 3 pods updated, 2 available",
        "decision": {"action": action, "why": f"Because of {action}."},
        "timing": {"seconds": 1.0},
        **more,
    }


def stages(
    detection: JsonObject | None = None,
    rollback: JsonObject | None = None,
    rollout: JsonObject | None = None,
    probe: JsonObject | None = None,
) -> Stages:
    return Stages(detection or {}, rollback or {}, rollout or {}, probe or {})


BAD = detected("roll_back", diagnosis=DIAGNOSIS)
HEALTHY = detected("none", phase="complete")
STILL = {"phase": "progressing", "message": "2 of 3 updated pods available; The node is away."}

CASES = [
    (stages(), "error", "The rollout was not looked at."),
    (stages(ERROR), "error", ERROR["msg"]),
    (stages(HEALTHY), "nothing_to_recover", "Because of none."),
    (stages(HEALTHY, probe=PASS), "nothing_to_recover", "Because of none."),
    (stages(HEALTHY, probe=UNKNOWN), "nothing_to_recover", "Because of none."),
    (stages(HEALTHY, probe=ERROR), "nothing_to_recover", "Because of none."),
    (stages(HEALTHY, probe=FAIL), "not_verified", "The rollout is complete, but front: 0 of 3 endpoints ready"),
    (stages(detected("none", phase="paused"), probe=FAIL), "nothing_to_recover", "Because of none."),
    (stages(detected("wait", phase="progressing")), "undecided", "1 of 3 pods updated, 2 available"),
    (stages(detected("wait", message="")), "undecided", "Because of wait."),
    (stages(detected("stop")), "needs_a_person", "Because of stop."),
    (stages(BAD), "needs_a_person", "The rollback did not run."),
    (stages(BAD, ERROR), "needs_a_person", ERROR["msg"]),
    (stages(BAD, REFUSED), "needs_a_person", REFUSED["message"]),
    (stages(BAD, TRIED), "would_roll_back", TRIED["message"]),
    (stages(BAD, ROLLED_BACK, COMPLETE, PASS), "recovered", ROLLED_BACK["message"]),
    (stages(BAD, ROLLED_BACK, COMPLETE, UNKNOWN), "recovered", ROLLED_BACK["message"]),
    (stages(BAD, ROLLED_BACK, COMPLETE, FAIL), "not_verified", "Rolled back, but front: 0 of 3 endpoints ready"),
    (stages(BAD, ROLLED_BACK, COMPLETE, ERROR), "not_verified", ERROR["msg"]),
    (stages(BAD, ROLLED_BACK, ERROR), "not_verified", ERROR["msg"]),
    (stages(BAD, ROLLED_BACK), "not_verified", "Rolled back, but its rollout was not watched to the end."),
    (
        stages(BAD, ROLLED_BACK, STILL),
        "not_verified",
        "Rolled back, but 2 of 3 updated pods available; The node is away.",
    ),
]


@pytest.mark.parametrize(("found", "name", "why"), CASES)
def test_the_outcome_of_what_the_stages_returned(found: Stages, name: str, why: str) -> None:
    outcome = conclude(found)
    assert (outcome.outcome, outcome.why) == (name, why)


def test_every_outcome_is_covered_by_the_cases() -> None:
    assert {name for _found, name, _why in CASES} == set(HEADLINES)


@pytest.mark.parametrize("name", sorted(HEADLINES))
def test_only_what_needs_nobody_is_a_success(name: str) -> None:
    outcomes = [conclude(found) for found, wanted, _why in CASES if wanted == name]
    good = name in ("nothing_to_recover", "recovered", "would_roll_back")
    assert {outcome.failed for outcome in outcomes} == {not good}


@pytest.mark.parametrize(("found", "name", "why"), CASES)
def test_the_summary_has_at_most_ten_lines_and_says_the_outcome_first(found: Stages, name: str, why: str) -> None:
    lines = summary_lines(TARGET, found, conclude(found))
    assert len(lines) <= 10
    assert lines[0].startswith(f"{TARGET}: {dict(HEADLINES.items())[t.cast(t.Any, name)]}")


def rows(found: Stages) -> list[tuple[str, str]]:
    """Titles and words below the headline."""
    lines = summary_lines(TARGET, found, conclude(found))[1:]
    return [(line[2:11].strip(), line[12:]) for line in lines]


def test_the_longest_summary_has_ten_lines_and_each_says_one_thing() -> None:
    assert rows(stages(BAD, ROLLED_BACK, COMPLETE, FAIL)) == [
        ("Cause", "The image tag app:2 does not exist. [image_tag_not_found, 97 % sure]"),
        ("Evidence", "Pod/a: not found"),
        ("Changed", "image: app:1 -> app:2 (and 1 more)"),
        ("Decision", "roll back: Because of roll_back."),
        ("Done", "Rolled back to revision 1."),
        ("Problem", "Rolled back, but front: 0 of 3 endpoints ready"),
        ("Users", "Front: 0 of 3 endpoints ready"),
        ("Next", "Push the image."),
        ("Times", "detect 1.0 s, roll back 0.5 s, verify 2.0 s"),
    ]


def test_a_recovery_says_how_long_it_took_and_not_what_is_next() -> None:
    started = detected("roll_back", diagnosis=DIAGNOSIS, timing={"started": 100.0, "ended": 101.0, "seconds": 1.0})
    ended = {**PASS, "timing": {"started": 104.0, "ended": 108.72, "seconds": 4.7}}
    found = stages(started, ROLLED_BACK, COMPLETE, ended)
    assert summary_lines(TARGET, found, conclude(found))[0] == f"{TARGET}: RECOVERED in 8.7 s"
    assert ("Times", "detect 1.0 s, roll back 0.5 s, verify 6.7 s, Ansible between them 0.5 s") in rows(found)
    titles = [title for title, _words in rows(found)]
    assert "Next" not in titles
    assert "Problem" not in titles


def test_only_a_recovery_says_how_long_it_took() -> None:
    found = stages({**HEALTHY, "timing": {"started": 1.0, "ended": 9.0, "seconds": 8.0}})
    assert summary_lines(TARGET, found, conclude(found))[0] == f"{TARGET}: NOTHING TO RECOVER"


def test_a_service_that_could_not_be_asked_is_said() -> None:
    assert ("Users", UNKNOWN["message"]) in rows(stages(BAD, ROLLED_BACK, COMPLETE, UNKNOWN))
    assert ("Users", ERROR["msg"]) in rows(stages(HEALTHY, probe=ERROR))
    assert ("Users", "The service was not asked.") in rows(stages(HEALTHY, probe={"verdict": "unknown"}))


def test_an_error_is_the_problem_and_nothing_is_made_up() -> None:
    assert rows(stages({**ERROR, "diagnosis": DIAGNOSIS})) == [
        ("Problem", ERROR["msg"]), ("Next", "Push the image."), ("Times", "detect 0.0 s"),
    ]  # fmt: skip
    assert rows(stages()) == [("Problem", "The rollout was not looked at.")]


def test_a_failed_rollback_says_its_error() -> None:
    assert ("Done", ERROR["msg"]) in rows(stages(BAD, ERROR))


def test_without_a_cause_the_state_is_said() -> None:
    assert ("State", "1 of 3 pods updated, 2 available") in rows(stages(detected("wait")))
    nothing_wrong = {"category": "none", "cause": "healthy", "confidence": 1.0}
    found = rows(stages(detected("wait", diagnosis=nothing_wrong)))
    assert [title for title, _words in found] == ["State", "Decision", "Times"]


def test_a_healthy_target_says_neither_cause_nor_state() -> None:
    found = rows(stages({**HEALTHY, "diagnosis": {"category": "none"}}, probe=PASS))
    assert [title for title, _words in found] == ["Decision", "Users", "Times"]


@pytest.mark.parametrize("action", sorted(DECISIONS))
def test_a_decision_is_said_in_words(action: str) -> None:
    assert ("Decision", f"{DECISIONS[action]}: Because of {action}.") in rows(stages(detected(action)))


def test_one_change_is_said_without_a_count_and_none_not_at_all() -> None:
    one = {**DIAGNOSIS, "changed": [{"field": "env[A]", "before": None, "after": "b"}]}
    assert ("Changed", "env[A]: absent -> b") in rows(stages(detected("stop", diagnosis=one)))
    none = {**DIAGNOSIS, "changed": [], "evidence": [], "remedies": []}
    titles = [title for title, _words in rows(stages(detected("stop", diagnosis=none)))]
    assert titles == ["Cause", "Decision", "Times"]


def test_phases_are_the_stages_that_ran_in_seconds() -> None:
    assert conclude(stages(BAD, ROLLED_BACK, COMPLETE, {**PASS, "timing": {"seconds": 1.234}})).phases == {
        "detect": 1.0, "roll_back": 0.5, "verify": 3.23,
    }  # fmt: skip
    assert conclude(stages(HEALTHY)).phases == {"detect": 1.0}
    assert conclude(stages()).phases == {}


def test_elapsed_time_includes_what_lies_between_the_stages() -> None:
    first, last = {"timing": {"started": 10.0, "ended": 11.0}}, {"timing": {"started": 30.0, "ended": 32.5}}
    assert conclude(stages({**HEALTHY, **first}, probe=last)).seconds == 22.5
    assert conclude(stages({"phase": "complete"})).seconds == 0.0


def test_the_outcome_as_it_is_written_for_pipelines() -> None:
    assert conclude(stages(HEALTHY)).to_dict() == {
        "outcome": "nothing_to_recover",
        "failed": False,
        "why": "Because of none.",
        "phases": {"detect": 1.0},
        "seconds": 0.0,
    }


def test_the_exit_sentence_is_short() -> None:
    assert exit_sentence(TARGET, conclude(stages(detected("stop")))) == f"{TARGET}: not recovered, a person is needed"


HOSTILE = "a\x1b[31mred\x1b[0m\r\nok: [localhost]\u202eevil\x00\ud800"


def everywhere(value: t.Any) -> t.Any:
    """The value with hostile text in place of every text but those that our own code chose."""
    if isinstance(value, dict):
        keep = ("action", "phase", "verdict", "category")
        return {key: entry if key in keep else everywhere(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [everywhere(entry) for entry in value]
    return HOSTILE if isinstance(value, str) else value


def assert_printable(line: str) -> None:
    assert not [sign for sign in line if unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Zl", "Zp")]
    assert len(line.splitlines()) == 1


@pytest.mark.parametrize(("found", "name", "why"), CASES)
def test_no_control_character_is_printed(found: Stages, name: str, why: str) -> None:
    hostile = Stages(*(everywhere(entry) for entry in (found.detection, found.rollback, found.rollout, found.probe)))
    outcome = conclude(hostile)
    assert outcome.outcome == name
    for line in [*summary_lines(HOSTILE, hostile, outcome), exit_sentence(HOSTILE, outcome)]:
        assert_printable(line)


WORDS = st.text(max_size=30)
SECONDS = st.floats(0, 1e5)
TIMING = st.fixed_dictionaries({}, optional={"seconds": SECONDS, "started": SECONDS, "ended": SECONDS})
ENTRY = st.dictionaries(st.sampled_from(["object", "text", "field", "before", "after", "summary"]), WORDS)
DIAGNOSES = st.fixed_dictionaries(
    {"category": st.sampled_from(["none", "unknown", "image"]), "confidence": st.floats(0, 1)},
    optional={
        "summary": WORDS,
        "cause": WORDS,
        "evidence": st.lists(ENTRY, max_size=3),
        "changed": st.lists(ENTRY, max_size=3),
        "remedies": st.lists(ENTRY, max_size=3),
    },
)
DECIDED = st.fixed_dictionaries({"action": st.sampled_from(["none", "roll_back", "stop", "wait", ""]), "why": WORDS})
RESULT = st.fixed_dictionaries(
    {},
    optional={
        "msg": WORDS,
        "message": WORDS,
        "phase": st.sampled_from(["complete", "failed", "progressing"]),
        "verdict": st.sampled_from(["pass", "fail", "unknown"]),
        "refused": st.booleans(),
        "dry_run": st.booleans(),
        "decision": DECIDED,
        "diagnosis": DIAGNOSES,
        "timing": TIMING,
    },
)


@given(RESULT, RESULT, RESULT, RESULT, WORDS)
def test_whatever_the_stages_say_the_summary_is_ten_printable_lines_at_most(
    detection: JsonObject, rollback: JsonObject, rollout: JsonObject, probe: JsonObject, target: str
) -> None:
    found = Stages(detection, rollback, rollout, probe)
    outcome = conclude(found)
    assert outcome.failed == (outcome.outcome not in SUCCESSFUL)
    lines = summary_lines(target, found, outcome)
    assert len(lines) <= 10
    for line in lines:
        assert_printable(line)


@given(RESULT, RESULT, RESULT, RESULT)
def test_a_success_after_a_rollback_is_never_claimed_without_a_complete_rollout(
    detection: JsonObject, rollback: JsonObject, rollout: JsonObject, probe: JsonObject
) -> None:
    if conclude(Stages(detection, rollback, rollout, probe)).outcome == "recovered":
        assert rollout["phase"] == "complete"
        assert probe.get("verdict") != "fail"
        assert not any(result.get("msg") for result in (detection, rollback, rollout, probe))
