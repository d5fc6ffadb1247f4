from __future__ import annotations

import http.server
import json
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from demo.load import Counts, LoadGenerator

from .conftest import DEMO, Process

LOAD = DEMO / "load-generator" / "load.js"
Start = Callable[..., Process]


class Service(http.server.BaseHTTPRequestHandler):
    """Answers every third request with 503; remembers from which ports it was asked."""

    ports: list[int]

    def do_GET(self) -> None:
        self.ports.append(self.client_address[1])
        self.send_response(503 if len(self.ports) % 3 == 0 else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def service() -> Iterator[http.server.HTTPServer]:
    Service.ports = []
    with http.server.HTTPServer(("127.0.0.1", 0), Service) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def counts(process: Process) -> Counts:
    code, output = process.end()
    assert code == 0, output
    return Counts.parse(output.splitlines()[-1])


def test_it_asks_at_its_rate_and_ends_by_itself(start: Start, service: http.server.HTTPServer) -> None:
    target = f"http://127.0.0.1:{service.server_port}/"
    seen = counts(start(LOAD, TARGET=target, RATE="150", SECONDS="0.4", TIMEOUT_MILLISECONDS="10000", PORT="0"))
    assert seen.requests == 60
    assert len(Service.ports) == 60
    assert seen.failures == {"503": 20}
    assert seen.failed == 20
    assert seen.failing_seconds >= 1


def test_every_request_is_a_new_connection(start: Start, service: http.server.HTTPServer) -> None:
    target = f"http://127.0.0.1:{service.server_port}/"
    counts(start(LOAD, TARGET=target, RATE="75", SECONDS="0.4", TIMEOUT_MILLISECONDS="10000", PORT="0"))
    assert len(set(Service.ports)) == 30


def test_nobody_there_is_counted(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    target = f"http://127.0.0.1:{port}/"
    seen = counts(start(LOAD, TARGET=target, RATE="25", SECONDS="0.4", TIMEOUT_MILLISECONDS="10000", PORT="0"))
    assert seen.failures == {"ECONNREFUSED": 10}


def test_no_answer_in_time_is_counted(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        target = f"http://127.0.0.1:{server.getsockname()[1]}/"
        seen = counts(start(LOAD, TARGET=target, RATE="25", SECONDS="0.4", TIMEOUT_MILLISECONDS="200", PORT="0"))
    assert seen.failures == {"timeout": 10}
    assert seen.slowest_milliseconds >= 200


def test_its_counts_can_be_asked_while_it_asks(start: Start, service: http.server.HTTPServer) -> None:
    process = start(
        LOAD,
        TARGET=f"http://127.0.0.1:{service.server_port}/",
        RATE="100",
        SECONDS="60",
        TIMEOUT_MILLISECONDS="10000",
        PORT="0",
    )
    process.port = int(process.until(r"counts on (\d+)").group(1))
    seen = Counts(())
    while seen.requests < 20:
        seen = Counts.parse(process.get("/counts")[1])
    assert seen.failed > 0
    process.popen.terminate()
    assert counts(process).requests >= seen.requests


def test_counts_since_a_moment() -> None:
    document = {
        "seconds": [
            {"second": 100, "requests": 50, "failures": {"500": 2}, "slowest_milliseconds": 30},
            {"second": 101, "requests": 50, "failures": {}, "slowest_milliseconds": 20},
            {"second": 102, "requests": 40, "failures": {"500": 1, "timeout": 4}, "slowest_milliseconds": 2001},
        ]
    }
    seen = Counts.parse(json.dumps(document))
    assert (seen.requests, seen.failed, seen.failing_seconds) == (140, 7, 2)
    later = seen.since(101.9)
    assert (later.requests, later.failed, later.failures) == (90, 5, {"500": 1, "timeout": 4})
    assert seen.since(200).slowest_milliseconds == 0


def test_the_pod_is_started_anew_and_removed() -> None:
    calls: list[tuple[str, ...]] = []

    def kubectl(*arguments: str, input: str | None = None) -> str:
        calls.append((*arguments, input or ""))
        return '{"seconds": []}'

    with LoadGenerator(kubectl, "elsewhere", rate=7, seconds=30) as load:
        assert load.counts().requests == 0
    verbs = [call[2] if call[0] == "-n" else call[0] for call in calls]
    assert verbs == ["delete", "apply", "wait", "get", "delete"]
    manifest = calls[1][-1]
    assert "namespace: elsewhere" in manifest
    assert 'value: "7"' in manifest
    assert 'value: "30"' in manifest
