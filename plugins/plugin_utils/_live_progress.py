# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Live lines of a module that waits.

Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.

A module can show nothing before it ends. So it writes its progress to a file, and the action plugin beside it,
which runs on the controller, shows what arrives there. That needs the module on the same machine: elsewhere it
works the same and shows no live lines.
"""

from __future__ import annotations

import os
import tempfile
import textwrap
import threading
import typing as t
from pathlib import Path

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.rescue.kubernetes.plugins.module_utils._report.text import printable

SECONDS_BETWEEN_LOOKS = 0.1
# As wide as the elapsed time in front of a line.
INDENT = " " * 10

display = Display()


class LiveProgressAction(ActionBase):
    """Runs the module of `module_name` and shows the lines that it writes to its `progress_file`."""

    module_name = ""

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """As every action plugin: the module's result, unchanged."""
        variables = task_vars or {}
        result: dict[str, t.Any] = super().run(tmp, variables)
        arguments = dict(self._task.args)
        silent = self._task.no_log or self._task.async_val or self._connection.transport != "local"
        if silent or arguments.get("progress_file"):
            result.update(self._run_module(arguments, variables))
            return result
        handle, name = tempfile.mkstemp(prefix="rescue-kubernetes-progress-")
        os.close(handle)
        ended = threading.Event()
        host = str(variables.get("inventory_hostname", ""))
        prefix = "" if host in ("", "localhost") else f"{host} | "
        reader = threading.Thread(target=_show, args=(Path(name), ended, prefix), daemon=True)
        reader.start()
        try:
            result.update(self._run_module({**arguments, "progress_file": name}, variables))
        finally:
            ended.set()
            reader.join()
            Path(name).unlink(missing_ok=True)
        return result

    def _run_module(self, arguments: dict[str, t.Any], variables: dict[str, t.Any]) -> dict[str, t.Any]:
        found: dict[str, t.Any] = self._execute_module(
            module_name=self.module_name, module_args=arguments, task_vars=variables
        )
        return found


def _folded(line: str) -> str:
    """The line, broken between words where a terminal would break it anywhere.

    Ansible takes a log file for 79 columns wide. Whether it is one cannot be asked here: a worker has no terminal.
    """
    return "\n".join(
        textwrap.wrap(line, display.columns, subsequent_indent=INDENT, break_long_words=False, break_on_hyphens=False)
    )


def _show(path: Path, ended: threading.Event, prefix: str) -> None:
    with path.open(encoding="utf-8", errors="replace") as lines:
        pending = ""
        while True:
            last = ended.is_set()
            pending += lines.read()
            *whole, pending = pending.split("\n")
            for line in whole:
                display.display(_folded(prefix + printable(line)))
            if last:
                return
            ended.wait(SECONDS_BETWEEN_LOOKS)
