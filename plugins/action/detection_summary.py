# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of detect.yml: prints the table or the lines, writes the result file, says whether something is failing."""

from __future__ import annotations

import typing as t

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.rescue.kubernetes.plugins.module_utils._report.detection import (
    detection_lines,
    is_failing,
    problem_of,
    sentence_of,
    target_of,
)
from ansible_collections.rescue.kubernetes.plugins.plugin_utils._result_file import write_result_file

display = Display()


class ActionModule(ActionBase):
    """Runs on the controller only: there is nothing to ask of a cluster any more."""

    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Returns `{changed: false, failing, problem, sentence, lines}`; fails only when the file cannot be written."""
        result: dict[str, t.Any] = super().run(tmp, task_vars or {})
        _spec, arguments = self.validate_argument_spec(
            argument_spec={
                "target": {"type": "str", "default": ""},
                "detection": {"type": "dict", "default": {}},
                "max_rows": {"type": "int", "default": 9},
                "result_file": {"type": "path"},
            }
        )
        detection = {} if arguments["detection"].get("skipped") else arguments["detection"]
        target = target_of(detection, arguments["target"])
        problem = problem_of(detection)
        lines = detection_lines(target, detection, display.columns, max(0, arguments["max_rows"]))
        if not self._task.no_log:
            display.display("\n" + "\n".join(lines) + "\n")
        failing = is_failing(detection)
        if arguments["result_file"]:
            found = {"target": target, "problem": problem or None, "failing": failing, "detection": detection}
            not_written = write_result_file(arguments["result_file"], found)
            if not_written:
                return {**result, "failed": True, "msg": f"{not_written} What was found stands above."}
        return {
            **result,
            "changed": False,
            "failing": failing,
            "problem": problem,
            "sentence": sentence_of(target, detection),
            "lines": lines,
        }
