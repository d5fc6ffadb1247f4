# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make a virtual environment from requirement files, or leave it alone where it is current.

Runs on any Python from 3.8, and looks for one from 3.11 to make the environment with.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from scripts.interpreters import find_all, probe

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)


class EnvironmentFailed(Exception):
    """One sentence that says why there is no environment."""


def with_included(files: Sequence[Path]) -> list[Path]:
    """Return requirement files with those that they refer to by -r and -c, each once."""
    found: list[Path] = []
    waiting = list(files)
    while waiting:
        path = waiting.pop(0).resolve()
        if path in found:
            continue
        found.append(path)
        included = re.findall(r"^-[rc]\s+(\S+)", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        waiting += [path.parent / name for name in included]
    return found


def fingerprint(folder: Path, interpreter: Path, files: Sequence[Path], packages: Sequence[str]) -> str:
    """Return what the environment's content depends on, as a hash. An environment that was moved does not work."""
    digest = hashlib.sha256()
    for text in (str(folder), str(interpreter), *packages):
        digest.update(text.encode() + b"\0")
    for path in with_included(files):
        digest.update(path.read_bytes())
    return digest.hexdigest()


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Let one process at a time work on the environment."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(folder.parent / (folder.name + ".lock"), "w", encoding="utf-8") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def make(folder: Path, interpreter: Path, files: Sequence[Path], packages: Sequence[str] = ()) -> bool:
    """Make the environment in folder; return whether there was anything to do.

    Raises EnvironmentFailed with the end of pip's output.
    """
    stamp = folder / ".fingerprint"
    with locked(folder):
        wanted = fingerprint(folder, interpreter, files, packages)
        if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
            return False
        shutil.rmtree(folder, ignore_errors=True)
        install = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        for path in files:
            install += ["-r", str(path)]
        for command in ([str(interpreter), "-m", "venv", str(folder)], install + list(packages)):
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
            if done.returncode != 0:
                end = "\n".join(done.stdout.splitlines()[-15:])
                raise EnvironmentFailed(f"making {folder} failed at: {' '.join(command)}\n{end}")
        stamp.write_text(wanted, encoding="utf-8")
        return True


def choose() -> Path:
    """Return the running Python where it will do, else the newest there is."""
    running = probe(Path(sys.executable))
    if running and running[0] >= OLDEST:
        return running[1]
    usable = {version: path for version, path in find_all().items() if version >= OLDEST}
    if not usable:
        raise EnvironmentFailed(
            f"No Python >= {OLDEST[0]}.{OLDEST[1]} with the venv module found on PATH or under pyenv. "
            "Install one (Debian: apt-get install python3 python3-venv), or name it: make PYTHON=..."
        )
    return usable[max(usable)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the development environment."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the environment is made")
    parser.add_argument("requirements", type=Path, nargs="+", help="requirement files")
    options = parser.parse_args(arguments)
    start = time.monotonic()
    folder = Path(os.path.abspath(str(options.folder)))
    try:
        interpreter = choose()
        if make(folder, interpreter, options.requirements):
            print(f"environment: made {options.folder} with {interpreter} in {time.monotonic() - start:.0f} s")
    except EnvironmentFailed as failed:
        print(f"environment: {failed}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
