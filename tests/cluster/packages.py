"""Installing what the cluster needs of the distribution's packages, and only what is missing."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from .commands import run
from .layout import lock
from .output import ClusterError, say
from .versions import EXTRA_PACKAGES, PACKAGES

_SEARCHED = ":".join((os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin"))
_SERVICE_POLICY = Path("/usr/sbin/policy-rc.d")


def missing(extras: Iterable[str] = ()) -> list[str]:
    """Return the packages whose programs this machine lacks."""
    needed = dict(PACKAGES)
    for extra in extras:
        needed.update(EXTRA_PACKAGES.get(extra, {}))
    return sorted({package for program, package in needed.items() if not shutil.which(program, path=_SEARCHED)})


def ensure(home: Path, extras: Iterable[str] = ()) -> None:
    """Install what is missing. Raises ClusterError where that cannot be done."""
    extras = tuple(extras)
    if not missing(extras):
        return
    with lock(home / "locks" / "packages.lock", "the packages"):
        wanted = missing(extras)
        if not wanted:
            return
        if shutil.which("apt-get") is None:
            raise ClusterError(f"this machine has no apt-get: install what these Debian packages bring: {wanted}")
        began = time.monotonic()
        say(f"installing packages: {' '.join(wanted)}")
        with _no_services():
            _install(wanted)
        still = missing(extras)
        if still:
            raise ClusterError(f"apt-get installed {wanted}, but what {still} should bring is still not there")
        say(f"installed packages in {time.monotonic() - began:.0f} s")


def _install(packages: list[str]) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = [
        "apt-get", "install", "--yes", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300", *packages,
    ]  # fmt: skip
    try:
        run(install, environment=environment, timeout=1200)
    except ClusterError:
        # No package lists yet, or lists that name versions which are no longer there.
        run(["apt-get", "update", "-o", "DPkg::Lock::Timeout=300"], environment=environment, timeout=600)
        run(install, environment=environment, timeout=1200)


@contextlib.contextmanager
def _no_services() -> Iterator[None]:
    """Keep the packages from starting services of their own: the cluster runs what it needs by itself."""
    if _SERVICE_POLICY.exists():
        yield
        return
    _SERVICE_POLICY.write_text("#!/bin/sh\nexit 101\n")
    _SERVICE_POLICY.chmod(0o755)
    try:
        yield
    finally:
        _SERVICE_POLICY.unlink(missing_ok=True)
