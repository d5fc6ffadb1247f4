# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers and clients for the tests of the client."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.client import Client
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.connection import Connection
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.deadline import Deadline
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.options import ConnectionOptions
from tests.unit.cluster_client import certificates
from tests.unit.cluster_client.api_server import ApiServer

Connect = t.Callable[..., Client]


@pytest.fixture
def server() -> t.Iterator[ApiServer]:
    """A plain HTTP server."""
    started = ApiServer().start()
    yield started
    started.stop()


@pytest.fixture(scope="session")
def lab_certificates(tmp_path_factory: pytest.TempPathFactory) -> certificates.Certificates:
    return certificates.make(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def tls_server(lab_certificates: certificates.Certificates) -> t.Iterator[ApiServer]:
    started = ApiServer(lab_certificates).start()
    yield started
    started.stop()


@pytest.fixture
def pauses() -> list[float]:
    """What the client would have slept; nothing sleeps in these tests."""
    return []


@pytest.fixture
def connect(server: ApiServer, pauses: list[float]) -> t.Iterator[Connect]:
    """A client of `server`, whose pauses are recorded instead of slept and never shortened by chance."""
    clients = []

    def make(deadline: Deadline | None = None, call_timeout: float = 5.0, **options: t.Any) -> Client:
        connection = Connection.open(ConnectionOptions(**{"host": server.url, **options}))
        client = Client(
            connection,
            user_agent="rescue.kubernetes/test",
            call_timeout=call_timeout,
            deadline=deadline,
            sleep=pauses.append,
            jitter=lambda _least, most: most,
        )
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def client(connect: Connect) -> Client:
    return connect()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path
