# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The molecule scenarios under extensions/molecule, and a check that each of their steps really ran.

Molecule calls a scenario successful whose plays matched no host, and one that it never came to is missing from its
summary; both are failures here.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time

from scripts.environment import locked
from scripts.steps import ROOT, Result, environment, report, write_junit

SCENARIOS = ROOT / "extensions" / "molecule"
WORK = ROOT / ".cache" / "molecule"
# The default scenario makes what the others share, and has nothing else to do.
STEPS = {"default": 1}
STEPS_OF_OTHERS = len(("side_effect", "converge", "idempotence", "verify", "cleanup"))
RECAP = re.compile(
    r"^(\w+)\s*: actions=(\d+)\s+successful=(\d+)\s+disabled=\d+\s+skipped=\d+\s+missing=\d+\s+failed=\d+"
)


def results(names: list[str], output: str, seconds: float) -> list[Result]:
    """Return one result a scenario, from molecule's summary."""
    successful = {match[1]: int(match[3]) for match in map(RECAP.match, output.splitlines()) if match}
    found = []
    for name in names:
        expected = STEPS.get(name, STEPS_OF_OTHERS)
        passed = successful.get(name) == expected
        found.append(Result(name, passed, f"{successful.get(name, 0)} of {expected} steps were successful", seconds))
    unmatched = [line for line in output.splitlines() if "no hosts matched" in line]
    if unmatched:
        found.append(Result("every play has hosts", False, "\n".join(unmatched), seconds))
    return found


def main() -> int:
    """Run all scenarios, or those that are named; print molecule's output as it comes."""
    asked = sys.argv[1:]
    names = sorted(path.parent.name for path in SCENARIOS.glob("*/molecule.yml"))
    chosen = sorted({"default", *asked}) if asked else names
    command = ["molecule", "test", "--destroy=never", "--no-command-borders"]
    command += [part for name in asked for part in ("--scenario-name", name)] or ["--all"]
    # From nothing: molecule remembers what an earlier run made, which another cluster does not have.
    shutil.rmtree(WORK, ignore_errors=True)
    variables = {"MOLECULE_EPHEMERAL_DIRECTORY": str(WORK), "NO_COLOR": "1", "ANSIBLE_NOCOLOR": "1"}
    start = time.monotonic()
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment(variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    lines = []
    assert process.stdout is not None  # asked for above
    for line in process.stdout:
        print(line, end="", flush=True)
        lines.append(line)
    code = process.wait()
    seconds = time.monotonic() - start
    outcome = results(chosen, "".join(lines), seconds)
    if code != 0 and all(result.passed for result in outcome):
        outcome.append(Result("molecule", False, f"ended with exit code {code}", seconds))
    for result in outcome:
        report(result)
    write_junit("molecule", outcome)
    return 0 if all(result.passed for result in outcome) else 1


if __name__ == "__main__":
    # Two runs would pull the work folder away from under each other.
    with locked(WORK):
        sys.exit(main())
