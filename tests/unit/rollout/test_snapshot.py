# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known from lists and watch events, and who belongs to whom."""

from __future__ import annotations

import copy
import typing as t

import pytest

from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.objects import name_of
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.snapshot import (
    Snapshot,
    label_selector,
    selecting_services,
)
from tests.unit.rollout.factory import deployment, pod, replica_set


@pytest.fixture
def snapshot() -> Snapshot:
    """A Deployment at revision 2 with an older revision and a pod of each."""
    mine = deployment()
    found = Snapshot(mine)
    new, old = replica_set(mine, 2), replica_set(mine, 1)
    found.replace("revision", [new, old])
    found.replace("pod", [pod(new, "new-1"), pod(old, "old-1")])
    return found


def event(uid: str, about: str) -> dict[str, t.Any]:
    return {"metadata": {"uid": uid}, "involvedObject": {"uid": about}}


def test_revisions_and_their_pods_are_told_apart(snapshot: Snapshot) -> None:
    assert name_of(snapshot.revision) == "api-server-hash2"
    assert [name_of(entry) for entry in snapshot.older_revisions] == ["api-server-hash1"]
    assert [name_of(entry) for entry in snapshot.new_pods] == ["new-1"]
    assert len(snapshot.pods) == 2


def test_a_list_takes_the_place_of_what_was_known(snapshot: Snapshot) -> None:
    snapshot.replace("pod", [pod(replica_set(snapshot.workload, 2), "new-2")])
    assert [name_of(entry) for entry in snapshot.pods] == ["new-2"]


def test_a_modified_object_takes_the_place_of_the_earlier_one(snapshot: Snapshot) -> None:
    changed = pod(replica_set(snapshot.workload, 2), "new-1", ready=False)
    snapshot.apply("pod", "MODIFIED", changed)
    assert snapshot.new_pods == [changed]


def test_a_deleted_pod_is_forgotten_and_an_unknown_one_does_not_matter(snapshot: Snapshot) -> None:
    snapshot.apply("pod", "DELETED", snapshot.new_pods[0])
    snapshot.apply("pod", "DELETED", pod(snapshot.workload, "never-seen"))
    assert snapshot.new_pods == []


def test_a_pod_of_the_same_name_with_another_uid_is_another_pod(snapshot: Snapshot) -> None:
    again = pod(replica_set(snapshot.workload, 2), "new-1", uid="another")
    snapshot.apply("pod", "ADDED", again)
    snapshot.apply("pod", "DELETED", pod(replica_set(snapshot.workload, 2), "new-1"))
    assert snapshot.new_pods == [again]


def test_a_revision_of_another_workload_is_not_taken(snapshot: Snapshot) -> None:
    other = copy.deepcopy(snapshot.workload)
    other["metadata"]["uid"] = "another"
    snapshot.apply("revision", "ADDED", replica_set(other, 7))
    assert len(snapshot.revisions) == 2


def test_the_workload_follows_its_events_and_its_end_is_remembered(snapshot: Snapshot) -> None:
    changed = deployment(image="app:1")
    snapshot.apply("workload", "MODIFIED", changed)
    assert snapshot.workload == changed
    assert name_of(snapshot.revision) == "api-server-hash1"
    assert not snapshot.workload_deleted
    snapshot.apply("workload", "DELETED", changed)
    assert snapshot.workload_deleted


def test_a_workload_of_another_uid_is_not_the_one_we_watch(snapshot: Snapshot) -> None:
    before = snapshot.workload
    again = deployment(image="app:1")
    again["metadata"]["uid"] = "created-again"
    snapshot.apply("workload", "ADDED", again)
    snapshot.apply("workload", "DELETED", again)
    assert snapshot.workload == before
    assert not snapshot.workload_deleted


def test_events_are_those_of_our_objects_by_uid(snapshot: Snapshot) -> None:
    about = ["uid-Deployment", "uid-hash1", "uid-new-1", "uid-of-a-namesake", ""]
    snapshot.replace("event", [event(f"event-{number}", uid) for number, uid in enumerate(about)])
    assert [entry["involvedObject"]["uid"] for entry in snapshot.events] == about[:3]


def test_events_of_the_pods_claims_count_too(snapshot: Snapshot) -> None:
    claimed = pod(snapshot.workload, "new-1")
    claimed["spec"]["volumes"] = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
    snapshot.replace("pod", [claimed])
    for name, kind in (("data", "PersistentVolumeClaim"), ("other", "PersistentVolumeClaim"), ("data", "ConfigMap")):
        about = {"kind": kind, "name": name, "uid": f"uid-{kind}-{name}"}
        snapshot.apply("event", "ADDED", {**event(f"event-{kind}-{name}", ""), "involvedObject": about})
    assert [entry["involvedObject"]["uid"] for entry in snapshot.events] == ["uid-PersistentVolumeClaim-data"]


def test_an_event_stays_true_when_the_api_server_drops_it(snapshot: Snapshot) -> None:
    snapshot.apply("event", "ADDED", event("event-1", "uid-new-1"))
    snapshot.apply("event", "DELETED", event("event-1", "uid-new-1"))
    assert len(snapshot.events) == 1


def test_a_selector_is_written_as_the_api_reads_it() -> None:
    expressions = [
        {"key": "tier", "operator": "In", "values": ["web", "api"]},
        {"key": "track", "operator": "NotIn", "values": ["canary"]},
        {"key": "team", "operator": "Exists"},
        {"key": "legacy", "operator": "DoesNotExist"},
    ]
    selector = {"matchLabels": {"b": "2", "a": "1"}, "matchExpressions": expressions}
    written = label_selector({"spec": {"selector": selector}})
    assert written == "a=1,b=2,tier in (web,api),track notin (canary),team,!legacy"
    assert label_selector({"spec": {"selector": {}}}) == ""


def service(name: str, selector: t.Any) -> dict[str, t.Any]:
    return {"metadata": {"name": name}, "spec": {"selector": selector}}


def test_services_that_select_the_template_by_name() -> None:
    mine = deployment()
    mine["spec"]["template"]["metadata"]["labels"] = {"app": "api-server", "tier": "web"}
    services = [
        service("wide", {"app": "api-server"}),
        service("narrow", {"app": "api-server", "tier": "web"}),
        service("other-value", {"app": "worker"}),
        service("asks-for-more", {"app": "api-server", "track": "stable"}),
        service("selects-nothing", {}),
        service("external", None),
    ]
    assert [name_of(entry) for entry in selecting_services(mine, services)] == ["narrow", "wide"]
