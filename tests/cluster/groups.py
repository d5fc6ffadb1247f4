"""Control groups: one tree for each cluster.

Two kubelets on one root take each other's pods for orphans and kill them. And whatever a cluster started, however
it was started, is in its tree: that is how `down` finds all of it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

from .layout import Layout

_ROOT = Path("/sys/fs/cgroup")


def _hierarchies() -> list[Path]:
    """Return the roots of the machine's hierarchies: one on version 2, one for each controller on version 1."""
    if (_ROOT / "cgroup.controllers").exists():
        return [_ROOT]
    found = {path.resolve() for path in _ROOT.iterdir() if (path / "cgroup.procs").exists()}
    return sorted(found)


def _trees(layout: Layout) -> list[Path]:
    return [root / layout.control_group for root in _hierarchies()]


def create(layout: Layout) -> None:
    for root in _hierarchies():
        path = root
        for part in (*layout.control_group.split("/"), "system"):
            _enable_controllers(path)
            path = path / part
            path.mkdir(exist_ok=True)
            # Version 1 gives a new cpuset no processors at all.
            for name in ("cpuset.cpus", "cpuset.mems"):
                file, above = path / name, path.parent / name
                if file.exists() and above.exists() and not file.read_text().strip() and above.read_text().strip():
                    file.write_text(above.read_text())


def _enable_controllers(path: Path) -> None:
    """Hand a version 2 group's controllers down to its children; on version 1 there is nothing to hand down."""
    available, handed_down = path / "cgroup.controllers", path / "cgroup.subtree_control"
    if available.exists() and handed_down.exists():
        for controller in available.read_text().split():
            try:
                handed_down.write_text(f"+{controller}")
            except OSError:
                continue  # this one cannot be had here (a realtime process, a threaded group): the others can


def join(layout: Layout, pid: int) -> None:
    for tree in _trees(layout):
        try:
            (tree / "system" / "cgroup.procs").write_text(str(pid))
        except ProcessLookupError:
            return  # it has ended already: whoever waits for it will say so


def processes(layout: Layout) -> set[int]:
    """Return the ids of all processes that the cluster started and that still run, its containers' among them."""
    found: set[int] = set()
    for tree in _trees(layout):
        for folder, _folders, _files in os.walk(tree):
            try:
                found.update(int(line) for line in (Path(folder) / "cgroup.procs").read_text().split())
            except OSError:
                continue  # gone meanwhile
    found.discard(0)
    return found


def kill_all(layout: Layout, timeout: float = 20.0) -> set[int]:
    """End every process of the cluster; return those that would not go."""
    deadline = time.monotonic() + timeout
    killed: set[int] = set()
    while (left := processes(layout)) and time.monotonic() < deadline:
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        killed |= left
        time.sleep(0.05)
    for pid in killed - left:
        with contextlib.suppress(ChildProcessError):  # most are somebody else's to take leave of
            os.waitpid(pid, 0)
    return left


def remove(layout: Layout) -> None:
    for tree in _trees(layout):
        for folder, _folders, _files in os.walk(tree, topdown=False):
            _remove_one(Path(folder))
        _remove_one(tree.parent, attempts=1)


def _remove_one(path: Path, attempts: int = 50) -> None:
    for _attempt in range(attempts):
        try:
            path.rmdir()
            return
        except FileNotFoundError:
            return
        except OSError:
            time.sleep(0.02)  # the kernel takes a moment to let go of a group whose last process has just ended
