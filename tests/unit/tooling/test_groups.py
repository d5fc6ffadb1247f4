# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests that share a cluster of their own run on one worker: on several, each would bring one up."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_TESTS = """
import os, pathlib, pytest
pytestmark = pytest.mark.xdist_group("together")
@pytest.mark.parametrize("number", range(4))
def test_it(number, worker_id):
    pathlib.Path(f"ran-{number}").write_text(worker_id)
"""


def test_tests_of_one_group_run_on_one_worker(tmp_path: Path) -> None:
    (tmp_path / "test_group.py").write_text(_TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadgroup"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=True, timeout=120)
    workers = [path.read_text() for path in tmp_path.glob("ran-*")]
    assert len(workers) == 4
    assert len(set(workers)) == 1
