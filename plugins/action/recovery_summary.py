# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of a recovery: prints at most ten lines a target, writes the result file, says whether it failed."""

from __future__ import annotations

import typing as t

from ansible_collections.rescue.kubernetes.plugins.module_utils._report.outcome import (
    Stages,
    conclude,
    exit_sentence,
    summary_lines,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._report.text import printable
from ansible_collections.rescue.kubernetes.plugins.plugin_utils._summary import Summary, SummaryAction


class ActionModule(SummaryAction):
    """Sums up a recovery. Returns `{outcome, sentence}` beside the lines."""

    argument_spec: t.ClassVar[dict[str, t.Any]] = {
        "detection": {"type": "dict", "default": {}},
        "rollback": {"type": "dict", "default": {}},
        "rollout": {"type": "dict", "default": {}},
        "probe": {"type": "dict", "default": {}},
    }
    stands = "The recovery itself ended as shown above."

    def sum_up(self, arguments: dict[str, t.Any]) -> Summary:
        """The outcome and its lines."""
        stages = Stages(**{name: arguments[name] for name in self.argument_spec})
        outcome = conclude(stages)
        target = _target(stages.detection, printable(arguments["target"]))
        return Summary(
            summary_lines(target, stages, outcome),
            _found(target, stages, outcome.to_dict()),
            {"outcome": outcome.to_dict(), "sentence": exit_sentence(target, outcome)},
        )


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
