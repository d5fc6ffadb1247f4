# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever stands where an object should be, reading and assessing it does not raise."""

from __future__ import annotations

import copy
import inspect
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout import objects
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.assess import (
    assess,
    completed_at,
    counts_of,
    deadline_exceeded,
)
from tests.unit.rollout.factory import (
    ago,
    controller_revision,
    daemon_set,
    deadline_of,
    deployment,
    pod,
    replica_set,
    stateful_set,
    waiting,
)

ODD_TEXTS = ["", "True", "Deployment", "0001-01-01T00:00:00+23:00", "9" * 5000, "\ud800", "²"]
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(ODD_TEXTS)
NOISE = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)

Path = tuple[str | int, ...]

READERS: list[t.Callable[[t.Any], t.Any]] = [
    objects.mapping,
    objects.sequence,
    objects.text,
    objects.number,
    objects.metadata,
    objects.name_of,
    objects.namespace_of,
    objects.uid_of,
    objects.parse_time,
    objects.created_at,
    objects.controller_of,
    objects.revision_number,
    objects.pod_template,
    objects.comparable_template,
    objects.template_hash,
    objects.containers_of,
    objects.is_terminating,
    objects.is_ready,
    objects.desired_replicas,
    objects.last_writer_of_template,
    counts_of,
    completed_at,
]
PAIRED: list[t.Callable[[t.Any, t.Any], t.Any]] = [
    objects.owned_by,
    lambda one, two: objects.annotation(one, "a"),
    lambda one, two: objects.label(one, "a"),
    lambda one, two: objects.condition(one, "Ready"),
    lambda one, two: objects.dig(one, "metadata", "name"),
    lambda one, two: objects.new_replica_set(one, [two, one]),
    lambda one, two: objects.current_revision(one, [two, one]),
    lambda one, two: objects.previous_revisions(one, [two, one]),
    lambda one, two: objects.is_pod_of(one, one, two),
    lambda one, two: objects.pods_of(one, two, [one, two]),
    deadline_exceeded,
    lambda one, two: assess(one, [two, one], [one, two]),
    lambda one, two: assess(one, [two], [two], objects.comparable_template(two)),
]


def family(workload: dict[str, t.Any]) -> list[dict[str, t.Any]]:
    """A workload with its new and old revision and a pod, all fields set that the readers look at."""
    meta = workload["metadata"]
    meta["managedFields"] = [{"manager": "helm", "time": ago(5), "fieldsV1": {"f:spec": {"f:template": {}}}}]
    meta["deletionTimestamp"] = ago(0)
    workload["status"].setdefault("conditions", [deadline_of("api-server-hash2")])
    make = replica_set if workload["kind"] == "Deployment" else controller_revision
    new, old = make(workload, 2), make(workload, 1)
    running = pod(new if workload["kind"] == "Deployment" else workload, labels={"controller-revision-hash": "hash2"})
    return [workload, new, old, waiting(running, "CrashLoopBackOff")]


FAMILIES = [family(deployment(updated=1)), family(stateful_set(updated=1)), family(daemon_set(updated=1))]


def paths(value: t.Any, before: Path = ()) -> t.Iterator[Path]:
    """Every place in a JSON value."""
    yield before
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, entry in inner:
        yield from paths(entry, (*before, key))


def put(value: t.Any, path: Path, noise: t.Any) -> t.Any:
    """A copy of the value with noise at one place."""
    if not path:
        return noise
    changed = copy.copy(value)
    changed[path[0]] = put(value[path[0]], path[1:], noise)
    return changed


PLACES = [(number, path) for number, found in enumerate(FAMILIES) for path in paths(found) if path]


def read_all(one: t.Any, two: t.Any) -> None:
    for reader in READERS:
        reader(one)
    for read_two in PAIRED:
        read_two(one, two)


@given(NOISE, NOISE)
def test_noise_is_read_without_raising(one: t.Any, two: t.Any) -> None:
    read_all(one, two)


@given(st.sampled_from(PLACES), NOISE)
def test_an_object_with_noise_at_any_one_place_is_assessed_without_raising(
    place: tuple[int, Path], noise: t.Any
) -> None:
    number, path = place
    workload, new, old, running = put(FAMILIES[number], path, noise) if len(path) > 1 else FAMILIES[number]
    found = assess(workload, [new, old], [running])
    assert found.phase in ("complete", "progressing", "paused", "failed")
    for one, two in ((workload, new), (new, workload), (running, new)):
        read_all(one, two)


@pytest.mark.parametrize("odd", [None, True, 7, 1.5, "text", "9" * 5000, [], [None], {}, {"a": None}])
def test_every_single_place_stands_each_kind_of_odd_value(odd: t.Any) -> None:
    for number, path in PLACES:
        if len(path) > 1:
            workload, new, old, running = put(FAMILIES[number], path, odd)
            assess(workload, [new, old], [running])


def test_no_reader_is_left_out() -> None:
    public = {
        name
        for name, value in vars(objects).items()
        if inspect.isfunction(value) and value.__module__ == objects.__name__
    }
    single = {reader.__name__ for reader in READERS}
    paired = {name for name in public if any(name in (*entry.__code__.co_names, entry.__name__) for entry in PAIRED)}
    assert public <= single | paired
