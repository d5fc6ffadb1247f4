# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of diagnose.yml: prints at most ten lines a target, writes the result file, says whether it failed."""

from __future__ import annotations

import typing as t

from ansible_collections.rescue.kubernetes.plugins.module_utils._report.diagnosis import (
    diagnosis_lines,
    diagnosis_problem,
    diagnosis_sentence,
    diagnosis_target,
)
from ansible_collections.rescue.kubernetes.plugins.plugin_utils._summary import Summary, SummaryAction


class ActionModule(SummaryAction):
    """Sums up a diagnosis. Returns `{undiagnosed, sentence}` beside the lines."""

    argument_spec: t.ClassVar[dict[str, t.Any]] = {"diagnosis": {"type": "dict", "default": {}}}
    stands = "The diagnosis itself stands above."

    def sum_up(self, arguments: dict[str, t.Any]) -> Summary:
        """The verdict's lines, and whether there is none."""
        diagnosis = arguments["diagnosis"]
        target = diagnosis_target(diagnosis, arguments["target"])
        problem = diagnosis_problem(diagnosis)
        return Summary(
            diagnosis_lines(target, diagnosis),
            {"target": target, "problem": problem or None, "diagnosis": diagnosis},
            {"undiagnosed": bool(problem), "sentence": diagnosis_sentence(target)},
        )
