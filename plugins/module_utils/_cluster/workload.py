# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection, may change at any time.

Finding the workload that a user names, and helping when there is none of that name.
"""

from __future__ import annotations

import difflib
import typing as t

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster import errors, names, paths

if t.TYPE_CHECKING:
    from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.client import Client

KINDS = ("Deployment", "StatefulSet", "DaemonSet")
# What can be diagnosed beside them: hooks and tests are Jobs and bare pods.
DIAGNOSED_KINDS = (*KINDS, "Job", "Pod")
# Of a crowd only so many are named.
SHOWN = 5


def resolve_workload(
    client: Client, kind: str, name: t.Any, namespace: t.Any = None, *, kinds: t.Sequence[str] = KINDS
) -> dict[str, t.Any]:
    """Return the workload, one of `kinds`; without a namespace, that of the context.

    Raises InvalidNameError, WorkloadNotFoundError (which says where there is one, or what has a similar name), and
    what Client.get raises.
    """
    if kind not in kinds:
        raise errors.InvalidOptionError(
            f'kind "{errors.one_line(kind, 60)}" is not supported: choose one of {", ".join(kinds)}.',
            details={"option": "kind"},
        )
    name = names.check_name(kind, name)
    chosen = namespace not in (None, "")
    place = names.check_namespace(namespace) if chosen else client.default_namespace
    try:
        return client.get(paths.object_path(kind, place, name))
    except errors.NotFoundError:
        pass
    raise _not_found(client, kind, name, place, kinds, chosen=chosen)


def _not_found(
    client: Client, kind: str, name: str, namespace: str, kinds: t.Sequence[str], *, chosen: bool
) -> errors.RescueError:
    unseen: list[str] = []
    other_kinds = [other for other in kinds if other != kind and _exists(client, other, namespace, name, unseen)]
    everywhere = _all_names(client, kind, None, unseen)
    if everywhere is None:
        everywhere = _all_names(client, kind, namespace, unseen) or []
    elsewhere = sorted({place for place, other in everywhere if other == name})
    here = sorted({other for place, other in everywhere if place == namespace})
    near_names = difflib.get_close_matches(name, here, n=3, cutoff=0.6)
    # Without this a missing namespace looks like a missing workload.
    namespace_missing = not here and _namespace_missing(client, namespace)

    origin = "" if chosen else " (the namespace of the context)"
    message = f'There is no {kind} "{name}" in namespace "{namespace}"{origin}'
    if namespace_missing:
        message += "; there is no such namespace at all"
    message += ". "
    variable = "-e deployment_namespace="
    if len(elsewhere) == 1:
        there = elsewhere[0]
        message += (
            f'There is one in "{there}": run again with -e deployment={name} {variable}{there} (namespace={there}).'
        )
    elif elsewhere:
        message += f"There is one in each of {_some(elsewhere)}: say which with {variable}NAMESPACE (namespace=)."
    elif other_kinds:
        message += f"There is a {other_kinds[0]} of that name: run again with kind={other_kinds[0]}."
    elif near_names:
        message += f"Did you mean {' or '.join(near_names)}?"
    elif here:
        message += f"What there is: {_some(here)}."
    elif not unseen:
        message += f"No namespace has a {kind} of that name: check the context (kubectl config current-context)."
    if unseen:
        message += f" Could not look at {', '.join(unseen)}: not allowed to."
    return errors.WorkloadNotFoundError(
        message.strip(),
        details={
            "kind": kind,
            "name": name,
            "namespace": namespace,
            "namespace_missing": namespace_missing,
            "namespaces": elsewhere,
            "other_kinds": other_kinds,
            "near_names": near_names,
            "unseen": unseen,
        },
    )


def _exists(client: Client, kind: str, namespace: str, name: str, unseen: list[str]) -> bool:
    try:
        client.get(paths.object_path(kind, namespace, name))
    except errors.ForbiddenError:
        unseen.append(f"the {kind}s of this namespace")
        return False
    except errors.NotFoundError:
        return False
    return True


def _all_names(client: Client, kind: str, namespace: str | None, unseen: list[str]) -> list[tuple[str, str]] | None:
    try:
        listing = client.list(paths.collection_path(kind, namespace), metadata_only=True)
    except errors.ForbiddenError:
        unseen.append("other namespaces" if namespace is None else f"the other {kind}s of this namespace")
        return None
    metadata = [item.get("metadata") or {} for item in listing.items]
    return [(str(entry.get("namespace")), str(entry.get("name"))) for entry in metadata]


def _namespace_missing(client: Client, namespace: str) -> bool:
    try:
        client.get(paths.object_path("Namespace", None, namespace))
    except errors.NotFoundError:
        return True
    except errors.ForbiddenError:
        return False
    return False


def _some(items: list[str]) -> str:
    rest = len(items) - SHOWN
    return ", ".join(items[:SHOWN]) + (f" and {rest} more" if rest > 0 else "")
