# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Following a workload: one list of each collection, then watches, and a fresh list where history is gone."""

from __future__ import annotations

import threading
import typing as t

import pytest

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.client import Client
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.follow import Follower
from tests.unit.cluster_client.api_server import ApiServer, answer, chunks, failure
from tests.unit.rollout.factory import deployment, pod, replica_set

MINE = deployment()
MINE["metadata"]["resourceVersion"] = "5"
NEW = replica_set(MINE, 2)
APPS, CORE = "/apis/apps/v1/namespaces/production", "/api/v1/namespaces/production"
SLICES = "/apis/discovery.k8s.io/v1/namespaces/production/endpointslices"
GONE = failure(410, "Expired", "too old resource version")


def listed(kind: str, *items: t.Any, version: str = "9") -> t.Any:
    return answer(200, {"kind": f"{kind}List", "metadata": {"resourceVersion": version}, "items": list(items)})


@pytest.fixture
def lists(server: ApiServer) -> t.Iterator[dict[str, list[t.Any]]]:
    """What each collection answers first; then its watch is silent until the end."""
    hold = threading.Event()
    prepared = {
        f"{APPS}/deployments": [],
        f"{APPS}/replicasets": [listed("ReplicaSet", NEW)],
        f"{CORE}/pods": [listed("Pod", pod(NEW))],
        f"{CORE}/events": [listed("Event")],
    }
    for path, replies in prepared.items():
        server.on_get(path, *replies, chunks(hold=hold))
    yield prepared
    hold.set()


def seen(server: ApiServer, path: str) -> list[str]:
    return ["watch" if "watch" in request.query else "list" for request in server.seen if request.path == path]


def test_each_collection_is_listed_once_and_then_watched(
    server: ApiServer, client: Client, lists: dict[str, list[t.Any]]
) -> None:
    with Follower(client, MINE) as follower:
        assert [entry["metadata"]["name"] for entry in follower.snapshot.new_pods] == ["pod-1"]
        assert not follower.changed(0.3)
        assert not follower.changed(0.1)
    assert seen(server, f"{CORE}/pods") == ["list", "watch"]
    assert seen(server, f"{APPS}/deployments") == ["watch"]
    assert len(server.seen) == 7


def test_history_that_is_gone_is_listed_anew(server: ApiServer, client: Client, lists: dict[str, list[t.Any]]) -> None:
    hold = threading.Event()
    later = pod(NEW, "later")
    server.on_get(f"{CORE}/pods", listed("Pod", pod(NEW)), GONE, listed("Pod", later, version="70"), chunks(hold=hold))
    with Follower(client, MINE) as follower:
        assert follower.changed(5)
        assert [entry["metadata"]["name"] for entry in follower.snapshot.new_pods] == ["later"]
        assert follower.snapshot.readiness_losses(later) == 0
        assert not follower.changed(0.3)
    hold.set()
    assert [request.query["resourceVersion"] for request in server.seen if request.path == f"{CORE}/pods"
            and "watch" in request.query] == ["9", "70"]  # fmt: skip


@pytest.mark.parametrize("left", [[], [{**MINE, "metadata": {**MINE["metadata"], "uid": "another"}}]])
def test_a_workload_that_was_made_anew_meanwhile_is_another(
    server: ApiServer, client: Client, lists: dict[str, list[t.Any]], left: list[t.Any]
) -> None:
    hold = threading.Event()
    server.on_get(f"{APPS}/deployments", GONE, listed("Deployment", *left), chunks(hold=hold))
    with Follower(client, MINE) as follower:
        assert follower.changed(5)
        assert follower.snapshot.workload_deleted
        assert follower.snapshot.workload == MINE
    hold.set()


def test_services_and_their_slices_are_read_where_they_are_asked_for(
    server: ApiServer, client: Client, lists: dict[str, list[t.Any]]
) -> None:
    hold = threading.Event()
    labels = MINE["spec"]["template"]["metadata"]["labels"]
    services = [
        {"metadata": {"name": "api", "uid": "1"}, "spec": {"selector": labels}},
        {"metadata": {"name": "other", "uid": "2"}, "spec": {"selector": {"app": "other"}}},
    ]
    server.on_get(f"{CORE}/services", listed("Service", *services))
    server.on_get(SLICES, listed("EndpointSlice", {"metadata": {"uid": "s"}}), chunks(hold=hold))
    with Follower(client, MINE, with_services=True) as follower:
        assert [service["metadata"]["name"] for service in follower.snapshot.services] == ["api"]
        assert len(follower.snapshot.slices) == 1
        assert not follower.changed(0.3)
    hold.set()
    (listing, watching) = [request.query for request in server.seen if request.path == SLICES]
    assert listing["labelSelector"] == watching["labelSelector"] == "kubernetes.io/service-name in (api)"
    assert seen(server, f"{CORE}/services") == ["list"]


def test_without_a_service_no_slice_is_asked_for(
    server: ApiServer, client: Client, lists: dict[str, list[t.Any]]
) -> None:
    server.on_get(f"{CORE}/services", listed("Service"))
    with Follower(client, MINE, with_services=True) as follower:
        assert follower.snapshot.services == []
    assert seen(server, SLICES) == []
