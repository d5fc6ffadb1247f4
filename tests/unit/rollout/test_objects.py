# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading recorded objects: empty answers for what is absent, ownership by uid, revisions as controllers see them."""

from __future__ import annotations

import copy
import typing as t
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout import objects
from tests.unit.rollout.factory import (
    ago,
    controller_revision,
    deployment,
    owner,
    pod,
    replica_set,
    stateful_set,
    template,
    workload,
)


@pytest.mark.parametrize("value", [None, 1, "a", True, [1]])
def test_what_is_no_object_reads_as_an_empty_one(value: t.Any) -> None:
    assert objects.mapping(value) == {}


def test_values_of_the_right_type_are_kept() -> None:
    assert objects.mapping({"a": 1}) == {"a": 1}
    assert objects.sequence([1]) == [1]
    assert objects.text("a") == "a"
    assert objects.number(4) == 4


def test_values_of_another_type_read_as_empty() -> None:
    assert objects.sequence({"a": 1}) == []
    assert objects.sequence("ab") == []
    assert objects.text(1) == ""
    assert objects.number("4") == 0
    assert objects.number(None, 7) == 7
    assert objects.number(1.5, 7) == 7


@pytest.mark.parametrize("value", [True, False])
def test_true_and_false_are_no_numbers(value: bool) -> None:
    assert objects.number(value, 7) == 7


def test_dig_follows_a_path_and_ends_in_none() -> None:
    assert objects.dig({"a": {"b": 3}}, "a", "b") == 3
    assert objects.dig({"a": [1]}, "a", "b") is None
    assert objects.dig({}, "a", "b") is None
    assert objects.dig({"a": 1}) == {"a": 1}


def test_names_annotations_and_labels() -> None:
    found = {"metadata": {"name": "n", "namespace": "s", "uid": "u", "annotations": {"k": "v"}, "labels": {"l": "w"}}}
    read = [objects.name_of(found), objects.namespace_of(found), objects.uid_of(found)]
    assert read == ["n", "s", "u"]
    assert objects.annotation(found, "k") == "v"
    assert objects.label(found, "l") == "w"
    assert objects.annotation(found, "l") == ""
    assert objects.label(found, "k") == ""


@pytest.mark.parametrize(
    ("written", "microsecond"), [("2026-03-01T12:00:00Z", 0), ("2026-03-01T12:00:00.250000Z", 250000)]
)
def test_times_of_the_api_are_aware_and_in_utc(written: str, microsecond: int) -> None:
    parsed = objects.parse_time(written)
    assert parsed == datetime(2026, 3, 1, 12, 0, 0, microsecond, tzinfo=UTC)
    assert parsed is not None
    assert parsed.utcoffset() == timedelta(0)


def test_a_time_with_an_offset_is_brought_to_utc_and_one_without_is_taken_as_utc() -> None:
    wanted = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    moved = objects.parse_time("2026-03-01T14:00:00+02:00")
    assert moved == wanted
    assert moved is not None
    assert moved.utcoffset() == timedelta(0)
    assert objects.parse_time("2026-03-01T12:00:00") == wanted


@pytest.mark.parametrize(
    "value", [None, 5, "", "yesterday", {}, "0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-23:00"]
)
def test_anything_else_is_no_time(value: t.Any) -> None:
    assert objects.parse_time(value) is None


def test_created_at_reads_the_creation_timestamp() -> None:
    assert objects.created_at({"metadata": {"creationTimestamp": ago(0)}}) == objects.parse_time(ago(0))
    assert objects.created_at({}) is None


def test_a_condition_is_found_by_its_type() -> None:
    found = {"status": {"conditions": ["noise", {"type": "A", "status": "False"}, {"type": "B", "status": "True"}]}}
    assert objects.condition(found, "B") == {"type": "B", "status": "True"}
    assert objects.condition(found, "C") is None
    assert objects.condition({}, "A") is None


def test_the_controller_is_the_one_owner_that_controls() -> None:
    references = [{"uid": "a"}, {"uid": "b", "controller": False}, {"uid": "c", "controller": True}]
    assert objects.controller_of({"metadata": {"ownerReferences": references}}) == references[2]
    assert objects.controller_of({"metadata": {"ownerReferences": references[:2]}}) is None


def test_ownership_is_decided_by_uid_and_not_by_name() -> None:
    mine = deployment()
    namesake = copy.deepcopy(mine)
    namesake["metadata"]["uid"] = "uid-of-an-earlier-one"
    found = replica_set(mine, 1)
    assert objects.owned_by(found, mine)
    assert not objects.owned_by(found, namesake)
    found["metadata"]["ownerReferences"] = owner(mine, controller=False)
    assert not objects.owned_by(found, mine)


def test_two_objects_without_uid_do_not_own_each_other() -> None:
    assert not objects.owned_by({"metadata": {"ownerReferences": [{"controller": True, "uid": ""}]}}, {})


def test_revision_numbers_come_from_the_annotation_or_the_controller_revision() -> None:
    mine = deployment()
    assert objects.revision_number(replica_set(mine, 12)) == 12
    assert objects.revision_number(controller_revision(mine, 7)) == 7
    assert objects.revision_number({}) == 0


@pytest.mark.parametrize("value", ["", "-1", "x", "1.5", "²", "\u0661", "9" * 5000])
def test_a_revision_annotation_that_is_no_number_counts_as_none(value: str) -> None:
    found = {"metadata": {"annotations": {objects.REVISION_ANNOTATION: value}}}
    assert objects.revision_number(found) == 0


def test_pod_templates_of_workloads_and_of_controller_revisions() -> None:
    mine = stateful_set()
    assert objects.pod_template(mine) == template("app:2")
    assert objects.pod_template(controller_revision(mine, 1))["spec"] == template("app:1")["spec"]
    assert objects.pod_template({"data": "noise"}) == {}


def test_templates_compare_equal_without_what_controllers_add() -> None:
    mine = deployment(image="app:1")
    revision = controller_revision(mine, 1)
    revision["data"]["spec"]["template"]["metadata"]["creationTimestamp"] = None
    assert objects.comparable_template(replica_set(mine, 1)) == objects.comparable_template(mine)
    assert objects.comparable_template(revision) == objects.comparable_template(mine)


def test_a_template_without_other_labels_equals_one_without_labels() -> None:
    bare: dict[str, t.Any] = {"spec": {"template": {"metadata": {}, "spec": {}}}}
    hashed = {"spec": {"template": {"metadata": {"labels": {"pod-template-hash": "x"}}, "spec": {}}}}
    assert objects.comparable_template(bare) == objects.comparable_template(hashed)


@pytest.mark.parametrize("field", ["label", "annotation", "image"])
def test_what_people_change_in_a_template_makes_another_revision(field: str) -> None:
    mine, other = deployment(), deployment()
    changed = other["spec"]["template"]
    if field == "label":
        changed["metadata"]["labels"]["tier"] = "web"
    elif field == "annotation":
        changed["metadata"]["annotations"] = {"kubectl.kubernetes.io/restartedAt": ago(0)}
    else:
        changed["spec"]["containers"][0]["image"] = "app:9"
    assert objects.comparable_template(mine) != objects.comparable_template(other)


def test_comparing_does_not_change_the_object() -> None:
    revision = replica_set(deployment(), 1)
    before = copy.deepcopy(revision)
    objects.comparable_template(revision)
    assert revision == before


def test_a_revision_is_named_by_its_hash_label_else_by_its_name() -> None:
    mine = stateful_set()
    revision = controller_revision(mine, 4)
    assert objects.template_hash(replica_set(mine, 3)) == "hash3"
    assert objects.template_hash(revision) == "hash4"
    del revision["metadata"]["labels"]
    assert objects.template_hash(revision) == "api-server-4"
    assert objects.template_hash(mine) == ""


def test_the_new_replica_set_has_the_deployments_template() -> None:
    mine = deployment(image="app:1")
    found = [replica_set(mine, 1), replica_set(mine, 2)]
    assert objects.new_replica_set(mine, found) == found[0]


def test_of_two_replica_sets_with_the_same_template_the_oldest_is_the_new_one() -> None:
    mine = deployment(image="app:1")
    older = replica_set(mine, 5, image="app:1", created=ago(500))
    newer = replica_set(mine, 6, image="app:1", created=ago(100))
    assert objects.new_replica_set(mine, [newer, older]) == older


def test_no_replica_set_is_the_new_one_while_the_controller_has_not_made_it() -> None:
    mine = deployment(image="app:3")
    assert objects.new_replica_set(mine, [replica_set(mine, 1), replica_set(mine, 2)]) is None


def test_another_deployments_replica_set_of_the_same_template_is_not_ours() -> None:
    mine = deployment()
    other = copy.deepcopy(mine)
    other["metadata"]["uid"] = "another"
    assert objects.current_revision(mine, [replica_set(other, 2)]) is None


def test_a_stateful_sets_new_revision_is_the_one_that_its_status_names() -> None:
    mine = stateful_set(update="api-server-1")
    found = [controller_revision(mine, 1), controller_revision(mine, 2)]
    assert objects.current_revision(mine, found) == found[0]


def test_a_daemon_sets_new_revision_has_the_highest_number() -> None:
    mine = workload("DaemonSet")
    found = [controller_revision(mine, 9), controller_revision(mine, 10), controller_revision(mine, 2)]
    assert objects.current_revision(mine, found) == found[1]
    assert objects.current_revision(mine, []) is None


def test_previous_revisions_are_all_but_the_new_one_newest_first() -> None:
    mine = deployment(image="app:3")
    found = {number: replica_set(mine, number) for number in (2, 10, 3, 9)}
    stranger = replica_set({**mine, "metadata": {**mine["metadata"], "uid": "other"}}, 8)
    previous = objects.previous_revisions(mine, [*found.values(), stranger])
    assert previous == [found[10], found[9], found[2]]


def test_without_a_new_revision_all_owned_ones_are_previous() -> None:
    mine = deployment(image="app:99")
    assert len(objects.previous_revisions(mine, [replica_set(mine, 1), replica_set(mine, 2)])) == 2


def test_a_replica_sets_pods_are_the_ones_it_owns_by_name() -> None:
    mine = deployment()
    new, old = replica_set(mine, 2), replica_set(mine, 1)
    pods = [pod(new, "b"), pod(old, "c"), pod(new, "a")]
    assert [objects.name_of(entry) for entry in objects.pods_of(mine, new, pods)] == ["a", "b"]
    assert objects.pods_of(mine, None, pods) == []


@pytest.mark.parametrize("value", ["hash2", "api-server-2"])
def test_a_controller_revisions_pods_carry_its_hash_or_its_name(value: str) -> None:
    mine = stateful_set()
    revision = controller_revision(mine, 2)
    ours = pod(mine, "ours", labels={"controller-revision-hash": value})
    older = pod(mine, "older", labels={"controller-revision-hash": "hash1"})
    unlabelled = pod(mine, "unlabelled")
    foreign = pod(deployment(), "foreign", labels={"controller-revision-hash": value})
    assert objects.pods_of(mine, revision, [ours, older, unlabelled, foreign]) == [ours]


def test_a_recorded_controller_revision_without_its_kind_is_still_one() -> None:
    mine = stateful_set()
    revision = controller_revision(mine, 2)
    del revision["kind"]
    assert objects.is_pod_of(pod(mine, labels={"controller-revision-hash": "hash2"}), mine, revision)


def test_an_init_container_that_restarts_always_is_a_sidecar() -> None:
    spec = {
        "initContainers": [{"name": "prepare"}, {"name": "proxy", "restartPolicy": "Always"}],
        "containers": [{"name": "app"}],
    }
    found = [(role, entry["name"]) for role, entry in objects.containers_of({"spec": spec})]
    assert found == [("init", "prepare"), ("sidecar", "proxy"), ("main", "app")]


def test_ready_means_ready_and_not_being_deleted() -> None:
    mine = deployment()
    assert objects.is_ready(pod(mine))
    assert not objects.is_ready(pod(mine, ready=False))
    assert not objects.is_ready(pod(mine, deletionTimestamp=ago(1)))
    assert not objects.is_ready({})
    assert objects.is_terminating(pod(mine, deletionTimestamp=ago(1)))
    assert not objects.is_terminating(pod(mine))


def test_desired_replicas_of_each_kind() -> None:
    assert objects.desired_replicas(deployment(replicas=4)) == 4
    assert objects.desired_replicas(deployment(replicas=0)) == 0
    assert objects.desired_replicas(deployment(replicas=None)) == 1
    assert objects.desired_replicas({"kind": "DaemonSet", "status": {"desiredNumberScheduled": 6}}) == 6
    assert objects.desired_replicas({"kind": "DaemonSet"}) == 0


def writer(manager: str, seconds: float, fields: t.Any, **more: t.Any) -> dict[str, t.Any]:
    return {"manager": manager, "time": ago(seconds), "fieldsV1": fields, **more}


def test_the_last_writer_of_the_template_is_neither_who_scaled_nor_who_wrote_the_status() -> None:
    wrote_template: dict[str, t.Any] = {"f:spec": {"f:template": {"f:spec": {}}}}
    fields = [
        writer("helm", 300, wrote_template),
        writer("kubectl-set", 200, wrote_template),
        writer("autoscaler", 100, {"f:spec": {"f:replicas": {}}}),
        writer("controller", 50, wrote_template, subresource="status"),
        {"manager": "timeless", "fieldsV1": wrote_template},
    ]
    found = {"metadata": {"managedFields": fields}}
    assert objects.last_writer_of_template(found) == ("kubectl-set", objects.parse_time(ago(200)))


def test_an_unknown_last_writer_is_said_to_be_unknown() -> None:
    assert objects.last_writer_of_template({}) == ("", None)


@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))])))
def test_every_time_that_is_written_is_read_back(moment: datetime) -> None:
    try:
        wanted: datetime | None = moment.astimezone(UTC)
    except OverflowError:
        wanted = None
    assert objects.parse_time(moment.isoformat()) == wanted
