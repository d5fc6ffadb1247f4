# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A sweep's rows: what they say, whatever the pages' size and order, and which comes first."""

from __future__ import annotations

import dataclasses
import typing as t
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.assess import Counts, Phase
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.sweep import (
    PHASES,
    PodNote,
    Row,
    chosen,
    counts_by_phase,
    is_system_namespace,
    judged,
    pod_note,
    row_of,
    unready_since,
    with_pods,
    workload_of,
    worst_first,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.verdict import Patience, Sign
from tests.unit.rollout.factory import (
    NOW,
    JsonObject,
    ago,
    container_status,
    daemon_set,
    deadline_of,
    deployment,
    pod,
    replica_set,
    stateful_set,
    waiting,
)

PATIENCE = Patience()
FAILING_RS = "api-server-hash2"


def pulling(seconds_ago: float, name: str = "api-server-hash2-x", revision: int = 2) -> JsonObject:
    """A pod of a Deployment's revision that cannot pull its image since then."""
    made = pod(
        replica_set(deployment(), revision),
        name,
        ready=False,
        namespace="production",
        creationTimestamp=ago(seconds_ago),
        labels={"pod-template-hash": f"hash{revision}"},
    )
    made["status"]["conditions"][0]["lastTransitionTime"] = ago(seconds_ago)
    return waiting(made, "ImagePullBackOff")


def notes_of(*pods: JsonObject) -> list[PodNote]:
    found = [(entry, workload_of(entry)) for entry in pods]
    return [pod_note(entry, owner[1]) for entry, owner in found if owner]


def rolling(**more: t.Any) -> Row:
    return dataclasses.replace(row_of(deployment(updated=1, available=2)), **more)


@pytest.mark.parametrize(
    ("workload", "phase"),
    [
        (deployment(), "complete"),
        (deployment(updated=1, available=2), "progressing"),
        (deployment(updated=0, available=3, paused=True), "paused"),
        (deployment(replicas=0, updated=0, available=0, total=0), "complete"),
        (stateful_set(), "complete"),
        (stateful_set(updated=1), "progressing"),
        (daemon_set(updated=2), "progressing"),
    ],
)
def test_a_row_says_what_the_workload_says_of_itself(workload: JsonObject, phase: Phase) -> None:
    row = row_of(workload)
    assert row.phase == phase
    assert row.key == (workload["kind"], "production", "api-server")
    assert "deadline" not in row.to_dict()


def test_changed_at_is_the_last_write_of_the_template_not_of_a_scaling() -> None:
    workload = deployment()
    workload["metadata"] |= {
        "creationTimestamp": ago(900),
        "managedFields": [
            {"manager": "ci", "time": ago(300), "fieldsV1": {"f:spec": {"f:template": {}}}},
            {"manager": "hpa", "time": ago(10), "fieldsV1": {"f:spec": {"f:replicas": {}}}},
        ],
    }
    assert row_of(workload).changed_at == ago(300)
    del workload["metadata"]["managedFields"]
    assert row_of(workload).changed_at == ago(900)


@pytest.mark.parametrize(
    ("owned", "key"),
    [
        (pulling(5), ("Deployment", "production", "api-server")),
        (pod(stateful_set(), namespace="production"), ("StatefulSet", "production", "api-server")),
        (pod(daemon_set(), namespace="production"), ("DaemonSet", "production", "api-server")),
        # a ReplicaSet that no Deployment made, a Job's pod, nobody's pod, one that ends
        (pod(replica_set(deployment(), 2)), None),
        (pod({"kind": "Job", "metadata": {"name": "migrate", "uid": "u"}}), None),
        ({"kind": "Pod", "metadata": {"name": "alone"}}, None),
        (pod(stateful_set(), deletionTimestamp=ago(1)), None),
    ],
)
def test_a_pod_is_counted_to_the_workload_that_controls_it(owned: JsonObject, key: t.Any) -> None:
    found = workload_of(owned)
    assert (found[0] if found else None) == key


def test_a_deployments_pod_that_cannot_start_fails_it_after_the_grace() -> None:
    row = with_pods(rolling(), notes_of(pulling(10)), PATIENCE, NOW)
    assert row.phase == "progressing"
    assert row.since == ago(10)
    assert row.message.endswith("; api-server-hash2-x: ImagePullBackOff")
    row = with_pods(rolling(), notes_of(pulling(31)), PATIENCE, NOW)
    assert (row.phase, row.reason) == ("failed", "pods_not_running")
    assert with_pods(rolling(), notes_of(pulling(31)), Patience(grace=60), NOW).phase == "progressing"


def test_the_name_of_an_image_does_not_become_valid_by_waiting() -> None:
    made = pulling(0)
    made["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] = "InvalidImageName"
    assert with_pods(rolling(), notes_of(made), PATIENCE, NOW).phase == "failed"


def test_restarts_fail_it_before_the_grace_is_over() -> None:
    made = container_status(pulling(5), restartCount=2)
    made["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] = "CrashLoopBackOff"
    assert with_pods(rolling(), notes_of(made), PATIENCE, NOW).phase == "failed"
    assert with_pods(rolling(), notes_of(made), Patience(max_restarts=3), NOW).phase == "progressing"


def test_pods_of_the_revision_that_is_being_replaced_do_not_count() -> None:
    old = pulling(600, "api-server-hash1-x", revision=1)
    new = pod(
        replica_set(deployment(), 2), "new", ready=False, namespace="production",
        creationTimestamp=ago(5), labels={"pod-template-hash": "hash2"},
    )  # fmt: skip
    assert with_pods(rolling(), notes_of(old, new), PATIENCE, NOW).phase == "progressing"


def test_a_paused_rollout_stays_paused_whatever_its_pods_do() -> None:
    row = row_of(deployment(updated=1, available=2, paused=True))
    assert with_pods(row, notes_of(pulling(600)), PATIENCE, NOW) == row


@pytest.mark.parametrize(
    ("named", "pods", "phase"),
    [
        (FAILING_RS, [pulling(0)], "failed"),
        # left over from before an undo: the controller gave up on another ReplicaSet
        ("api-server-hash1", [pulling(0)], "progressing"),
        (FAILING_RS, [], "failed"),
    ],
)
def test_a_passed_deadline_counts_for_the_revision_that_it_names(
    named: str, pods: list[JsonObject], phase: Phase
) -> None:
    row = row_of(deployment(updated=1, available=2, conditions=[deadline_of(named)]))
    assert with_pods(row, notes_of(*pods), PATIENCE, NOW).phase == phase


def test_a_passed_deadline_counts_where_no_pod_can_be_created() -> None:
    refused = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate"}
    row = row_of(deployment(updated=0, available=3, conditions=[deadline_of(FAILING_RS), refused]))
    old = notes_of(pulling(600, "api-server-hash1-x", revision=1))
    assert with_pods(row, old, PATIENCE, NOW).phase == "failed"


def test_a_cause_fails_what_progresses_only_and_only_in_time() -> None:
    sign = Sign("image", "image_tag_not_found", terminal=False, grace=30.0)
    assert judged(rolling(), sign, NOW - timedelta(seconds=31), 0, PATIENCE, NOW).reason == "image_tag_not_found"
    assert judged(rolling(), sign, NOW - timedelta(seconds=29), 0, PATIENCE, NOW).phase == "progressing"
    assert judged(rolling(), sign, None, 0, PATIENCE, NOW).phase == "progressing"
    assert judged(rolling(phase="paused"), sign, NOW - timedelta(hours=1), 0, PATIENCE, NOW).phase == "paused"
    nothing = Sign("none", "in_progress", terminal=False, grace=0.0)
    assert judged(rolling(), nothing, NOW - timedelta(hours=1), 0, PATIENCE, NOW) == rolling()


def test_unready_since_is_the_first_that_is_not_ready_and_does_not_end() -> None:
    ready, ending = pod(deployment(), "a"), pulling(900)
    ending["metadata"]["deletionTimestamp"] = ago(1)
    assert unready_since([ready, ending, pulling(20), pulling(40)]) == NOW - timedelta(seconds=40)
    assert unready_since([ready]) is None


def test_the_worst_comes_first_and_of_equals_the_last_changed() -> None:
    def row(name: str, phase: Phase, changed: float, available: int = 1, since: str | None = None) -> Row:
        counts = Counts(desired=1, updated=1, ready=available, available=available, total=1)
        return rolling(name=name, phase=phase, changed_at=ago(changed), replicas=counts, since=since)

    rows = [
        row("complete", "complete", 1),
        row("paused", "paused", 1),
        row("starting", "progressing", 1, available=0),
        row("in trouble", "progressing", 500, since=ago(5)),
        row("degraded", "failed", 5, since=ago(5)),
        row("down, long ago", "failed", 900, available=0, since=ago(5)),
        row("down, just now", "failed", 10, available=0, since=ago(5)),
    ]
    assert [entry.name for entry in worst_first(rows)] == [
        "down, just now", "down, long ago", "degraded", "in trouble", "starting", "paused", "complete",
    ]  # fmt: skip


def test_counts_are_of_all_rows_and_only_chooses_among_them() -> None:
    rows = [rolling(phase=phase) for phase in ("complete", "failed", "paused", "failed", "progressing")]
    assert counts_by_phase(rows) == {"failed": 2, "progressing": 1, "paused": 1, "complete": 1}
    assert [row.phase for row in chosen(rows, "failing")] == ["failed", "failed"]
    assert [row.phase for row in chosen(rows, "incomplete")] == ["failed", "paused", "failed", "progressing"]
    assert chosen(rows, "all") == rows


@pytest.mark.parametrize(
    ("name", "system"),
    [("kube-system", True), ("openshift-monitoring", True), ("openshift", True), ("kubeflow", False), ("web", False)],
)
def test_system_namespaces_are_those_whose_names_are_reserved(name: str, system: bool) -> None:
    assert is_system_namespace(name) is system


POD_NOTES = st.builds(
    PodNote,
    name=st.text("ab", max_size=2),
    revision=st.sampled_from(["r1", "r2"]),
    created=st.sampled_from([ago(10), ago(20)]),
    trouble=st.sampled_from(["", "ImagePullBackOff", "CrashLoopBackOff"]),
    since=st.sampled_from([ago(5), ago(50)]),
    restarts=st.integers(0, 3),
)
ROWS = st.builds(
    rolling,
    kind=st.sampled_from(["Deployment", "StatefulSet"]),
    name=st.text("ab", min_size=1, max_size=2),
    namespace=st.sampled_from(["x", "y"]),
    phase=st.sampled_from(PHASES),
    changed_at=st.sampled_from([None, ago(10), ago(20)]),
    since=st.sampled_from([None, ago(5)]),
)


@settings(deadline=None)
@given(st.lists(POD_NOTES, max_size=6), st.randoms(use_true_random=False))
def test_what_pods_say_does_not_depend_on_their_order(notes: list[PodNote], random: t.Any) -> None:
    mixed = list(notes)
    random.shuffle(mixed)
    row = rolling(deadline='ReplicaSet "r1" has timed out progressing.')
    assert with_pods(row, mixed, PATIENCE, NOW) == with_pods(row, notes, PATIENCE, NOW)


@settings(deadline=None)
@given(st.lists(ROWS, max_size=8, unique_by=lambda row: row.key), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_depend_on_how_they_came(rows: list[Row], random: t.Any) -> None:
    mixed = list(rows)
    random.shuffle(mixed)
    ordered = worst_first(mixed)
    assert ordered == worst_first(rows)
    places = [PHASES.index(row.phase) for row in ordered]
    assert places == sorted(places)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["metadata", "spec", "status", "conditions", "ownerReferences", "labels", "kind", "name"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(JUNK)
def test_objects_of_any_shape_are_reduced(source: t.Any) -> None:
    row_of(source)
    workload_of(source)
    pod_note(source, "")
