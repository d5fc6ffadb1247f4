from __future__ import annotations

import re
import signal
import socket
from collections.abc import Callable

import pytest

from demo.application import GOOD_TAG, release_source

from .conftest import DEMO, Process

ApiServer = Callable[[str], Process]
SAMPLE = re.compile(r'^[a-z_]+(\{[a-z]+="[^"]*"\})? [0-9.e+-]+$')


def sample(metrics: str, name: str) -> float:
    (line,) = [line for line in metrics.splitlines() if line.startswith(name + " ")]
    return float(line.rpartition(" ")[2])


def test_it_answers_users_and_operators(api_server: ApiServer) -> None:
    process = api_server(GOOD_TAG)
    assert process.json("/") == {"service": "api-server", "version": "2.0.0"}
    assert process.json("/health") == {"status": "ok", "version": "2.0.0"}
    assert process.json("/version") == {"version": "2.0.0"}
    assert process.get("/ready")[0] == 200
    assert process.get("/nowhere")[0] == 404


def test_metrics_count_users_only(api_server: ApiServer) -> None:
    process = api_server(GOOD_TAG)
    for path in ("/", "/", "/?page=2", "/nowhere", "/health", "/ready", "/version", "/metrics"):
        process.get(path)
    _, metrics = process.get("/metrics")
    assert sample(metrics, 'http_requests_total{status="200"}') == 3
    assert sample(metrics, 'http_requests_total{status="404"}') == 1
    assert sample(metrics, 'http_requests_total{status="500"}') == 0
    assert sample(metrics, "http_request_duration_seconds_count") == 4
    assert sample(metrics, 'http_request_duration_seconds_bucket{le="+Inf"}') == 4


def test_metrics_are_prometheus_text(api_server: ApiServer) -> None:
    process = api_server(GOOD_TAG)
    process.get("/")
    _, metrics = process.get("/metrics")
    assert metrics.endswith("\n")
    lines = metrics.splitlines()
    assert [line for line in lines if not line.startswith("# ") and not SAMPLE.match(line)] == []
    assert "# TYPE http_requests_total counter" in lines
    assert "# TYPE http_request_duration_seconds histogram" in lines
    buckets = [float(line.rpartition(" ")[2]) for line in lines if "_bucket{" in line]
    assert buckets == sorted(buckets)


def test_a_user_who_goes_away_is_counted(api_server: ApiServer) -> None:
    process = api_server("v2.4.0")
    with socket.create_connection(("127.0.0.1", process.port)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        # The answer to a second user shows that the first request was taken, long before it is answered.
        process.get("/health")
    process.get("/")
    assert sample(process.get("/metrics")[1], 'http_requests_total{status="499"}') == 1


def test_it_leaves_without_losing_a_request(api_server: ApiServer) -> None:
    process = api_server(GOOD_TAG)
    process.popen.send_signal(signal.SIGTERM)
    process.until("SIGTERM")
    assert process.get("/ready")[0] == 503
    assert process.get("/")[0] == 200
    assert process.get("/health")[0] == 200
    assert process.end()[0] == 0


def test_an_unknown_database_ends_it_as_node_does(start: Callable[..., Process]) -> None:
    process = start(DEMO / "api-server" / "server.js", DATABASE_HOST="database-new.invalid")
    code, output = process.end()
    assert code == 1
    assert "Fatal error: Database connection failed" in output
    assert re.search(r"^Error: getaddrinfo (ENOTFOUND|EAI_AGAIN) database-new\.invalid$", output, re.MULTILINE)


def test_a_database_that_refuses_ends_it(start: Callable[..., Process]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    process = start(DEMO / "api-server" / "server.js", DATABASE_HOST="127.0.0.1", DATABASE_PORT=str(port))
    code, output = process.end()
    assert code == 1
    assert f"Error: connect ECONNREFUSED 127.0.0.1:{port}" in output


def test_no_database_at_all_ends_it(start: Callable[..., Process]) -> None:
    code, output = start(DEMO / "api-server" / "server.js").end()
    assert code == 1
    assert "Error: DATABASE_HOST is not set" in output


def test_a_missing_package_ends_it(start: Callable[..., Process], database: int) -> None:
    with release_source("v2.2.0") as source:
        environment = {"DATABASE_HOST": "127.0.0.1", "DATABASE_PORT": str(database)}
        code, output = start(source / "server.js", **environment).end()
    assert code == 1
    assert "Error: Cannot find module 'lru-cache'" in output
    assert "code: 'MODULE_NOT_FOUND'" in output


def test_v2_3_0_fails_a_share_of_requests(api_server: ApiServer) -> None:
    process = api_server("v2.3.0")
    statuses = [process.get("/")[0] for _ in range(200)]
    # 30 % of 200 is 60; outside of 20 to 110 is out of reach of chance (more than six standard deviations).
    assert 20 < statuses.count(500) < 110
    assert statuses.count(200) + statuses.count(500) == 200
    assert sample(process.get("/metrics")[1], 'http_requests_total{status="500"}') == statuses.count(500)
    assert process.get("/health")[0] == 200


def test_v2_4_0_is_slow(api_server: ApiServer) -> None:
    process = api_server("v2.4.0")
    assert process.get("/")[0] == 200
    _, metrics = process.get("/metrics")
    assert sample(metrics, 'http_request_duration_seconds_bucket{le="0.5"}') == 0
    assert sample(metrics, "http_request_duration_seconds_sum") >= 0.6


@pytest.mark.parametrize("tag", ["v2.0.0", "v2.0.2", "v2.1.0"])
def test_good_releases_differ_by_their_version(api_server: ApiServer, tag: str) -> None:
    assert api_server(tag).json("/version") == {"version": tag[1:]}


def test_every_source_file_reaches_the_image() -> None:
    with release_source(GOOD_TAG) as source:
        copied = (source / "Dockerfile").read_text()
        names = {path.name for path in source.iterdir()}
    assert "COPY package.json *.js ./" in copied
    assert names == {"Dockerfile", "package.json", "server.js", "database.js", "metrics.js", "routes.js"}
