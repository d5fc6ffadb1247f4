# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of a repository's tags may have been meant by one that it does not have.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import heapq
import re
import typing as t
from collections import Counter
from dataclasses import dataclass

from ansible_collections.rescue.kubernetes.plugins.module_utils._registry.versions import Version, parse_version

# Of more tags than these only the newest are compared: a repository may hold one for each commit of ten years.
_MOST_COMPARED = 1000
_NEAR = 2
_TWO_NUMBERS = re.compile(r"(\d+)([._-])(\d+)$")


@dataclass(frozen=True)
class Candidate:
    """A tag that may have been meant.

    `distance`: edits between it and the tag asked for. `reordered`: the same characters in another order, as a slip of
    the hand leaves them. `newer` than the last good one, None when the two cannot be compared. `same_series` as the
    tag asked for. `why` says all this in words.
    """

    tag: str
    distance: int
    reordered: bool
    newer: bool | None
    same_series: bool
    why: str


def distance(one: str, other: str) -> int:
    """Edits that make one text the other: a character more, less or changed, two neighbours swapped.

    This is the Damerau-Levenshtein distance with optimal string alignment. Beyond it two neighbouring numbers count as
    neighbours too, so v2.0.1 is one edit from v2.1.0.
    """
    one_swaps, other_swaps = _swaps(one), _swaps(other)
    rows = [list(range(len(other) + 1))]
    for i in range(1, len(one) + 1):
        row = [i]
        for j in range(1, len(other) + 1):
            best = min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + (one[i - 1] != other[j - 1]))
            if i > 1 and j > 1 and one[i - 2 : i] == other[j - 1] + other[j - 2]:
                best = min(best, rows[i - 2][j - 2] + 1)
            if i in one_swaps and j in other_swaps and one_swaps[i][0] == other_swaps[j][1]:
                length = len(one_swaps[i][0])
                best = min(best, rows[i - length][j - length] + 1)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]


def _swaps(text: str) -> dict[int, tuple[str, str]]:
    """Where two numbers beside each other end: the two as they stand, and the other way round."""
    found: dict[int, tuple[str, str]] = {}
    for end in range(3, len(text) + 1):
        if text[end - 1].isdigit() and not text[end : end + 1].isdigit():
            pair = _TWO_NUMBERS.search(text[:end])
            if pair is not None:
                found[end] = pair[0], f"{pair[3]}{pair[2]}{pair[1]}"
    return found


def ranked(asked: str, last_good: str, tags: t.Iterable[str]) -> list[Candidate]:
    """The tags that may have been meant by `asked`, the likeliest first.

    Newer than `last_good` ("" when there is none) and of the same flavour as the tag asked for; by distance, then
    those that only swap what was asked for, then the same series, then the newest. The order does not depend on that
    of `tags`.
    """
    wanted, good = parse_version(asked), parse_version(last_good)
    found: list[tuple[str, Version | None, bool | None]] = []
    versions = {tag: parse_version(tag) for tag in set(tags) - {asked, last_good}}
    flavours = {version.flavour for version in versions.values() if version}
    for tag, version in versions.items():
        newer = _newer(version, good)
        if newer is not False and _may_be_meant(tag, version, newer, asked, wanted, good, flavours):
            found.append((tag, version, newer))
    found = heapq.nlargest(_MOST_COMPARED, found, key=lambda entry: (_order(entry[1]), entry[0]))
    candidates = [_candidate(asked, last_good, wanted, *entry) for entry in found]
    # Stable: within what is equal here the newest stays first.
    return sorted(candidates, key=lambda entry: (entry.distance, not entry.reordered, not entry.same_series))


def similar(asked: str, candidates: t.Sequence[Candidate]) -> list[Candidate]:
    """Those that are near enough to be a slip of the hand."""
    near = min(_NEAR, max(1, len(asked) // 3))
    return [entry for entry in candidates if entry.distance <= near]


def outstanding(asked: str, candidates: t.Sequence[Candidate]) -> Candidate | None:
    """The one that is near, and nearer than every other; None where none stands out."""
    near = similar(asked, candidates)
    if not near or (len(near) > 1 and _likeness(near[0]) == _likeness(near[1])):
        return None
    return near[0]


def _likeness(candidate: Candidate) -> tuple[int, bool]:
    return candidate.distance, candidate.reordered


def _order(version: Version | None) -> t.Any:
    return version.order if version else ((), 0, 0, ())


def _newer(version: Version | None, good: Version | None) -> bool | None:
    if version is None or good is None or version.dated != good.dated:
        return None
    return version.order > good.order


def _may_be_meant(
    tag: str,
    version: Version | None,
    newer: bool | None,
    asked: str,
    wanted: Version | None,
    good: Version | None,
    flavours: set[tuple[str, ...]],
) -> bool:
    model = wanted or good
    if version is None or model is None:
        return _looks_like(tag, asked)
    if version.prerelease and not any(known and known.prerelease for known in (wanted, good)):
        return False
    if version.flavour != model.flavour:
        # A flavour that no tag has is itself mistyped.
        return model.flavour not in flavours and _looks_like(tag, asked)
    return newer is True or version.dated == model.dated


def _looks_like(tag: str, asked: str) -> bool:
    if abs(len(tag) - len(asked)) > _NEAR or (Counter(tag) - Counter(asked)).total() > _NEAR:
        return False
    return distance(tag, asked) <= _NEAR


def _candidate(
    asked: str, last_good: str, wanted: Version | None, tag: str, version: Version | None, newer: bool | None
) -> Candidate:
    edits = distance(asked, tag)
    reordered = sorted(asked) == sorted(tag)
    same_series = (
        wanted is not None and version is not None and bool(version.series) and version.series == wanted.series
    )
    if edits == 1:
        told = [f"{asked} with two neighbours swapped" if reordered else f"one character from {asked}"]
    else:
        told = [f"{edits} edits from {asked}"]
    if newer:
        told.append(f"newer than {last_good}")
    if same_series:
        told.append("same series")
    return Candidate(tag, edits, reordered, newer, same_series, ", ".join(told))
