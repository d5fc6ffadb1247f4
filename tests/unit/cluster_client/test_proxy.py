# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asking applications through the API server: what is their answer, and what is none."""

from __future__ import annotations

import pytest

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster import errors, paths
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.client import Client
from tests.unit.cluster_client.api_server import ApiServer, answer, failure, torn
from tests.unit.cluster_client.conftest import Connect

HEALTH = paths.proxy_path("Service", "production", "api-server-service", 8080, "/health")


@pytest.mark.parametrize("status", [200, 302, 404, 500, 502, 503])
def test_an_answer_of_the_application_is_taken_as_it_is(server: ApiServer, client: Client, status: int) -> None:
    server.on_get(HEALTH, answer(status, "said the application", {"X-Version": "2"}))
    answered = client.proxy(HEALTH, headers={"X-Asked-By": "us"})
    assert (answered.status, answered.body, answered.asked) == (status, "said the application", True)
    assert answered.headers["X-Version"] == "2"
    assert server.seen[0].headers["X-Asked-By"] == "us"
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("code", "reason", "said", "problem"),
    [
        (503, "ServiceUnavailable", "no endpoints available for service", "no endpoints available"),
        (502, "ServiceUnavailable", "error trying to reach service: connection refused", "error trying to reach"),
        (404, "NotFound", 'services "api-server-service" not found', "not found"),
        (429, "TooManyRequests", "slow down", "slow down"),
        (401, "Unauthorized", "Unauthorized", "does not accept the credentials"),
        (
            403,
            "Forbidden",
            (
                'services "http:api-server-service:8080" is forbidden: User "dev" cannot get resource "services/proxy" '
                'in API group "" in the namespace "production"'
            ),
            '- {apiGroups: [""], resources: ["services/proxy"], verbs: ["get"]}',
        ),
    ],
)
def test_an_answer_of_the_api_server_says_nothing_of_the_application(
    server: ApiServer, client: Client, code: int, reason: str, said: str, problem: str
) -> None:
    server.on_get(HEALTH, failure(code, reason, said))
    answered = client.proxy(HEALTH)
    assert answered.asked is False
    assert problem in (answered.problem or "")


def test_a_broken_way_says_nothing_of_the_application_either(server: ApiServer, client: Client) -> None:
    server.on_get(HEALTH, torn)
    answered = client.proxy(HEALTH)
    assert (answered.asked, answered.status) == (False, 0)
    assert "cannot be reached" in (answered.problem or "")


def test_the_body_is_bounded(server: ApiServer, client: Client) -> None:
    server.on_get(HEALTH, answer(200, "x" * 100_000))
    assert len(client.proxy(HEALTH, limit_bytes=1000).body) == 1000


def test_our_own_identity_is_not_for_the_user_to_set(server: ApiServer, connect: Connect) -> None:
    for name in ("Authorization", "impersonate-user", "Host"):
        with pytest.raises(errors.InvalidOptionError, match="cannot be sent through the API server"):
            connect().proxy(HEALTH, headers={name: "x"})
    assert server.seen == []
