# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which workload of a record is meant.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import difflib
import typing as t
from dataclasses import dataclass

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.errors import WorkloadNotFoundError, one_line
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout import objects as o

# What has a status to judge and, unless somebody controls it, stands for itself.
WORKLOAD_KINDS = ("Deployment", "StatefulSet", "DaemonSet", "Job", "Pod")
_SHOWN = 5


@dataclass(frozen=True)
class Target:
    """The workload that the user names; "" where they leave a part out. Without a name, `kind` is not a wish either."""

    kind: str
    name: str = ""
    namespace: str = ""


def choose(objects: t.Iterable[o.JsonObject], target: Target, place: str) -> o.JsonObject:
    """The workload that is meant: the named one, or, without a name, the only one of its kind, or the only one.

    `place` names the record in the error. Raises WorkloadNotFoundError, which lists what is there.
    """
    workloads = [entry for entry in objects if entry.get("kind") in WORKLOAD_KINDS and o.name_of(entry)]
    here = [entry for entry in workloads if target.namespace in ("", o.namespace_of(entry))]
    of_kind = [entry for entry in here if entry.get("kind") == target.kind]
    standing = [entry for entry in here if o.controller_of(entry) is None]
    if target.name:
        found = [entry for entry in of_kind if o.name_of(entry) == target.name]
    else:
        found = [entry for entry in of_kind if o.controller_of(entry) is None] or standing
    if len(found) == 1:
        return found[0]
    raise _not_found(target, place, found, here if target.name else standing, workloads)


def _not_found(
    target: Target,
    place: str,
    found: list[o.JsonObject],
    here: list[o.JsonObject],
    everywhere: list[o.JsonObject],
) -> WorkloadNotFoundError:
    of_kind = sorted({o.name_of(entry) for entry in here if entry.get("kind") == target.kind})
    namespaces = sorted({o.namespace_of(entry) for entry in found if o.namespace_of(entry)})
    elsewhere = sorted(
        {
            o.namespace_of(entry)
            for entry in everywhere
            if target.name and o.name_of(entry) == target.name and entry.get("kind") == target.kind
        }
    )
    other_kinds = sorted(
        {str(entry.get("kind")) for entry in here if target.name and o.name_of(entry) == target.name} - {target.kind}
    )
    near_names = difflib.get_close_matches(target.name, of_kind, n=3, cutoff=0.6) if target.name else []
    what = f'{target.kind} "{one_line(target.name, 80)}"' if target.name else "workload"
    where = f' in namespace "{one_line(target.namespace, 80)}"' if target.namespace else ""
    if found and target.name:
        message = f"{place} holds a {what} in each of {_some(namespaces)}: say which (deployment_namespace=)."
    elif found:
        message = f"{place} holds {len(found)} workloads{where}: {_some(_called(found))}. Say which (deployment=)."
    else:
        message = f"{place} holds no {what}{where}. "
        if elsewhere:
            message += f"There is one in {_some(elsewhere)}: name that namespace (deployment_namespace=)."
        elif other_kinds:
            message += f"There is a {other_kinds[0]} of that name: run again with kind={other_kinds[0]}."
        elif near_names:
            message += f"Did you mean {' or '.join(near_names)}?"
        elif here:
            message += f"What there is: {_some(_called(here))}."
        else:
            message += f"It holds no {', '.join(WORKLOAD_KINDS[:-1])} or Pod there at all."
    return WorkloadNotFoundError(
        message.strip(),
        details={
            "kind": target.kind,
            "name": target.name,
            "namespace": target.namespace,
            "namespaces": elsewhere or namespaces,
            "other_kinds": other_kinds,
            "near_names": near_names,
        },
    )


def _called(entries: t.Iterable[o.JsonObject]) -> list[str]:
    return sorted(
        {
            one_line(f"{entry.get('kind')} {o.name_of(entry)} in {o.namespace_of(entry) or '?'}", 120)
            for entry in entries
        }
    )


def _some(items: t.Sequence[str]) -> str:
    rest = len(items) - _SHOWN
    return ", ".join(items[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")
