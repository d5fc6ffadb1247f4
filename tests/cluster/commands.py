"""Running other programs, with errors that a person can read."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from .output import ClusterError


def run(
    command: Sequence[str | Path],
    *,
    text_in: str | None = None,
    environment: dict[str, str] | None = None,
    timeout: float = 120,
) -> str:
    """Return what `command` printed.

    Raises ClusterError with its last error lines when it fails, is not there or takes longer than `timeout` seconds.
    """
    words = [str(word) for word in command]
    shown = " ".join(words[:6]) + (" ..." if len(words) > 6 else "")
    try:
        done = subprocess.run(
            words, input=text_in, stdin=subprocess.DEVNULL if text_in is None else None, env=environment,
            capture_output=True, text=True, errors="replace", timeout=timeout, check=False,
        )  # fmt: skip
    except FileNotFoundError:
        raise ClusterError(f"the program {words[0]!r} is not installed") from None
    except subprocess.TimeoutExpired:
        raise ClusterError(f"`{shown}` did not end within {timeout:.0f} s") from None
    if done.returncode != 0:
        lines = (done.stderr.strip() or done.stdout.strip()).splitlines()[-15:]
        raise ClusterError(f"`{shown}` failed with exit code {done.returncode}: " + "\n".join(lines))
    return done.stdout


def succeeds(command: Sequence[str | Path]) -> bool:
    try:
        run(command)
    except ClusterError:
        return False
    return True
