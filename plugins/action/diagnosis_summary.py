# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of diagnose.yml: prints at most ten lines a target, writes the result file, says whether it failed."""

from __future__ import annotations

import typing as t

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.rescue.kubernetes.plugins.module_utils._report.diagnosis import (
    diagnosis_lines,
    diagnosis_problem,
    diagnosis_sentence,
    diagnosis_target,
)
from ansible_collections.rescue.kubernetes.plugins.plugin_utils._result_file import write_result_file

display = Display()


class ActionModule(ActionBase):
    """Runs on the controller only: there is nothing to ask of a cluster any more."""

    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Returns `{changed: false, undiagnosed, sentence, lines}`; fails where the result file cannot be written."""
        result: dict[str, t.Any] = super().run(tmp, task_vars or {})
        _spec, arguments = self.validate_argument_spec(
            argument_spec={
                "target": {"type": "str", "default": ""},
                "diagnosis": {"type": "dict", "default": {}},
                "result_file": {"type": "path"},
            }
        )
        diagnosis = {} if arguments["diagnosis"].get("skipped") else arguments["diagnosis"]
        target = diagnosis_target(diagnosis, arguments["target"])
        problem = diagnosis_problem(diagnosis)
        lines = diagnosis_lines(target, diagnosis)
        if not self._task.no_log:
            display.display("\n" + "\n".join(lines) + "\n")
        if arguments["result_file"]:
            found = {"target": target, "problem": problem or None, "diagnosis": diagnosis}
            not_written = write_result_file(arguments["result_file"], found)
            if not_written:
                return {**result, "failed": True, "msg": f"{not_written} The diagnosis itself stands above."}
        return {
            **result,
            "changed": False,
            "undiagnosed": bool(problem),
            "sentence": diagnosis_sentence(target),
            "lines": lines,
        }
