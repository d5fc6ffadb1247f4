# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a manifest says: its digest and the platforms that it is for.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import hashlib
import re
import typing as t
from dataclasses import dataclass

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.errors import InvalidOptionError, one_line
from ansible_collections.rescue.kubernetes.plugins.module_utils._registry.reference import is_digest
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.objects import dig, mapping, sequence, text

_INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
_IMAGES = ("application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json")
_FIRST_SCHEMA = (
    "application/vnd.docker.distribution.manifest.v1+prettyjws",
    "application/vnd.docker.distribution.manifest.v1+json",
)
ACCEPT = ", ".join((*_INDEXES, *_IMAGES, *(f"{kind};q=0.5" for kind in _FIRST_SCHEMA)))
_CONFIGS = ("application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json")
_WORD = re.compile(r"[A-Za-z0-9_.-]{1,32}")
# What a platform without a variant means.
_DEFAULT_VARIANTS = {"arm64": "v8", "arm": "v7", "amd64": "v1"}
_ARCHITECTURES = {"x86_64": "amd64", "x86-64": "amd64", "aarch64": "arm64", "armhf": "arm", "i386": "386"}


@dataclass(frozen=True)
class Platform:
    """What an image is built for, as `kubectl get node` says it: linux, amd64, and a variant such as v8."""

    os: str
    architecture: str
    variant: str = ""

    def __str__(self) -> str:
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)

    def runs(self, image: Platform) -> bool:
        """Whether a node of this platform runs an image of that one: older variants of arm and amd64 too."""
        if (self.os, self.architecture) != (image.os, image.architecture):
            return False
        return _variant_number(image) <= _variant_number(self)


@dataclass(frozen=True)
class Manifest:
    """A manifest as the registry gave it. `config` is the digest of the blob that says the platform, "" if none does.

    `platforms` are those that the manifest itself names; empty where only its configuration knows.
    """

    digest: str
    platforms: tuple[Platform, ...]
    config: str


def parse_platform(written: str) -> Platform:
    """linux/amd64 or linux/arm64/v8. Raises InvalidOptionError."""
    parts = written.lower().split("/")
    if len(parts) not in (2, 3) or not all(_WORD.fullmatch(part) for part in parts):
        raise InvalidOptionError(
            f'"{one_line(written, 60)}" is not a platform: write it as linux/amd64 or linux/arm64/v8.',
            details={"option": "platform"},
        )
    return Platform(parts[0], _ARCHITECTURES.get(parts[1], parts[1]), *parts[2:])


def is_manifest(document: t.Any) -> bool:
    """Whether a JSON document is a manifest of any kind, and not some server's page."""
    return mapping(document).get("schemaVersion") in (1, 2)


def read_manifest(document: t.Any, body: bytes, announced_digest: str) -> Manifest:
    """Take what is needed out of a manifest; fields may be missing or of a wrong type."""
    digest = announced_digest if is_digest(announced_digest) else f"sha256:{hashlib.sha256(body).hexdigest()}"
    fields = mapping(document)
    if fields.get("schemaVersion") == 1:
        return Manifest(digest, tuple(platform_of({"os": "linux", **fields})), "")
    if isinstance(fields.get("manifests"), list):
        found = [
            platform for entry in sequence(fields["manifests"]) for platform in platform_of(dig(entry, "platform"))
        ]
        return Manifest(digest, tuple(dict.fromkeys(found)), "")
    config = text(dig(fields, "config", "digest"))
    known = text(dig(fields, "config", "mediaType")) in _CONFIGS and is_digest(config)
    return Manifest(digest, (), config if known else "")


def platform_of(fields: t.Any) -> list[Platform]:
    """The platform that an entry of an index or an image's configuration names; none for what is no image."""
    words = [text(mapping(fields).get(key)).lower() for key in ("os", "architecture", "variant")]
    # An index lists attestations too, as unknown/unknown.
    if "unknown" in words or not all(_WORD.fullmatch(word) for word in words[:2]):
        return []
    return [Platform(words[0], words[1], words[2] if _WORD.fullmatch(words[2]) else "")]


def _variant_number(platform: Platform) -> int:
    written = platform.variant or _DEFAULT_VARIANTS.get(platform.architecture, "")
    digits = re.fullmatch(r"v?(\d{1,3})", written)
    return int(digits[1]) if digits else 0
