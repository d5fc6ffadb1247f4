# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`make test`: every stage in order, its time, and at the end how many tests passed and failed.

The cluster, whose programs are built on the first run, comes up in the background while the stages that do not need it
run at a lower priority. Stages that compute run behind those that wait for the cluster, and show what they printed when
they have ended. A stage that fails does not stop the others: one run shows all that is wrong.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

from scripts.steps import REPORTS, ROOT, environment

# Far above what a stage takes; it ends a stage that hangs while the run can still say so.
STAGE_SECONDS = 40 * 60


@dataclass(frozen=True)
class Stage:
    """One target of the Makefile; `behind` the stages in front, at a lower priority."""

    target: str
    needs_cluster: bool = False
    behind: bool = False

    def command(self) -> list[str]:
        """What runs: the cluster and what waits for it come first, what runs behind gets what they leave."""
        yields = 19 if self.behind else 0 if self.needs_cluster else 5
        return ["nice", "-n", str(yields), "make", self.target]


STAGES = (
    Stage("lint"),
    Stage("test-unit"),
    Stage("test-sanity"),
    Stage("test-integration", needs_cluster=True),
    Stage("test-molecule", needs_cluster=True),
    Stage("test-pythons", needs_cluster=True, behind=True),
)


@dataclass(frozen=True)
class Ended:
    """A stage that ended, with its wall time in seconds."""

    name: str
    passed: bool
    seconds: float


def start(command: Sequence[str], output: IO[str] | None, variables: dict[str, str]) -> subprocess.Popen[str]:
    """Start a command as a process group of its own, so that it can be ended with all that it started."""
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment(variables),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output else None,
        text=True,
        start_new_session=True,
    )


def wait(process: subprocess.Popen[str], seconds: float) -> bool:
    """Wait for a command; end its group where it takes too long or we are interrupted. Return whether it passed."""
    try:
        return process.wait(seconds) == 0
    except subprocess.TimeoutExpired:
        print(f"ended after {seconds:.0f} s without an answer", flush=True)
        return False
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()


class Background:
    """A command behind the stages; what it prints goes to a file, so that their output stays readable."""

    def __init__(self, name: str, command: Sequence[str], variables: dict[str, str]) -> None:
        self.name = name
        self.log = REPORTS / f"{name}.log"
        self.begun = time.monotonic()
        with self.log.open("w", encoding="utf-8") as output:
            self.process = start(command, output, variables)

    def ended(self, shown: int | None = None) -> Ended:
        """Wait for its end and print what it said: the last `shown` lines where it passed, else all."""
        print(f"\n== {self.name}", flush=True)
        passed = wait(self.process, STAGE_SECONDS)
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        print("\n".join(lines[-shown:] if shown and passed else lines), flush=True)
        return Ended(self.name, passed, time.monotonic() - self.begun)


def cluster() -> Background:
    """The cluster, coming up."""
    return Background("cluster", [sys.executable, "-m", "tests.cluster", "up"], {})


def kubeconfig() -> str:
    """Return the path that the cluster tool says."""
    command = [sys.executable, "-m", "tests.cluster", "kubeconfig"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def run(stage: Stage, variables: dict[str, str]) -> Ended:
    """Run one stage with its output as it comes."""
    print(f"\n== {stage.target}", flush=True)
    begun = time.monotonic()
    passed = wait(start(stage.command(), None, variables), STAGE_SECONDS)
    return said(Ended(stage.target, passed, time.monotonic() - begun))


def said(ended: Ended) -> Ended:
    """Print how a stage ended."""
    print(f"== {ended.name}: {'passed' if ended.passed else 'FAILED'} in {ended.seconds:.0f} s", flush=True)
    return ended


def count() -> tuple[int, int, int]:
    """Return how many tests passed, failed and were skipped by the reports that the stages left."""
    total = failed = skipped = 0
    for path in REPORTS.glob("*.xml"):
        for suite in ET.parse(path).getroot().iter("testsuite"):
            total += int(suite.get("tests", 0))
            failed += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
            skipped += int(suite.get("skipped", 0))
    return total - failed - skipped, failed, skipped


def run_stages() -> list[Ended]:
    """Run all stages; return how each ended."""
    coming = None if os.environ.get("KUBECONFIG") else cluster()
    variables: dict[str, str] = {}
    ended = [run(stage, variables) for stage in STAGES if not stage.needs_cluster]
    if coming:
        ended.append(coming.ended(shown=5))
        if not ended[-1].passed:
            return ended + [Ended(f"{stage.target} (no cluster)", False, 0) for stage in STAGES if stage.needs_cluster]
        variables["KUBECONFIG"] = kubeconfig()
    waiting = [stage for stage in STAGES if stage.needs_cluster]
    behind = [Background(stage.target, stage.command(), variables) for stage in waiting if stage.behind]
    ended += [run(stage, variables) for stage in waiting if not stage.behind]
    return ended + [said(stage.ended()) for stage in behind]


def main() -> int:
    """Run everything; return the exit code."""
    shutil.rmtree(REPORTS, ignore_errors=True)
    REPORTS.mkdir(parents=True)
    begun = time.monotonic()
    ended = run_stages()
    print("\n== all stages", flush=True)
    for stage in ended:
        print(f"{'passed' if stage.passed else 'FAILED'}  {stage.name:<28} {stage.seconds:6.0f} s")
    print(f"{'':8}{'whole run':<28} {time.monotonic() - begun:6.0f} s")
    passed, failed, skipped = count()
    # A stage may fail without a test that says why: a crash, a time limit, no cluster.
    broken = [stage for stage in ended if not stage.passed]
    failed = max(failed, len(broken))
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""), flush=True)
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
