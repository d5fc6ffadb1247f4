# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects out of YAML and JSON."""

from __future__ import annotations

import sys
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.errors import LibraryMissingError
from ansible_collections.rescue.kubernetes.plugins.module_utils._evidence.documents import documents, objects_in
from ansible_collections.rescue.kubernetes.plugins.module_utils._evidence.problems import EvidenceError

POD = b'{"kind": "Pod", "metadata": {"name": "a"}}'


def names(content: bytes) -> list[str]:
    return [entry["metadata"]["name"] for document in documents("x", content) for entry in objects_in(document)]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (POD, ["a"]),
        (POD + b"\n" + POD, ["a", "a"]),
        (b"\xef\xbb\xbf" + POD, ["a"]),
        (b"[" + POD + b"]", ["a"]),
        (b"kind: Pod\nmetadata: {name: a}\n---\n---\nkind: Pod\nmetadata: {name: b}\n", ["a", "b"]),
        (b"kind: List\nitems:\n- {kind: Pod, metadata: {name: a}}\n- {kind: Secret, metadata: {name: s}}\n", ["a"]),
        (b"kind: PodList\nitems:\n- {metadata: {name: a}}\n", ["a"]),
        (b"kind: SecretList\nitems:\n- {metadata: {name: s}}\n", []),
        (b"replicas: 3\n", []),
        (b"just words", []),
        (b"", []),
        (b"{kind: Pod, metadata: {name: a}}", ["a"]),
    ],
)
def test_objects_are_found(content: bytes, expected: list[str]) -> None:
    assert names(content) == expected


def test_times_stay_as_the_api_writes_them() -> None:
    (found,) = documents("x", b"metadata: {creationTimestamp: 2026-11-24T01:02:03Z}\n")
    assert found["metadata"]["creationTimestamp"] == "2026-11-24T01:02:03Z"


@pytest.mark.parametrize("content", [b"a: [", b"a: b: c", b"\x00\x01\x02", b"!!python/object/apply:os.system [id]"])
def test_what_is_no_yaml_is_said_with_its_place(content: bytes) -> None:
    with pytest.raises(EvidenceError, match=r"broken\.yaml is neither YAML nor JSON"):
        documents("broken.yaml", content)


def test_a_missing_library_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(LibraryMissingError, match="PyYAML"):
        documents("x.yaml", b"a: b")
    assert names(POD) == ["a"], "JSON needs no library"


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode(errors="replace")))
def test_any_content_is_read_or_refused(content: bytes) -> None:
    found: list[t.Any] = []
    try:
        found = documents("x", content)
    except EvidenceError:
        return
    for document in found:
        objects_in(document)
