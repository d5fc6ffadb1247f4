# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of a recovery: one word for machines, one verdict, at most ten lines for people.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

Pure functions of the results that the stages' modules returned.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.rescue.kubernetes.plugins.module_utils._report.text import printable
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.objects import (
    JsonObject,
    dig,
    mapping,
    sequence,
    text,
)

OutcomeName = t.Literal[
    "nothing_to_recover",
    "recovered",
    "would_roll_back",
    "not_verified",
    "needs_a_person",
    "undecided",
    "error",
]

SUCCESSFUL = frozenset({"nothing_to_recover", "recovered", "would_roll_back"})

HEADLINES: dict[OutcomeName, str] = {
    "nothing_to_recover": "NOTHING TO RECOVER",
    "recovered": "RECOVERED",
    "would_roll_back": "WOULD ROLL BACK (check mode, nothing was changed)",
    "not_verified": "NOT VERIFIED AS RESTORED",
    "needs_a_person": "NOT RECOVERED, a person is needed",
    "undecided": "NOT DECIDED",
    "error": "COULD NOT BE LOOKED AT",
}

DECISIONS = {"none": "nothing to do", "roll_back": "roll back", "stop": "stop", "wait": "wait"}


@dataclasses.dataclass(frozen=True)
class Stages:
    """Results of the stages' modules; an empty object where a stage did not run."""

    detection: JsonObject
    rollback: JsonObject
    rollout: JsonObject
    probe: JsonObject


@dataclasses.dataclass(frozen=True)
class Outcome:
    """`outcome` is a slug, `failed` decides the exit code, `why` is one sentence, `phases` are seconds."""

    outcome: OutcomeName
    failed: bool
    why: str
    phases: dict[str, float]
    seconds: float

    def to_dict(self) -> JsonObject:
        """Shape: `{outcome, failed, why, phases: {detect, roll_back, verify}, seconds}`."""
        return dataclasses.asdict(self)


def _failure(result: JsonObject) -> str:
    """The sentence of a stage that ended in an error, or an empty string: our results carry `msg` only then."""
    return text(result.get("msg"))


def conclude(stages: Stages) -> Outcome:
    """The outcome of a recovery from what its stages returned."""
    name, why = _name_and_why(stages)
    phases = {
        phase: round(sum(_seconds(result) for result in results), 2)
        for phase, results in (
            ("detect", [stages.detection]),
            ("roll_back", [stages.rollback]),
            ("verify", [stages.rollout, stages.probe]),
        )
        if any(results)
    }
    return Outcome(name, name not in SUCCESSFUL, why, phases, _elapsed(stages))


def _name_and_why(stages: Stages) -> tuple[OutcomeName, str]:
    detection, rollback = stages.detection, stages.rollback
    error = _failure(detection)
    if error or not detection:
        return "error", error or "The rollout was not looked at."
    action = text(dig(detection, "decision", "action"))
    why = text(dig(detection, "decision", "why"))
    if action == "none":
        verdict = text(stages.probe.get("verdict"))
        if text(detection.get("phase")) == "complete" and verdict == "fail":
            return "not_verified", "The rollout is complete, but " + _lower(_probe_words(stages.probe))
        return "nothing_to_recover", why
    if action == "wait":
        return "undecided", text(detection.get("message")) or why
    if action != "roll_back":
        return "needs_a_person", why
    return _after_rollback(rollback, stages)


def _after_rollback(rollback: JsonObject, stages: Stages) -> tuple[OutcomeName, str]:
    error = _failure(rollback)
    if error or not rollback:
        return "needs_a_person", error or "The rollback did not run."
    if rollback.get("refused"):
        return "needs_a_person", text(rollback.get("message"))
    if rollback.get("dry_run"):
        return "would_roll_back", text(rollback.get("message"))
    error = _failure(stages.rollout) or _failure(stages.probe)
    if error:
        return "not_verified", error
    if text(stages.rollout.get("phase")) != "complete":
        said = text(stages.rollout.get("message")) or "its rollout was not watched to the end"
        return "not_verified", f"Rolled back, but {said.rstrip('.')}."
    if text(stages.probe.get("verdict")) == "fail":
        return "not_verified", "Rolled back, but " + _lower(_probe_words(stages.probe))
    return "recovered", text(rollback.get("message"))


def _seconds(result: JsonObject) -> float:
    value = dig(result, "timing", "seconds")
    return float(value) if isinstance(value, (int, float)) else 0.0


def _elapsed(stages: Stages) -> float:
    """From the start of the first stage to the end of the last, between tasks included."""
    timings = [mapping(result.get("timing")) for result in dataclasses.astuple(stages)]
    starts = [entry["started"] for entry in timings if isinstance(entry.get("started"), (int, float))]
    ends = [entry["ended"] for entry in timings if isinstance(entry.get("ended"), (int, float))]
    return round(max(ends) - min(starts), 2) if starts and ends else 0.0


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _probe_words(probe: JsonObject) -> str:
    return text(probe.get("message")) or "The service was not asked."


def summary_lines(target: str, stages: Stages, outcome: Outcome) -> list[str]:
    """At most ten lines: what was wrong, what was done, whether users are served."""
    rows: list[tuple[str, str]] = []
    diagnosis = mapping(stages.detection.get("diagnosis"))
    if outcome.outcome == "error":
        rows.append(("Problem", outcome.why))
    elif diagnosis and diagnosis.get("category") not in (None, "none"):
        sure = round(100 * float(diagnosis.get("confidence") or 0))
        rows.append(("Cause", f"{text(diagnosis.get('summary'))} [{text(diagnosis.get('cause'))}, {sure} % sure]"))
        rows.extend(("Evidence", line) for line in _evidence_lines(diagnosis)[:1])
        rows.extend(("Changed", line) for line in _changed_lines(diagnosis)[:1])
    elif outcome.outcome != "nothing_to_recover":
        rows.append(("State", text(stages.detection.get("message"))))
    decision = mapping(stages.detection.get("decision"))
    if decision:
        rows.append(("Decision", f"{DECISIONS.get(text(decision.get('action')), '')}: {text(decision.get('why'))}"))
    if stages.rollback:
        rows.append(("Done", _failure(stages.rollback) or text(stages.rollback.get("message"))))
    if outcome.outcome == "not_verified" and outcome.why:
        rows.append(("Problem", outcome.why))
    if stages.probe:
        rows.append(("Users", _failure(stages.probe) or _probe_words(stages.probe)))
    if outcome.failed:
        rows.extend(("Next", line) for line in _remedy_lines(diagnosis)[:1])
    if outcome.phases:
        rows.append(("Times", _times(outcome)))
    took = f" in {outcome.seconds:.1f} s" if outcome.seconds and outcome.outcome == "recovered" else ""
    lines = [printable(f"{target}: {HEADLINES[outcome.outcome]}{took}")]
    lines.extend(f"  {title:<9} {printable(words)}" for title, words in rows if words)
    return lines


def _times(outcome: Outcome) -> str:
    """The phases, and what passed between their modules: starting each is Ansible's own work."""
    times = {phase.replace("_", " "): seconds for phase, seconds in outcome.phases.items()}
    between = outcome.seconds - sum(outcome.phases.values())
    if between >= 0.1:
        times["Ansible between them"] = between
    return ", ".join(f"{name} {seconds:.1f} s" for name, seconds in times.items())


def _evidence_lines(diagnosis: JsonObject) -> list[str]:
    return [
        f"{text(mapping(entry).get('object'))}: {text(mapping(entry).get('text'))}"
        for entry in sequence(diagnosis.get("evidence"))
    ]


def _changed_lines(diagnosis: JsonObject) -> list[str]:
    lines = []
    for entry in sequence(diagnosis.get("changed")):
        change = mapping(entry)
        lines.append(f"{text(change.get('field'))}: {_value(change.get('before'))} -> {_value(change.get('after'))}")
    more = len(lines) - 1
    return [lines[0] + (f" (and {more} more)" if more > 0 else "")] if lines else []


def _value(value: t.Any) -> str:
    return "absent" if value is None else str(value)


def _remedy_lines(diagnosis: JsonObject) -> list[str]:
    return [text(mapping(entry).get("summary")) for entry in sequence(diagnosis.get("remedies"))]


def exit_sentence(target: str, outcome: Outcome) -> str:
    """One short sentence for the task that sets the exit code; the reasons stand above it."""
    return printable(f"{target}: {HEADLINES[outcome.outcome].lower()}")
