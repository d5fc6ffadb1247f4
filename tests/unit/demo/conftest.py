"""The demo's programs as real processes on loopback."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from demo.application import release_source

DEMO = Path(__file__).resolve().parents[3] / "demo"
WAIT_SECONDS = 20


class Process:
    """A Node.js program whose output is read line by line as it comes."""

    def __init__(self, script: Path, environment: dict[str, str]) -> None:
        self.popen = subprocess.Popen(
            ["node", script.name],
            cwd=script.parent,
            env={"PATH": os.environ["PATH"], **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        self.port = 0
        self._killer = threading.Timer(WAIT_SECONDS, self.popen.kill)
        self._killer.daemon = True
        self._killer.start()

    def until(self, pattern: str) -> re.Match[str]:
        """Read until a line matches; the program's end, or its being killed after some time, fails the test."""
        assert self.popen.stdout is not None
        for line in self.popen.stdout:
            self.lines.append(line)
            if match := re.search(pattern, line):
                return match
        raise AssertionError(f"no line with {pattern!r} in:\n{''.join(self.lines)}")

    def end(self) -> tuple[int, str]:
        """Wait for the end: exit code, and all that was printed."""
        assert self.popen.stdout is not None
        self.lines += self.popen.stdout
        return self.popen.wait(WAIT_SECONDS), "".join(self.lines)

    def get(self, path: str) -> tuple[int, str]:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT_SECONDS)) as connection:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()

    def json(self, path: str) -> object:
        return json.loads(self.get(path)[1])

    def close(self) -> None:
        self._killer.cancel()
        self.popen.kill()
        self.popen.wait()
        assert self.popen.stdout is not None
        self.popen.stdout.close()


@pytest.fixture
def start() -> Iterator[Callable[..., Process]]:
    """Start a program; all are ended with the test."""
    if not shutil.which("node"):
        pytest.skip("Node.js is not installed (the cluster tool installs it)")
    started: list[Process] = []

    def run(script: Path, **environment: str) -> Process:
        started.append(Process(script, environment))
        return started[-1]

    yield run
    for process in started:
        process.close()


@pytest.fixture
def database() -> Iterator[int]:
    """A port that takes connections."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def api_server(start: Callable[..., Process], database: int) -> Iterator[Callable[[str], Process]]:
    """A release of the api-server that is ready to serve."""
    with ExitStack() as stack:

        def run(tag: str) -> Process:
            source = stack.enter_context(release_source(tag))
            process = start(source / "server.js", PORT="0", DATABASE_HOST="127.0.0.1", DATABASE_PORT=str(database))
            process.port = int(process.until(r"listening on (\d+)").group(1))
            return process

        yield run
