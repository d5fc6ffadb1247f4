# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services that select nothing while the pods that they are meant for are ready.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

A Service without endpoints is a fault of this workload only where it used to select its pods, or where everything but
the selector speaks for it: the port, a label or the name, and no other Service that selects them. The idle side of a
blue-green pair has no endpoints either.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.finding import Finding
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.model import Change, EvidenceItem, Remedy
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.probes import declared_ports
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.situation import Situation
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout import objects as o

_SERVICE_NAME = "kubernetes.io/service-name"
_NAMING_LABELS = ("app", "app.kubernetes.io/name", "k8s-app")
_REFUSED = re.compile(r"(?i)connection refused|ECONNREFUSED|no route to host|host is unreachable")


def match(situation: Situation) -> t.Iterable[Finding]:
    """Services that no longer select the workload's pods, that never did, and those that its log asks in vain."""
    if not situation.pods or not all(o.is_ready(pod) for pod in situation.pods):
        return
    empty = [service for service in situation.related("Service") if _selects_nothing(situation, service)]
    if not empty:
        return
    labels = _labels(situation.template)
    selected = any(_matches(_selector(service), labels) for service in situation.related("Service"))
    before = _labels(o.pod_template(situation.previous)) if situation.previous else {}
    for service in empty:
        if _matches(_selector(service), labels):
            # It selects them: that they do not stand behind it (yet) is another matter.
            continue
        if before and _matches(_selector(service), before):
            yield _finding(situation, service, labels, 0.97, _label_changes(situation, service))
        elif not selected and _is_meant_for(situation, service, labels):
            yield _finding(situation, service, labels, 0.85, ())
        elif _is_asked_in_vain(situation, service):
            # A dependency's fault, which the program bears: its pods are ready.
            found = _finding(situation, service, {}, 0.85, ())
            yield dataclasses.replace(found, current=False, tolerated=True)


def _selector(service: o.JsonObject) -> o.JsonObject:
    return o.mapping(o.dig(service, "spec", "selector"))


def _labels(template: t.Any) -> o.JsonObject:
    return o.mapping(o.dig(template, "metadata", "labels"))


def _matches(selector: o.JsonObject, labels: o.JsonObject) -> bool:
    return bool(selector) and all(labels.get(key) == value for key, value in selector.items())


def _selects_nothing(situation: Situation, service: o.JsonObject) -> bool:
    """Whether its EndpointSlices are there and hold no address at all; without them nothing is known."""
    if not _selector(service) or o.namespace_of(service) not in ("", situation.namespace):
        return False
    slices = [
        entry for entry in situation.related("EndpointSlice") if o.label(entry, _SERVICE_NAME) == o.name_of(service)
    ]
    return bool(slices) and not any(o.sequence(entry.get("endpoints")) for entry in slices)


def _is_meant_for(situation: Situation, service: o.JsonObject, labels: o.JsonObject) -> bool:
    """Whether all but the selector says that the Service is this workload's."""
    selector, name = _selector(service), o.name_of(service)
    shares_label = any(labels.get(key) == value for key, value in selector.items() if key in _NAMING_LABELS)
    own = o.mapping(o.metadata(service).get("labels"))
    carries_label = any(key in own and own[key] == labels.get(key) for key in _NAMING_LABELS)
    workload = o.name_of(situation.workload)
    is_named_so = bool(workload) and (name == workload or name in (f"{workload}-service", f"{workload}-svc"))
    return (shares_label or carries_label or is_named_so) and _leads_to(situation, service)


def _leads_to(situation: Situation, service: o.JsonObject) -> bool:
    """Whether a port of the Service is one that the pods declare; pods that declare none may have it."""
    numbers: set[t.Any] = set()
    for _role, container in o.containers_of(situation.template):
        numbers.update(declared_ports(container))
        numbers.update(o.text(o.mapping(port).get("name")) for port in o.sequence(container.get("ports")))
    numbers.discard("")
    ports = [o.mapping(port) for port in o.sequence(o.dig(service, "spec", "ports"))]
    return not numbers or any(
        isinstance(target := port.get("targetPort", port.get("port")), (str, int)) and target in numbers
        for port in ports
    )


def _is_asked_in_vain(situation: Situation, service: o.JsonObject) -> bool:
    """Whether a log names the Service and says that the connection is refused: nobody stands behind it."""
    name = o.name_of(service)
    if not name:
        return False
    named = re.compile(rf"(?<![\w.-]){re.escape(name)}(?:\.{re.escape(situation.namespace)}[\w.]*)?(?::\d+)?(?![\w-])")
    logs = [excerpt for view in situation.containers for excerpt in situation.logs_of(view)]
    return any(_REFUSED.search(excerpt.text) and named.search(excerpt.text) for excerpt in logs)


def _label_changes(situation: Situation, service: o.JsonObject) -> tuple[Change, ...]:
    fields = {f"metadata.labels.{key}" for key in _selector(service)}
    return tuple(change for change in situation.changed if change.field in fields or change.field == "metadata.labels")


def _finding(
    situation: Situation, service: o.JsonObject, labels: o.JsonObject, confidence: float, blames: tuple[Change, ...]
) -> Finding:
    name, selector = o.name_of(service), _selector(service)
    wrong = {key: value for key, value in selector.items() if labels and labels.get(key) != value}
    told = ", ".join(f"{key}={value}" for key, value in sorted((wrong or selector).items()))
    has = ", ".join(f"{key}={labels[key]}" for key in sorted(wrong) if key in labels)
    item = EvidenceItem(f"Service/{name}", "spec.selector", told)
    slices = EvidenceItem(f"Service/{name}", "EndpointSlices", "no endpoints")
    remedies = (Remedy("patch_service", f"Let Service {name} select what the pods carry{f' ({has})' if has else ''}."),)
    return Finding(
        "service_selector_mismatch",
        confidence,
        words={"name": name, "selector": told, "has": f", and they carry {has}" if has else ""},
        evidence=(item, slices),
        blames=blames,
        remedies=remedies,
    )
