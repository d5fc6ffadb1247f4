# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the rollout_status module does.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import dataclasses
import time
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.client import Client
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.diagnose import Diagnostician
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.follow import Follower
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.workload import resolve_workload
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.model import Diagnosis
from ansible_collections.rescue.kubernetes.plugins.module_utils._module.run import ProgressFile, Stopwatch, run_module
from ansible_collections.rescue.kubernetes.plugins.module_utils._module.sweep import (
    SWEEP_ARGUMENT_SPEC,
    SweepOptions,
    refuse_sweep_options,
    sweep,
    sweep_failure,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.assess import Assessment
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.decision import decide
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.judge import Look, RolloutJudge
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.missing import still_missing
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.objects import (
    JsonObject,
    comparable_template,
    dig,
    name_of,
    namespace_of,
    number,
    text,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.progress import progress_line
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.revisions import candidates, images_of
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.verdict import NO_FAILURE, Patience, Sign

HEARTBEAT_SECONDS = 30.0
# What the controller itself may take to notice that its deadline has passed.
DEADLINE_SLACK = 30
DEFAULT_PROGRESS_DEADLINE = 600


@dataclasses.dataclass(frozen=True)
class StatusOptions:
    """The module's own options; seconds where a time is meant, None for "as the workload says"."""

    kind: str
    name: str
    namespace: str | None
    wait: bool
    wait_timeout: int | None
    classify: bool
    active: bool
    grace: float | None
    max_restarts: int
    observe_for: float | None
    stable_for: float
    services: bool
    progress_file: str | None

    @classmethod
    def from_params(cls, params: t.Mapping[str, t.Any]) -> StatusOptions:
        """Take the options out of a module's parameters."""
        return cls(**{field.name: params[field.name] for field in dataclasses.fields(cls)})


def sign_of(diagnosis: Diagnosis | None) -> Sign:
    """What the verdict depends on."""
    if diagnosis is None:
        return Sign("unknown", "not_classified", terminal=False, grace=0.0)
    return Sign(diagnosis.category, diagnosis.cause, diagnosis.terminal, diagnosis.grace)


def rollout_status(client: Client, options: StatusOptions) -> JsonObject:
    """One look, or a wait until the rollout is decided. Returns the module's result."""
    stopwatch = Stopwatch()
    progress = ProgressFile(options.progress_file, stopwatch)
    workload = resolve_workload(client, options.kind, options.name, options.namespace)
    expected = comparable_template(workload) if options.wait else None
    judge = RolloutJudge(
        Patience(options.grace, options.max_restarts),
        options.observe_for,
        expected,
        stable_for=options.stable_for if options.wait else 0.0,
        services=options.services,
    )
    diagnostician = Diagnostician(client, active=options.active)
    with Follower(client, workload, with_services=options.services) as follower:

        def take_look() -> tuple[Look, Diagnosis | None]:
            now = follower.now
            diagnosis = diagnostician.diagnose(follower.snapshot, now) if options.classify else None
            look = judge.look(
                follower.snapshot, sign_of(diagnosis), diagnosis.since if diagnosis else None, time.monotonic(), now
            )
            if diagnosis and diagnosis.category not in NO_FAILURE:
                stopwatch.mark("cause_named")
            progress.say(_line(follower, look.assessment, diagnosis))
            return look, diagnosis

        look, diagnosis = take_look()
        timed_out = False
        ends_at = time.monotonic() + _wait_timeout(options, workload)
        heartbeat_at = time.monotonic() + HEARTBEAT_SECONDS
        while options.wait and not look.decided:
            now = time.monotonic()
            if now >= ends_at:
                # a complete rollout was only observed further
                timed_out = look.assessment.phase != "complete"
                break
            wakes = [ends_at, heartbeat_at]
            if look.next_look is not None:
                wakes.append(now + look.next_look)
            changed = follower.changed(max(0.0, min(wakes) - now))
            if changed or look.next_look is not None:
                look, diagnosis = take_look()
            if time.monotonic() >= heartbeat_at:
                progress.heartbeat()
                heartbeat_at = time.monotonic() + HEARTBEAT_SECONDS
        stopwatch.mark("decided")
        return _result(client, follower, look.assessment, diagnosis, timed_out, stopwatch)


def _wait_timeout(options: StatusOptions, workload: JsonObject) -> float:
    if options.wait_timeout is not None:
        return float(options.wait_timeout)
    return number(dig(workload, "spec", "progressDeadlineSeconds"), DEFAULT_PROGRESS_DEADLINE) + DEADLINE_SLACK


def _line(follower: Follower, assessment: Assessment, diagnosis: Diagnosis | None) -> str:
    snapshot = follower.snapshot
    line = progress_line(snapshot.workload, assessment, snapshot.new_pods, snapshot.present_events)
    if diagnosis and diagnosis.category not in NO_FAILURE:
        return f"{line} ({diagnosis.cause})"
    return line


def _result(
    client: Client,
    follower: Follower,
    assessment: Assessment,
    diagnosis: Diagnosis | None,
    timed_out: bool,
    stopwatch: Stopwatch,
) -> JsonObject:
    snapshot = follower.snapshot
    workload = snapshot.workload
    found = candidates(workload, snapshot.revisions, snapshot.pods)
    usable = [entry for entry in found if entry.evidence != "failing"]
    category = diagnosis.category if diagnosis else "unknown"
    helps = diagnosis.rollback_helps if diagnosis else None
    # a wait that ended is a verdict too: nothing more will come of it by itself
    phase = "failed" if timed_out and category not in NO_FAILURE else assessment.phase
    said = [assessment.message]
    if timed_out:
        said.extend(still_missing(snapshot, follower.now))
    # a crash that a complete rollout has survived is in the diagnosis, not in its message
    if diagnosis and category not in NO_FAILURE and phase != "complete":
        said.append(diagnosis.summary)
    message = "; ".join(said)
    if assessment.reason == "flapping" and category in NO_FAILURE:
        # the watch saw what no single object shows
        category = "rollout"
    result: JsonObject = {
        "changed": False,
        "kind": text(workload.get("kind")),
        "name": name_of(workload),
        "namespace": namespace_of(workload),
        "phase": phase,
        "reason": assessment.reason,
        "message": f"Timed out after {stopwatch.seconds:.0f} s: {message}" if timed_out else message,
        "timed_out": timed_out,
        "replicas": dataclasses.asdict(assessment.counts),
        "revision": assessment.revision,
        "template_hash": assessment.template_hash,
        "images": images_of(workload),
        "candidates": [entry.to_dict() for entry in found],
        "decision": decide(phase, category, helps, len(usable)).to_dict(),
        "calls": len(client.calls),
        "timing": stopwatch.to_dict(),
    }
    if diagnosis:
        result["diagnosis"] = diagnosis.to_dict()
    return result


def failure_of(result: JsonObject, fail_on: t.Collection[str]) -> str | None:
    """The sentence with which the task fails, or None when what was found is none of `fail_on`."""
    states = {text(result.get("phase"))} | ({"timed_out"} if result.get("timed_out") else set())
    if not states & set(fail_on):
        return None
    return f"{text(result.get('name'))} in {text(result.get('namespace'))}: {text(result.get('message'))}"


FAIL_ON_WHEN_WAITING = ("failed", "superseded", "timed_out")

ARGUMENT_SPEC: dict[str, t.Any] = {
    # without one it is a sweep
    "name": {"type": "str"},
    "wait": {"type": "bool", "default": False},
    "wait_timeout": {"type": "int"},
    "classify": {"type": "bool", "default": True},
    "active": {"type": "bool", "default": True},
    "grace": {"type": "float"},
    "max_restarts": {"type": "int", "default": 2},
    "observe_for": {"type": "float"},
    "stable_for": {"type": "float", "default": 0.0},
    "services": {"type": "bool", "default": False},
    "fail_on": {
        "type": "list",
        "elements": "str",
        "choices": ["failed", "superseded", "timed_out", "paused", "progressing"],
    },
    "progress_file": {"type": "path"},
    **SWEEP_ARGUMENT_SPEC,
}


def main() -> None:
    """Run the module."""

    def swept(client: Client, module: AnsibleModule) -> JsonObject:
        result = sweep(client, SweepOptions.from_params(module.params, client.default_namespace))
        for sentence in result["unseen"]:
            module.warn(sentence)
        failure = sweep_failure(result, module.params["fail_on"] or ())
        return {**result, "msg": failure} if failure else result

    def body(client: Client, module: AnsibleModule) -> JsonObject:
        if module.params["name"] is None:
            return swept(client, module)
        refuse_sweep_options(module.params)
        options = StatusOptions.from_params(module.params)
        result = rollout_status(client, options)
        fail_on = module.params["fail_on"]
        if fail_on is None:
            fail_on = FAIL_ON_WHEN_WAITING if options.wait else ()
        failure = failure_of(result, fail_on)
        return {**result, "msg": failure} if failure else result

    run_module(ARGUMENT_SPEC, body)
