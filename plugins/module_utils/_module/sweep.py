# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the rollout_status module does without a name: a sweep.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import dataclasses
import typing as t
from datetime import datetime, timezone

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster import names
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.client import Client
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.diagnose import Diagnostician
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.errors import InvalidOptionError
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.sweep import Scope, Sweeper
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.model import Diagnosis
from ansible_collections.rescue.kubernetes.plugins.module_utils._module.expression import compiled, searched
from ansible_collections.rescue.kubernetes.plugins.module_utils._module.run import ProgressFile, Stopwatch
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.assess import assess
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.objects import (
    JsonObject,
    mapping,
    parse_time,
    text,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.progress import restarts_of
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.snapshot import Snapshot
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.sweep import (
    Key,
    Only,
    Row,
    chosen,
    counts_by_phase,
    judged,
    row_of,
    unready_since,
    with_pods,
    worst_first,
    written,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.verdict import NO_FAILURE, Patience, Sign

SWEEP_ARGUMENT_SPEC: dict[str, t.Any] = {
    "all_namespaces": {"type": "bool", "default": False},
    "system_namespaces": {"type": "bool", "default": False},
    "label_selectors": {"type": "list", "elements": "str"},
    "only": {"type": "str", "choices": ["all", "incomplete", "failing"]},
    "classify_limit": {"type": "int", "default": 20},
    "query": {"type": "str"},
}
# Of a crowd only so many are named.
SHOWN = 5


@dataclasses.dataclass(frozen=True)
class SweepOptions:
    """What is swept and what is told of it; `namespace` None: all."""

    namespace: str | None
    label_selector: str
    system_namespaces: bool
    only: Only
    classify_limit: int
    patience: Patience
    query: t.Any
    progress_file: str | None

    @classmethod
    def from_params(cls, params: t.Mapping[str, t.Any], default_namespace: str) -> SweepOptions:
        """Take the options out of a module's parameters. Raises InvalidOptionError and InvalidNameError."""
        for option in ("wait", "wait_timeout", "observe_for"):
            if params[option]:
                raise InvalidOptionError(
                    f"{option} needs a name: a sweep takes one look. Name the workload with name= (-e deployment=), "
                    f"or leave {option} out.",
                    details={"option": option},
                )
        if params["all_namespaces"] and params["namespace"]:
            raise InvalidOptionError(
                "namespace and all_namespaces exclude each other: give one of them.",
                details={"option": "all_namespaces"},
            )
        if params["classify_limit"] < 0:
            raise InvalidOptionError(
                "classify_limit is below 0: give how many workloads are diagnosed at most.",
                details={"option": "classify_limit"},
            )
        namespace = None
        if not params["all_namespaces"]:
            given = params["namespace"]
            namespace = names.check_namespace(given) if given else default_namespace
        return cls(
            namespace=namespace,
            label_selector=",".join(params["label_selectors"] or ()),
            system_namespaces=params["system_namespaces"],
            only=params["only"] or "incomplete",
            classify_limit=params["classify_limit"] if params["classify"] else 0,
            patience=Patience(params["grace"], params["max_restarts"]),
            query=compiled("query", params["query"]),
            progress_file=params["progress_file"],
        )


def refuse_sweep_options(params: t.Mapping[str, t.Any]) -> None:
    """Options of a sweep beside a name would do nothing. Raises InvalidOptionError."""
    for option in ("all_namespaces", "system_namespaces", "label_selectors", "only", "query"):
        if params[option]:
            raise InvalidOptionError(
                f"{option} belongs to a sweep, and a name was given: leave one of them out.",
                details={"option": option},
            )


def sweep(client: Client, options: SweepOptions) -> JsonObject:
    """Every workload of a namespace or of the cluster, worst first. Returns the module's result."""
    stopwatch = Stopwatch()
    progress = ProgressFile(options.progress_file, stopwatch)
    sweeper = Sweeper(client, Scope(options.namespace, options.label_selector, options.system_namespaces))
    rows = sweeper.rows()
    now = client.server_clock or datetime.now(timezone.utc)
    found = {row.key: row for row in rows}
    incomplete = [row for row in rows if row.phase != "complete"]
    progress.say(f"{len(rows)} workloads looked at, {len(incomplete)} not complete")
    # Who is diagnosed has its pods read anyway.
    if len(incomplete) > options.classify_limit:
        notes = sweeper.pod_notes(incomplete)
        incomplete = [with_pods(row, notes[row.key], options.patience, now) for row in incomplete]
        found.update((row.key, row) for row in incomplete)
    worst = worst_first(incomplete)[: options.classify_limit]
    diagnosed = _diagnosed(client, sweeper, worst, options.patience, progress)
    for key, row in diagnosed.items():
        if row is None:
            del found[key]
        else:
            found[key] = row
    everything = list(found.values())
    shown = chosen(worst_first(everything), options.only)
    workloads = [row.to_dict() for row in shown]
    counts = counts_by_phase(everything)
    result: JsonObject = {
        "changed": False,
        "message": _message(options, everything, counts, sweeper.hidden),
        "workloads": workloads,
        "counts": counts,
        "checked": len(everything),
        "namespaces": len({row.namespace for row in everything}),
        "hidden": sweeper.hidden,
        "classified": len(diagnosed),
        "unclassified": len(incomplete) - len(diagnosed),
        "unseen": sweeper.unseen,
        "taken_at": written(now),
        "calls": len(client.calls),
        "timing": stopwatch.to_dict(),
    }
    if options.query is not None:
        result["query_result"] = searched("query", options.query, workloads)
    return result


def _diagnosed(
    client: Client, sweeper: Sweeper, worst: t.Sequence[Row], patience: Patience, progress: ProgressFile
) -> dict[Key, Row | None]:
    """The rows with their causes; None for a workload that was deleted meanwhile."""
    # A sweep reads: it sends no requests to the pods of whoever it comes by.
    diagnostician = Diagnostician(client, active=False)
    diagnosed: dict[Key, Row | None] = {}
    for row in worst:
        snapshot = sweeper.snapshot(row, worst)
        if snapshot is None:
            diagnosed[row.key] = None
            continue
        now = client.server_clock or datetime.now(timezone.utc)
        seen = _with_cause(snapshot, diagnostician.diagnose(snapshot, now), patience, now)
        diagnosed[row.key] = seen
        if seen.since:
            progress.say(f"{seen.namespace}/{seen.name}: {seen.message} ({seen.cause})")
    return diagnosed


def _with_cause(snapshot: Snapshot, diagnosis: Diagnosis, patience: Patience, now: datetime) -> Row:
    """What one look at the workload says, as a row."""
    row = dataclasses.replace(
        row_of(snapshot.workload, assess(snapshot.workload, snapshot.revisions, snapshot.pods)),
        category=diagnosis.category,
        cause=diagnosis.cause,
        confidence=diagnosis.confidence,
        summary=diagnosis.summary,
    )
    sign = Sign(diagnosis.category, diagnosis.cause, diagnosis.terminal, diagnosis.grace)
    # Events of probes are merged: the first may tell of the start and the last of a busy moment.
    health = diagnosis.category == "health"
    since = unready_since(snapshot.new_pods) if health else parse_time(diagnosis.since)
    row = judged(row, sign, since, restarts_of(snapshot.new_pods), patience, now)
    if row.since is None and diagnosis.category not in NO_FAILURE:
        row = dataclasses.replace(row, since=written(unready_since(snapshot.pods)) or written(now))
    return row


def _message(options: SweepOptions, rows: t.Sequence[Row], counts: dict[str, int], hidden: int) -> str:
    """Such as `12 workloads in 3 namespaces: 1 failed, 11 complete`."""
    where = f"namespace {options.namespace}"
    if options.namespace is None:
        where = _several(len({row.namespace for row in rows}), "namespace")
    phases = ", ".join(f"{count} {phase}" for phase, count in counts.items() if count)
    message = f"{_several(len(rows), 'workload')} in {where}"
    message += f": {phases}" if phases else ""
    return f"{message}; {hidden} in system namespaces not shown" if hidden else message


def _several(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def sweep_failure(result: JsonObject, fail_on: t.Collection[str]) -> str | None:
    """The sentence with which the task fails, or None when no workload is in a phase of `fail_on`."""
    # `only` and `query` choose what is shown, not what counts
    if not any(count for phase, count in mapping(result.get("counts")).items() if phase in fail_on):
        return None
    concerned = [
        f"{row['namespace']}/{row['name']}" for row in result["workloads"] if text(row.get("phase")) in fail_on
    ]
    more = f" and {len(concerned) - SHOWN} more" if len(concerned) > SHOWN else ""
    named = f" ({', '.join(concerned[:SHOWN])}{more})" if concerned else ""
    return f"{text(result.get('message'))}{named}"
