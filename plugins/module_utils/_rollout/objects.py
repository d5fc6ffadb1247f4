# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading recorded Kubernetes objects.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

Pure functions on API objects as JSON. Objects may lack any field or carry a field of the wrong type: a reader
answers with an empty value then and never raises.
"""

from __future__ import annotations

import typing as t
from datetime import datetime, timezone
from functools import lru_cache

JsonObject = dict[str, t.Any]

REVISION_ANNOTATION = "deployment.kubernetes.io/revision"
# Revisions are 64-bit integers; Python refuses to read thousands of digits.
REVISION_DIGITS = 19
TEMPLATE_HASH_LABEL = "pod-template-hash"
CONTROLLER_REVISION_HASH_LABEL = "controller-revision-hash"

ContainerRole = t.Literal["main", "init", "sidecar"]


def mapping(value: t.Any) -> JsonObject:
    """The value when it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def sequence(value: t.Any) -> list[t.Any]:
    """The value when it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def text(value: t.Any) -> str:
    """The value when it is a string, else an empty one."""
    return value if isinstance(value, str) else ""


def number(value: t.Any, default: int = 0) -> int:
    """The value when it is an integer (true and false are none), else the default."""
    return value if isinstance(value, int) and not isinstance(value, bool) else default


def dig(source: t.Any, *keys: str) -> t.Any:
    """What stands at a path of keys, or None."""
    for key in keys:
        if not isinstance(source, dict):
            return None
        source = source.get(key)
    return source


def metadata(source: t.Any) -> JsonObject:
    """The object's metadata."""
    return mapping(dig(source, "metadata"))


def name_of(source: t.Any) -> str:
    """The object's name."""
    return text(metadata(source).get("name"))


def namespace_of(source: t.Any) -> str:
    """The object's namespace."""
    return text(metadata(source).get("namespace"))


def uid_of(source: t.Any) -> str:
    """The object's uid."""
    return text(metadata(source).get("uid"))


def annotation(source: t.Any, key: str) -> str:
    """An annotation's value, empty when it is absent."""
    return text(dig(source, "metadata", "annotations", key))


def label(source: t.Any, key: str) -> str:
    """A label's value, empty when it is absent."""
    return text(dig(source, "metadata", "labels", key))


def parse_time(value: t.Any) -> datetime | None:
    """An RFC 3339 time as the API writes it (seconds, or MicroTime), aware, in UTC; None for anything else."""
    return _parsed(value) if isinstance(value, str) else None


@lru_cache(maxsize=4096)
def _parsed(value: str) -> datetime | None:
    try:
        parsed = datetime.fromisoformat(value.replace("Z", "+00:00"))
        return parsed.astimezone(timezone.utc) if parsed.tzinfo else parsed.replace(tzinfo=timezone.utc)
    except (ValueError, OverflowError):
        return None


def created_at(source: t.Any) -> datetime | None:
    """When the API server created the object."""
    return parse_time(metadata(source).get("creationTimestamp"))


def condition(source: t.Any, kind: str) -> JsonObject | None:
    """The status condition of a type, None when there is none."""
    for entry in sequence(dig(source, "status", "conditions")):
        if isinstance(entry, dict) and entry.get("type") == kind:
            return entry
    return None


def controller_of(source: t.Any) -> JsonObject | None:
    """The owner reference that controls the object."""
    for reference in sequence(metadata(source).get("ownerReferences")):
        if mapping(reference).get("controller") is True:
            return mapping(reference)
    return None


def owned_by(source: t.Any, owner: t.Any) -> bool:
    """Whether the owner controls the object, by uid: names and labels may be shared."""
    reference = controller_of(source)
    return bool(reference) and bool(uid_of(owner)) and mapping(reference).get("uid") == uid_of(owner)


def revision_number(source: t.Any) -> int:
    """A ReplicaSet's, Deployment's or ControllerRevision's revision; 0 when it has none."""
    if isinstance(mapping(source).get("revision"), int):
        return number(mapping(source).get("revision"))
    value = annotation(source, REVISION_ANNOTATION)
    return int(value) if value.isascii() and value.isdigit() and len(value) <= REVISION_DIGITS else 0


def pod_template(source: t.Any) -> JsonObject:
    """The pod template of a workload, a ReplicaSet or a ControllerRevision."""
    inner = mapping(source)
    if "data" in inner and "spec" not in inner:
        inner = mapping(inner.get("data"))
    return mapping(dig(inner, "spec", "template"))


def comparable_template(source: t.Any) -> JsonObject:
    """The pod template without what controllers add to it: equal templates are the same revision."""
    template = dict(pod_template(source))
    template.pop("$patch", None)
    meta = {key: value for key, value in mapping(template.get("metadata")).items() if value is not None}
    labels = {key: value for key, value in mapping(meta.get("labels")).items() if key != TEMPLATE_HASH_LABEL}
    if labels:
        meta["labels"] = labels
    else:
        meta.pop("labels", None)
    template["metadata"] = meta
    return template


def template_hash(source: t.Any) -> str:
    """The name of a revision: pod-template-hash of a ReplicaSet or pod, controller-revision-hash elsewhere."""
    found = label(source, TEMPLATE_HASH_LABEL) or label(source, CONTROLLER_REVISION_HASH_LABEL)
    return found or (name_of(source) if mapping(source).get("kind") == "ControllerRevision" else "")


def new_replica_set(workload: t.Any, revisions: t.Iterable[t.Any]) -> JsonObject | None:
    """The ReplicaSet of the Deployment's present template.

    As the Deployment controller finds it (kubernetes `util.FindNewReplicaSet`): the oldest owned ReplicaSet with
    the same template. None while the controller has not made it (quota, webhook, controller away).
    """
    wanted = comparable_template(workload)
    found = [mapping(entry) for entry in revisions if owned_by(entry, workload)]
    same = [entry for entry in found if comparable_template(entry) == wanted]
    return min(same, key=lambda entry: (text(metadata(entry).get("creationTimestamp")), name_of(entry)), default=None)


def current_revision(workload: t.Any, revisions: t.Iterable[t.Any]) -> JsonObject | None:
    """The new revision of any workload: a Deployment's new ReplicaSet, else the newest ControllerRevision.

    StatefulSets name theirs in `status.updateRevision`; a DaemonSet's is the one with the highest number.
    """
    owned = [mapping(entry) for entry in revisions if owned_by(entry, workload)]
    if mapping(workload).get("kind") == "Deployment":
        return new_replica_set(workload, owned)
    named = text(dig(workload, "status", "updateRevision"))
    for entry in owned:
        if named and name_of(entry) == named:
            return entry
    return max(owned, key=revision_number, default=None)


def previous_revisions(workload: t.Any, revisions: t.Iterable[t.Any]) -> list[JsonObject]:
    """All owned revisions but the new one, the newest first."""
    owned = [mapping(entry) for entry in revisions if owned_by(entry, workload)]
    current = current_revision(workload, owned)
    others = [entry for entry in owned if current is None or uid_of(entry) != uid_of(current)]
    return sorted(others, key=revision_number, reverse=True)


def is_pod_of(pod: t.Any, workload: t.Any, revision: t.Any) -> bool:
    """Whether the pod belongs to the revision: a ReplicaSet owns it, a ControllerRevision is named by its label."""
    if mapping(revision).get("kind") == "ControllerRevision" or "data" in mapping(revision):
        hashed = label(pod, CONTROLLER_REVISION_HASH_LABEL)
        names = {name_of(revision), label(revision, CONTROLLER_REVISION_HASH_LABEL)} - {""}
        return owned_by(pod, workload) and hashed in names
    return owned_by(pod, revision)


def pods_of(workload: t.Any, revision: t.Any, pods: t.Iterable[t.Any]) -> list[JsonObject]:
    """The pods of one revision, by name."""
    if revision is None:
        return []
    found = [mapping(pod) for pod in pods if is_pod_of(pod, workload, revision)]
    return sorted(found, key=name_of)


def containers_of(template: t.Any) -> list[tuple[ContainerRole, JsonObject]]:
    """Containers of a pod template or pod with their role; an init container that restarts always is a sidecar."""
    found: list[tuple[ContainerRole, JsonObject]] = []
    for entry in sequence(dig(template, "spec", "initContainers")):
        container = mapping(entry)
        found.append(("sidecar" if container.get("restartPolicy") == "Always" else "init", container))
    found.extend(("main", mapping(entry)) for entry in sequence(dig(template, "spec", "containers")))
    return found


def is_terminating(source: t.Any) -> bool:
    """Whether the object is being deleted."""
    return bool(metadata(source).get("deletionTimestamp"))


def is_ready(pod: t.Any) -> bool:
    """Whether the pod is Ready and not being deleted."""
    found = condition(pod, "Ready")
    return bool(found) and mapping(found).get("status") == "True" and not is_terminating(pod)


def desired_replicas(workload: t.Any) -> int:
    """How many pods the workload wants; a Deployment without the field wants one, a DaemonSet what it scheduled."""
    if mapping(workload).get("kind") == "DaemonSet":
        return number(dig(workload, "status", "desiredNumberScheduled"))
    return number(dig(workload, "spec", "replicas"), 1)


def last_writer_of_template(workload: t.Any) -> tuple[str, datetime | None]:
    """Which field manager wrote the pod template last, and when, from managedFields; ("", None) when unknown."""
    found: list[tuple[datetime, str]] = []
    for entry in sequence(metadata(workload).get("managedFields")):
        fields = mapping(dig(entry, "fieldsV1"))
        when = parse_time(mapping(entry).get("time"))
        if when and isinstance(dig(fields, "f:spec", "f:template"), dict) and not mapping(entry).get("subresource"):
            found.append((when, text(mapping(entry).get("manager"))))
    if not found:
        return "", None
    when, manager = max(found)
    return manager, when
