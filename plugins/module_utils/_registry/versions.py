# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags read as versions: semantic versions, calendar versions and build numbers, with flavours such as -alpine.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_RELEASE = 9
_STAGES = {
    **dict.fromkeys(("dev", "snapshot", "nightly", "canary"), 0),
    **dict.fromkeys(("a", "alpha"), 1),
    **dict.fromkeys(("b", "beta", "m", "milestone"), 2),
    **dict.fromkeys(("pre", "preview"), 3),
    **dict.fromkeys(("rc", "cr"), 4),
}
# Words whose digits are part of the name; those of others are a version: alpine3.20.
_ARCHITECTURES = frozenset(("amd64", "arm64", "arm32", "armv6", "armv7", "arm64v8", "arm32v7", "i386", "ppc64le"))

_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?!\d)")
_TAG = re.compile(
    r"(?P<before>(?:[a-z][a-z0-9]*[-_])*)v?(?P<numbers>\d+(?:\.\d+)*)(?P<after>(?:[-_+.a-z].*)?)", re.DOTALL
)
_STAGE = re.compile(rf"({'|'.join(sorted(_STAGES, key=len, reverse=True))})\.?(\d*)")
_COMMIT = re.compile(r"g?(?=[0-9a-f]*[a-f])[0-9a-f]{7,40}|g[0-9a-f]{7,40}")
_REVISION = re.compile(r"r?(\d+)")
_WORD_VERSION = re.compile(r"\d+(?:\.\d+)*$")


@dataclass(frozen=True)
class Version:
    """A tag's version. `flavour` are the words beside the numbers, which have to agree: ("alpine",).

    `order` can be compared within one flavour. `series` is what patch releases have in common. `dated` numbers begin
    with a date or a build number, which follow no semantic version.
    """

    numbers: tuple[int, ...]
    stage: int
    stage_number: int
    revision: tuple[int, ...]
    flavour: tuple[str, ...]

    @property
    def order(self) -> tuple[tuple[int, ...], int, int, tuple[int, ...]]:
        """What newer versions have more of: 2.1 and 2.1.0 are the same."""
        numbers = self.numbers
        while numbers and numbers[-1] == 0:
            numbers = numbers[:-1]
        return numbers, self.stage, self.stage_number, self.revision

    @property
    def series(self) -> tuple[int, ...]:
        """Major and minor number; of v2.0.1 (2, 0)."""
        return self.numbers[:-1][:2]

    @property
    def dated(self) -> bool:
        """Whether it begins with a year, a date or a build number."""
        return self.numbers[0] >= 1000

    @property
    def prerelease(self) -> bool:
        """Whether it comes before a release."""
        return self.stage < _RELEASE


def parse_version(tag: str) -> Version | None:
    """The tag's version; None where it has none, such as `latest` or a commit's hash."""
    written = _DATE.sub(r"\1.\2.\3", tag.lower().replace("x86_64", "amd64"), count=1)
    found = _TAG.fullmatch(written)
    if found is None or _COMMIT.fullmatch(written):
        return None
    words = [word for word in re.split(r"[-_]", found["before"]) if word]
    after = found["after"]
    parts = re.split(r"[-_+]", after)
    if after[:1].isalpha() and not _STAGE.fullmatch(parts[0]):
        return None
    stage, stage_number = _RELEASE, 0
    revision: list[int] = []
    staged = False
    for part in (part.strip(".") for part in parts):
        if not part:
            continue
        if (early := _STAGE.fullmatch(part)) is not None:
            stage, stage_number, staged = _STAGES[early[1]], int(early[2] or 0), not early[2]
        elif (number := _REVISION.fullmatch(part)) is not None:
            if staged:
                stage_number = int(number[1])
            else:
                revision.append(int(number[1]))
            staged = False
        elif not _COMMIT.fullmatch(part):
            words.append(part if part in _ARCHITECTURES else _WORD_VERSION.sub("", part) or part)
    numbers = tuple(int(number) for number in found["numbers"].split("."))
    return Version(numbers, stage, stage_number, tuple(revision), tuple(words))
