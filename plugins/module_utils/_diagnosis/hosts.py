# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a host's name that does not resolve comes from: the template, a ConfigMap, or the program itself.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.configuration import (
    EARLIER_UNKNOWN,
    changed_keys,
    config_map_references,
    key_change,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.evidence import object_key
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.finding import Finding, spec_item
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.model import Change, EvidenceItem, Remedy
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.situation import ContainerView, Situation
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout import objects as o


def holds(value: t.Any, host: str) -> bool:
    """Whether a JSON value names the host: alone, in a URL, in a list; never as a part of a longer name."""
    if isinstance(value, (dict, list)):
        return any(holds(entry, host) for entry in (value.values() if isinstance(value, dict) else value))
    return bool(host) and re.search(rf"(?<![\w.-]){re.escape(host)}(?![\w-]|\.\w)", o.text(value)) is not None


def host_of(address: str) -> str:
    """The host of an address as programs write it: "db:5432", "(db port 5432)", "db"."""
    first = address.strip(" ()").partition(" ")[0]
    return first.rpartition(":")[0] or first


def blame_host(situation: Situation, view: ContainerView, finding: Finding) -> Finding:
    """The finding with the place that the host's name comes from, and who changed it when."""
    host = finding.words.get("host") or host_of(finding.words.get("address", ""))
    if not host:
        return dataclasses.replace(finding, words={"host": "that it is told to use", "source": "", **finding.words})
    words = {**finding.words, "host": host, "source": ""}
    evidence = (*finding.evidence, *_service_missing(situation, host))
    for reference in config_map_references(situation.template):
        if reference.container not in ("", view.name):
            continue
        config_map = situation.related_named("ConfigMap", reference.name)
        for key, value in o.mapping(o.mapping(config_map).get("data")).items():
            if config_map is None or (reference.key and key != reference.key) or not holds(value, host):
                continue
            return _in_config_map(situation, finding, config_map, key, words, evidence)
    path, value = _in_template(situation, view, host)
    if path:
        blames = tuple(change for change in situation.changed if holds(change.after, host))
        words["source"] = ", which its pod template names"
        item = spec_item(situation, path, o.text(value))
        return dataclasses.replace(finding, words=words, evidence=(*evidence, item), blames=blames)
    return dataclasses.replace(finding, words=words, evidence=evidence)


def _in_config_map(
    situation: Situation,
    finding: Finding,
    config_map: o.JsonObject,
    key: str,
    words: dict[str, str],
    evidence: tuple[EvidenceItem, ...],
) -> Finding:
    """A ConfigMap's key holds the name. Rolling back helps only if the older revision reads something else."""
    name = o.name_of(config_map)
    change = key_change(config_map, key)
    known = changed_keys(config_map, (key,), o.created_at(situation.previous) if situation.previous else None)
    shared = situation.previous is None or any(
        entry.name == name and entry.key in ("", key)
        for entry in config_map_references(o.pod_template(situation.previous))
    )
    written = f" (written by {change.by or 'an unknown manager'} at {change.time})" if change.time else ""
    said = f"{change.after}{written}"
    if change.before != EARLIER_UNKNOWN:
        said += f"; applied before: {change.before}"
    words["source"] = f", which ConfigMap {name} names in its key {key}"
    item = EvidenceItem(f"ConfigMap/{name}", f"data.{key}", said, change.time)
    remedies = (_restore(name, key, change),)
    if not shared:
        references = tuple(entry for entry in situation.changed if entry.kind in ("env", "config"))
        return dataclasses.replace(
            finding, words=words, evidence=(*evidence, item), blames=references, remedies=remedies
        )
    if situation.previous is not None:
        words["source"] += "; rolling back does not help, since the older revision reads the same ConfigMap"
    blames = tuple(known) or ((change,) if not situation.changed else ())
    return dataclasses.replace(
        finding,
        words=words,
        evidence=(*evidence, item),
        blames=blames,
        remedies=remedies,
        shared_configuration=True,
        confidence=min(0.98, finding.confidence + 0.02),
    )


def _restore(name: str, key: str, change: Change) -> Remedy:
    if change.before == EARLIER_UNKNOWN:
        return Remedy(
            "restore_configuration",
            f"Correct key {key} of ConfigMap {name} and restart the pods; its earlier content is not known.",
        )
    return Remedy(
        "restore_configuration",
        f"Set key {key} of ConfigMap {name} to {change.before} again and restart the pods.",
        [{"op": "replace", "path": f"/data/{_pointer(key)}", "value": change.before}],
    )


def _pointer(key: str) -> str:
    """A key as a JSON pointer writes it."""
    return key.replace("~", "~0").replace("/", "~1")


def _in_template(situation: Situation, view: ContainerView, host: str) -> tuple[str, t.Any]:
    """The place of the pod template that names the host."""
    for entry in o.sequence(view.spec.get("env")):
        variable = o.mapping(entry)
        if holds(variable.get("value"), host):
            return f"spec.containers[{view.name}].env[{variable.get('name')}].value", variable.get("value")
    for part in ("command", "args"):
        for value in o.sequence(view.spec.get(part)):
            if holds(value, host):
                return f"spec.containers[{view.name}].{part}", value
    return "", None


def service_of(host: str, namespace: str) -> tuple[str, str]:
    """Namespace and name of the Service that a host's name means inside the cluster; ("", "") for other hosts."""
    parts = host.rstrip(".").split(".")
    if len(parts) == 1:
        return namespace, parts[0]
    if len(parts) == 2 or parts[2:3] == ["svc"]:
        return parts[1], parts[0]
    return "", ""


def service_is_missing(situation: Situation, host: str) -> bool:
    """Whether a host can only be a Service of the cluster, and that was asked for and does not exist."""
    namespace, name = service_of(host, situation.namespace)
    return bool(name) and object_key("Service", namespace, name) in situation.evidence.absent


def _service_missing(situation: Situation, host: str) -> tuple[EvidenceItem, ...]:
    namespace, name = service_of(host, situation.namespace)
    if service_is_missing(situation, host):
        return (EvidenceItem(f"Service/{name}", "metadata.name", f"no Service {name} in namespace {namespace}"),)
    return ()
