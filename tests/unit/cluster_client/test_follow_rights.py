# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a follower does where something may not be listed."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster import errors
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.client import Client
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.follow import Follower
from tests.unit.cluster_client.api_server import ApiServer, answer, failure

WORKLOAD: dict[str, t.Any] = {
    "kind": "Deployment",
    "metadata": {"name": "web", "namespace": "shop", "uid": "1", "resourceVersion": "5"},
    "spec": {"selector": {"matchLabels": {"app": "web"}}},
}
LISTS = {
    "replicasets": "/apis/apps/v1/namespaces/shop/replicasets",
    "pods": "/api/v1/namespaces/shop/pods",
    "events": "/api/v1/namespaces/shop/events",
}


def refuse(server: ApiServer, *resources: str) -> None:
    pod = {"metadata": {"name": "web-1", "namespace": "shop", "uid": "2"}}
    for resource, path in LISTS.items():
        items = [pod] if resource == "pods" else []
        server.on_get(path, answer(200, {"kind": "List", "metadata": {"resourceVersion": "9"}, "items": items}))
    for resource in resources:
        message = f'{resource} is forbidden: User "dev" cannot list resource "{resource}"'
        server.on_get(LISTS[resource], failure(403, "Forbidden", message))


@pytest.mark.parametrize("resources", [("events",), ("replicasets",), ("replicasets", "pods", "events")])
def test_what_may_not_be_listed_is_named_and_the_rest_is_there(
    resources: tuple[str, ...], server: ApiServer, client: Client
) -> None:
    refuse(server, *resources)
    follower = Follower(client, WORKLOAD, tolerant=True)
    assert len(follower.unseen) == len(resources)
    for resource, sentence in zip(resources, follower.unseen, strict=True):
        assert resource in sentence
    assert len(follower.snapshot.pods) == ("pods" not in resources)


def test_who_does_not_ask_for_tolerance_gets_the_error(server: ApiServer, client: Client) -> None:
    refuse(server, "events")
    with pytest.raises(errors.ForbiddenError, match="events"):
        Follower(client, WORKLOAD)
