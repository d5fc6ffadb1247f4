"""Where a cluster keeps what, and what its parts are called on the machine."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .output import ClusterError, say

SERVICE_RANGE = "10.96.0.0/16"
API_SERVICE_ADDRESS = "10.96.0.1"
DNS_SERVICE_ADDRESS = "10.96.0.10"
POD_RANGE = "10.244.0.0/22"
NODE_NAME = "node1"
RUN_FOLDER = Path("/run/rescue-kubernetes")

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?")


def state_home() -> Path:
    """Return the folder that holds binaries, images and clusters."""
    given = os.environ.get("RESCUE_KUBERNETES_HOME")
    if given:
        return Path(given).resolve()
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache).resolve() / "rescue-kubernetes"


@dataclass(frozen=True)
class Layout:
    """The paths and names of one cluster. Two homes may each have a cluster of the same name side by side."""

    name: str
    home: Path

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ClusterError(
                f"{self.name!r} cannot be a cluster's name: use at most 20 lowercase letters, digits and hyphens"
            )

    @property
    def identity(self) -> str:
        """A name that is unique on the machine: network namespace, control group and run folder carry it."""
        return f"{self.name}-{hashlib.sha256(str(self.home).encode()).hexdigest()[:6]}"

    @property
    def state(self) -> Path:
        return self.home / "clusters" / self.name

    @property
    def run(self) -> Path:
        """Sockets, mounts and process records: short paths (a socket's may have 108 characters), gone after a boot."""
        return RUN_FOLDER / self.identity

    @property
    def daemons(self) -> Path:
        return self.run / "daemons"

    @property
    def logs(self) -> Path:
        return self.state / "logs"

    @property
    def certificates(self) -> Path:
        return self.state / "certificates"

    @property
    def configuration(self) -> Path:
        return self.state / "configuration"

    @property
    def kubeconfig(self) -> Path:
        return self.state / "kubeconfig"

    @property
    def audit_log(self) -> Path:
        return self.state / "audit" / "audit.log"

    @property
    def containerd_socket(self) -> Path:
        return self.run / "containerd.sock"

    @property
    def network_namespace(self) -> str:
        return f"rescue-{self.identity}"

    @property
    def control_group(self) -> str:
        return f"rescue-kubernetes/{self.identity}"

    @property
    def facts_file(self) -> Path:
        return self.state / "cluster.json"

    def facts(self) -> dict[str, Any]:
        """Return what was decided when the cluster was made: `slot`, `extras`, `binaries`; empty if there is none."""
        try:
            facts: dict[str, Any] = json.loads(self.facts_file.read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return {}
        return facts

    def write_facts(self, **changed: Any) -> None:
        self.state.mkdir(parents=True, exist_ok=True)
        replacement = self.facts_file.with_suffix(".new")
        replacement.write_text(json.dumps({**self.facts(), **changed}, indent=2) + "\n")
        replacement.replace(self.facts_file)

    @property
    def slot(self) -> int:
        slot = self.facts().get("slot")
        if slot is None:
            raise ClusterError(f"there is no cluster {self.name!r}: start it with `python3 -m tests.cluster up`")
        return int(slot)

    @property
    def host_address(self) -> str:
        return f"10.199.{self.slot}.1"

    @property
    def node_address(self) -> str:
        return f"10.199.{self.slot}.2"

    @property
    def host_interface(self) -> str:
        return f"rescue{self.slot}"


@contextlib.contextmanager
def lock(path: Path, what: str) -> Iterator[None]:
    """Hold `path` locked; say so if somebody else has it. The lock goes with the process that holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"somebody else is at work on {what}: waiting for them")
            began = time.monotonic()
            fcntl.flock(file, fcntl.LOCK_EX)
            say(f"{what} is free after {time.monotonic() - began:.0f} s")
        yield
