# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Uids for records that lack them, so that everything else may go by uid.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

Live objects always have a uid. Records that people typed, cut down or anonymised often have none; there, kind and
name must do.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.evidence import Evidence
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout import objects as o


def identified(evidence: Evidence) -> Evidence:
    """The evidence, with uids where objects or references to them lack one."""
    lists = (evidence.revisions, evidence.pods, evidence.related)
    everything = [evidence.workload, *(entry for objects in lists for entry in objects)]
    uids = {
        _named(entry.get("kind"), entry): o.uid_of(entry) or _made_up(entry.get("kind"), entry) for entry in everything
    }
    return dataclasses.replace(
        evidence,
        workload=_object(evidence.workload, uids),
        revisions=[_object(entry, uids) for entry in evidence.revisions],
        pods=[_object(entry, uids) for entry in evidence.pods],
        related=[_object(entry, uids) for entry in evidence.related],
        events=[_event(entry, uids) for entry in evidence.events],
    )


def _named(kind: t.Any, source: t.Any) -> tuple[str, str]:
    return o.text(kind), o.name_of(source)


def _made_up(kind: t.Any, source: t.Any) -> str:
    return "/".join(_named(kind, source)) if o.name_of(source) else ""


def _object(source: o.JsonObject, uids: dict[tuple[str, str], str]) -> o.JsonObject:
    meta = o.metadata(source)
    owners = [o.mapping(entry) for entry in o.sequence(meta.get("ownerReferences"))]
    if not o.name_of(source) or (o.uid_of(source) and all(o.text(owner.get("uid")) for owner in owners)):
        return source
    found = {**meta, "uid": o.uid_of(source) or _made_up(source.get("kind"), source)}
    if owners:
        found["ownerReferences"] = [_reference(owner, uids) for owner in owners]
    return {**source, "metadata": found}


def _reference(reference: o.JsonObject, uids: dict[tuple[str, str], str]) -> o.JsonObject:
    known = o.text(reference.get("uid"))
    return {**reference, "uid": known or uids.get((o.text(reference.get("kind")), o.text(reference.get("name"))), "")}


def _event(event: o.JsonObject, uids: dict[tuple[str, str], str]) -> o.JsonObject:
    for key in ("involvedObject", "regarding"):
        about = o.mapping(event.get(key))
        if about and not o.text(about.get("uid")):
            return {**event, key: _reference(about, uids)}
    return event
