# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of a recovery: prints at most ten lines a target, writes the result file, says whether it failed."""

from __future__ import annotations

import typing as t

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.rescue.kubernetes.plugins.module_utils._report.outcome import (
    Stages,
    conclude,
    exit_sentence,
    summary_lines,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._report.text import printable
from ansible_collections.rescue.kubernetes.plugins.plugin_utils._result_file import write_result_file

display = Display()


class ActionModule(ActionBase):
    """Runs on the controller only: there is nothing to ask of a cluster any more."""

    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Returns `{changed: false, outcome, sentence, lines}`; fails only when the result file cannot be written."""
        result: dict[str, t.Any] = super().run(tmp, task_vars or {})
        _spec, arguments = self.validate_argument_spec(
            argument_spec={
                "target": {"type": "str", "default": ""},
                "detection": {"type": "dict", "default": {}},
                "rollback": {"type": "dict", "default": {}},
                "rollout": {"type": "dict", "default": {}},
                "probe": {"type": "dict", "default": {}},
                "result_file": {"type": "path"},
            }
        )
        stages = Stages(
            **{
                name: {} if arguments[name].get("skipped") else arguments[name]
                for name in ("detection", "rollback", "rollout", "probe")
            }
        )
        outcome = conclude(stages)
        target = _target(stages.detection, printable(arguments["target"]))
        lines = summary_lines(target, stages, outcome)
        if not self._task.no_log:
            display.display("\n" + "\n".join(lines) + "\n")
        if arguments["result_file"]:
            problem = write_result_file(arguments["result_file"], _found(target, stages, outcome.to_dict()))
            if problem:
                return {
                    **result,
                    "failed": True,
                    "msg": f"{problem} The recovery itself ended as shown above.",
                }
        return {
            **result,
            "changed": False,
            "outcome": outcome.to_dict(),
            "sentence": exit_sentence(target, outcome),
            "lines": lines,
        }


def _target(detection: dict[str, t.Any], asked: str) -> str:
    if detection.get("name"):
        return printable(f"{detection['name']} in {detection.get('namespace', '')}")
    return asked or "no deployment given"


def _found(target: str, stages: Stages, outcome: dict[str, t.Any]) -> dict[str, t.Any]:
    return {
        "target": target,
        **outcome,
        "detection": stages.detection,
        "rollback": stages.rollback,
        "rollout": stages.rollout,
        "probe": stages.probe,
    }
