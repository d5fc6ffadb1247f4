# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of detect.yml: prints the table or the lines, writes the result file, says whether something is failing."""

from __future__ import annotations

import typing as t

from ansible_collections.rescue.kubernetes.plugins.module_utils._report.detection import (
    detection_lines,
    is_failing,
    problem_of,
    sentence_of,
    target_of,
)
from ansible_collections.rescue.kubernetes.plugins.plugin_utils._summary import Summary, SummaryAction, display


class ActionModule(SummaryAction):
    """Sums up one look or a sweep. Returns `{failing, problem, sentence}` beside the lines."""

    argument_spec: t.ClassVar[dict[str, t.Any]] = {
        "detection": {"type": "dict", "default": {}},
        "max_rows": {"type": "int", "default": 9},
    }
    stands = "What was found stands above."

    def sum_up(self, arguments: dict[str, t.Any]) -> Summary:
        """The lines or the table, as wide as the terminal, and whether something fails."""
        detection = arguments["detection"]
        target = target_of(detection, arguments["target"])
        problem, failing = problem_of(detection), is_failing(detection)
        return Summary(
            detection_lines(target, detection, display.columns, max(0, arguments["max_rows"])),
            {"target": target, "problem": problem or None, "failing": failing, "detection": detection},
            {"failing": failing, "problem": problem, "sentence": sentence_of(target, detection)},
        )
