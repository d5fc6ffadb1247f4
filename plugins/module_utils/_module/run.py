# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every module has in common: how it is run, what its result says of the run, live progress.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import time
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.client import Client
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.guard import run_guarded
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.options import (
    CONNECTION_ARGUMENT_SPEC,
    CONNECTION_CONSTRAINTS,
    WORKLOAD_ARGUMENT_SPEC,
    ConnectionOptions,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.object_redaction import ObjectRedactor
from ansible_collections.rescue.kubernetes.plugins.module_utils._report.text import printable

USER_AGENT = "rescue.kubernetes"


class Stopwatch:
    """Wall time of a run: `started` and `ended` are seconds since 1970, `seconds` is monotonic."""

    def __init__(self) -> None:
        self._started = time.time()
        self._clock = time.monotonic()
        self._marks: dict[str, float] = {}

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._clock

    def mark(self, name: str) -> None:
        """Remember when something happened for the first time."""
        self._marks.setdefault(name, time.time())

    def to_dict(self) -> dict[str, t.Any]:
        """Shape: `{started, ended, seconds, cpu_seconds, <marks>...}`."""
        return {
            "started": round(self._started, 3),
            "ended": round(time.time(), 3),
            "seconds": round(self.seconds, 3),
            "cpu_seconds": round(time.process_time(), 3),
            **{name: round(value, 3) for name, value in self._marks.items()},
        }


class ProgressFile:
    """Lines for a person who waits, written where the controller's half of the module reads them."""

    def __init__(self, path: str | None, stopwatch: Stopwatch) -> None:
        self._path = path
        self._stopwatch = stopwatch
        self._last = ""

    def say(self, line: str) -> None:
        """Write the line with the elapsed time, unless it says what the last one said."""
        if line != self._last:
            self._last = line
            self._write(line)

    def heartbeat(self) -> None:
        """Say the last line again, so that a log that is waited on is not dead."""
        if self._last:
            self._write(self._last)

    def _write(self, line: str) -> None:
        if not self._path:
            return
        with open(self._path, "a", encoding="utf-8") as file:
            file.write(f"{self._stopwatch.seconds:6.1f} s  {printable(' '.join(line.split()))}\n")


def run_module(
    argument_spec: dict[str, t.Any],
    body: t.Callable[[Client, AnsibleModule], dict[str, t.Any]],
    offline: t.Callable[[AnsibleModule], dict[str, t.Any] | None] = lambda _module: None,
    **settings: t.Any,
) -> t.NoReturn:
    """The whole life of a module that works on one workload: options, connection, work, result or failure.

    `body` gets the client and the module and returns the result; with `msg` in it the task fails and keeps the rest.
    `offline` comes first and may return the result by itself: then there is no connection.
    """
    module = AnsibleModule(
        argument_spec={**CONNECTION_ARGUMENT_SPEC, **WORKLOAD_ARGUMENT_SPEC, **argument_spec},
        supports_check_mode=True,
        **{**CONNECTION_CONSTRAINTS, **settings},
    )

    def runner(module: AnsibleModule) -> dict[str, t.Any]:
        result = offline(module)
        result = shown(result) if result is not None else connected(module)
        if "msg" in result:
            module.fail_json(**result)
        return result

    def connected(module: AnsibleModule) -> dict[str, t.Any]:
        client = Client.connect(ConnectionOptions.from_params(module.params), user_agent=USER_AGENT)
        for warning in client.warnings:
            module.warn(warning)
        try:
            result: dict[str, t.Any] = shown(body(client, module))
        finally:
            client.close()
        return result

    run_guarded(module, runner)


def shown(value: t.Any) -> t.Any:
    """A result cleaned in depth: nothing that a cluster wrote reaches a screen unchecked."""
    return ObjectRedactor().value(value)
