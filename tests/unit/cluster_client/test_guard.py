# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a module ends: results, failures, and what nobody foresaw."""

from __future__ import annotations

import json
import os
import signal
import typing as t

import pytest
from ansible.module_utils.basic import AnsibleModule

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster import errors
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.guard import run_guarded
from tests.unit.cluster_client.arguments import module_arguments

Runner = t.Callable[[AnsibleModule], dict[str, t.Any]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> t.Callable[..., dict[str, t.Any]]:
    """Run a module to its end and return what it printed for Ansible."""

    def ended(runner: Runner, verbosity: int = 0, **arguments: t.Any) -> dict[str, t.Any]:
        with module_arguments({"_ansible_verbosity": verbosity, **arguments}):
            module = AnsibleModule({"kubeconfig": {"type": "raw"}})
            with pytest.raises(SystemExit):
                run_guarded(module, runner)
        return dict(json.loads(capsys.readouterr().out))

    return ended


Run = t.Callable[..., dict[str, t.Any]]


def raising(error: BaseException) -> Runner:
    def runner(_module: AnsibleModule) -> dict[str, t.Any]:
        raise error

    return runner


def test_a_result(run: Run) -> None:
    result = run(lambda _module: {"changed": True, "phase": "complete"})
    assert (result["changed"], result["phase"]) == (True, "complete")


def test_an_error_is_one_sentence_with_its_facts(run: Run) -> None:
    details = {"contexts": ["a"], "msg": "kept apart", "warnings": "too"}
    result = run(raising(errors.ContextNotFoundError("There is no such context.", details=details)))
    assert result["failed"] is True
    assert (result["msg"], result["reason"]) == ("There is no such context.", "context_not_found")
    assert (result["contexts"], result["error_msg"], result["error_warnings"]) == (["a"], "kept apart", "too")
    assert "Traceback" not in json.dumps(result)


def test_a_cause_is_not_appended_to_the_sentence(run: Run) -> None:
    def runner(_module: AnsibleModule) -> dict[str, t.Any]:
        try:
            raise OSError("inner")
        except OSError as error:
            raise errors.KubeconfigError("The sentence.") from error

    assert run(runner)["msg"] == "The sentence."
    assert "inner" not in json.dumps(run(runner))


def test_what_nobody_foresaw_is_a_sentence_too(run: Run) -> None:
    result = run(raising(ZeroDivisionError("by\nzero")))
    assert result["msg"].startswith("Internal error in rescue.kubernetes (ZeroDivisionError at test_guard.py:")
    assert result["msg"].endswith("by zero). Please report it with the output of -vvv.")
    assert result["reason"] == "internal_error"
    assert "Traceback" not in json.dumps(result)


def test_its_traceback_is_there_at_high_verbosity(run: Run) -> None:
    shown = run(raising(ZeroDivisionError("by zero")), verbosity=3)["traceback"]
    assert shown[0].startswith("Traceback")
    assert shown[-1] == "ZeroDivisionError: by zero"


def test_signals_are_a_sentence(run: Run) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)

    def terminated(_module: AnsibleModule) -> dict[str, t.Any]:
        os.kill(os.getpid(), signal.SIGTERM)
        signal.sigtimedwait([], 5)
        return {}

    for runner, name in ((terminated, "SIGTERM"), (raising(KeyboardInterrupt()), "SIGINT")):
        result = run(runner)
        assert result["msg"].startswith(f"Stopped by {name} before the end; what was done until then stays.")
        assert (result["reason"], result["signal"]) == ("interrupted", name)
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_secrets_in_a_kubeconfig_given_as_content_are_hidden(run: Run) -> None:
    content = {"users": [{"name": "a", "user": {"token": "hush-hush-token"}}]}
    result = run(lambda _module: {"echo": "it was hush-hush-token"}, kubeconfig=content)
    assert "hush-hush-token" not in json.dumps(result)
