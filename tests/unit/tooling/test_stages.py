# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What counts as a failure in the stages of `make test`."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from scripts import molecule, sanity, stages, steps
from scripts.steps import Result, Step


@pytest.fixture(autouse=True)
def reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "reports"
    monkeypatch.setattr(steps, "REPORTS", folder)
    monkeypatch.setattr(stages, "REPORTS", folder)
    return folder


def python(name: str, code: str) -> Step:
    return Step(name, [sys.executable, "-c", code])


def test_a_step_that_fails_shows_its_output_and_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    passing, failing = python("good", "print('quiet')"), python("bad", "print('reason\\x1b[0m'); raise SystemExit(3)")
    assert steps.run_all("suite", [passing, failing], at_once=2) == 1
    shown = capsys.readouterr().out
    assert "passed  good" in shown
    assert "FAILED  bad" in shown
    assert "reason" in shown
    assert "quiet" not in shown
    assert stages.count() == (1, 1, 0)


def test_results_from_before_the_steps_are_counted_with_them() -> None:
    failed = Result("environment", False, "no such version", 0)
    assert steps.run_all("suite", [python("good", "")], before=[failed]) == 1
    assert stages.count() == (1, 1, 0)


def junit(folder: Path, name: str, inside: str = "") -> None:
    (folder / f"{name}.xml").write_text(
        f'<testsuites><testsuite><testcase name="{name}">{inside}</testcase></testsuite></testsuites>'
    )


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("", [True]),
        ("<skipped>No tests applicable.</skipped>", []),
        ("<skipped>Skipping because it could not be found.</skipped>", [False]),
        ("<failure>plugins/x.py:1:1: wrong</failure>", [False]),
        ('<failure type="failure"/>', [False]),
    ],
)
def test_a_sanity_test_that_was_skipped_has_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inside: str, expected: list[bool]
) -> None:
    monkeypatch.setattr(sanity, "COLLECTION", tmp_path)
    folder = tmp_path / "tests" / "output" / "junit"
    folder.mkdir(parents=True)
    junit(folder, "pylint", inside)
    assert [result.passed for result in sanity.results("", 1)] == expected


def test_a_warning_that_a_sanity_test_was_skipped_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sanity, "COLLECTION", tmp_path)
    for line in ('WARNING: Required program "shellcheck" not found.', 'WARNING: Skipping sanity test "pylint"'):
        assert [result.passed for result in sanity.results(f"one\n{line}\n", 1)] == [False]
    assert sanity.results("WARNING: Reviewing previous 1 warning(s):\n", 1) == []


RECAP = "{}   : actions={}  successful={}  disabled=0  skipped=0  missing=0  failed=0\n"


def test_a_molecule_scenario_must_have_run_all_its_steps() -> None:
    output = RECAP.format("default", 1, 1) + RECAP.format("recover_tag", 5, 5) + RECAP.format("short", 4, 4)
    outcome = molecule.results(["default", "recover_tag", "short", "never_came"], output, 1)
    assert {result.name: result.passed for result in outcome} == {
        "default": True,
        "recover_tag": True,
        "short": False,
        "never_came": False,
    }


def test_a_molecule_play_without_hosts_is_a_failure() -> None:
    output = "skipping: no hosts matched\n" + RECAP.format("default", 1, 1)
    assert [result.passed for result in molecule.results(["default"], output, 1)] == [True, False]


@pytest.fixture
def fake_make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a make on PATH that fails for what is named in a file and writes down what it was asked for."""
    program = tmp_path / "bin" / "make"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\necho "$1 $KUBECONFIG" >> {tmp_path}/asked\ngrep -q "^$1$" {tmp_path}/failing && exit 2\nexit 0\n'
    )
    program.chmod(0o755)
    (tmp_path / "failing").write_text("")
    monkeypatch.setattr(steps, "BIN", program.parent)
    return tmp_path


def last_line(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out.splitlines()[-1]


def test_every_stage_runs_though_one_fails(
    fake_make: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KUBECONFIG", "/given")
    (fake_make / "failing").write_text("lint\n")
    assert stages.main() == 1
    asked = [line.split()[0] for line in (fake_make / "asked").read_text().splitlines()]
    assert sorted(asked) == sorted(stage.target for stage in stages.STAGES)
    in_front = [stage.target for stage in stages.STAGES if not stage.behind]
    assert [target for target in asked if target in in_front] == in_front
    assert last_line(capsys) == "0 passed, 1 failed"


def test_a_run_in_which_no_test_ran_has_failed(fake_make: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", "/given")
    assert stages.main() == 1


def test_the_cluster_comes_up_behind_and_is_handed_on(
    fake_make: Path, reports: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    begin = stages.start

    def start(command: Sequence[str], *rest: object) -> subprocess.Popen[str]:
        if "tests.cluster" in command:
            steps.write_junit("unit", [Result("one", True, "", 0)])
            command = ["echo", "cluster is up"]
        return begin(command, *rest)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr(stages, "start", start)
    monkeypatch.setattr(stages, "kubeconfig", lambda: "/ours")
    assert stages.main() == 0
    asked = dict(line.partition(" ")[::2] for line in (fake_make / "asked").read_text().splitlines())
    assert asked["test-unit"] == ""
    assert asked["test-integration"] == "/ours"
    shown = capsys.readouterr().out
    assert "cluster is up" in shown
    assert shown.splitlines()[-1] == "1 passed, 0 failed"


def test_without_a_cluster_what_needs_it_has_failed(
    fake_make: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    begin = stages.start
    monkeypatch.setattr(
        stages,
        "start",
        lambda command, *rest: begin(["false"] if "tests.cluster" in command else command, *rest),
    )
    assert stages.main() == 1
    needing = sum(stage.needs_cluster for stage in stages.STAGES)
    assert last_line(capsys) == f"0 passed, {needing + 1} failed"


def test_what_ran_behind_is_shown_and_counted_when_it_has_ended(
    fake_make: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KUBECONFIG", "/given")
    (fake_make / "failing").write_text("test-pythons\n")
    assert stages.main() == 1
    assert "== test-pythons: FAILED" in capsys.readouterr().out


def test_a_stage_that_hangs_is_ended(capsys: pytest.CaptureFixture[str]) -> None:
    process = stages.start(["sleep", "60"], None, {})
    assert not stages.wait(process, 0.1)
    assert process.poll() is not None
