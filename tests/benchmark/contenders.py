"""Who recovers: recover.yml as a pipeline runs it, and an expert's script. Both start together with the change."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from demo.application import DEPLOYMENT

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parent.parent
LIMIT_SECONDS = 180
# Parts of recover.yml's result file, and what people call them.
STAGES = {
    "detection": "detect and diagnose",
    "rollback": "roll back",
    "rollout": "wait for the rollout",
    "probe": "ask the service",
}


@dataclass(frozen=True)
class Phase:
    """A part of a run: seconds by the clock, and of computing where it is known."""

    name: str
    seconds: float
    cpu_seconds: float | None


@dataclass(frozen=True)
class Run:
    """What a contender did and said. Times are Unix times, None where it never came to that."""

    exit_code: int
    started: float
    ended: float
    cpu_seconds: float  # of the process and all its children
    verdict: float | None  # when it said that the rollout has failed
    said: str  # the cause or symptom that it named
    phases: tuple[Phase, ...] = ()
    printed: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Line:
    when: float
    text: str


@dataclass(frozen=True)
class Ended:
    exit_code: int
    started: float
    ended: float
    cpu_seconds: float
    lines: list[Line]


def run_to_end(command: list[str], environment: Mapping[str, str]) -> Ended:
    """Run a command with the time of each line it prints; what it leaves running is ended with it.

    Raises TimeoutError when it takes longer than LIMIT_SECONDS.
    """
    started = time.time()
    process = subprocess.Popen(
        command,
        cwd=CHECKOUT,
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    lines: list[Line] = []

    def read() -> None:
        assert process.stdout is not None
        lines.extend(Line(time.time(), text.rstrip("\n")) for text in process.stdout)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    late = threading.Event()

    def end() -> None:
        late.set()
        process.kill()

    killer = threading.Timer(LIMIT_SECONDS, end)
    killer.start()
    _, status, usage = os.wait4(process.pid, 0)
    ended = time.time()
    killer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    # A watch in the background outlives the script that started it; its session is one that we made.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    reader.join()
    if process.stdout is not None:
        process.stdout.close()
    if late.is_set():
        raise TimeoutError(f"{Path(command[0]).name} did not end within {LIMIT_SECONDS} s")
    return Ended(process.returncode, started, ended, _cpu(usage), lines)


def _cpu(usage: resource.struct_rusage) -> float:
    return usage.ru_utime + usage.ru_stime


class Expert:
    """kubectl alone, scripted by somebody who knows it well."""

    name = "expert"

    def __init__(self, kubectl: Path, kubeconfig: Path) -> None:
        self._environment = {
            "PATH": f"{kubectl.parent}:{os.environ['PATH']}",
            "HOME": os.environ.get("HOME", "/"),
            "KUBECONFIG": str(kubeconfig),
        }

    def recover(self, namespace: str) -> Run:
        ended = run_to_end(["bash", str(HERE / "expert.sh"), namespace, DEPLOYMENT], self._environment)
        return expert_run(ended)


def expert_run(ended: Ended) -> Run:
    verdict, said = None, "says good"
    for line in ended.lines:
        if line.text.startswith("VERDICT failed: "):
            verdict, said = line.when, line.text.removeprefix("VERDICT failed: ")
    printed = tuple(line.text for line in ended.lines)
    return Run(ended.exit_code, ended.started, ended.ended, ended.cpu_seconds, verdict, said, printed=printed)


class Ours:
    """`ansible-playbook playbooks/recover.yml`, with defaults only."""

    name = "recover.yml"

    def __init__(self, ansible_playbook: str, kubeconfig: Path, folder: Path) -> None:
        self._ansible_playbook = ansible_playbook
        self._folder = folder
        kept = {name: value for name, value in os.environ.items() if not name.startswith("K8S_AUTH_")}
        self._environment = {**kept, "KUBECONFIG": str(kubeconfig)}

    def recover(self, namespace: str) -> Run:
        result_file = self._folder / f"{namespace}.json"
        command = [self._ansible_playbook, "playbooks/recover.yml"]
        for variable in (
            f"deployment={DEPLOYMENT}",
            f"deployment_namespace={namespace}",
            f"result_file={result_file}",
        ):
            command += ["-e", variable]
        ended = run_to_end(command, self._environment)
        result: dict[str, Any] = json.loads(result_file.read_text()) if result_file.exists() else {}
        return our_run(ended, result)


def our_run(ended: Ended, result: dict[str, Any]) -> Run:
    """Read what recover.yml wrote into its result file beside what the process itself took."""
    detection = result.get("detection", {})
    timing = detection.get("timing", {})
    failed = detection.get("phase") == "failed"
    return Run(
        exit_code=ended.exit_code,
        started=ended.started,
        ended=ended.ended,
        cpu_seconds=ended.cpu_seconds,
        verdict=timing.get("decided") if failed else None,
        said=detection.get("diagnosis", {}).get("cause") or "says nothing",
        phases=phases(ended, result),
        printed=tuple(line.text for line in ended.lines),
    )


def phases(ended: Ended, result: dict[str, Any]) -> tuple[Phase, ...]:
    """Every second of the run in one phase, and all of them together in the last.

    The modules' times are by their own clocks; the rest is Ansible's, whose computing is what `all` has beside theirs.
    """
    everything = Phase("all", ended.ended - ended.started, ended.cpu_seconds)
    stages = [(name, result[key]["timing"]) for key, name in STAGES.items() if result.get(key, {}).get("timing")]
    if not stages:
        return (everything,)
    modules = [Phase(name, timing["seconds"], timing.get("cpu_seconds")) for name, timing in stages]
    start = stages[0][1]["started"] - ended.started
    rest = everything.seconds - start - sum(phase.seconds for phase in modules)
    return (Phase("start of Ansible", start, None), *modules, Phase("between and after", rest, None), everything)
