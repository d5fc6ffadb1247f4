# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find the Python interpreters of this machine. Runs on Python 3.8 or later, so that it can look for a newer one."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

# What a virtual environment needs; a pyenv shim of a version that is not chosen, or Debian's Python without
# python3-venv, fails here and is passed over.
PROBE = (
    "import ensurepip, os, sys, venv; print('%d.%d' % sys.version_info[:2]); print(os.path.realpath(sys.executable))"
)


def probe(path: Path) -> tuple[tuple[int, int], Path] | None:
    """Return the version and real path of an interpreter, or None where it does not run or cannot make environments."""
    try:
        answer = subprocess.run([str(path), "-I", "-c", PROBE], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = answer.stdout.split()
    if answer.returncode != 0 or len(lines) != 2:
        return None
    major, minor = lines[0].split(".")
    return (int(major), int(minor)), Path(lines[1])


def candidates() -> list[Path]:
    """Return paths that may be interpreters, the preferred first: the running one, PATH, then pyenv's versions."""
    paths = [Path(sys.executable)]
    named = re.compile(r"python3(\.\d+)?")
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        if folder and os.path.isdir(folder):
            paths += sorted(path for path in Path(folder).iterdir() if named.fullmatch(path.name))
    pyenv = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser() / "versions"
    paths += sorted(pyenv.glob("3.*/bin/python3"))
    return paths


def find_all() -> dict[tuple[int, int], Path]:
    """Return one usable interpreter for each minor version that this machine has."""
    found: dict[tuple[int, int], Path] = {}
    seen = set()
    for path in candidates():
        real = os.path.realpath(path)
        # A pyenv shim is one script under many names; each name is another Python.
        key = (real, path.name if "shims" in path.parts else "")
        if key in seen:
            continue
        seen.add(key)
        result = probe(path)
        if result:
            found.setdefault(*result)
    return found
