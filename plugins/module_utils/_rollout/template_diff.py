# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What differs between two pod templates.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import typing as t

from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.objects import (
    JsonObject,
    mapping,
    sequence,
    text,
)

# Written by controllers and by `kubectl rollout restart`: they make a new revision, but change nothing in it.
_NO_CHANGE = {
    "pod-template-hash",
    "controller-revision-hash",
    "kubectl.kubernetes.io/restartedAt",
    "rescue.kubernetes/restarted-at",
}
_MAX_DEPTH = 12

_KIND_OF_FIELD = {
    "image": "image",
    "env": "env",
    "envFrom": "env",
    "ports": "ports",
    "hostNetwork": "ports",
    "livenessProbe": "probes",
    "readinessProbe": "probes",
    "startupProbe": "probes",
    "resources": "resources",
    "command": "command",
    "args": "command",
    "workingDir": "command",
    "volumes": "config",
    "volumeMounts": "config",
}


def changes(before: t.Any, after: t.Any) -> list[JsonObject]:
    """The differences of two pod templates, in the order of the field paths.

    Each is `{"field": path below the template, "before": value or None, "after": value or None, "kind": one of image,
    env, ports, probes, resources, config, command, other}`. Entries of lists are told apart by what names them, so
    that a reordered list is no change: `spec.containers[api-server].env[DATABASE_HOST].value`.
    """
    found: list[JsonObject] = []
    for part in ("metadata", "spec"):
        _compare(mapping(before).get(part), mapping(after).get(part), (part,), found)
    return sorted(found, key=lambda change: text(change["field"]))


def _compare(before: t.Any, after: t.Any, path: tuple[str, ...], found: list[JsonObject]) -> None:
    if before == after or path[-1] in _NO_CHANGE:
        return
    if len(path) < _MAX_DEPTH:
        if _are(dict, before, after, absent=path[0] == "metadata"):
            for key in sorted(set(mapping(before)) | set(mapping(after)), key=str):
                _compare(mapping(before).get(key), mapping(after).get(key), (*path, str(key)), found)
            return
        earlier, later = _named(sequence(before)), _named(sequence(after))
        if _are(list, before, after, absent=True) and earlier is not None and later is not None:
            for name in sorted(set(earlier) | set(later)):
                _compare(earlier.get(name), later.get(name), (*path[:-1], f"{path[-1]}[{name}]"), found)
            return
    if before in (None, {}, []) and after in (None, {}, []):
        return
    found.append({"field": ".".join(path), "before": before, "after": after, "kind": _kind(path)})


def _are(wanted: type, before: t.Any, after: t.Any, absent: bool) -> bool:
    """Whether both sides are of the type, or one is and the other is `absent`.

    A probe or an entry of a list that is there on one side only is one change, not one for each of its fields.
    """
    sides = [value for value in (before, after) if not (absent and value is None)]
    return bool(sides) and all(isinstance(value, wanted) for value in sides)


def _named(entries: list[t.Any]) -> dict[str, t.Any] | None:
    """Entries by what names them; None when not every one has a name of its own."""
    named: dict[str, t.Any] = {}
    for entry in entries:
        fields = mapping(entry)
        name = fields.get("name") or fields.get("mountPath") or fields.get("containerPort")
        if not name or not isinstance(name, (str, int)) or str(name) in named:
            return None
        named[str(name)] = entry
    return named


def _kind(path: tuple[str, ...]) -> str:
    """The kind of change: the outermost field below a container or the pod's spec that has one."""
    if path[0] == "spec":
        for part in path[1:]:
            kind = _KIND_OF_FIELD.get(part.split("[", 1)[0])
            if kind:
                return kind
    return "other"
