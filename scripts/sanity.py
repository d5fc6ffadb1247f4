# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ansible-test sanity on what ships: the built tarball, unpacked where ansible-test wants a collection to be.

ansible-test bootstraps its own environments with a script that it downloads from a server of its project. Where only a
package index can be reached that fails, and every test that needs an environment is skipped; so a stand-in that uses
Python's own ensurepip is put where ansible-test keeps the downloaded script, under a home folder of our own.
"""

from __future__ import annotations

import configparser
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import time
import xml.etree.ElementTree as ET
from pathlib import Path

from scripts.environment import locked
from scripts.steps import ROOT, Result, environment, report, write_junit

WORK = ROOT / ".cache" / "sanity"
COLLECTION = WORK / "ansible_collections" / "rescue" / "kubernetes"
HOME = WORK / "home"
# Files that ansible-test reads and that do not ship.
SETTINGS = ("tests/config.yml", "tests/sanity")
# What ansible-test says of a test that has no file to look at, as against one that it could not run.
NOT_APPLICABLE = "No tests applicable."

STAND_IN = '''\
"""Bootstrap pip from Python itself instead of from a download."""

import subprocess
import sys

packages = [argument for argument in sys.argv[1:] if argument not in ("--no-setuptools", "--no-wheel")]
subprocess.check_call([sys.executable, "-m", "ensurepip", "--default-pip"])
sys.exit(subprocess.call([sys.executable, "-m", "pip", "install"] + packages))
'''


def unpack() -> None:
    """Build the tarball and unpack it as a collection, with ansible-test's settings."""
    shutil.rmtree(WORK / "ansible_collections", ignore_errors=True)
    COLLECTION.mkdir(parents=True)
    subprocess.run(
        ["ansible-galaxy", "collection", "build", "--force", "--output-path", str(WORK), str(ROOT)],
        env=environment(),
        stdout=subprocess.DEVNULL,
        check=True,
    )
    with tarfile.open(next(WORK.glob("*.tar.gz"))) as tarball:
        tarball.extractall(COLLECTION, filter="data")
    for name in SETTINGS:
        source, target = ROOT / name, COLLECTION / name
        if source.is_dir():
            shutil.copytree(source, target)
        elif source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    # ansible-test asks git for the files, and the checkout around us says that all of this is ignored.
    subprocess.run(["git", "init", "--quiet", str(COLLECTION)], check=True)


def write_stand_in() -> None:
    """Put the stand-in under each name that this ansible-test may look for."""
    found = subprocess.run(
        [sys.executable, "-c", "import ansible_test; print(list(ansible_test.__path__)[0])"],
        capture_output=True,
        text=True,
        check=True,
    )
    source = Path(found.stdout.strip(), "_internal", "python_requirements.py").read_text(encoding="utf-8")
    versions = set(re.findall(r"pip='([\d.]+)'", source))
    if not versions:
        raise SystemExit("sanity: this ansible-test no longer says which pip it bootstraps; see python_requirements.py")
    cache = HOME / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for version in versions:
        (cache / f"get_pip_{version.replace('.', '_')}.py").write_text(STAND_IN, encoding="utf-8")


def write_pip_settings() -> None:
    """Hand pip's settings on: ansible-test drops the environment variables and our home hides the user's file."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list", "--json"], capture_output=True, text=True, check=False
    )
    settings = configparser.RawConfigParser()
    if listed.returncode == 0:
        pairs = json.loads(listed.stdout).items()
    else:
        plain = subprocess.run(
            [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True
        )
        pairs = [
            (key, value[1:-1]) for key, _, value in (line.partition("=") for line in plain.stdout.splitlines()) if value
        ]
    for key, value in pairs:
        section, _, name = key.partition(".")
        section = "global" if section == ":env:" else section
        if not settings.has_section(section):
            settings.add_section(section)
        settings.set(section, name, value)
    path = HOME / ".config" / "pip" / "pip.conf"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as handle:
        settings.write(handle)


def results(output: str, seconds: float) -> list[Result]:
    """Read ansible-test's JUnit files; a test that was skipped though it had files to look at has failed."""
    found = []
    for path in sorted((COLLECTION / "tests" / "output" / "junit").glob("*.xml")):
        for case in ET.parse(path).getroot().iter("testcase"):
            failure, skipped = case.find("failure"), case.find("skipped")
            if skipped is not None and (skipped.text or skipped.get("message")) == NOT_APPLICABLE:
                continue
            text = "" if failure is None else failure.text or failure.get("message") or "failed"
            if skipped is not None:
                text = f"skipped: {skipped.text or skipped.get('message')}"
            found.append(Result(case.get("name", path.stem), not text, text, float(case.get("time", 0))))
    warnings = [line for line in output.splitlines() if re.match(r"(WARNING|ERROR): .*([Ss]kipp|[Rr]equired)", line)]
    if warnings:
        found.append(Result("nothing was skipped", False, "\n".join(warnings), seconds))
    return found


def main() -> int:
    """Run the sanity tests; return the exit code."""
    unpack()
    write_stand_in()
    write_pip_settings()
    start = time.monotonic()
    done = subprocess.run(
        [
            "ansible-test",
            "sanity",
            "--junit",
            "--color",
            "no",
            "--python",
            f"{sys.version_info.major}.{sys.version_info.minor}",
        ],
        cwd=COLLECTION,
        env=environment({"HOME": str(HOME), "ANSIBLE_COLLECTIONS_PATH": str(WORK)}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    seconds = time.monotonic() - start
    outcome = results(done.stdout, seconds)
    # An exit code that no single test explains: ansible-test itself failed, or ran nothing.
    if not outcome or (done.returncode != 0 and all(result.passed for result in outcome)):
        outcome.append(Result("ansible-test sanity", False, done.stdout, seconds))
    for result in outcome:
        report(result)
    (WORK / "output.txt").write_text(done.stdout, encoding="utf-8")
    write_junit("sanity", outcome)
    return 0 if all(result.passed for result in outcome) else 1


if __name__ == "__main__":
    os.umask(0o022)
    # Two runs would pull the work folder away from under each other.
    with locked(WORK):
        sys.exit(main())
