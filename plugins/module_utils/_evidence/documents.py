# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubernetes objects out of YAML and JSON, without Secrets.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import functools
import json
import typing as t

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.errors import one_line
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.kubeconfig import missing_library
from ansible_collections.rescue.kubernetes.plugins.module_utils._evidence.problems import EvidenceError
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.objects import (
    JsonObject,
    mapping,
    sequence,
    text,
)


def documents(name: str, content: bytes) -> list[t.Any]:
    """What stands in a file, by its first character: one JSON document after another, or a YAML stream.

    Raises EvidenceError for what is neither, LibraryMissingError.
    """
    written = content.decode("utf-8-sig", errors="replace").strip()
    if written[:1] in ("{", "["):
        try:
            return list(_json_documents(written))
        except (ValueError, RecursionError):
            # {a: b} is YAML too
            pass
    return _yaml_documents(name, written)


def _json_documents(written: str) -> t.Iterator[t.Any]:
    decoder = json.JSONDecoder()
    place = 0
    while place < len(written):
        document, place = decoder.raw_decode(written, place)
        yield document
        while written[place : place + 1].isspace():
            place += 1


def _yaml_documents(name: str, written: str) -> list[t.Any]:
    try:
        import yaml
    except ImportError as error:
        raise missing_library("PyYAML", error) from error
    try:
        return list(yaml.load_all(written, Loader=_loader()))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark is not None else ""
        raise EvidenceError(f"{one_line(name, 200)} is neither YAML nor JSON{where}") from error


@functools.cache
def _loader() -> t.Any:
    """A safe loader, the fast one where there is one, that leaves times the strings that they are in JSON."""
    import yaml

    base: t.Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(base):  # type: ignore[misc, unused-ignore]
        yaml_implicit_resolvers: t.ClassVar[dict[str, t.Any]] = {
            first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
            for first, resolvers in base.yaml_implicit_resolvers.items()
        }

    return Loader


def objects_in(document: t.Any) -> list[JsonObject]:
    """The objects of a document: itself, or a List's items, which may leave out what the List says. Never Secrets."""
    if isinstance(document, list):
        return [found for entry in document if isinstance(entry, dict) for found in objects_in(entry)]
    kind = text(mapping(document).get("kind"))
    if kind.endswith("List") and isinstance(document.get("items"), list):
        told = {} if kind == "List" else {"kind": kind[: -len("List")], "apiVersion": document.get("apiVersion")}
        entries = [{**told, **entry} for entry in sequence(document["items"]) if isinstance(entry, dict)]
    else:
        entries = [mapping(document)]
    return [
        entry
        for entry in entries
        if text(entry.get("kind")) not in ("", "Secret") and isinstance(entry.get("metadata"), dict)
    ]


def listed_kind(document: t.Any) -> str:
    """The kind of which a document lists all that there is: PodList lists Pods. "" for anything else."""
    kind = text(mapping(document).get("kind"))
    return kind[: -len("List")] if kind.endswith("List") else ""
