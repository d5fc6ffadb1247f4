# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logins to registries: given ones, or those of a Docker configuration file. Never those of a cluster's Secrets.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import base64
import binascii
import json
import typing as t
from dataclasses import dataclass, field

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.errors import InvalidOptionError, one_line
from ansible_collections.rescue.kubernetes.plugins.module_utils._registry.reference import DOCKER_HUB, ImageReference

_FILE_LIMIT = 1024 * 1024


@dataclass(frozen=True)
class Login:
    """User name and password; `described` says where they come from, never what they are."""

    username: str
    password: str = field(repr=False)
    described: str

    @property
    def basic(self) -> str:
        """The value of an Authorization header."""
        return "Basic " + base64.b64encode(f"{self.username}:{self.password}".encode()).decode()


def login_from_file(path: str, image: ImageReference) -> Login | None:
    """The login for an image's registry in a file such as ~/.docker/config.json; None when it holds none.

    An entry for the repository or a part of it wins over one for the whole registry, as for Podman. Raises
    InvalidOptionError.
    """
    try:
        with open(path, encoding="utf-8") as file:
            content = json.loads(file.read(_FILE_LIMIT))
    except (OSError, ValueError) as error:
        problem = error.strerror if isinstance(error, OSError) and error.strerror else "it is not JSON"
        raise _unusable(path, problem) from error
    logins = content.get("auths") if isinstance(content, dict) else None
    if not isinstance(logins, dict):
        raise _unusable(path, 'it has no "auths", as a file written by docker login has')
    named = {_place(key): entry for key, entry in logins.items() if isinstance(entry, dict)}
    place = f"{image.registry}/{image.repository}"
    while place:
        if place in named:
            return _login(named[place], path, place)
        place = place.rpartition("/")[0]
    return None


def _place(key: str) -> str:
    """Registry and path that an entry is for: Docker writes https://index.docker.io/v1/ for its own."""
    place = key.partition("://")[2] if "://" in key else key
    place = place.rstrip("/").removesuffix("/v1").removesuffix("/v2")
    host, slash, rest = place.partition("/")
    return (DOCKER_HUB if host in ("index.docker.io", "registry-1.docker.io") else host) + slash + rest


def _login(entry: dict[str, t.Any], path: str, place: str) -> Login | None:
    username, password = entry.get("username"), entry.get("password")
    if entry.get("auth"):
        try:
            decoded = base64.b64decode(str(entry["auth"]), validate=True).decode()
        except (binascii.Error, ValueError) as error:
            raise _unusable(path, f'"auth" of {one_line(place, 100)} is not base64') from error
        username, _colon, password = decoded.rstrip("\x00").partition(":")
    # An empty entry stands for a credential helper, a program that is not run here.
    return Login(str(username), str(password), f"the login in {one_line(path, 200)}") if username and password else None


def _unusable(path: str, problem: str) -> InvalidOptionError:
    return InvalidOptionError(
        f"The file of registry logins {one_line(path, 200)} cannot be used: {problem}. "
        "Name one that docker login wrote.",
        details={"option": "registry_auth_file"},
    )
