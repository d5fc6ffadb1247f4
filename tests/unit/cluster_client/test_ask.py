# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asking pods through the API server: few times, at once, and not at all without the right."""

from __future__ import annotations

import dataclasses

import pytest

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.ask import ANSWER_LIFE, Asker
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.client import Client
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.evidence import NOT_ASKED
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.questions import MetricsRequest, Question
from tests.unit.cluster_client.api_server import ApiServer, answer, failure, torn

PROXY = "/api/v1/namespaces/production/pods/http:web-1:{}/proxy/{}"
REFUSED = failure(
    503, "ServiceUnavailable", "error trying to reach service: dial tcp 10.0.0.1:8080: connection refused"
)
FORBIDDEN = failure(403, "Forbidden", 'pods "web-1" is forbidden: User "dev" cannot get resource "pods/proxy"')


class Clock:
    """Seconds that pass when the test says so."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def question(port: int, path: str = "/health") -> Question:
    return Question("web-1", "uid-1", "web", 0, "http", port, path, "it would decide")


def test_answers_and_silence_are_told_apart(server: ApiServer, client: Client) -> None:
    server.on_get(PROXY.format(3000, "health"), answer(200, "ok"))
    server.on_get(PROXY.format(8080, "health"), REFUSED)
    server.on_get(PROXY.format(9090, "health"), torn)
    server.on_get(PROXY.format(7070, "health"), answer(503, "busy"))
    asker = Asker(client)
    found = asker.answers("production", [question(3000), question(8080), question(9090), question(7070)])
    assert [entry.status for entry in found] == [200, 0, 0, 503]
    assert [entry.good for entry in found] == [True, False, False, False]
    assert "connection refused" in found[1].problem
    assert asker.unseen == []


def test_an_answer_is_remembered_for_a_moment_and_for_its_instance(server: ApiServer, client: Client) -> None:
    path = PROXY.format(3000, "health")
    server.on_get(path, answer(200, "ok"))
    clock = Clock()
    asker = Asker(client, clock)
    for _look in range(5):
        asker.answers("production", [question(3000)])
    assert server.count("GET", path) == 1
    asker.answers("production", [dataclasses.replace(question(3000), restarts=1)])
    assert server.count("GET", path) == 2
    clock.seconds = ANSWER_LIFE
    asker.answers("production", [question(3000)])
    assert server.count("GET", path) == 3


def test_without_the_right_nobody_is_asked_again_and_it_is_said_once(server: ApiServer, client: Client) -> None:
    for path in ("health", "metrics"):
        server.on_get(PROXY.format(3000, path), FORBIDDEN)
    clock = Clock()
    asker = Asker(client, clock)
    for _look in range(3):
        clock.seconds += 60
        assert asker.answers("production", [question(3000)]) == []
        assert asker.readings("production", [MetricsRequest("web-1", "uid-1", "hash", 3000, "/metrics")]) == []
    assert len(server.seen) == 1
    assert len(asker.unseen) == 1
    assert asker.unseen[0].startswith(NOT_ASKED)
    assert 'resources: ["pods/proxy"], verbs: ["get"]' in asker.unseen[0]


@pytest.mark.parametrize("path", ["/../../secrets/token", "/%2e%2e/%2e%2e/x", "/a\x00b", "/..%5c.."])
def test_a_path_that_leads_elsewhere_is_not_asked(server: ApiServer, client: Client, path: str) -> None:
    asker = Asker(client)
    assert asker.answers("production", [question(3000, path)]) == []
    assert asker.readings("production", [MetricsRequest("web-1", "uid-1", "hash", 3000, path)]) == []
    assert server.seen == []


def test_counts_of_pods_that_are_gone_are_kept(server: ApiServer, client: Client) -> None:
    counts = 'http_requests_total{status="200"} 90\nhttp_requests_total{status="500"} 10\n'
    server.on_get(PROXY.format(3000, "metrics"), answer(200, counts), failure(404, "NotFound", "gone"))
    asker = Asker(client)
    request = MetricsRequest("web-1", "uid-1", "hash", 3000, "/metrics")
    assert [(entry.requests, entry.errors) for entry in asker.readings("production", [request])] == [(100, 10)]
    assert [entry.revision for entry in asker.readings("production", [])] == ["hash"]


def test_what_is_no_count_is_none(server: ApiServer, client: Client) -> None:
    server.on_get(PROXY.format(3000, "metrics"), answer(200, "<html>"), answer(404, "none"))
    request = MetricsRequest("web-1", "uid-1", "hash", 3000, "/metrics")
    clock = Clock()
    asker = Asker(client, clock)
    assert asker.readings("production", [request]) == []
    clock.seconds = ANSWER_LIFE
    assert asker.readings("production", [request]) == []
