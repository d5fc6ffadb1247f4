# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers and clients for the tests of the registry client."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.rescue.kubernetes.plugins.module_utils._registry.client import Registry
from ansible_collections.rescue.kubernetes.plugins.module_utils._registry.credentials import Login
from ansible_collections.rescue.kubernetes.plugins.module_utils._registry.transport import Transport
from tests.unit.cluster_client import certificates
from tests.unit.cluster_client.api_server import ApiServer

Connect = t.Callable[..., Registry]


@pytest.fixture(scope="session")
def lab_certificates(tmp_path_factory: pytest.TempPathFactory) -> certificates.Certificates:
    return certificates.make(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def server() -> t.Iterator[ApiServer]:
    """A plain HTTP server."""
    started = ApiServer().start()
    yield started
    started.stop()


@pytest.fixture
def other_server() -> t.Iterator[ApiServer]:
    """Another one, for redirects and login services."""
    started = ApiServer().start()
    yield started
    started.stop()


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
def connect(pauses: list[float]) -> t.Iterator[Connect]:
    """A client of a server's address."""
    carriers = []

    def make(
        address: str,
        login: tuple[str, str] | None = None,
        *,
        timeout: float = 5.0,
        ca_cert: str | None = None,
        validate_certs: bool = True,
    ) -> Registry:
        carrier = Transport(ca_cert=ca_cert, validate_certs=validate_certs, user_agent="rescue.kubernetes/test")
        carriers.append(carrier)
        given = Login(*login, described="the login given") if login else None
        return Registry(address, carrier, given, timeout=timeout, sleep=pauses.append)

    yield make
    for carrier in carriers:
        carrier.close()
