# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images that stand in for public ones, served by the cluster's registry under the public names."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tests.cluster import Cluster, ClusterError

_FOLDER = Path(__file__).parent / "standins"


@dataclass(frozen=True)
class StandIn:
    """What stands in for an image: a folder with a Dockerfile, and its build arguments."""

    folder: str
    arguments: dict[str, str] = field(default_factory=dict)


def _server(port: int, account: str = "root") -> StandIn:
    return StandIn("server", {"PORT": str(port), "ACCOUNT": account})


# By the last part of the repository's name. What is not here has no stand-in: its behaviour would be ours.
_STANDINS: tuple[tuple[str, StandIn], ...] = (
    (r"busybox|bash|alpine|debian|ubuntu|curl|ubi\d*(-minimal|-micro)?", StandIn("shell")),
    (r"kubectl", StandIn("kubectl")),
    (r"memory-eater|stress(-ng)?", StandIn("memory_eater")),
    (r"nginx|httpd", _server(80)),
    (r"memcached", _server(11211, "memcache")),
    (r"redis", _server(6379)),
    (r"postgres", _server(5432)),
)


@dataclass(frozen=True)
class Image:
    """A reference as the container runtime reads it: `host/repository:tag`; a digest is left off."""

    host: str
    repository: str
    tag: str

    @property
    def reference(self) -> str:
        """The whole name."""
        return f"{self.host}/{self.repository}:{self.tag}"


def parsed(reference: str) -> Image | None:
    """The parts of a reference, with the defaults of Docker; None for an invalid one."""
    found = re.fullmatch(r"(?P<path>[a-z0-9][\w./:-]*?)(?::(?P<tag>[\w][\w.-]*))?(?:@sha256:[0-9a-f]{64})?", reference)
    if not found or found["path"] != found["path"].lower():
        return None
    first, slash, rest = found["path"].partition("/")
    host, repository = (
        (first, rest) if slash and re.search(r"[.:]|^localhost$", first) else ("docker.io", found["path"])
    )
    if host == "docker.io" and "/" not in repository:
        repository = f"library/{repository}"
    return Image(host, repository, found["tag"] or "latest")


def standin_for(image: Image) -> StandIn | None:
    """What can stand in for the image."""
    name = image.repository.rpartition("/")[2]
    return next((standin for pattern, standin in _STANDINS if re.fullmatch(pattern, name)), None)


class StandIns:
    """Puts stand-ins into the cluster's registry, and takes away those that it put there."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._pushed: list[str] = []

    def serve(self, images: Iterable[Image]) -> None:
        """Have every image in the registry. Raises ClusterError."""
        wanted: dict[tuple[str, str], list[Image]] = {}
        for image in images:
            standin = standin_for(image)
            if standin is None:
                raise ClusterError(f"nothing can stand in for {image.reference}")
            key = (standin.folder, ",".join(f"{name}={value}" for name, value in sorted(standin.arguments.items())))
            wanted.setdefault(key, []).append(image)
        for (folder, _arguments), named in wanted.items():
            standin = standin_for(named[0])
            references = sorted({image.reference for image in named})
            self._build(folder, references, standin.arguments if standin else {})
            self._pushed.extend(references)
        for host in {image.host for named in wanted.values() for image in named}:
            self._cluster.serve_registry(host)

    def _build(self, folder: str, references: list[str], arguments: dict[str, str]) -> None:
        with tempfile.TemporaryDirectory(prefix="standin-") as temporary:
            directory = Path(temporary) / folder
            shutil.copytree(_FOLDER / folder, directory)
            if folder == "kubectl":
                shutil.copy(self._cluster.programs / "kubectl", directory)
            self._cluster.build_image(directory, *references, arguments=arguments)

    def remove(self) -> None:
        """Take the tags away again, so that nobody else finds images that are not there by themselves."""
        for reference in self._pushed:
            self._cluster.delete_tag(reference)
        self._pushed.clear()
