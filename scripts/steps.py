# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run commands as named steps, show what failed, and leave a JUnit file as pytest does: all are counted alike."""

from __future__ import annotations

import os
import subprocess
import time
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REPORTS = ROOT / ".cache" / "reports"
BIN = ROOT / ".venv" / "bin"


@dataclass(frozen=True)
class Step:
    """A command that passes by exiting with 0; environment is added to ours."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """How a step ended; output holds standard output and error together, seconds is wall time."""

    name: str
    passed: bool
    output: str
    seconds: float


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return our environment with the development tools first on PATH and the collection found by its full name."""
    path = os.pathsep.join([str(BIN), os.environ.get("PATH", os.defpath)])
    found = {"PATH": path, "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".collections"), "PYTHONUNBUFFERED": "1"}
    return {**os.environ, **found, **(extra or {})}


def run(step: Step) -> Result:
    """Run one step from the checkout's root."""
    start = time.monotonic()
    done = subprocess.run(
        step.command,
        cwd=ROOT,
        env=environment(step.environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    return Result(step.name, done.returncode == 0, done.stdout, time.monotonic() - start)


def report(result: Result) -> None:
    """Print a line a step, and below it the output of one that failed."""
    print(f"{'passed' if result.passed else 'FAILED'}  {result.name} ({result.seconds:.1f} s)", flush=True)
    if not result.passed:
        print("\n".join("    " + line for line in result.output.rstrip().splitlines()), flush=True)


def write_junit(suite: str, results: Sequence[Result]) -> None:
    """Write the results to the reports folder as one JUnit test suite."""
    failures = sum(not result.passed for result in results)
    root = ET.Element("testsuite", name=suite, tests=str(len(results)), failures=str(failures), errors="0", skipped="0")
    for result in results:
        case = ET.SubElement(root, "testcase", classname=suite, name=result.name, time=f"{result.seconds:.3f}")
        if not result.passed:
            # Control characters that a terminal understands are not allowed in XML.
            text = "".join(letter for letter in result.output if letter.isprintable() or letter in "\n\t")
            ET.SubElement(case, "failure", message="failed").text = text
    REPORTS.mkdir(parents=True, exist_ok=True)
    ET.ElementTree(root).write(REPORTS / f"{suite}.xml", encoding="utf-8", xml_declaration=True)


def run_all(suite: str, steps: Sequence[Step], *, at_once: int = 1, before: Sequence[Result] = ()) -> int:
    """Run the steps, at_once of them side by side; return the exit code: 0 where all passed, those before included."""
    results = list(before)
    with ThreadPoolExecutor(max_workers=at_once) as pool:
        for future in as_completed([pool.submit(run, step) for step in steps]):
            result = future.result()
            report(result)
            results.append(result)
    write_junit(suite, results)
    return 0 if all(result.passed for result in results) else 1
