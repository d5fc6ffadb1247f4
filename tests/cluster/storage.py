"""What the file system under the state folder can do, and getting rid of what is mounted there."""

from __future__ import annotations

import functools
import re
import shutil
import tempfile
from pathlib import Path

from .commands import succeeds


@functools.cache
def overlay_works(folder: Path) -> bool:
    """Say whether `folder` can hold the layers of an overlay: on some machines it lies on an overlay itself."""
    folder.mkdir(parents=True, exist_ok=True)
    trial = Path(tempfile.mkdtemp(dir=folder, prefix="overlay-trial-"))
    try:
        for name in ("lower", "upper", "work", "merged"):
            (trial / name).mkdir()
        options = f"lowerdir={trial / 'lower'},upperdir={trial / 'upper'},workdir={trial / 'work'}"
        works = succeeds(["mount", "-t", "overlay", "overlay", "-o", options, trial / "merged"])
        if works:
            succeeds(["umount", trial / "merged"])
    finally:
        shutil.rmtree(trial, ignore_errors=True)
    return works


def mounts_under(*folders: Path) -> list[str]:
    """Return the mount points at or below `folders`, the innermost first."""
    points = [
        re.sub(r"\\([0-7]{3})", lambda match: chr(int(match.group(1), 8)), line.split()[1])
        for line in Path("/proc/self/mounts").read_text().splitlines()
    ]
    below = [point for point in points if any(Path(point).is_relative_to(folder) for folder in folders)]
    return sorted(below, key=len, reverse=True)


def unmount_under(*folders: Path) -> None:
    for point in mounts_under(*folders):
        succeeds(["umount", "--lazy", point])
