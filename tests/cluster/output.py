"""Progress lines, and the one exception that the tool's commands print as a sentence."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator

_START = time.monotonic()


class ClusterError(Exception):
    """Something that the tool cannot go on from; its text is one sentence and, where there are any, log lines."""


def say(text: str) -> None:
    """Write one progress line to standard error: standard output is for what a command was asked for."""
    print(f"[{time.monotonic() - _START:6.1f} s] {text}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def step(text: str) -> Iterator[None]:
    """Say what begins, and afterwards how long it took if a person will have noticed."""
    say(f"{text} ...")
    began = time.monotonic()
    yield
    took = time.monotonic() - began
    if took >= 2:
        say(f"{text}: done in {took:.1f} s")
