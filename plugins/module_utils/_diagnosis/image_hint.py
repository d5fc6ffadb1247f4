# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a registry's list of tags adds to a verdict: the tag that was meant.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.model import Diagnosis, Remedy
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout import objects as o

# Causes for which a registry may know a tag that was meant.
CAUSES = ("image_tag_not_found", "image_repo_denied_or_missing")


@dataclass(frozen=True)
class WantedImage:
    """The image that cannot be pulled. `last_good` is the one before it, "" when that is not known.

    `pointer` is where it stands in the workload (RFC 6901), "" where it cannot be changed.
    """

    image: str
    last_good: str
    pointer: str


def wanted_image(diagnosis: Diagnosis, workload: o.JsonObject) -> WantedImage | None:
    """The image to ask a registry for; None where the verdict is about something else."""
    if diagnosis.cause not in CAUSES:
        return None
    kind = o.text(workload.get("kind"))
    above = ("spec",) if kind == "Pod" else ("spec", "template", "spec")
    listing = "containers" if diagnosis.container_role == "main" else "initContainers"
    for index, entry in enumerate(o.sequence(o.dig(workload, *above, listing))):
        fields = o.mapping(entry)
        if o.text(fields.get("name")) == diagnosis.container and o.text(fields.get("image")):
            # A Job's template cannot be changed.
            pointer = "" if kind == "Job" else "/" + "/".join((*above, listing, str(index), "image"))
            field = f"{listing}[{diagnosis.container}].image"
            earlier = [o.text(change.before) for change in diagnosis.changed if change.field.endswith(field)]
            return WantedImage(o.text(fields["image"]), next(iter(earlier), ""), pointer)
    return None


def with_similar(diagnosis: Diagnosis, wanted: WantedImage, similar: t.Sequence[str], meant: str) -> Diagnosis:
    """The verdict with the tags that are `similar`, and with a remedy where one image is `meant` ("" where none is)."""
    if not similar:
        return diagnosis
    hint = f" (similar: {', '.join(similar)})"
    remedies = []
    for remedy in diagnosis.remedies:
        fixes = remedy.action == "fix_image"
        remedies.append(replace(remedy, summary=_ended(remedy.summary, hint)) if fixes else remedy)
    if meant and wanted.pointer:
        patch: list[o.JsonObject] = [
            {"op": "test", "path": wanted.pointer, "value": wanted.image},
            {"op": "replace", "path": wanted.pointer, "value": meant},
        ]
        remedies.append(Remedy("set_image", f"Set the image to {meant}, which the registry has.", patch))
    return replace(diagnosis, remedies=remedies, message=_ended(diagnosis.message, hint))


def _ended(sentence: str, hint: str) -> str:
    """The sentence with the hint before its full stop."""
    return f"{sentence.removesuffix('.')}{hint}."
