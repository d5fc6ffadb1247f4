# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests, answers, retries and limits of the client."""

from __future__ import annotations

import datetime as dt
import time
import typing as t

import pytest

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster import client as client_module
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster import errors
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.client import Client
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.deadline import Deadline
from tests.unit.cluster_client.api_server import ApiServer, Handler, answer, failure, torn
from tests.unit.cluster_client.conftest import Connect

PODS = "/api/v1/namespaces/production/pods"
POD = f"{PODS}/api-server"
GUARDED: list[dict[str, t.Any]] = [
    {"op": "test", "path": "/metadata/uid", "value": "u"},
    {"op": "replace", "path": "/spec", "value": {}},
]
BUSY = failure(429, "TooManyRequests", "too many requests, please try again later", {"Retry-After": "2"})
BROKEN = failure(500, "InternalError", "etcdserver: request timed out")


def test_get_returns_the_object_and_notes_the_call_and_the_clock(server: ApiServer, client: Client) -> None:
    server.on_get(POD, answer(200, {"kind": "Pod"}))
    assert client.get(POD, {"pretty": None}) == {"kind": "Pod"}
    (call,) = client.calls
    assert (call.verb, call.path, call.status) == ("get", POD, 200)
    assert client.server_clock is not None
    assert abs(client.server_clock - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=1)
    assert server.seen[0].headers["User-Agent"] == "rescue.kubernetes/test"
    assert server.seen[0].query == {}


def test_connections_are_reused(server: ApiServer, client: Client) -> None:
    server.on_get(POD, answer(200, {}))
    for _time in range(5):
        client.get(POD)
    assert server.connections == 1


def test_list_reads_all_pages_and_completes_the_items(server: ApiServer, client: Client) -> None:
    metadata = {"resourceVersion": "7", "continue": "more"}
    first = {"kind": "PodList", "apiVersion": "v1", "metadata": metadata, "items": [{"metadata": {"name": "a"}}]}
    last = {"kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": "7"}, "items": [{"metadata": {}}]}
    server.on_get(PODS, answer(200, first), answer(200, last))
    listing = client.list(PODS, {"labelSelector": "app=x,tier!=y"}, page_size=1)
    assert listing.resource_version == "7"
    assert [(item["kind"], item["apiVersion"]) for item in listing.items] == [("Pod", "v1")] * 2
    assert server.seen[0].query == {"limit": "1", "labelSelector": "app=x,tier!=y"}
    assert server.seen[1].query["continue"] == "more"


def test_list_starts_over_once_when_the_continue_token_expired(server: ApiServer, client: Client) -> None:
    page = {"kind": "PodList", "metadata": {"resourceVersion": "7", "continue": "old"}, "items": [{}]}
    whole = {"kind": "PodList", "metadata": {"resourceVersion": "9"}, "items": [{}, {}]}
    expired = failure(410, "Expired", "The provided continue parameter is too old")
    server.on_get(PODS, answer(200, page), expired, answer(200, whole))
    assert len(client.list(PODS).items) == 2
    server.on_get(PODS, answer(200, page), expired, answer(200, page), expired)
    with pytest.raises(errors.GoneError):
        client.list(PODS)


def test_list_of_metadata_asks_for_metadata_only(server: ApiServer, client: Client) -> None:
    server.on_get(PODS, answer(200, {"items": []}))
    client.list(PODS, metadata_only=True)
    assert "PartialObjectMetadataList" in server.seen[0].headers["Accept"]


def test_text_is_bounded_and_bad_bytes_are_replaced(server: ApiServer, client: Client) -> None:
    def log(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "10000000")
        handler.end_headers()
        handler.wfile.write(b"\xff" + b"x" * 9_999_999)

    server.on_get(f"{POD}/log", log)
    text = client.get_text(f"{POD}/log", {"tailLines": 5}, limit_bytes=1000)
    assert len(text) == 1000
    assert text.startswith("\ufffdx")


def test_writes_carry_the_field_manager_and_the_dry_run(server: ApiServer, client: Client) -> None:
    server.on("PATCH", POD, answer(200, {"a": 1}))
    server.on("POST", PODS, answer(201, {}))
    server.on("DELETE", POD, answer(200, {}))
    assert client.json_patch(POD, GUARDED) == {"a": 1}
    client.create(PODS, {"metadata": {"name": "x"}}, dry_run=True)
    client.delete(POD, body={"preconditions": {"uid": "u"}}, dry_run=True)
    patch, create, delete = server.seen
    assert patch.query == {"fieldManager": "rescue.kubernetes"}
    assert (patch.headers["Content-Type"], patch.body) == ("application/json-patch+json", GUARDED)
    assert create.query == {"fieldManager": "rescue.kubernetes", "dryRun": "All"}
    assert delete.query == {"dryRun": "All"}
    assert delete.body == {"preconditions": {"uid": "u"}}


@pytest.mark.parametrize("trouble", [BUSY, BROKEN, torn, answer(503, "upstream away"), answer(502, "bad gateway")])
def test_reads_are_repeated(server: ApiServer, client: Client, pauses: list[float], trouble: t.Any) -> None:
    server.on_get(POD, trouble, trouble, answer(200, {"kind": "Pod"}))
    assert client.get(POD) == {"kind": "Pod"}
    assert len(pauses) == 2


def test_the_wait_the_server_asks_for_is_honoured(server: ApiServer, client: Client, pauses: list[float]) -> None:
    server.on_get(POD, BUSY, answer(200, {}))
    client.get(POD)
    assert pauses == [2.0]


def test_a_server_that_asks_to_wait_too_long_is_an_error_at_once(
    server: ApiServer, client: Client, pauses: list[float]
) -> None:
    server.on_get(POD, failure(429, "TooManyRequests", "wait", {"Retry-After": "3600"}))
    with pytest.raises(errors.TooManyRequestsError, match="asks to wait"):
        client.get(POD)
    assert pauses == []


def test_a_guarded_patch_is_repeated_after_a_torn_connection(server: ApiServer, client: Client) -> None:
    server.on("PATCH", POD, torn, BROKEN, answer(200, {"kind": "Pod"}))
    assert client.json_patch(POD, GUARDED) == {"kind": "Pod"}


def test_what_is_not_safe_to_repeat_is_not_repeated(server: ApiServer, client: Client) -> None:
    server.on("POST", PODS, torn)
    server.on("PATCH", POD, torn)
    server.on("DELETE", POD, torn)
    writes: list[t.Callable[[], object]] = [
        lambda: client.create(PODS, {}),
        lambda: client.json_patch(POD, GUARDED[1:]),
        lambda: client.delete(POD),
    ]
    for write in writes:
        with pytest.raises(errors.OutcomeUnknownError, match="not known whether"):
            write()
    assert len(server.seen) == 3


def test_a_failed_write_that_may_have_happened_is_not_repeated(server: ApiServer, client: Client) -> None:
    server.on("POST", PODS, BROKEN)
    with pytest.raises(errors.ServerError):
        client.create(PODS, {})
    assert len(server.seen) == 1


def test_a_create_is_repeated_where_the_server_refused_it_or_the_caller_allows_it(
    server: ApiServer, client: Client
) -> None:
    server.on("POST", PODS, BUSY, answer(201, {}))
    client.create(PODS, {})
    server.on("POST", PODS, torn, answer(201, {}))
    client.create(PODS, {}, repeatable=True)
    assert len(server.seen) == 4


def test_a_role_not_read_yet_after_a_restart_is_waited_for(server: ApiServer, client: Client) -> None:
    refused = failure(403, "Forbidden", 'pods "x" is forbidden: User "u" cannot get resource "pods"')
    server.on_get(POD, torn, refused, answer(200, {}))
    assert client.get(POD) == {}
    server.on_get(POD, refused)
    with pytest.raises(errors.ForbiddenError):
        client.get(POD)


def test_retries_end(server: ApiServer, connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    client = connect()
    server.on_get(POD, answer(200, {}), BROKEN)
    client.get(POD)
    monkeypatch.setattr(client_module, "PATIENCE", 0.3)
    with pytest.raises(errors.ServerError, match="etcdserver: request timed out") as caught:
        client.get(POD)
    assert caught.value.status == 500
    assert server.count("GET", POD) == 2


def test_a_silent_server_is_given_up(server: ApiServer, connect: Connect) -> None:
    def silent(handler: Handler) -> None:
        handler.connection.recv(1)

    server.on_get(POD, silent)
    client = connect(call_timeout=0.2)
    began = time.monotonic()
    with pytest.raises(errors.CallTimeoutError, match=r"no answer within 0\.2 s.*call_timeout"):
        client.get(POD)
    assert time.monotonic() - began < 2


def test_a_dripping_server_is_given_up(server: ApiServer, connect: Connect) -> None:
    def drip(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        handler.connection.settimeout(0.05)
        for _byte in range(200):
            handler.wfile.write(b"x")
            try:
                handler.connection.recv(1)
            except TimeoutError:
                continue
            return

    server.on_get(POD, drip)
    began = time.monotonic()
    with pytest.raises(errors.CallTimeoutError):
        connect(call_timeout=0.3).get(POD)
    assert time.monotonic() - began < 2


def test_an_answer_cut_short_is_read_again(server: ApiServer, client: Client) -> None:
    def cut(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        handler.wfile.write(b'{"kind":')
        handler.close_connection = True

    server.on_get(POD, cut, answer(200, {"kind": "Pod"}))
    assert client.get(POD) == {"kind": "Pod"}


def test_the_deadline_ends_retries_and_says_what_stood_in_the_way(server: ApiServer, connect: Connect) -> None:
    now = [100.0]
    deadline = Deadline(5, clock=lambda: now[0])

    def late(handler: Handler) -> None:
        now[0] += 6
        BROKEN(handler)

    server.on_get(POD, late)
    with pytest.raises(errors.DeadlineExceededError, match=r"deadline of 5 s.*etcdserver") as caught:
        connect(deadline=deadline).get(POD)
    assert caught.value.details["last_error"]["reason"] == "server_error"
    with pytest.raises(errors.DeadlineExceededError, match="deadline of 5 s"):
        connect(deadline=deadline).get(POD)
    assert len(server.seen) == 1


def test_what_is_no_kubernetes_says_so(server: ApiServer, client: Client) -> None:
    server.on_get(POD, answer(200, "<html>Welcome\x1b[31m to the portal</html>"))
    with pytest.raises(errors.ProtocolError, match=r"is not a Kubernetes API.*Welcome") as caught:
        client.get(POD)
    assert "\x1b" not in caught.value.message
    server.on_get(POD, answer(302, "", {"Location": "https://login.example.com/"}))
    with pytest.raises(errors.ProtocolError, match=r"redirection to https://login\.example\.com/"):
        client.get(POD)
    server.on_get(POD, answer(200, [1, 2]))
    with pytest.raises(errors.ProtocolError):
        client.get(POD)


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/namespaces/x/services/http:a:80/proxy/../../../../../secrets/token",
        "/api/v1/namespaces/x/services/http:a:80/proxy/%2e%2e/%2E./secrets",
        "/api/v1/namespaces/x/services/http:a:80/proxy/%252e%252e/secrets",
        "/api/v1/namespaces/x/services/http:a:80/proxy/..\\..\\secrets",
        "/api/v1/pods/a\r\nX-Injected: 1",
    ],
)
def test_a_path_that_leads_elsewhere_is_never_sent(server: ApiServer, client: Client, path: str) -> None:
    with pytest.raises(errors.InvalidOptionError, match="is refused"):
        client.proxy(path)
    with pytest.raises(errors.InvalidOptionError, match="is refused"):
        client.get(path)
    assert server.seen == []


def test_impersonation_is_sent(server: ApiServer, connect: Connect) -> None:
    server.on_get(POD, answer(200, {}))
    connect(impersonate_user="eve", impersonate_groups=("auditors", "viewers")).get(POD)
    assert server.seen[0].headers["Impersonate-User"] == "eve"
    assert server.seen[0].headers.get_all("Impersonate-Group") == ["auditors", "viewers"]
