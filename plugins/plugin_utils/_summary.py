# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the summaries at the end of a playbook have in common: lines for people, a file for pipelines.

Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.rescue.kubernetes.plugins.plugin_utils._result_file import write_result_file

display = Display()


@dataclasses.dataclass(frozen=True)
class Summary:
    """`lines` are printed, `found` is what a result file gets, `result` what the task returns beside the lines."""

    lines: list[str]
    found: dict[str, t.Any]
    result: dict[str, t.Any]


class SummaryAction(ActionBase):
    """Runs on the controller only: there is nothing to ask of a cluster any more."""

    _requires_connection = False
    _supports_check_mode = True

    argument_spec: t.ClassVar[dict[str, t.Any]] = {}
    # What is true all the same where the result file cannot be written.
    stands = ""

    def sum_up(self, arguments: dict[str, t.Any]) -> Summary:
        """The summary; results of stages that were skipped are empty."""
        raise NotImplementedError

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Returns `{changed: false, lines, ...}`; fails only when the result file cannot be written."""
        result: dict[str, t.Any] = super().run(tmp, task_vars or {})
        _spec, given = self.validate_argument_spec(
            argument_spec={
                "target": {"type": "str", "default": ""},
                **self.argument_spec,
                "result_file": {"type": "path"},
            }
        )
        skipped = {name for name, value in given.items() if isinstance(value, dict) and value.get("skipped")}
        summary = self.sum_up({name: {} if name in skipped else value for name, value in given.items()})
        if not self._task.no_log:
            display.display("\n" + "\n".join(summary.lines) + "\n")
        if given["result_file"]:
            problem = write_result_file(given["result_file"], summary.found)
            if problem:
                return {**result, "failed": True, "msg": f"{problem} {self.stands}"}
        return {**result, "changed": False, **summary.result, "lines": summary.lines}
