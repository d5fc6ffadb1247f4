# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of images: registry, repository, tag, digest.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

The grammar is that of github.com/distribution/reference; the defaults are those of Docker and containerd.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.errors import one_line
from ansible_collections.rescue.kubernetes.plugins.module_utils._registry.errors import InvalidReferenceError

DOCKER_HUB = "docker.io"
_HUB_NAMES = {DOCKER_HUB, "index.docker.io", "registry-1.docker.io"}
_MAX_NAME = 255

_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_DIGEST = re.compile(r"[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-f]{32,128}")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_REGISTRY = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{{1,5}})?")
_COMPONENT = re.compile(r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*")


@dataclass(frozen=True)
class ImageReference:
    """An image's name. `name` is what stands before tag and digest, as it was written; the rest has its defaults."""

    name: str
    registry: str
    repository: str
    tag: str
    digest: str

    def __str__(self) -> str:
        return self.name + (f":{self.tag}" if self.tag else "") + (f"@{self.digest}" if self.digest else "")

    def with_tag(self, tag: str) -> str:
        """The name with another tag and no digest."""
        return f"{self.name}:{tag}"


def is_tag(text: str) -> bool:
    """Whether a tag may be called so."""
    return _TAG.fullmatch(text) is not None


def is_digest(text: str) -> bool:
    """Whether this is a digest, such as sha256:..."""
    return _DIGEST.fullmatch(text) is not None


def parse(image: str) -> ImageReference:
    """Take an image's name apart; without tag and digest the tag is latest. Raises InvalidReferenceError."""
    rest, at, digest = image.partition("@")
    if at and not is_digest(digest):
        raise _invalid(image, "what follows @ is not a digest such as sha256:... of 64 hexadecimal digits")
    name, colon, tag = rest.rpartition(":")
    if not colon or "/" in tag:
        name, tag = rest, "" if at else "latest"
    elif not is_tag(tag):
        raise _invalid(image, f'"{one_line(tag, 60)}" is not a tag: letters, digits, "_", "." and "-", at most 128')
    if "://" in name:
        raise _invalid(image, "an image's name has no scheme such as https://")
    registry, repository = _split(name)
    if not _REGISTRY.fullmatch(registry):
        raise _invalid(image, f'"{one_line(registry, 60)}" is not the name of a registry')
    if not all(_COMPONENT.fullmatch(part) for part in repository.split("/")):
        raise _invalid(
            image, "a repository has lower case letters, digits and single separators, and none at its beginning or end"
        )
    if len(name) > _MAX_NAME:
        raise _invalid(image, f"it has more than {_MAX_NAME} characters")
    return ImageReference(name, registry, repository, tag, digest)


def _split(name: str) -> tuple[str, str]:
    """Registry and repository; a first part without a dot, a colon and capitals is a name space of Docker Hub."""
    first, slash, rest = name.partition("/")
    if not slash or not (any(mark in first for mark in ".:") or first == "localhost" or first != first.lower()):
        first, rest = DOCKER_HUB, name
    if first in _HUB_NAMES:
        return DOCKER_HUB, rest if "/" in rest else f"library/{rest}"
    return first, rest


def _invalid(image: str, problem: str) -> InvalidReferenceError:
    return InvalidReferenceError(
        f'"{one_line(image, 200)}" is not the name of an image: {problem}. Write it as '
        "registry.example.com/team/application:v1.2.3.",
        details={"image": one_line(image, 300)},
    )
