# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What running containers are asked, and what their answers decide."""

from __future__ import annotations

import dataclasses
import typing as t
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.engine import diagnose
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.evidence import (
    NOT_ASKED,
    Evidence,
    LogExcerpt,
    ProbeAnswer,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.model import Diagnosis
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.questions import (
    MAX_QUESTIONS,
    Question,
    questions_wanted,
)

from .records import RECORDS, record

Json = dict[str, t.Any]
REFUSED = "error trying to reach service: dial tcp 10.244.1.66:8080: connect: connection refused"


def newest(evidence: Evidence) -> Json:
    """The pod of the revision that fails."""
    return max(evidence.pods, key=lambda pod: pod["metadata"]["creationTimestamp"])


def container(evidence: Evidence) -> Json:
    found: Json = newest(evidence)["spec"]["containers"][0]
    return found


def sources(evidence: Evidence, new: bool = True) -> list[Json]:
    """The container wherever the new revision states it: pod, Deployment, ReplicaSet; or in the older ReplicaSet."""
    key = "deployment.kubernetes.io/revision"
    number = evidence.workload["metadata"]["annotations"][key]
    revisions = [entry for entry in evidence.revisions if (entry["metadata"]["annotations"][key] == number) is new]
    found = [entry["spec"]["template"]["spec"]["containers"][0] for entry in revisions]
    return (
        [*found, container(evidence), evidence.workload["spec"]["template"]["spec"]["containers"][0]] if new else found
    )


def answered(evidence: Evidence, told: t.Callable[[Question], int], seconds: float = 0.01) -> Diagnosis:
    """The verdict when the containers answer what is asked with the status that `told` gives, 0 for no answer."""
    for question in questions_wanted(evidence):
        fields = {name: value for name, value in dataclasses.asdict(question).items() if name != "why"}
        status = told(question)
        problem = "" if status else REFUSED
        evidence.answers.append(ProbeAnswer(**fields, status=status, problem=problem, seconds=seconds))
    assert Evidence.from_dict(evidence.to_dict()) == evidence, "a bundle must be judged as the live cluster was"
    return diagnose(evidence)


def listens_on(port: int, status: int = 200) -> t.Callable[[Question], int]:
    return lambda question: status if question.port == port else 0


def told_nothing(name: str) -> Evidence:
    """A record without what else points to the port: no log, no declared port."""
    evidence = record(name)
    evidence.logs.clear()
    for source in (*sources(evidence), *sources(evidence, new=False)):
        source.pop("ports", None)
    return evidence


# What is asked.


def test_the_probe_its_predecessor_and_the_declared_ports_are_asked() -> None:
    evidence = record("readiness_port")
    container(evidence)["ports"].append({"containerPort": 9090})
    asked = [(entry.port, entry.path) for entry in questions_wanted(evidence)]
    assert asked == [(8080, "/"), (3000, "/"), (9090, "/")]
    assert {entry.pod for entry in questions_wanted(evidence)} == {newest(evidence)["metadata"]["name"]}


@pytest.mark.parametrize("name", ["healthy", "healthy_second", "tag_missing", "module_missing", "quota", "exit_zero"])
def test_nobody_is_asked_where_no_probe_fails(name: str) -> None:
    assert questions_wanted(record(name)) == []


def test_neither_an_exec_probe_nor_another_host_nor_the_nodes_network_is_asked() -> None:
    for change in (
        lambda probe, _pod: (probe.pop("httpGet"), probe.update(exec={"command": ["true"]})),
        lambda probe, _pod: probe["httpGet"].update(host="10.0.0.1"),
        lambda _probe, pod: pod["spec"].update(hostNetwork=True),
    ):
        evidence = record("readiness_port")
        change(container(evidence)["readinessProbe"], newest(evidence))
        assert questions_wanted(evidence) == []


def test_a_container_that_is_down_is_not_asked() -> None:
    evidence = record("readiness_port")
    newest(evidence)["status"]["containerStatuses"][0]["state"] = {"waiting": {"reason": "CrashLoopBackOff"}}
    assert questions_wanted(evidence) == []


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 65535), max_size=30), st.sampled_from(sorted(RECORDS)))
def test_never_more_than_a_few_questions(ports: list[int], name: str) -> None:
    evidence = record(name)
    for pod in evidence.pods:
        for entry in pod["spec"]["containers"]:
            entry["ports"] = [{"containerPort": port} for port in ports]
    found = questions_wanted(evidence)
    assert len(found) <= MAX_QUESTIONS
    assert len({(entry.pod, entry.port, entry.path) for entry in found}) == len(found)


# The port.


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("readiness_port", "readiness_probe_wrong_port"),
        ("startup_port", "startup_probe_wrong_port"),
        ("liveness_port_killed", "liveness_probe_wrong_port"),
    ],
)
def test_refused_there_and_answering_where_the_earlier_revision_was_asked_is_certain(name: str, cause: str) -> None:
    evidence = told_nothing(name)
    assert diagnose(told_nothing(name)).confidence < 0.97
    found = answered(evidence, listens_on(3000))
    assert found.cause == cause
    assert found.confidence >= 0.97
    assert found.terminal
    assert found.grace == 0.0
    assert found.rollback_helps is True
    assert any(item.field.startswith("GET http://:3000/") and item.text == "answers 200" for item in found.evidence)
    assert "listens on 3000" in found.summary


def test_one_refusal_is_not_yet_certain() -> None:
    evidence = record("readiness_port")
    for event in evidence.events:
        event["count"] = 1
    assert not answered(evidence, listens_on(3000)).terminal


def test_a_port_that_answers_by_now_is_not_called_wrong() -> None:
    found = answered(told_nothing("readiness_port"), listens_on(8080))
    assert found.cause != "readiness_probe_wrong_port"


def test_an_answer_of_another_instance_or_a_stranger_counts_for_nothing() -> None:
    for change in ({"restarts": 7}, {"pod": "other", "pod_uid": "other"}, {"container": "other"}):
        evidence = told_nothing("readiness_port")
        question = next(entry for entry in questions_wanted(evidence) if entry.port == 3000)
        fields = {name: getattr(question, name) for name in ("pod", "pod_uid", "container", "restarts")} | change
        evidence.answers.append(
            ProbeAnswer(**fields, scheme="http", port=3000, path="/", status=200, problem="", seconds=0)
        )
        assert not diagnose(evidence).terminal, change


# Silence.


def at(evidence: Evidence, seconds: float) -> str:
    """The time that many seconds after the failing container started."""
    started = newest(evidence)["status"]["containerStatuses"][0]["state"]["running"]["startedAt"]
    moment = datetime.fromisoformat(started.replace("Z", "+00:00")) + timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def starting(seconds: float, last_line: float | None) -> Evidence:
    """A container that has been running for some seconds and answers nowhere; its last line was written when."""
    evidence = told_nothing("readiness_port")
    for source in sources(evidence):
        source["readinessProbe"].update(httpGet={"path": "/", "port": 3000}, periodSeconds=2)
    evidence.taken_at = at(evidence, seconds)
    if last_line is not None:
        pod = newest(evidence)["metadata"]
        excerpt = LogExcerpt(pod["name"], pod["uid"], "web", False, "loading", at(evidence, seconds - last_line))
        evidence.logs.append(excerpt)
    return evidence


def test_silent_everywhere_with_a_log_that_moves_is_a_slow_start() -> None:
    found = answered(starting(90, last_line=3), lambda _question: 0)
    assert (found.category, found.cause) == ("none", "in_progress")


@pytest.mark.parametrize(
    ("seconds", "last_line", "status"),
    [(90, 60, 0), (90, None, 0), (400, 3, 0), (90, 3, 503)],
    ids=["log stands still", "no log", "too long", "it answers"],
)
def test_silence_alone_is_no_excuse(seconds: float, last_line: float | None, status: int) -> None:
    assert answered(starting(seconds, last_line), lambda _question: status).category == "health"


def test_a_young_container_is_not_called_failed() -> None:
    assert answered(starting(10, last_line=None), lambda _question: 0).cause == "in_progress"


# Paths and errors.


def test_a_path_that_the_application_lost_is_certain_when_it_knows_the_earlier_one() -> None:
    found = answered(record("readiness_path"), lambda question: 404 if question.path == "/nowhere" else 200)
    assert found.cause == "readiness_probe_wrong_path"
    assert found.confidence >= 0.97
    assert found.terminal


def test_a_path_is_not_certain_when_the_earlier_one_is_gone_too() -> None:
    found = answered(record("readiness_path"), lambda _question: 404)
    assert found.cause == "readiness_probe_wrong_path"
    assert not found.terminal
    assert answered(record("readiness_path"), lambda _question: 200).confidence < found.confidence


def test_an_error_that_we_got_too_is_surer() -> None:
    alone, both = diagnose(record("readiness_error")), answered(record("readiness_error"), lambda _question: 500)
    assert alone.cause == both.cause == "readiness_probe_failing"
    assert both.confidence > alone.confidence


# Too little time.


def killed(**probe: int) -> Evidence:
    """A liveness probe on the right port that was refused, until the kubelet stopped the container."""
    evidence = told_nothing("liveness_port_killed")
    for source in sources(evidence):
        source["livenessProbe"]["httpGet"]["port"] = 3000
        source["livenessProbe"].update(probe)
    return evidence


def test_stopped_while_starting_and_answering_later_is_the_probes_fault() -> None:
    found = answered(killed(), listens_on(3000))
    assert found.cause == "liveness_probe_too_aggressive"
    assert found.confidence >= 0.9, "the revision before allowed more"
    assert found.rollback_helps is True


def test_stopped_and_never_seen_up_is_not_the_probes_fault() -> None:
    found = answered(killed(), lambda _question: 0)
    assert found.cause == "liveness_probe_failing"
    assert found.grace > 0, "it may come up at its next start, whatever was changed"


def test_a_log_that_shows_it_came_up_too_late_tells_it_too() -> None:
    for line, cause in (
        ("listening on port 3000", "liveness_probe_too_aggressive"),
        ("listening on http://127.0.0.1:3000", "liveness_probe_failing"),
    ):
        evidence = killed()
        pod = newest(evidence)["metadata"]
        evidence.logs.append(LogExcerpt(pod["name"], pod["uid"], "web", True, line))
        assert diagnose(evidence).cause == cause, line


def late(timeout: int, before: int) -> Evidence:
    """A readiness probe that times out on the path that answered before."""
    evidence = record("readiness_timeout")
    for source in sources(evidence):
        source["readinessProbe"].update(timeoutSeconds=timeout)
        source["readinessProbe"]["httpGet"].update(path="/", port=3000)
    for source in sources(evidence, new=False):
        source["readinessProbe"].update(timeoutSeconds=before)
        source["env"] = [{"name": "VERSION", "value": "1"}]
    return evidence


def test_a_time_that_was_lowered_below_what_the_application_takes_is_the_probes_fault() -> None:
    assert answered(late(1, before=5), lambda _question: 200, seconds=2.5).cause == "readiness_probe_too_aggressive"


def test_an_application_that_is_simply_slow_has_a_probe_that_times_out() -> None:
    for before, port, seconds in ((1, 3000, 2.5), (5, 0, 3.0), (5, 3000, 0.1)):
        assert answered(late(1, before), listens_on(port), seconds).cause == "readiness_probe_timeout"


# Blame.


def test_another_probes_change_explains_nothing() -> None:
    """A readiness probe that times out while the release changed the liveness probe: a busy machine does that."""
    evidence = late(1, before=1)
    for source in sources(evidence):
        source["env"] = [{"name": "VERSION", "value": "1"}]
        source["livenessProbe"]["httpGet"]["port"] = 8080
    found = diagnose(evidence)
    assert found.cause == "readiness_probe_timeout"
    assert found.rollback_helps is not True
    assert found.grace > 0


# Rights.


def test_what_was_not_asked_makes_no_verdict_less_sure() -> None:
    for name in ("tag_missing", "healthy", "readiness_port"):
        evidence, read_less = record(name), record(name)
        evidence.unseen = [f'{NOT_ASKED}User "dev" cannot get pods/proxy']
        read_less.unseen = ["the events cannot be read"]
        assert diagnose(evidence).confidence == diagnose(record(name)).confidence
        assert diagnose(read_less).confidence < diagnose(record(name)).confidence
