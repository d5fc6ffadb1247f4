# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a case that is to be made to happen: its manifests in a namespace of its own, and the images that it needs."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout import objects as o

from .cases import Expected, expected_of, read_objects
from .images import Image, parsed, standin_for

# The cluster's registry knows every user and refuses nobody.
_OTHER_REGISTRIES = {
    "image_repo_denied_or_missing",
    "image_auth_failed",
    "registry_rate_limited",
    "registry_tls_untrusted",
}
# What a person wrote about an image that was left out on purpose when the case was recorded.
_ABSENT = re.compile(r"not in the registry|no such|does not (resolve|exist)|never|missing|unreachable", re.IGNORECASE)


@dataclass(frozen=True)
class LiveCase:
    """One case, ready to be applied: manifests in a namespace of its own, and the images that must be there."""

    id: str
    expected: Expected
    namespace: str
    kind: str
    name: str
    manifest: str
    baseline: str
    images: tuple[Image, ...]


class NotHereError(Exception):
    """A case that this cluster cannot make happen; the text says why."""


def live_case(folder: Path, namespace: str) -> LiveCase:
    """The case in a namespace of its own. Raises CaseError, and NotHereError where it cannot happen here."""
    expected = expected_of(folder)
    other = _OTHER_REGISTRIES & set(expected.causes)
    if other:
        raise NotHereError(f"the cluster's registry cannot answer so that it is {sorted(other)[0]}")
    objects = read_objects(folder / "manifest.yaml")
    spaces = {o.namespace_of(entry) for entry in objects} | {
        o.name_of(entry) for entry in objects if entry.get("kind") == "Namespace"
    }
    named = sorted((spaces | {o.text(expected.target.get("namespace")), expected.namespace}) - {""})
    if len(named) > 1:
        raise NotHereError(f"it needs more than one namespace: {', '.join(named)}")
    kind, name = o.text(expected.target.get("kind")), o.text(expected.target.get("name"))
    if not kind or not name:
        raise NotHereError("it names no target")
    texts = []
    for file in ("manifest.yaml", "baseline.yaml"):
        text = (folder / file).read_text(encoding="utf-8") if (folder / file).is_file() else ""
        texts.append(renamed(without_digests(text), named[0], namespace) if named else without_digests(text))
    images = tuple(_images(folder, objects))
    return LiveCase(folder.name, expected, namespace, kind, name, texts[0], texts[1], images)


def renamed(manifest: str, old: str, new: str) -> str:
    """The manifest with a namespace's name replaced where it stands by itself or in a Service's domain name."""
    alone = rf"(?<![\w./-]){re.escape(old)}(?![\w./-])"
    return re.sub(rf"{alone}|(?<=\.){re.escape(old)}(?=\.svc\b)", new, manifest)


def without_digests(manifest: str) -> str:
    """The manifest with images by tag: what stands in cannot have the original's digest."""
    return re.sub(r"(image:\s*\S+:[\w.-]+)@sha256:[0-9a-f]{64}", r"\1", manifest)


def _images(folder: Path, objects: Sequence[o.JsonObject]) -> Iterator[Image]:
    """The images that must be in the registry: all but those that were left out when the case was recorded."""
    noted = o.mapping(_noted(folder).get("images"))
    references = set(_references(objects))
    if (folder / "baseline.yaml").is_file():
        references |= set(_references(read_objects(folder / "baseline.yaml")))
    for reference in sorted(references):
        image = parsed(reference)
        note = next((o.text(value) for key, value in noted.items() if _same(o.text(key), reference)), "")
        if image is None or _ABSENT.search(note) or (noted and not note):
            continue
        if standin_for(image) is None:
            raise NotHereError(f"nothing can stand in for {reference}")
        yield image


def _noted(folder: Path) -> o.JsonObject:
    """What the recorder noted of its stand-ins; it is no input to a diagnosis."""
    path = folder / "recorded" / "meta.yaml"
    try:
        return o.mapping(yaml.safe_load(path.read_text(encoding="utf-8"))) if path.is_file() else {}
    except yaml.YAMLError:
        return {}


def _same(noted: str, reference: str) -> bool:
    """Whether a note is about the reference; digests and the tag `latest` may be left off in either."""
    first, second = parsed(noted), parsed(reference)
    return first is not None and first == second


def _references(source: t.Any) -> Iterator[str]:
    if isinstance(source, dict):
        for key, value in source.items():
            if key == "image" and isinstance(value, str):
                yield value
            else:
                yield from _references(value)
    elif isinstance(source, list):
        for entry in source:
            yield from _references(entry)
