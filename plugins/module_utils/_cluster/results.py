# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection, may change at any time.

What the client's calls give back.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass


class Call(t.NamedTuple):
    """One request that was made. `status` 0: no answer. `seconds`: how long it took."""

    verb: str
    path: str
    status: int
    seconds: float


class Listing(t.NamedTuple):
    """Objects, and the resource version from which a watch continues."""

    items: list[dict[str, t.Any]]
    resource_version: str


@dataclass(frozen=True)
class ProxyAnswer:
    """What an application answered through the API server.

    `asked` False: the question never got an answer of the application, `problem` says why; that tells nothing about
    the application. `body` is bounded.
    """

    status: int
    headers: t.Mapping[str, str]
    body: str
    asked: bool
    problem: str | None = None
