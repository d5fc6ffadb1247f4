# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Credentials: what is sent, what is renewed, and what is said when there are none."""

from __future__ import annotations

import base64
import datetime as dt
import json
import sys
import typing as t
from pathlib import Path

import pytest

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster import credentials, errors
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.client import Client
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.connection import Connection
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.options import ConnectionOptions
from tests.unit.cluster_client.api_server import ApiServer, answer, failure, kubeconfig

POD = "/api/v1/namespaces/production/pods/api-server"
DENIED = failure(401, "Unauthorized", "Unauthorized")


def connected(server: ApiServer, user: dict[str, t.Any]) -> Client:
    options = ConnectionOptions(kubeconfig=kubeconfig(server.url, user), call_timeout=2)
    return Client(Connection.open(options), user_agent="test", call_timeout=2)


def login_command(folder: Path, status: t.Any = None, code: str = "", **more: t.Any) -> dict[str, t.Any]:
    """An exec entry whose command prints a credential and counts how often it was run."""
    printed = json.dumps({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status})
    script = folder / "login.py"
    script.write_text(
        "import json, os, sys\n"
        f"open({str(folder / 'runs')!r}, 'a').write(os.environ['KUBERNETES_EXEC_INFO'] + '\\n')\n"
        f"count = len(open({str(folder / 'runs')!r}).readlines())\n"
        f"{code}\n"
        f"print({printed!r}.replace('COUNT', str(count)).replace('REGION', os.environ.get('REGION', '')))\n"
    )
    return {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": sys.executable,
            "args": [str(script)],
            **more,
        }
    }


def runs(folder: Path) -> list[dict[str, t.Any]]:
    return [json.loads(line) for line in (folder / "runs").read_text().splitlines()]


def sent(server: ApiServer) -> list[str | None]:
    return [seen.headers["Authorization"] for seen in server.seen]


def test_token_password_and_nothing(server: ApiServer) -> None:
    server.on_get(POD, answer(200, {}))
    connected(server, {"token": "abc"}).get(POD)
    connected(server, {"username": "u", "password": "p"}).get(POD)
    connected(server, {}).get(POD)
    assert sent(server) == ["Bearer abc", "Basic " + base64.b64encode(b"u:p").decode(), None]


def test_a_token_file_is_read_again_after_a_401(server: ApiServer, folder: Path) -> None:
    path = folder / "token"
    path.write_text("old\n")
    server.on_get(POD, answer(200, {}), DENIED, answer(200, {}))
    client = connected(server, {"tokenFile": str(path), "token": "older"})
    client.get(POD)
    path.write_text("new")
    client.get(POD)
    assert sent(server) == ["Bearer old", "Bearer old", "Bearer new"]


def test_a_token_that_did_not_change_is_not_tried_again(server: ApiServer, folder: Path) -> None:
    path = folder / "token"
    path.write_text("old")
    server.on_get(POD, DENIED)
    with pytest.raises(errors.UnauthorizedError, match=f"token file {path}"):
        connected(server, {"tokenFile": str(path)}).get(POD)
    assert len(server.seen) == 1


@pytest.mark.parametrize(("text", "problem"), [(None, "cannot be read: No such file"), ("\n", "is empty: log in")])
def test_a_token_file_that_gives_none(server: ApiServer, folder: Path, text: str | None, problem: str) -> None:
    if text is not None:
        (folder / "token").write_text(text)
    with pytest.raises(errors.CredentialError, match=problem):
        connected(server, {"tokenFile": str(folder / "token")}).get(POD)


def test_a_login_command_is_run_once_and_again_after_a_401(server: ApiServer, folder: Path) -> None:
    server.on_get(POD, answer(200, {}), answer(200, {}), DENIED, answer(200, {}))
    user = login_command(
        folder, {"token": "REGION-COUNT"}, env=[{"name": "REGION", "value": "north"}], provideClusterInfo=True
    )
    client = connected(server, user)
    for _time in range(3):
        client.get(POD)
    assert sent(server) == ["Bearer north-1"] * 3 + ["Bearer north-2"]
    assert runs(folder)[0]["spec"] == {"interactive": False, "cluster": {"server": server.url}}


def test_an_expired_credential_of_a_login_command_is_renewed_beforehand(server: ApiServer, folder: Path) -> None:
    server.on_get(POD, answer(200, {}))
    soon = (dt.datetime.now(dt.UTC) + dt.timedelta(seconds=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
    client = connected(server, login_command(folder, {"token": "COUNT", "expirationTimestamp": soon}))
    client.get(POD)
    assert len(runs(folder)) == 2


@pytest.mark.parametrize(
    ("specification", "problem"),
    [
        ({"command": "no-such-login", "installHint": "get it at example.com"}, "cannot be started.*get it at example"),
        ({"command": "no-such-login"}, "install it on the machine that runs the module"),
        ({"code": "print('expired session', file=sys.stderr); sys.exit(3)"}, "ended with status 3: expired session"),
        ({"code": "print('hello'); sys.exit(0)"}, "what it printed is no ExecCredential"),
        ({"status": {}}, "neither a token nor a client certificate"),
        ({"status": {"token": "x"}, "interactiveMode": "Always"}, "needs a terminal"),
    ],
)
def test_a_login_command_that_gives_none(
    server: ApiServer, folder: Path, specification: dict[str, t.Any], problem: str
) -> None:
    with pytest.raises(errors.CredentialError, match=f"No credentials from the login command.*{problem}"):
        connected(server, login_command(folder, **specification))


def test_a_login_command_that_never_ends(server: ApiServer, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "LOGIN_TIMEOUT", 0.2)
    with pytest.raises(errors.CredentialError, match=r"did not end within 0\.2 s"):
        connected(server, login_command(folder, code="import threading; threading.Event().wait(20)"))


def test_a_login_command_beside_the_kubeconfig(server: ApiServer, folder: Path) -> None:
    (folder / "login").write_text(
        '#!/bin/sh\necho \'{"apiVersion": "v1", "kind": "ExecCredential", "status": {"token": "near"}}\'\n'
    )
    (folder / "login").chmod(0o755)
    path = folder / "config"
    user = {"exec": {"apiVersion": "v1", "command": "./login"}}
    path.write_text(json.dumps(kubeconfig(server.url, user)))
    path.chmod(0o600)
    assert Connection.open(ConnectionOptions(kubeconfig=str(path))).headers() == [("Authorization", "Bearer near")]


def identity_token(expires: int) -> str:
    parts: tuple[dict[str, t.Any], ...] = ({"alg": "none"}, {"exp": expires}, {})
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)


def test_an_auth_provider_is_left_to_the_kubernetes_library(server: ApiServer) -> None:
    server.on_get(POD, answer(200, {}))
    # The library refuses tokens whose payload's padding would be odd; this expiry gives one that it takes.
    token = next(
        token for token in map(identity_token, range(9999999990, 9999999999)) if len(token.split(".")[1]) % 4 != 1
    )
    provider = {"name": "oidc", "config": {"id-token": token}}
    connected(server, {"auth-provider": provider}).get(POD)
    assert sent(server) == [f"Bearer {token}"]
    with pytest.raises(errors.CredentialError, match=r'auth-provider "oidc".*no valid token'):
        connected(server, {"auth-provider": {"name": "oidc", "config": {"id-token": "nonsense"}}}).get(POD)


def test_a_library_that_is_too_old_is_one_sentence(server: ApiServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("urllib3.HTTPResponse.read1")
    with pytest.raises(errors.LibraryMissingError, match=r'"urllib3 >= 2\.2" is missing .*\(there is '):
        connected(server, {})


def test_a_missing_library_is_one_sentence(server: ApiServer, monkeypatch: pytest.MonkeyPatch) -> None:
    def read_a_file() -> None:
        Connection.open(ConnectionOptions(kubeconfig="/dev/null"))

    def send() -> None:
        connected(server, {"auth-provider": {"name": "oidc"}}).get(POD)

    for library, attempt in (("yaml", read_a_file), ("urllib3", send), ("kubernetes.client", send)):
        with monkeypatch.context() as patched:
            patched.setitem(sys.modules, library, None)
            with pytest.raises(errors.LibraryMissingError) as caught:
                attempt()
        assert f"is missing for {sys.executable}" in caught.value.message
        assert f"{sys.executable} -m pip install 'urllib3>=2.2' kubernetes jmespath" in caught.value.message
