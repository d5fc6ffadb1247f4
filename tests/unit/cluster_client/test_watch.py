# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Watches: events of one connection, and a set of them that survives what connections do."""

from __future__ import annotations

import json
import threading
import time
import typing as t

import pytest

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster import errors, watch
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.client import Client
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.connection import Connection
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.options import ConnectionOptions
from tests.unit.cluster_client.api_server import (
    ApiServer,
    Handler,
    answer,
    chunks,
    failure,
    kubeconfig,
    torn,
)
from tests.unit.cluster_client.conftest import Connect

PODS = "/api/v1/namespaces/production/pods"
SETS = "/apis/apps/v1/namespaces/production/replicasets"


def event(kind: str, version: str, name: str = "a") -> dict[str, t.Any]:
    return {"type": kind, "object": {"kind": "Pod", "metadata": {"name": name, "resourceVersion": version}}}


def error_event(code: int, reason: str) -> dict[str, t.Any]:
    status = {"kind": "Status", "apiVersion": "v1", "code": code, "reason": reason, "message": reason.lower()}
    return {"type": "ERROR", "object": status}


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "TROUBLE_PAUSE", 0.05)


@pytest.fixture
def hold() -> t.Iterator[threading.Event]:
    """Keeps streams open until the end of the test."""
    event = threading.Event()
    yield event
    event.set()


def versions(server: ApiServer, path: str = PODS) -> list[str]:
    return [seen.query["resourceVersion"] for seen in server.seen if seen.path == path]


class TestOneConnection:
    def test_events_come_as_they_are_sent(self, server: ApiServer, client: Client, hold: threading.Event) -> None:
        server.on_get(PODS, chunks(event("ADDED", "5"), event("BOOKMARK", "6"), hold=hold))
        stream = client.watch(PODS, {"labelSelector": "app=x"}, "4", timeout_seconds=30)
        events = iter(stream)
        first, second = next(events), next(events)
        assert (first.type, first.resource_version, first.path) == ("ADDED", "5", PODS)
        assert second.type == "BOOKMARK"
        assert server.seen[0].query == {
            "labelSelector": "app=x",
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": "4",
            "timeoutSeconds": "30",
        }
        assert [(call.verb, call.status) for call in client.calls] == [("watch", 200)]
        stream.close()

    def test_events_may_arrive_in_pieces_or_several_at_once(self, server: ApiServer, client: Client) -> None:
        pieces = (b'{"type": "ADDED", "obj', b'ect": {"metadata": {"resourceVersion": "5"}}}\n{"type": "DELETED",')
        server.on_get(PODS, chunks(*pieces, b' "object": {"metadata": {"resourceVersion": "6"}}}\n\n'))
        assert [(seen.type, seen.resource_version) for seen in client.watch(PODS, None, "4")] == [
            ("ADDED", "5"),
            ("DELETED", "6"),
        ]

    @pytest.mark.parametrize("in_stream", [True, False])
    def test_a_version_that_is_too_old(self, server: ApiServer, client: Client, in_stream: bool) -> None:
        gone = chunks(error_event(410, "Expired")) if in_stream else failure(410, "Expired", "too old resource version")
        server.on_get(PODS, gone)
        with pytest.raises(errors.GoneError) as caught:
            list(client.watch(PODS, None, "4"))
        assert caught.value.details["path"] == PODS

    def test_errors_are_those_of_other_calls(self, server: ApiServer, client: Client) -> None:
        server.on_get(PODS, chunks(error_event(500, "InternalError")))
        with pytest.raises(errors.ServerError):
            list(client.watch(PODS, None, "4"))
        refused = 'pods is forbidden: User "dev" cannot watch resource "pods" in API group ""'
        server.on_get(PODS, failure(403, "Forbidden", refused))
        with pytest.raises(errors.ForbiddenError, match=r'rule: - .*resources: \["pods"\], verbs: \["watch"\]'):
            client.watch(PODS, None, "4")
        server.on_get(PODS, chunks(b"<html>\n"))
        with pytest.raises(errors.ProtocolError):
            list(client.watch(PODS, None, "4"))

    def test_an_event_without_end_is_refused(
        self, server: ApiServer, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(watch, "EVENT_LIMIT", 100_000)
        server.on_get(PODS, chunks(*[b"x" * 65536] * 4))
        with pytest.raises(errors.ProtocolError, match="one event of more than 100000 bytes"):
            list(client.watch(PODS, None, "4"))

    def test_a_token_is_renewed_after_a_401(self, server: ApiServer, folder: t.Any) -> None:
        (folder / "token").write_text("old")
        content = kubeconfig(server.url, {"tokenFile": str(folder / "token")})
        client = Client(Connection.open(ConnectionOptions(kubeconfig=content)), user_agent="test")
        client.connection.headers()
        (folder / "token").write_text("new")
        server.on_get(PODS, failure(401, "Unauthorized", "Unauthorized"), chunks(event("ADDED", "5")))
        assert len(list(client.watch(PODS, None, "4"))) == 1
        assert server.seen[-1].headers["Authorization"] == "Bearer new"


class TestSet:
    def test_several_are_one_queue_without_bookmarks(
        self, server: ApiServer, client: Client, hold: threading.Event
    ) -> None:
        server.on_get(PODS, chunks(event("BOOKMARK", "5"), event("ADDED", "6"), hold=hold))
        server.on_get(SETS, chunks(event("MODIFIED", "7"), hold=hold))
        with watch.WatchSet(client) as watches:
            watches.follow(PODS, None, "4")
            watches.follow(SETS, None, "4")
            arrived = [watches.next(5), watches.next(5)]
            assert {(seen.type, seen.path) for seen in arrived if seen} == {("ADDED", PODS), ("MODIFIED", SETS)}
            assert watches.next(0.01) is None

    def test_it_resumes_from_the_last_version_seen_bookmarks_included(
        self, server: ApiServer, client: Client, hold: threading.Event
    ) -> None:
        def cut(handler: Handler) -> None:
            chunks(event("ADDED", "5"), event("BOOKMARK", "9"))(handler)
            handler.close_connection = True

        server.on_get(
            PODS,
            cut,
            torn,
            failure(429, "TooManyRequests", "wait"),
            failure(503, "ServiceUnavailable", "starting"),
            chunks(error_event(500, "InternalError")),
            chunks(event("MODIFIED", "10"), hold=hold),
        )
        with watch.WatchSet(client) as watches:
            watches.follow(PODS, None, "4")
            first, second = watches.next(5), watches.next(5)
        assert first is not None
        assert second is not None
        assert (first.resource_version, second.resource_version) == ("5", "10")
        assert versions(server) == ["4", "9", "9", "9", "9", "9"]

    def test_in_trouble_it_asks_at_most_once_a_pause(
        self, server: ApiServer, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(watch, "TROUBLE_PAUSE", 0.2)
        for trouble in (torn, failure(500, "InternalError", "etcd"), chunks()):
            server.seen.clear()
            server.on_get(PODS, trouble)
            with watch.WatchSet(client) as watches:
                watches.follow(PODS, None, "4")
                assert watches.next(0.9) is None
            assert 3 <= len(server.seen) <= 6

    def test_gone_is_for_the_caller_and_the_others_go_on(
        self, server: ApiServer, client: Client, hold: threading.Event
    ) -> None:
        server.on_get(PODS, chunks(error_event(410, "Expired")))
        with watch.WatchSet(client) as watches:
            watches.follow(PODS, None, "4")
            with pytest.raises(errors.GoneError) as caught:
                watches.next(5)
            assert caught.value.details["path"] == PODS
            server.on_get(SETS, chunks(event("MODIFIED", "7"), hold=hold))
            server.on_get(PODS, chunks(event("ADDED", "21"), hold=hold))
            watches.follow(SETS, None, "4")
            watches.follow(PODS, None, "20")
            assert {seen.path for seen in (watches.next(5), watches.next(5)) if seen} == {PODS, SETS}
        assert versions(server) == ["4", "20"]

    def test_a_lasting_trouble_is_told_in_the_end(self, server: ApiServer, client: Client) -> None:
        server.on_get(PODS, failure(500, "InternalError", "etcd is away"))
        with watch.WatchSet(client, patience=0.2) as watches:
            watches.follow(PODS, None, "4")
            with pytest.raises(errors.ServerError, match="etcd is away"):
                watches.next(5)
        assert len(server.seen) > 1

    def test_a_missing_right_is_told_at_once_but_not_after_a_restart(
        self, server: ApiServer, client: Client, hold: threading.Event
    ) -> None:
        refused = failure(403, "Forbidden", 'pods is forbidden: User "dev" cannot watch resource "pods"')
        server.on_get(PODS, refused)
        with watch.WatchSet(client) as watches:
            watches.follow(PODS, None, "4")
            with pytest.raises(errors.ForbiddenError):
                watches.next(5)
            server.on_get(PODS, torn, refused, chunks(event("ADDED", "5"), hold=hold))
            watches.follow(PODS, None, "4")
            assert watches.next(5) is not None

    def test_a_surprise_in_a_thread_reaches_the_caller(
        self, server: ApiServer, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(client, "watch", lambda *_arguments, **_options: 1 / 0)
        with watch.WatchSet(client) as watches:
            watches.follow(PODS, None, "4")
            with pytest.raises(errors.RescueError, match="ZeroDivisionError") as caught:
                watches.next(5)
        assert caught.value.reason == "internal_error"

    def test_closing_ends_waiting_reads_quickly(
        self, tls_server: ApiServer, server: ApiServer, connect: Connect, hold: threading.Event
    ) -> None:
        assert tls_server.certificates is not None
        secure = connect(host=tls_server.url, ca_cert=str(tls_server.certificates.authority))
        before = threading.active_count()
        for asked, client in ((tls_server, secure), (server, connect())):
            asked.on_get(PODS, chunks(event("ADDED", "5"), hold=hold))
            asked.on_get(SETS, chunks(event("ADDED", "5"), hold=hold))
            watches = watch.WatchSet(client)
            watches.follow(PODS, None, "4")
            watches.follow(SETS, None, "4")
            assert watches.next(5)
            assert watches.next(5)
            began = time.monotonic()
            watches.close()
            assert time.monotonic() - began < 0.4
            assert not any(thread.is_alive() for thread in watches._threads)
        assert threading.active_count() >= before

    def test_a_server_that_does_not_end_its_stream_is_left(self, server: ApiServer, connect: Connect) -> None:
        never = threading.Event()
        server.on_get(PODS, chunks(event("ADDED", "5"), hold=never), chunks(event("ADDED", "6"), hold=never))
        client = connect(call_timeout=0.2)
        with watch.WatchSet(client, stream_seconds=1) as watches:
            watches.follow(PODS, None, "4")
            first, second = watches.next(5), watches.next(5)
        never.set()
        assert first is not None
        assert second is not None
        assert second.resource_version == "6"

    def test_old_trouble_does_not_count_after_a_quiet_stream(
        self, server: ApiServer, client: Client, hold: threading.Event
    ) -> None:
        def quiet(handler: Handler) -> None:
            ending = threading.Event()
            threading.Timer(0.3, ending.set).start()
            chunks(hold=ending)(handler)

        server.on_get(PODS, torn, quiet, torn, chunks(event("ADDED", "5"), hold=hold))
        with watch.WatchSet(client, patience=0.25) as watches:
            watches.follow(PODS, None, "4")
            assert watches.next(5) is not None

    def test_a_server_that_announces_to_close_is_watched_too(
        self, server: ApiServer, connect: Connect, hold: threading.Event
    ) -> None:
        def closing(*events: dict[str, t.Any]) -> t.Callable[[Handler], None]:
            def reply(handler: Handler) -> None:
                handler.send_response(200)
                handler.send_header("Connection", "close")
                handler.end_headers()
                for sent in events:
                    handler.wfile.write(json.dumps(sent).encode() + b"\n")
                hold.wait(20)

            return reply

        server.on_get(PODS, closing(event("ADDED", "5")), closing(), closing(event("ADDED", "6")))
        # Quiet for longer than the patience: silence is no trouble.
        with watch.WatchSet(connect(call_timeout=0.3), patience=0.2) as watches:
            watches.follow(PODS, None, "4")
            first, second = watches.next(5), watches.next(5)
            began = time.monotonic()
        assert time.monotonic() - began < 0.4
        assert (first and first.resource_version, second and second.resource_version) == ("5", "6")

    def test_a_watch_stays_within_the_deadline(self, server: ApiServer, connect: Connect) -> None:
        from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.deadline import Deadline

        server.on_get(PODS, answer(200, ""))
        list(connect(deadline=Deadline(7)).watch(PODS, None, "4", timeout_seconds=600))
        assert 1 <= int(server.seen[0].query["timeoutSeconds"]) <= 7


class TestTroubleOfAll:
    """Four watches of one target meet the same trouble: together they ask as one."""

    PATHS = (PODS, SETS, "/api/v1/namespaces/production/events", "/apis/apps/v1/namespaces/production/deployments")

    def test_together_they_ask_once_a_pause(
        self, server: ApiServer, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(watch, "TROUBLE_PAUSE", 0.2)
        for path in self.PATHS:
            server.on_get(path, torn)
        with watch.WatchSet(client) as watches:
            for path in self.PATHS:
                watches.follow(path, None, "4")
            assert watches.next(1.1) is None
        # four begin; after that one a pause
        assert 4 + 3 <= len(server.seen) <= 4 + 7

    def test_watches_that_are_closed_at_once_do_not_free_each_other(
        self, server: ApiServer, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(watch, "TROUBLE_PAUSE", 0.2)
        for path in self.PATHS:
            server.on_get(path, chunks())
        with watch.WatchSet(client) as watches:
            for path in self.PATHS:
                watches.follow(path, None, "4")
            assert watches.next(1.1) is None
        assert 4 + 3 <= len(server.seen) <= 4 + 7

    def test_the_first_that_is_served_frees_the_others(
        self, server: ApiServer, client: Client, monkeypatch: pytest.MonkeyPatch, hold: threading.Event
    ) -> None:
        monkeypatch.setattr(watch, "TROUBLE_PAUSE", 1.0)
        for path in self.PATHS:
            server.on_get(path, torn, chunks(event("ADDED", "5"), hold=hold))
        began = time.monotonic()
        with watch.WatchSet(client) as watches:
            for path in self.PATHS:
                watches.follow(path, None, "4")
            assert {seen.path for _path in self.PATHS if (seen := watches.next(5))} == set(self.PATHS)
        assert time.monotonic() - began < 2.0, "four turns of a second each"

    def test_a_server_that_asks_to_wait_is_left_alone(
        self, server: ApiServer, client: Client, hold: threading.Event
    ) -> None:
        busy = failure(429, "TooManyRequests", "wait", {"Retry-After": "1"})
        server.on_get(PODS, busy, chunks(event("ADDED", "5"), hold=hold))
        began = time.monotonic()
        with watch.WatchSet(client) as watches:
            watches.follow(PODS, None, "4")
            assert watches.next(5) is not None
        assert 1.0 <= time.monotonic() - began < 2.0

    def test_an_api_server_that_has_just_started_may_not_know_us(
        self, server: ApiServer, client: Client, hold: threading.Event
    ) -> None:
        unknown = failure(401, "Unauthorized", "Unauthorized")
        server.on_get(PODS, torn, unknown, chunks(event("ADDED", "5"), hold=hold))
        with watch.WatchSet(client) as watches:
            watches.follow(PODS, None, "4")
            assert watches.next(5) is not None
            server.on_get(SETS, unknown)
            watches.follow(SETS, None, "4")
            with pytest.raises(errors.UnauthorizedError):
                watches.next(5)


def test_bytes_that_are_no_text_are_replaced(server: ApiServer, client: Client) -> None:
    line = b'{"type": "ADDED", "object": {"metadata": {"resourceVersion": "5"}, "message": "caf\xe9"}}\n'
    server.on_get(PODS, chunks(line))
    (found,) = client.watch(PODS, None, "4")
    assert found.object["message"] == "caf\ufffd"


@pytest.mark.parametrize("odd", [b"[]", b'{"type": "ADDED", "object": 1}', b'{"type": "ERROR", "object": null}'])
def test_an_event_that_is_none_is_refused(server: ApiServer, client: Client, odd: bytes) -> None:
    server.on_get(PODS, chunks(odd + b"\n"))
    with pytest.raises(errors.ProtocolError):
        list(client.watch(PODS, None, "4"))
