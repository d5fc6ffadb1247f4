# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to ask a Service, and which of its addresses belong to a revision.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.objects import (
    containers_of,
    desired_replicas,
    dig,
    label,
    mapping,
    name_of,
    pod_template,
    sequence,
    text,
    uid_of,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.snapshot import Snapshot

SERVICE_NAME_LABEL = "kubernetes.io/service-name"


@dataclasses.dataclass(frozen=True)
class Question:
    """A path to ask of a Service's port."""

    service: str
    port: str
    path: str
    scheme: t.Literal["http", "https"]


def questions_for(
    workload: t.Any, service: t.Any, port: str | None = None, paths: t.Sequence[str] | None = None
) -> list[Question]:
    """What to ask of one Service: the paths of the HTTP probes that answer on the port that it leads to.

    `port` (name or number) and `paths` override. Empty where nothing says that HTTP is spoken there (no HTTP probe
    on that port, no path given), and where the Service has no TCP port, or not the one that was given.
    """
    for entry in sequence(dig(service, "spec", "ports")):
        offered = mapping(entry)
        numbered, named = str(offered.get("port") or ""), text(offered.get("name"))
        if offered.get("protocol", "TCP") != "TCP" or (port and port not in (numbered, named)):
            continue
        probes = _probe_paths(workload, offered.get("targetPort", offered.get("port")))
        scheme: t.Literal["http", "https"] = "https" if "HTTPS" in probes.values() else "http"
        chosen = list(paths) if paths else list(probes)
        # the first port may speak something else; the probed one may be the second
        if chosen:
            return [Question(name_of(service), numbered, path, scheme) for path in chosen]
    return []


def _probe_paths(workload: t.Any, target: t.Any) -> dict[str, str]:
    """Paths and schemes of readiness and liveness probes that ask the container port `target`."""
    found: dict[str, str] = {}
    for role, container in containers_of(pod_template(workload)):
        if role == "init":
            continue
        numbers = {text(mapping(entry).get("name")): mapping(entry).get("containerPort") for entry in _ports(container)}
        for kind in ("readinessProbe", "livenessProbe"):
            probe = mapping(dig(container, kind, "httpGet"))
            asked = _number(probe.get("port"), numbers) if probe else None
            if asked is not None and asked == _number(target, numbers):
                found[text(probe.get("path")) or "/"] = text(probe.get("scheme"))
    return found


def _number(port: t.Any, numbers: t.Mapping[str, t.Any]) -> t.Any:
    """The number of a container port that is given by number or by name."""
    return numbers.get(port, port) if isinstance(port, str) else port


def _ports(container: t.Any) -> list[t.Any]:
    return sequence(mapping(container).get("ports"))


def ready_addresses(slices: t.Iterable[t.Any], pod_uids: t.Collection[str]) -> int:
    """How many of these pods stand ready in the Service's EndpointSlices; another revision's pods do not count."""
    found: set[str] = set()
    for entry in slices:
        for endpoint in sequence(mapping(entry).get("endpoints")):
            uid = text(dig(endpoint, "targetRef", "uid"))
            if uid in pod_uids and dig(endpoint, "conditions", "ready") is not False:
                found.add(uid)
    return len(found)


def unserved(snapshot: Snapshot) -> str | None:
    """What keeps the Services that select the workload from serving all of its new pods, in words, or None.

    `kubectl rollout status` never looks: a Service whose selector matches nothing is green to it. Which slices belong
    to a Service is said by their label (KEP-752, `kubernetes.io/service-name`).
    """
    if not snapshot.services:
        return "no Service selects them"
    uids = {uid_of(pod) for pod in snapshot.new_pods}
    wanted = desired_replicas(snapshot.workload)
    for service in snapshot.services:
        own = [entry for entry in snapshot.slices if label(entry, SERVICE_NAME_LABEL) == name_of(service)]
        ready = ready_addresses(own, uids)
        if ready < wanted:
            return f"Service {name_of(service)} has {ready} of {wanted} ready addresses of this revision"
    return None
