# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What configuration the pod template reads, and what is known of its earlier content.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass
from datetime import datetime

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.model import Change
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout import objects as o

EARLIER_UNKNOWN = "earlier content unknown"
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


@dataclass(frozen=True)
class ConfigReference:
    """One place of a pod template that reads a ConfigMap; an empty key means all keys, an empty container all."""

    name: str
    key: str
    container: str
    variable: str


def config_map_references(template: t.Any) -> list[ConfigReference]:
    """All ConfigMaps that a pod template reads: env, envFrom, volumes, projected volumes; init containers included."""
    found: list[ConfigReference] = []
    for _role, container in o.containers_of(template):
        name = o.text(container.get("name"))
        for entry in o.sequence(container.get("env")):
            source = o.mapping(o.dig(entry, "valueFrom", "configMapKeyRef"))
            variable = o.text(o.mapping(entry).get("name"))
            found.append(ConfigReference(o.text(source.get("name")), o.text(source.get("key")), name, variable))
        for entry in o.sequence(container.get("envFrom")):
            whole = o.text(o.dig(entry, "configMapRef", "name"))
            found.append(ConfigReference(whole, "", name, ""))
    for volume in o.sequence(o.dig(template, "spec", "volumes")):
        for source in (volume, *o.sequence(o.dig(volume, "projected", "sources"))):
            mounted = o.text(o.dig(source, "configMap", "name"))
            found.append(ConfigReference(mounted, "", "", ""))
    return [entry for entry in found if entry.name]


def config_map_names(template: t.Any) -> list[str]:
    """Names of the ConfigMaps that a pod template reads, each once, in order."""
    return list(dict.fromkeys(entry.name for entry in config_map_references(template)))


@dataclass(frozen=True)
class Writing:
    """Who wrote a key last, and when, as far as managedFields tell."""

    manager: str
    time: datetime | None


def written_by(config_map: o.JsonObject, key: str) -> Writing:
    """The field manager that owns the key, and when it wrote the object last."""
    found: list[tuple[datetime, str]] = []
    for entry in o.sequence(o.metadata(config_map).get("managedFields")):
        moment = o.parse_time(o.mapping(entry).get("time"))
        if moment and f"f:{key}" in o.mapping(o.dig(entry, "fieldsV1", "f:data")):
            found.append((moment, o.text(o.mapping(entry).get("manager"))))
    if not found:
        return Writing("", None)
    moment, manager = max(found)
    return Writing(manager, moment)


def earlier_value(config_map: o.JsonObject, key: str) -> str | None:
    """The key's value in the last applied configuration where that differs from the present one, else None."""
    try:
        applied = json.loads(o.annotation(config_map, _LAST_APPLIED))
    except (ValueError, RecursionError):
        return None
    value = o.mapping(o.dig(applied, "data")).get(key)
    return value if isinstance(value, str) and value != o.mapping(config_map.get("data")).get(key) else None


def key_change(config_map: o.JsonObject, key: str) -> Change:
    """The change of one key; what it held before is "earlier content unknown" where nobody kept it."""
    writing = written_by(config_map, key)
    earlier = earlier_value(config_map, key)
    return Change(
        field=f"ConfigMap/{o.name_of(config_map)} data.{key}",
        before=EARLIER_UNKNOWN if earlier is None else earlier,
        after=o.mapping(config_map.get("data")).get(key),
        kind="config",
        time=writing.time.strftime("%Y-%m-%dT%H:%M:%SZ") if writing.time else None,
        by=writing.manager or None,
    )


def changed_keys(config_map: o.JsonObject, keys: t.Collection[str], since: datetime | None) -> list[Change]:
    """Keys (all if none are named) that were changed: they differ from what was applied, or were written since then.

    The object's creation is no change: before it there was nothing that could have been read.
    """
    created = o.created_at(config_map)
    found: list[Change] = []
    for key in o.mapping(config_map.get("data")):
        if keys and key not in keys:
            continue
        written = written_by(config_map, key).time
        later = written is not None and since is not None and written > since and created is not None
        if earlier_value(config_map, key) is not None or (later and written != created):
            found.append(key_change(config_map, key))
    return found
