from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from tests.benchmark import contenders
from tests.benchmark.contenders import Ended, Expert, Line, Ours, expert_run, our_run, run_to_end

ENVIRONMENT = {"PATH": os.environ["PATH"]}


def ended(*lines: Line, exit_code: int = 0) -> Ended:
    return Ended(exit_code, 100.0, 110.0, 4.0, list(lines))


def stage(started: float, seconds: float, cpu: float, **more: float) -> dict[str, Any]:
    return {"started": started, "ended": started + seconds, "seconds": seconds, "cpu_seconds": cpu, **more}


RESULT: dict[str, Any] = {
    "detection": {
        "phase": "failed",
        "diagnosis": {"cause": "image_tag_not_found"},
        "timing": stage(102, 3, 0.5, decided=104.5),
    },
    "rollback": {"timing": stage(105.5, 0.5, 0.25)},
    "rollout": {},
    "probe": {"timing": stage(106.5, 1, 0.25)},
}


def test_every_second_of_ours_is_in_one_phase() -> None:
    run = our_run(ended(), RESULT)
    assert [(phase.name, phase.seconds, phase.cpu_seconds) for phase in run.phases] == [
        ("start of Ansible", 2, None),
        ("detect and diagnose", 3, 0.5),
        ("roll back", 0.5, 0.25),
        ("ask the service", 1, 0.25),
        ("between and after", 3.5, None),
        ("all", 10, 4.0),
    ]
    assert (run.verdict, run.said) == (104.5, "image_tag_not_found")


def test_ours_without_a_failure_gives_no_verdict() -> None:
    result = {"detection": {"phase": "complete", "timing": stage(102, 3, 0.5, decided=104.5)}}
    assert our_run(ended(), result).verdict is None


def test_ours_without_a_result_is_all_there_is() -> None:
    run = our_run(ended(exit_code=4), {})
    assert (run.verdict, run.said, run.exit_code) == (None, "says nothing", 4)
    assert [phase.name for phase in run.phases] == ["all"]


def test_the_expert_says_what_it_saw() -> None:
    failed = expert_run(ended(Line(103.0, "VERDICT failed: ErrImagePull"), Line(104.0, "rolled back")))
    assert (failed.verdict, failed.said) == (103.0, "ErrImagePull")
    good = expert_run(ended(Line(103.0, "VERDICT good")))
    assert (good.verdict, good.said) == (None, "says good")


def test_lines_carry_the_time_of_their_arrival_and_computing_is_counted() -> None:
    script = "echo first; sleep 0.3; echo second; i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done"
    found = run_to_end(["sh", "-c", script], ENVIRONMENT)
    assert [line.text for line in found.lines] == ["first", "second"]
    assert found.lines[1].when - found.lines[0].when > 0.2
    assert found.started < found.lines[0].when < found.ended
    assert found.cpu_seconds > 0
    assert found.exit_code == 0


def is_alive(pid: str) -> bool:
    """Neither gone nor a zombie that waits for its new parent."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_what_is_left_in_the_background_is_ended() -> None:
    began = time.monotonic()
    found = run_to_end(["sh", "-c", "sleep 60 & echo $!; exit 7"], ENVIRONMENT)
    assert time.monotonic() - began < 30
    assert found.exit_code == 7
    while is_alive(found.lines[0].text):
        assert time.monotonic() - began < 30


def test_a_contender_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contenders, "LIMIT_SECONDS", 0.2)
    with pytest.raises(TimeoutError, match="sleep did not end"):
        run_to_end(["sleep", "60"], ENVIRONMENT)


def program(folder: Path, name: str, script: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_ours_is_called_with_defaults_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("K8S_AUTH_CONTEXT", "another")
    playbook = program(tmp_path, "ansible-playbook", 'echo "$@" "[$KUBECONFIG]" "[$K8S_AUTH_CONTEXT]"; exit 2')
    run = Ours(str(playbook), tmp_path / "kubeconfig", tmp_path).recover("blue")
    assert run.exit_code == 2
    words = "playbooks/recover.yml -e deployment=api-server -e deployment_namespace=blue"
    assert run.printed == (f"{words} -e result_file={tmp_path}/blue.json [{tmp_path}/kubeconfig] []",)


KUBECTL = """
case "$*" in
*"get pods"*) {pods} ;;
*"rollout status"*) {status} ;;
*) echo "$*" ;;
esac
"""


@pytest.mark.parametrize(
    ("pods", "status", "said", "undone"),
    [
        ("echo 'pod a '; echo 'pod b ErrImagePull'; exec sleep 60", "exec sleep 60", "ErrImagePull", True),
        ("echo 'pod a ContainerCreating'; exec sleep 60", "sleep 0.2", "says good", False),
        ("exec sleep 60", "exit 1", "rollout status gave up", True),
    ],
)
def test_the_expert_trusts_a_certain_sign_and_else_the_rollout_status(
    tmp_path: Path, pods: str, status: str, said: str, undone: bool
) -> None:
    # After the undo the rollout is asked for again, and then it is complete.
    once = f"if [ -e {tmp_path}/undone ]; then exit 0; fi; {status}"
    script = KUBECTL.format(pods=pods, status=once)
    script = script.replace('*) echo "$*" ;;', f'*undo*) touch {tmp_path}/undone; echo "$*" ;;')
    run = Expert(program(tmp_path, "kubectl", script), tmp_path / "kubeconfig").recover("blue")
    assert run.said == said
    assert ("-n blue rollout undo deployment/api-server" in run.printed) is undone
    assert run.exit_code == 0
