# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses, TLS and proxies on the way to an API server."""

from __future__ import annotations

import base64
import dataclasses
import socket
import threading
import time
import typing as t
from pathlib import Path

import pytest

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster import connection as connection_module
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster import errors, proxies
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.client import Client
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.connection import Connection
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.options import ConnectionOptions
from tests.unit.cluster_client import certificates
from tests.unit.cluster_client.api_server import ApiServer, Handler, answer, failure, kubeconfig, write_kubeconfig

PATH = "/api/v1/namespaces/production/pods/api-server"


def client_for(**options: t.Any) -> Client:
    given = ConnectionOptions(**{"call_timeout": 2.0, **options})
    return Client(Connection.open(given), user_agent="test", call_timeout=given.call_timeout)


def inline(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class TestAddress:
    def test_refused_is_retried_until_the_call_timeout(self, closed_port: int) -> None:
        began = time.monotonic()
        client = client_for(host=f"http://127.0.0.1:{closed_port}", call_timeout=0.6)
        with pytest.raises(errors.ServerUnreachableError) as caught:
            client.get(PATH)
        assert caught.value.message == (
            f"The API server http://127.0.0.1:{closed_port} cannot be reached: connection refused. Check that the "
            "cluster runs, that this machine can reach it (network, VPN, proxy) and that it is the cluster you mean "
            "(context=)."
        )
        assert time.monotonic() - began < 3

    def test_a_server_that_comes_up_meanwhile_is_reached(self, closed_port: int) -> None:
        client = client_for(host=f"http://127.0.0.1:{closed_port}")
        late = ApiServer()
        late.on_get(PATH, answer(200, {"kind": "Pod"}))

        def start(_pause: float) -> None:
            if late._server is None:
                late.start(closed_port)

        client._sleep = start
        assert client.get(PATH) == {"kind": "Pod"}
        late.stop()

    def test_a_name_that_does_not_resolve(self) -> None:
        with pytest.raises(errors.ServerUnreachableError, match="its name does not resolve"):
            client_for(host="http://cluster.invalid:6443", call_timeout=0.2).get(PATH)

    @pytest.mark.parametrize("address", ["cluster.example.com", "ftp://cluster", "https://", "https:///path"])
    def test_an_address_that_is_none(self, address: str) -> None:
        with pytest.raises(errors.InvalidOptionError, match=r"not an address of an API server: it must look like"):
            client_for(host=address)

    def test_a_password_in_the_address_is_not_shown(self, closed_port: int) -> None:
        client = client_for(host=f"http://user:hush@127.0.0.1:{closed_port}", call_timeout=0.2)
        with pytest.raises(errors.ServerUnreachableError) as caught:
            client.get(PATH)
        assert "hush" not in caught.value.message + str(caught.value.details)

    def test_a_password_in_the_address_is_sent_as_kubectl_sends_it(self, server: ApiServer) -> None:
        server.on_get(PATH, answer(200, {}))
        client_for(host=server.url.replace("http://", "http://user:p%40ss@")).get(PATH)
        assert server.seen[0].headers["Authorization"] == "Basic " + base64.b64encode(b"user:p@ss").decode()

    def test_host_alone_gets_no_credentials_of_a_kubeconfig(
        self, server: ApiServer, monkeypatch: pytest.MonkeyPatch, folder: Path
    ) -> None:
        path = write_kubeconfig(folder / "config", kubeconfig("http://other", {"token": "for-other"}))
        monkeypatch.setenv("KUBECONFIG", path)
        server.on_get(PATH, answer(200, {}))
        client_for(host=server.url).get(PATH)
        client_for(host=server.url, api_key="own").get(PATH)
        client_for(host=server.url, kubeconfig=path).get(PATH)
        client_for(host=server.url, api_key="own", context="none").get(PATH)
        sent = [seen.headers["Authorization"] for seen in server.seen]
        assert sent == [None, "Bearer own", "Bearer for-other", "Bearer own"]

    def test_in_a_pod_its_service_account_is_used(
        self, tls_server: ApiServer, monkeypatch: pytest.MonkeyPatch, folder: Path
    ) -> None:
        assert tls_server.certificates is not None
        for name, text in (("token", "from-pod"), ("namespace", "production\n")):
            (folder / name).write_text(text)
        (folder / "ca.crt").write_bytes(tls_server.certificates.authority.read_bytes())
        monkeypatch.setattr(connection_module, "SERVICE_ACCOUNT_FOLDER", str(folder))
        monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
        monkeypatch.setenv("KUBERNETES_SERVICE_PORT", str(tls_server.port))
        denied = failure(401, "Unauthorized", "Unauthorized")
        tls_server.on_get(PATH, answer(200, {}), denied, answer(200, {}))
        client = client_for()
        client.get(PATH)
        assert (client.default_namespace, client.connection.context) == ("production", None)
        (folder / "token").write_text("rotated")
        client.get(PATH)
        tokens = [seen.headers["Authorization"] for seen in tls_server.seen]
        assert tokens == ["Bearer from-pod", "Bearer from-pod", "Bearer rotated"]


class TestTls:
    def test_a_trusted_server_by_file_and_by_content(self, tls_server: ApiServer) -> None:
        # Also on Python 3.13, whose defaults refuse an authority without a key identifier.
        assert tls_server.certificates is not None
        authority = tls_server.certificates.authority
        tls_server.on_get(PATH, answer(200, {}))
        client_for(host=tls_server.url, ca_cert=str(authority)).get(PATH)
        content = kubeconfig(tls_server.url, **{"certificate-authority-data": inline(authority)})
        client = client_for(kubeconfig=content)
        client.get(PATH)
        assert client.warnings == []

    def test_one_that_is_not_trusted(self, tls_server: ApiServer) -> None:
        began = time.monotonic()
        with pytest.raises(errors.CertificateNotTrustedError) as caught:
            client_for(host=tls_server.url, call_timeout=30).get(PATH)
        assert f"The certificate of the API server {tls_server.url} is not trusted: unable to get local issuer" in (
            caught.value.message
        )
        assert "ca_cert=" in caught.value.message
        assert time.monotonic() - began < 5
        assert tls_server.seen == []

    def test_one_for_another_name(self, folder: Path) -> None:
        made = certificates.make(folder / "other", names=("kubernetes",), address="10.0.0.1")
        other = ApiServer(made).start()
        other.on_get(PATH, answer(200, {}))
        with pytest.raises(errors.CertificateNotTrustedError, match=r"not valid for '127\.0\.0\.1'"):
            client_for(host=other.url, ca_cert=str(made.authority)).get(PATH)
        cluster = {"certificate-authority": str(made.authority), "tls-server-name": "kubernetes"}
        client_for(kubeconfig=kubeconfig(other.url, **cluster)).get(PATH)
        other.stop()

    def test_not_verifying_is_possible_and_warned_of(self, tls_server: ApiServer, folder: Path) -> None:
        other_authority = certificates.make(folder / "other").authority
        tls_server.on_get(PATH, answer(200, {}))
        insecure = client_for(kubeconfig=kubeconfig(tls_server.url, **{"insecure-skip-tls-verify": True}))
        insecure.get(PATH)
        by_option = client_for(host=tls_server.url, validate_certs=False)
        by_option.get(PATH)
        for client in (insecure, by_option):
            assert ["is not verified" in warning for warning in client.warnings] == [True]
        content = kubeconfig(tls_server.url, **{"insecure-skip-tls-verify": True})
        with pytest.raises(errors.CertificateNotTrustedError):
            client_for(kubeconfig=content, validate_certs=True).get(PATH)
        # Naming an authority is asking for verification.
        with pytest.raises(errors.CertificateNotTrustedError):
            client_for(kubeconfig=content, ca_cert=str(other_authority)).get(PATH)

    def test_a_client_certificate_by_file_by_content_and_from_a_login_command(
        self, lab_certificates: certificates.Certificates, folder: Path
    ) -> None:
        asking = ApiServer(dataclasses.replace(lab_certificates, ask_client=True)).start()
        asking.on_get(PATH, answer(200, {}))
        trust = {"certificate-authority": str(lab_certificates.authority)}
        paths = {"client-certificate": str(lab_certificates.client), "client-key": str(lab_certificates.client_key)}
        contents = {
            "client-certificate-data": inline(lab_certificates.client),
            "client-key-data": inline(lab_certificates.client_key),
        }
        (folder / "login").write_text(
            "#!/usr/bin/env python3\n"
            "import json, pathlib\n"
            f"certificate = pathlib.Path({str(lab_certificates.client)!r}).read_text()\n"
            f"key = pathlib.Path({str(lab_certificates.client_key)!r}).read_text()\n"
            "status = {'clientCertificateData': certificate, 'clientKeyData': key}\n"
            "print(json.dumps({'kind': 'ExecCredential', 'status': status}))\n"
        )
        (folder / "login").chmod(0o755)
        for user in (paths, contents, {"exec": {"command": str(folder / "login"), "apiVersion": "v1"}}):
            client_for(kubeconfig=kubeconfig(asking.url, user, **trust)).get(PATH)
        client_for(
            host=asking.url,
            ca_cert=str(lab_certificates.authority),
            client_cert=str(lab_certificates.client),
            client_key=str(lab_certificates.client_key),
        ).get(PATH)
        with pytest.raises(errors.RescueError):
            client_for(kubeconfig=kubeconfig(asking.url, **trust), call_timeout=0.3).get(PATH)
        asking.stop()

    def test_no_private_key_stays_behind(
        self, lab_certificates: certificates.Certificates, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("tempfile.tempdir", str(folder))
        user = {
            "client-certificate-data": inline(lab_certificates.client),
            "client-key-data": inline(lab_certificates.client_key),
        }
        Connection.open(ConnectionOptions(kubeconfig=kubeconfig("https://127.0.0.1", user)))
        assert list(folder.iterdir()) == []

    @pytest.mark.parametrize("option", ["ca_cert", "client_cert"])
    def test_a_file_that_is_no_certificate(self, folder: Path, option: str) -> None:
        (folder / "nonsense").write_text("nonsense")
        for path, problem in ((folder / "missing", "No such file"), (folder / "nonsense", "PEM file")):
            with pytest.raises(errors.InvalidOptionError, match=f"{path} cannot be used: .*{problem}") as caught:
                client_for(host="https://127.0.0.1", **{option: str(path)})
            assert caught.value.details == {"option": option}

    def test_plain_http_where_tls_was_expected(self, server: ApiServer) -> None:
        with pytest.raises(errors.ServerUnreachableError, match="does not speak TLS"):
            client_for(host=server.url.replace("http:", "https:")).get(PATH)


class TestProxy:
    def test_requests_go_through_it(self, server: ApiServer, monkeypatch: pytest.MonkeyPatch) -> None:
        # To a proxy, plain HTTP asks for the whole address.
        server.on_get(PATH, answer(200, {"through": "proxy"}))
        proxy = server.url.replace("http://", "http://user:secret@")
        assert client_for(host="http://cluster.invalid", proxy=proxy).get(PATH) == {"through": "proxy"}
        assert server.seen[0].headers["Proxy-Authorization"] == "Basic dXNlcjpzZWNyZXQ="
        content = kubeconfig("http://cluster.invalid", **{"proxy-url": server.url})
        assert client_for(kubeconfig=content).get(PATH) == {"through": "proxy"}
        headers = {"proxy_basic_auth": "a:b", "user_agent": "lab"}
        client_for(host="http://cluster.invalid", proxy=server.url, proxy_headers=headers).get(PATH)
        assert server.seen[2].headers["Proxy-Authorization"] == "Basic YTpi"
        monkeypatch.setenv("HTTP_PROXY", server.url)
        assert client_for(host="http://cluster.invalid").get(PATH) == {"through": "proxy"}

    def test_tls_goes_through_a_tunnel(self, server: ApiServer, tls_server: ApiServer) -> None:
        assert tls_server.certificates is not None

        def tunnel(handler: Handler) -> None:
            handler.close_connection = True
            with socket.create_connection(("127.0.0.1", tls_server.port)) as onward:
                handler.send_response(200)
                handler.end_headers()
                back = threading.Thread(target=_pump, args=(onward, handler.connection), daemon=True)
                back.start()
                _pump(handler.connection, onward)

        server.on("CONNECT", "127.0.0.1:" + str(tls_server.port), tunnel)
        server.on("CONNECT", "", tunnel)
        tls_server.on_get(PATH, answer(200, {"kind": "Pod"}))
        authority = str(tls_server.certificates.authority)
        client = client_for(host=tls_server.url, ca_cert=authority, proxy=server.url)
        assert client.get(PATH) == {"kind": "Pod"}
        assert [seen.method for seen in server.seen] == ["CONNECT"]
        client.close()

    def test_one_that_refuses_or_is_not_there(self, server: ApiServer, closed_port: int) -> None:
        for proxy in (server.url, f"http://127.0.0.1:{closed_port}"):
            with pytest.raises(errors.ServerUnreachableError, match=r"through the proxy: .*Check proxy="):
                client_for(host="https://cluster.invalid", proxy=proxy, call_timeout=0.2).get(PATH)

    def test_one_that_is_no_address(self) -> None:
        with pytest.raises(errors.InvalidOptionError, match='The proxy "proxy" is not an address such as'):
            client_for(host="http://cluster", proxy="ftp://user:secret@proxy")

    def test_socks_without_its_library(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(__import__("sys").modules, "urllib3.contrib.socks", None)
        with pytest.raises(errors.LibraryMissingError, match="PySocks"):
            client_for(host="http://cluster", proxy="socks5://127.0.0.1:1080")

    @pytest.mark.parametrize(
        ("server", "no_proxy", "expected"),
        [
            ("https://api.example.com:6443", "example.com", True),
            ("https://api.example.com:6443", ".example.com", True),
            ("https://api.example.com:6443", "*.example.com", True),
            ("https://api.example.com:6443", "api.example.com:6443", True),
            ("https://api.example.com:6443", "api.example.com:443", False),
            ("https://badexample.com", "example.com", False),
            ("https://example.com", "example.com", True),
            ("https://10.1.2.3", "10.0.0.0/8", True),
            ("https://10.1.2.3", "10.1.2.3", True),
            ("https://11.1.2.3", "localhost, 10.0.0.0/8", False),
            ("https://[fd00::1]:6443", "fd00::/8", True),
            ("https://anything", "*", True),
            ("https://anything", " ,", False),
        ],
    )
    def test_exemptions(self, server: str, no_proxy: str, expected: bool) -> None:
        assert proxies.bypassed(server, no_proxy) is expected

    def test_an_exempted_server_is_asked_directly(self, server: ApiServer, monkeypatch: pytest.MonkeyPatch) -> None:
        server.on_get(PATH, answer(200, {}))
        client_for(host=server.url, proxy="http://proxy.invalid", no_proxy="127.0.0.0/8").get(PATH)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        client_for(host=server.url, proxy="http://proxy.invalid").get(PATH)

    @pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
    def test_the_environments_proxy_is_not_for_this_machine(
        self, server: ApiServer, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        server.on_get(PATH, answer(200, {}))
        monkeypatch.setenv("HTTP_PROXY", "http://proxy.invalid")
        client_for(host=server.url.replace("127.0.0.1", name)).get(PATH)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        return
