# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The unit tests, and a real recovery where KUBECONFIG names a cluster, on each supported Python and ansible-core.

The development environment is left out: `make test-unit` and `make test-integration` run more than this there.
"""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from scripts.environment import EnvironmentFailed, make
from scripts.interpreters import find_all
from scripts.steps import ROOT, Result, Step, report, run_all, write_junit

REQUIREMENTS = ROOT / "requirements"
NEWEST, OLDEST = "ansible-core.txt", "ansible-core-oldest.txt"
# 3.11 runs the oldest supported ansible-core and the last one for it; later Pythons the newest.
WANTED = {(3, 11): (OLDEST, NEWEST), (3, 12): (NEWEST,), (3, 13): (NEWEST,), (3, 14): (NEWEST,)}


@dataclass(frozen=True)
class Row:
    """One combination: an interpreter and the requirement file that says which ansible-core."""

    version: tuple[int, int]
    interpreter: Path
    ansible_core: str

    @property
    def folder(self) -> Path:
        """Where its environment is."""
        return ROOT / ".cache" / "pythons" / f"{self.version[0]}.{self.version[1]}-{Path(self.ansible_core).stem}"

    def prepare(self) -> str | None:
        """Make the environment; return the reason where that fails."""
        try:
            make(self.folder, self.interpreter, [REQUIREMENTS / "unit.txt", REQUIREMENTS / self.ansible_core])
        except EnvironmentFailed as failed:
            return str(failed)
        return None

    def steps(self) -> list[Step]:
        """Return what runs in it."""
        python = self.folder / "bin" / "python"
        asked = [str(python), "-c", "from importlib.metadata import version; print(version('ansible-core'))"]
        core = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
        name = f"Python {self.version[0]}.{self.version[1]}, ansible-core {core}"
        pytest = [str(python), "-m", "pytest", "-q", "-o", f"cache_dir=.cache/pytest-{self.folder.name}"]
        first = {"PATH": os.pathsep.join([str(self.folder / "bin"), os.environ.get("PATH", os.defpath)])}
        found = [Step(f"{name}: unit tests", [*pytest, "tests/unit"], first)]
        if os.environ.get("KUBECONFIG"):
            found.append(Step(f"{name}: a recovery", [*pytest, "tests/integration", "-m", "smoke"], first))
        return found


def rows() -> list[Row]:
    """Return the combinations that this machine can run; say which Pythons it does not have."""
    found = find_all()
    missing = [f"{major}.{minor}" for major, minor in WANTED if (major, minor) not in found]
    if missing:
        print(f"not tested here, no such interpreter: Python {', '.join(missing)}", flush=True)
    here = sys.version_info[:2]
    print(f"test-unit and test-integration run on Python {here[0]}.{here[1]} and its newest ansible-core", flush=True)
    return [
        Row(version, found[version], core)
        for version, cores in WANTED.items()
        for core in cores
        if version in found and (version, core) != (here, NEWEST)
    ]


def main() -> int:
    """Prepare all environments, then run all steps; return the exit code."""
    usable = rows()
    with ThreadPoolExecutor(max_workers=2) as pool:
        prepared = list(zip(usable, pool.map(Row.prepare, usable), strict=True))
    failed = [Result(f"environment {row.folder.name}", False, reason, 0) for row, reason in prepared if reason]
    for result in failed:
        report(result)
    steps = [step for row, reason in prepared if not reason for step in row.steps()]
    if not steps:
        write_junit("pythons", failed)
        print("no Python that the collection supports was found", file=sys.stderr)
        return 1
    return run_all("pythons", steps, at_once=2, before=failed)


if __name__ == "__main__":
    sys.exit(main())
