# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The development environment is made when what it depends on changes, and only then."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from scripts import environment, interpreters
from scripts.environment import EnvironmentFailed, fingerprint, make, with_included


def test_requirement_files_bring_the_files_that_they_refer_to(tmp_path: Path) -> None:
    (tmp_path / "test.txt").write_text("-r unit.txt\nruff\n")
    (tmp_path / "unit.txt").write_text("-r deeper/unit.txt\n-c constraints.txt\n")
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / "unit.txt").write_text("-r ../test.txt\n")
    (tmp_path / "constraints.txt").write_text("")
    found = with_included([tmp_path / "test.txt"])
    assert [str(path.relative_to(tmp_path)) for path in found] == [
        "test.txt",
        "unit.txt",
        "deeper/unit.txt",
        "constraints.txt",
    ]


def test_a_change_in_an_included_file_or_another_place_is_another_environment(tmp_path: Path) -> None:
    (tmp_path / "test.txt").write_text("-c constraints.txt\n")
    (tmp_path / "constraints.txt").write_text("ruff == 1\n")
    files, python = [tmp_path / "test.txt"], Path(sys.executable)
    first = fingerprint(tmp_path / "a", python, files, [])
    assert fingerprint(tmp_path / "a", python, files, []) == first
    assert fingerprint(tmp_path / "moved", python, files, []) != first
    (tmp_path / "constraints.txt").write_text("ruff == 2\n")
    assert fingerprint(tmp_path / "a", python, files, []) != first


@pytest.fixture
def interpreter(tmp_path: Path) -> Path:
    """A stand-in, as the real one takes seconds: `-m venv` copies itself, `-m pip` refuses a file that says so."""
    program = tmp_path / "python"
    program.write_text(
        "#!/bin/sh\n"
        'if [ "$2" = venv ]; then mkdir -p "$3/bin" && cp "$0" "$3/bin/python"; exit; fi\n'
        'for last; do :; done\nif grep -q impossible "$last"; then echo "No distribution: impossible"; exit 1; fi\n'
    )
    program.chmod(0o755)
    return program


def test_an_environment_that_is_current_is_left_alone(tmp_path: Path, interpreter: Path) -> None:
    requirements = tmp_path / "some.txt"
    requirements.write_text("ruff == 1\n")
    folder = tmp_path / "environment"
    assert make(folder, interpreter, [requirements])
    left = folder / "of-the-old-one"
    left.touch()
    assert not make(folder, interpreter, [requirements])
    assert left.exists()
    requirements.write_text("ruff == 2\n")
    assert make(folder, interpreter, [requirements])
    assert not left.exists()


def test_what_pip_says_is_shown_and_the_next_run_tries_again(tmp_path: Path, interpreter: Path) -> None:
    requirements = tmp_path / "some.txt"
    requirements.write_text("impossible == 1\n")
    for _ in range(2):
        with pytest.raises(EnvironmentFailed, match="No distribution: impossible"):
            make(tmp_path / "environment", interpreter, [requirements])


def test_a_python_that_is_too_old_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "probe", lambda path: ((3, 9), path))
    newer = {(3, 9): Path("old"), (3, 11): Path("good"), (3, 12): Path("newest")}
    monkeypatch.setattr(environment, "find_all", lambda: newer)
    assert environment.choose() == Path("newest")
    monkeypatch.setattr(environment, "find_all", lambda: {(3, 9): Path("old")})
    with pytest.raises(EnvironmentFailed, match=r"No Python >= 3\.11"):
        environment.choose()


def test_a_program_that_is_no_python_is_passed_over(tmp_path: Path) -> None:
    shim = tmp_path / "python3.99"
    shim.write_text("#!/bin/sh\necho 'command not found' >&2\nexit 127\n")
    shim.chmod(0o755)
    assert interpreters.probe(shim) is None
    assert interpreters.probe(tmp_path / "missing") is None
