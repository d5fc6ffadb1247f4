# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a format of records has to tell: which files hold what, and whose log a file is.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

LOG_LINES = 200
LOG_CHARACTERS = 65_536
# As the kubelet writes them before each line where it was asked to.
_TIMESTAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d) ", re.MULTILINE)


@dataclass(frozen=True)
class RecordedLog:
    """One container's log; `pod` and `container` are "" where the record does not say whose it is."""

    text: str
    pod: str = ""
    container: str = ""
    previous: bool = False


class RecordFormat(t.Protocol):
    """A way in which others record a cluster. Names are paths inside the record, with slashes."""

    title: str
    # Whether a list in it is all that there is of a kind in a namespace: what is not in it does not exist.
    lists_are_whole: bool

    def recognises(self, names: t.Collection[str]) -> bool:
        """Whether the record has this format."""

    def object_files(self, names: t.Iterable[str], namespace: str) -> list[str]:
        """The files that hold objects of the namespace (any, where it is "") and of the cluster."""

    def log_files(self, names: t.Iterable[str], namespace: str, pods: t.Collection[str]) -> list[str]:
        """The files that hold logs of these pods, or logs that name no pod."""

    def logs_in(self, name: str, content: bytes) -> list[RecordedLog]:
        """The logs of a file."""


def log_text(content: bytes) -> str:
    """The end of a log, as much as is read of a live one, without the times that the kubelet wrote before its lines."""
    written = content.decode("utf-8", errors="replace").replace("\r\n", "\n")
    lines = written.rstrip("\n").split("\n")[-LOG_LINES:]
    stamped = sum(bool(_TIMESTAMP.match(line)) for line in lines)
    kept = "\n".join(lines)
    if 2 * stamped > len(lines):
        kept = _TIMESTAMP.sub("", kept)
    return kept[-LOG_CHARACTERS:]
