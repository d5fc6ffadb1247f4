# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of images, tags as versions, and which tag may have been meant."""

from __future__ import annotations

import contextlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.rescue.kubernetes.plugins.module_utils._registry.errors import InvalidReferenceError
from ansible_collections.rescue.kubernetes.plugins.module_utils._registry.manifest import (
    Platform,
    is_manifest,
    parse_platform,
    platform_of,
    read_manifest,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._registry.ranking import (
    distance,
    outstanding,
    ranked,
    similar,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._registry.reference import is_tag, parse
from ansible_collections.rescue.kubernetes.plugins.module_utils._registry.transport import is_this_machine
from ansible_collections.rescue.kubernetes.plugins.module_utils._registry.versions import parse_version

DIGEST = f"sha256:{'0' * 64}"
NUMBERS = st.tuples(*[st.integers(0, 12)] * 3).map(lambda numbers: "v{}.{}.{}".format(*numbers))
TAGS = NUMBERS | st.text(alphabet="v0123.-ab", min_size=1, max_size=8)


# Names.


@pytest.mark.parametrize(
    ("image", "registry", "repository", "tag", "digest"),
    [
        ("nginx", "docker.io", "library/nginx", "latest", ""),
        ("nginx:1.27", "docker.io", "library/nginx", "1.27", ""),
        ("team/app", "docker.io", "team/app", "latest", ""),
        ("index.docker.io/nginx", "docker.io", "library/nginx", "latest", ""),
        ("localhost/app:v1", "localhost", "app", "v1", ""),
        ("registry:5000/app", "registry:5000", "app", "latest", ""),
        ("[2001:db8::1]:5000/app:v1", "[2001:db8::1]:5000", "app", "v1", ""),
        ("Registry/app:v1", "Registry", "app", "v1", ""),
        ("myregistry.io/a/b__c/d-e.f:v1", "myregistry.io", "a/b__c/d-e.f", "v1", ""),
        (f"myregistry.io/app@{DIGEST}", "myregistry.io", "app", "", DIGEST),
        (f"myregistry.io/app:v1@{DIGEST}", "myregistry.io", "app", "v1", DIGEST),
    ],
)
def test_a_name_is_taken_apart(image: str, registry: str, repository: str, tag: str, digest: str) -> None:
    found = parse(image)
    assert (found.registry, found.repository, found.tag, found.digest) == (registry, repository, tag, digest)
    assert parse(str(found)) == found


@pytest.mark.parametrize(
    "image",
    [
        "", ":", "@", "app:", "app@", "app@sha256:00", "/app", "app/", "a//b", "App", "app:v 1", "app:-v1", "app:v1\n",
        "https://myregistry.io/app", "myregistry.io/app?x=1", "my_registry.io/app", "registry:port/app",
        "a" * 256, "app:" + "v" * 129,
        "myregistry.io/../secret", "myregistry.io/a%2fb", "{{ app }}", "\x1b[31mapp",
    ],
)  # fmt: skip
def test_what_no_image_is_called_is_said(image: str) -> None:
    with pytest.raises(InvalidReferenceError, match="is not the name of an image") as caught:
        parse(image)
    assert caught.value.message.isprintable()


@given(st.text(max_size=40))
def test_any_text_is_a_name_or_is_refused(text: str) -> None:
    with contextlib.suppress(InvalidReferenceError):
        found = parse(text)
        assert parse(str(found)) == found


def test_another_tag_takes_the_place_of_tag_and_digest() -> None:
    assert parse(f"team/app:v1@{DIGEST}").with_tag("v2") == "team/app:v2"


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True), ("a.localhost", True), ("127.0.0.1", True), ("127.1", True), ("0x7f000001", True),
        ("2130706433", True), ("[::1]", True), ("::ffff:127.0.0.1", True), ("169.254.169.254", True), ("0.0.0.0", True),
        ("10.0.0.1", False), ("registry.test", False), ("", False), ("2001:db8::1", False),
    ],
)  # fmt: skip
def test_which_hosts_are_this_machine(host: str, expected: bool) -> None:
    assert is_this_machine(host) is expected


# Versions.


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("v2.0.0", "v2.0.1"),
        ("v2.0.9", "v2.0.10"),
        ("2.0.1", "v2.1"),
        ("v2.1.0-rc1", "v2.1.0"),
        ("v2.1.0-rc.1", "v2.1.0-rc.2"),
        ("v2.1.0-alpha.9", "v2.1.0-beta.1"),
        ("3.13.0b1", "3.13.0rc1"),
        ("1.25.3-debian-12-r5", "1.25.3-debian-12-r6"),
        ("2024-01-15", "2024-02-01"),
        ("2024.01.15", "20240116"),
        ("1041", "1042"),
        ("v1.2.3-4-gabc1234", "v1.2.3-5-g1234abc"),
        ("1.2.3+build.7", "1.2.4+build.1"),
    ],
)
def test_versions_follow_each_other(older: str, newer: str) -> None:
    one, other = parse_version(older), parse_version(newer)
    assert one is not None
    assert other is not None
    assert one.order < other.order


def test_trailing_zeros_are_no_newer_version() -> None:
    assert {parse_version(tag).order for tag in ("v2", "2.0", "v2.0.0")} == {((2,), 9, 0, ())}  # type: ignore[union-attr]


@pytest.mark.parametrize("tag", ["latest", "abc1234", "1e5f3a7", "main", "", "feature-login", "4f", "v"])
def test_some_tags_are_no_versions(tag: str) -> None:
    assert parse_version(tag) is None


@pytest.mark.parametrize(
    ("tag", "flavour"),
    [
        ("3.12-alpine3.20", ("alpine",)),
        ("3.12-slim-bookworm", ("slim", "bookworm")),
        ("1.2.3-arm64", ("arm64",)),
        ("1.2.3-x86_64", ("amd64",)),
        ("release-1.2.3", ("release",)),
        ("20240115-1a2b3c4d", ()),
        ("1.2.3", ()),
    ],
)
def test_the_flavour_is_what_is_no_version(tag: str, flavour: tuple[str, ...]) -> None:
    version = parse_version(tag)
    assert version is not None
    assert version.flavour == flavour


@given(st.text(max_size=130) | TAGS)
def test_any_text_has_a_version_or_none(text: str) -> None:
    version = parse_version(text)
    assert version is None or version.order == version.order


# Distance.


def levenshtein(one: str, other: str) -> int:
    row = list(range(len(other) + 1))
    for i, character in enumerate(one, 1):
        following = [i]
        for j, opposite in enumerate(other, 1):
            following.append(min(row[j] + 1, following[-1] + 1, row[j - 1] + (character != opposite)))
        row = following
    return row[-1]


@pytest.mark.parametrize(
    ("one", "other", "edits"),
    [
        ("", "", 0),
        ("v1", "", 2),
        ("v2.0.1", "v2.1.0", 1),  # neighbouring numbers
        ("v1.21.0", "v1.12.0", 1),  # neighbouring characters
        ("v2.10.3", "v2.3.10", 1),
        ("lastest", "latest", 1),
        ("v2.0.1", "v2.0.2", 1),
        ("v2.0.1", "v2.2.0", 2),
        ("ca", "abc", 3),  # by optimal string alignment nothing is edited twice
    ],
)
def test_the_edits_between_two_tags(one: str, other: str, edits: int) -> None:
    assert distance(one, other) == edits


@given(TAGS, TAGS)
def test_a_distance_is_the_same_both_ways_and_no_more_than_without_swaps(one: str, other: str) -> None:
    assert distance(one, other) == distance(other, one)
    assert (distance(one, other) == 0) is (one == other)
    assert abs(len(one) - len(other)) <= distance(one, other) <= levenshtein(one, other)


@given(TAGS, TAGS, TAGS)
def test_no_detour_of_single_edits_is_shorter(one: str, between: str, other: str) -> None:
    # Optimal string alignment itself has no triangle inequality: ca, ac, abc.
    assert distance(one, other) <= levenshtein(one, between) + levenshtein(between, other)


@given(st.text(alphabet="v0123.-ab", min_size=2, max_size=8), st.data())
def test_a_swap_of_neighbours_is_one_edit(tag: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(tag) - 2))
    swapped = tag[:place] + tag[place + 1] + tag[place] + tag[place + 2 :]
    assert distance(tag, swapped) == (tag != swapped)


@given(st.tuples(*[st.integers(0, 120)] * 3), st.integers(0, 1))
def test_a_swap_of_numbers_is_one_edit(numbers: tuple[int, ...], place: int) -> None:
    swapped = list(numbers)
    swapped[place : place + 2] = reversed(swapped[place : place + 2])
    one, other = (f"v{'.'.join(map(str, entry))}" for entry in (numbers, swapped))
    assert distance(one, other) == (one != other)


# Which tag may have been meant.

RELEASES = ["v2.0.0", "v2.0.2", "v2.1.0", "v2.2.0", "v2.3.0"]


def names(asked: str, last_good: str, tags: list[str]) -> list[str]:
    return [entry.tag for entry in ranked(asked, last_good, tags)]


def test_a_swap_is_likelier_than_another_number() -> None:
    found = ranked("v2.0.1", "v2.0.0", RELEASES)
    assert [entry.tag for entry in found] == ["v2.1.0", "v2.0.2", "v2.3.0", "v2.2.0"]
    best = outstanding("v2.0.1", found)
    assert best is not None
    assert (best.tag, best.distance, best.newer, best.same_series) == ("v2.1.0", 1, True, False)
    assert best.why == "v2.0.1 with two neighbours swapped, newer than v2.0.0"


@pytest.mark.parametrize(
    ("asked", "last_good", "tags", "expected"),
    [
        ("v2.0.1", "v2.0.0", ["v1.9.1", "v2.0.0", "v2.0.0-rc1"], []),  # nothing that is newer
        ("v2.0.3", "v2.0.0", ["v2.0.1", "v2.0.2", "v3.0.3"], ["v2.0.2", "v2.0.1", "v3.0.3"]),  # same series, newest
        ("2.0.1", "2.0.0", ["v2.0.1"], ["v2.0.1"]),
        ("v2.1", "v2.0.0", ["v2.1.0", "v2.2.0"], ["v2.1.0", "v2.2.0"]),
        ("3.13-alpine", "3.12-alpine", ["3.14", "3.14-slim", "3.14-alpine3.20"], ["3.14-alpine3.20"]),
        ("3.13-alpine", "3.12", ["3.14", "3.14-alpine"], ["3.14-alpine"]),
        ("v2.1.0", "v2.0.0", ["v2.1.0-rc1", "v2.2.0"], ["v2.2.0"]),
        ("v2.1.0-rc2", "v2.0.0", ["v2.1.0-rc1"], ["v2.1.0-rc1"]),
        ("v2.1.0-amd64", "", ["v2.1.0-arm64", "v2.0.0-amd64"], ["v2.0.0-amd64"]),
        ("v2.1.0-alpne", "v2.0.0-alpine", ["v2.1.0-alpine", "v2.1.0"], ["v2.1.0-alpine"]),
        ("v2.0.1", "v2.0.0", ["20240101", "1042"], []),
        ("lastest", "", ["latest", "v1.0.0", "main"], ["latest"]),
        ("abc1234", "fff0000", ["abc1243", "0123456", "v1.0.0"], ["abc1243"]),
        ("v2.0.1", "", ["v2.1.0", "v2.0.0"], ["v2.1.0", "v2.0.0"]),
    ],
)
def test_candidates(asked: str, last_good: str, tags: list[str], expected: list[str]) -> None:
    assert names(asked, last_good, tags) == expected


@pytest.mark.parametrize(
    ("asked", "tags", "meant", "near"),
    [
        ("v2.0.5", ["v2.0.2", "v2.0.3"], None, ["v2.0.3", "v2.0.2"]),  # nothing tells the two apart
        ("v2.0.1", ["v9.8.7"], None, []),
        ("v2.0.2", ["v2.0.3", "v2.9.9"], "v2.0.3", ["v2.0.3", "v2.9.9"]),
        ("v3", ["v4", "v27"], "v4", ["v4"]),
    ],
)
def test_what_stands_out(asked: str, tags: list[str], meant: str | None, near: list[str]) -> None:
    found = ranked(asked, "v2.0.0", tags)
    best = outstanding(asked, found)
    assert (best.tag if best else None) == meant
    assert [entry.tag for entry in similar(asked, found)] == near


@given(TAGS, TAGS, st.lists(TAGS, max_size=8), st.randoms())
def test_the_order_does_not_depend_on_that_of_the_registry(
    asked: str, last_good: str, tags: list[str], chance: random.Random
) -> None:
    found = ranked(asked, last_good, tags)
    shuffled = [*tags, *tags]
    chance.shuffle(shuffled)
    assert ranked(asked, last_good, shuffled) == found
    assert len({entry.tag for entry in found}) == len(found)
    assert not {asked, last_good} & {entry.tag for entry in found}
    assert all(entry.newer is not False for entry in found)
    assert [entry.distance for entry in found] == sorted(entry.distance for entry in found)


def test_of_very_many_tags_the_newest_are_compared() -> None:
    found = ranked("v1.0.99999", "v1.0.0", [f"v1.0.{number}" for number in range(1, 5000)])
    assert len(found) == 1000
    assert min(int(entry.tag.rpartition(".")[2]) for entry in found) == 4000


# Platforms.


@pytest.mark.parametrize(
    ("node", "image", "expected"),
    [
        ("linux/amd64", "linux/amd64", True),
        ("linux/amd64", "linux/arm64", False),
        ("linux/amd64", "windows/amd64", False),
        ("linux/x86_64", "linux/amd64", True),
        ("linux/arm64", "linux/arm64/v8", True),
        ("linux/arm/v7", "linux/arm/v6", True),
        ("linux/arm/v6", "linux/arm/v7", False),
        ("linux/amd64", "linux/amd64/v3", False),
        ("linux/amd64/v3", "linux/amd64", True),
    ],
)
def test_what_runs_where(node: str, image: str, expected: bool) -> None:
    assert parse_platform(node).runs(parse_platform(image)) is expected


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["schemaVersion", "manifests", "platform", "os", "architecture", "config", "digest"]), inner
        )
    ),
)


@given(JSON)
def test_any_document_is_read(document: object) -> None:
    manifest = read_manifest(document, b"", "")
    assert manifest.digest.startswith("sha256:")
    assert all(isinstance(entry, Platform) for entry in (*manifest.platforms, *platform_of(document)))
    assert is_manifest(document) in (True, False)


def test_a_tag_is_what_the_grammar_says() -> None:
    assert [is_tag(tag) for tag in ("v1", "_a", "a" * 128, "", ".a", "-a", "a" * 129, "a\n")] == [True] * 3 + [
        False
    ] * 5
