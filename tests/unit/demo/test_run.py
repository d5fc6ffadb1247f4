from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from demo import run
from demo.application import FAULTS
from tests.cluster import ClusterError


class BrokenCluster:
    def up(self, with_: tuple[str, ...]) -> None:
        raise ClusterError("etcd does not start: no space left on device")


@pytest.fixture
def playbook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stands in for ansible-playbook: writes down how it was called."""
    script = tmp_path / "ansible-playbook"
    script.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/arguments\nenv > {tmp_path}/environment\nexit 3\n')
    script.chmod(0o755)
    monkeypatch.setenv("ANSIBLE_PLAYBOOK", str(script))
    return script


def test_a_cluster_that_does_not_start_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run, "Cluster", BrokenCluster)
    monkeypatch.setattr(sys, "argv", ["run"])
    assert run.main() == 1
    printed = capsys.readouterr().out
    assert "The demo cannot go on: etcd does not start: no space left on device" in printed
    assert "Traceback" not in printed


def test_an_interrupt_is_one_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(self: Any) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(run.Demo, "run", interrupted)
    monkeypatch.setattr(sys, "argv", ["run"])
    assert run.main() == 130
    assert "Stopped." in capsys.readouterr().out


def test_a_fault_that_is_unknown_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["run", "--fault", "everything"])
    with pytest.raises(SystemExit):
        run.main()
    assert "'tag', 'crash', 'config', 'probe', 'healthy'" in capsys.readouterr().err


@pytest.mark.parametrize(("good", "exit_code"), [(True, 0), (False, 1)])
def test_the_exit_code_says_whether_the_end_is_the_expected_one(
    monkeypatch: pytest.MonkeyPatch, good: bool, exit_code: int
) -> None:
    monkeypatch.setattr(run.Demo, "run", lambda self: good)
    monkeypatch.setattr(sys, "argv", ["run", "--fault", "crash"])
    assert run.main() == exit_code


def test_the_recovery_is_what_a_user_types(playbook: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("K8S_AUTH_HOST", "https://production.example")
    demo = run.Demo(FAULTS["tag"])
    assert demo.recover(run.ansible_playbook()) == 3
    arguments = (playbook.parent / "arguments").read_text().strip()
    assert arguments == "playbooks/recover.yml -e deployment=api-server -e deployment_namespace=production"
    environment = (playbook.parent / "environment").read_text()
    assert f"KUBECONFIG={demo.cluster.kubeconfig}\n" in environment
    assert "K8S_AUTH_HOST" not in environment


def test_a_playbook_that_does_not_end_is_ended(playbook: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    playbook.write_text("#!/bin/sh\nexec sleep 60\n")
    monkeypatch.setattr(run, "PLAYBOOK_SECONDS", 0.2)
    with pytest.raises(ClusterError, match="did not end within"):
        run.Demo(FAULTS["tag"]).recover(str(playbook))
