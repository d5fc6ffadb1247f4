"""Becoming root, and giving files back to whoever called."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from .output import ClusterError

CHECKOUT = Path(__file__).resolve().parents[2]

# sudo drops the environment; these are what the tool, Go, pip and apt look at.
_KEPT = (
    "RESCUE_KUBERNETES_HOME", "PATH", "GOPROXY", "GONOSUMDB", "GOFLAGS", "GOSUMDB", "GOCACHE", "GOMODCACHE", "GOPATH",
    "GOTOOLCHAIN", "PIP_INDEX_URL", "PIP_FIND_LINKS", "PIP_CERT", "SSL_CERT_FILE", "SSL_CERT_DIR", "HTTP_PROXY",
    "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "DEBIAN_FRONTEND",
)  # fmt: skip


def is_root() -> bool:
    return os.geteuid() == 0


def as_root(arguments: list[str], home: Path) -> list[str]:
    """Return the command line that runs this tool's `arguments` as root, with the caller's state folder `home`.

    Raises ClusterError where there is no sudo.
    """
    if shutil.which("sudo") is None:
        raise ClusterError("the test cluster needs root: run this as root, or install sudo")
    # Made by root, the caller's own cache folder would be root's.
    home.mkdir(parents=True, exist_ok=True)
    environment = [f"{name}={os.environ[name]}" for name in _KEPT if name in os.environ]
    environment += [f"RESCUE_KUBERNETES_HOME={home}", f"PYTHONPATH={CHECKOUT}"]
    return ["sudo", "env", *environment, sys.executable, "-m", "tests.cluster", *arguments]


def give_to_caller(path: Path) -> None:
    """Make `path` the property of the person behind sudo, if there is one."""
    user, group = os.environ.get("SUDO_UID"), os.environ.get("SUDO_GID")
    if is_root() and user and group:
        os.chown(path, int(user), int(group), follow_symlinks=False)
