"""Processes that outlive the command that started them, remembered by pid and start time."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from .groups import join
from .layout import Layout
from .output import ClusterError

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def start_time(pid: int) -> int | None:
    """Return when `pid` started, in clock ticks since boot, or None where it is gone or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else int(fields[19])


class Daemon:
    """One component's process."""

    def __init__(self, layout: Layout, name: str) -> None:
        self.name = name
        self._layout = layout
        self._record = layout.daemons / f"{name}.json"

    @property
    def log(self) -> Path:
        return self._layout.logs / f"{self.name}.log"

    @property
    def pid(self) -> int | None:
        """The process id while it runs; a number that another process has taken over meanwhile is not it."""
        try:
            record = json.loads(self._record.read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return None
        pid = int(record["pid"])
        began = start_time(pid)
        return pid if began is not None and began == record["start_time"] else None

    def start(self, command: list[str], environment: dict[str, str] | None = None) -> None:
        """Start `command` in the cluster's network namespace and control group."""
        self._layout.daemons.mkdir(parents=True, exist_ok=True)
        self._layout.logs.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                ["nsenter", f"--net=/run/netns/{self._layout.network_namespace}", "--", *command],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", start_new_session=True,
                env={"PATH": _PATH, "HOME": "/root", "LANG": "C.UTF-8", **(environment or {})},
            )  # fmt: skip
        join(self._layout, process.pid)
        replacement = self._record.with_suffix(".new")
        replacement.write_text(json.dumps({"pid": process.pid, "start_time": start_time(process.pid)}))
        replacement.replace(self._record)
        # The process is meant to go on without us: without this, Python warns about it at exit.
        process.returncode = 0

    def signal(self, number: signal.Signals) -> None:
        pid = self.pid
        if pid is None:
            raise ClusterError(f"{self.name} of cluster {self._layout.name!r} is not running")
        os.kill(pid, number)

    def stop(self, grace: float = 3.0) -> None:
        """End it, by SIGKILL after `grace` seconds: the API server would see its watches off for a minute."""
        pid = self.pid
        if pid is not None:
            os.kill(pid, signal.SIGCONT)
            os.kill(pid, signal.SIGTERM)
            deadline = time.monotonic() + grace
            while self.pid is not None:
                if time.monotonic() > deadline:
                    os.kill(pid, signal.SIGKILL)
                    deadline += grace
                _reap(pid)
                time.sleep(0.02)
        self._record.unlink(missing_ok=True)

    def wait(self, ready: Callable[[], bool], timeout: float) -> None:
        """Return when `ready` says so.

        Raises ClusterError with the last lines of the log when the process ends or `timeout` seconds pass first.
        """
        deadline = time.monotonic() + timeout
        while not ready():
            self.check()
            if time.monotonic() > deadline:
                raise ClusterError(f"{self.name} was not ready within {timeout:.0f} s. {self.last_lines()}")
            time.sleep(0.05)

    def check(self) -> None:
        """Raise ClusterError with the last lines of the log if the process has ended."""
        pid = self.pid
        if pid is not None:
            _reap(pid)
        if self.pid is None:
            raise ClusterError(f"{self.name} ended instead of starting. {self.last_lines()}")

    def last_lines(self, count: int = 15) -> str:
        try:
            lines = self.log.read_text(errors="replace").splitlines()[-count:]
        except FileNotFoundError:
            lines = []
        return f"The last lines of {self.log}:\n" + "\n".join(f"    {line[:400]}" for line in lines)


def _reap(pid: int) -> None:
    """Take leave of a child that has ended, so that it does not stay as a zombie while we look at it."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
