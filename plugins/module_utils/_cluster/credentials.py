# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection, may change at any time.

Ways to say who we are: a token, a token file, a login command (exec plugin), a password, an old auth-provider.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import os
import subprocess
import threading
import typing as t

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.errors import (
    CredentialError,
    LibraryMissingError,
    one_line,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.kubeconfig import missing_library

LOGIN_TIMEOUT = 60.0


class Credential:
    """Base of all. `description` fits into "does not accept the credentials (...)"."""

    description = ""
    # PEM texts of a client certificate and its key, where the credential is one.
    certificate: tuple[str, str] | None = None

    def headers(self) -> dict[str, str]:
        """Authorization headers for the next request. Raises CredentialError."""
        return {}

    def refresh(self) -> bool:
        """After a 401: fetch anew; True when that gave something else than what was refused."""
        return False


class NoCredential(Credential):
    """Nothing to put into a request; the connection may have a client certificate."""

    description = "none given"


class Token(Credential):
    """A bearer token that never changes."""

    def __init__(self, token: str, description: str) -> None:
        self._token = token
        self.description = description

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"}


class Password(Credential):
    """HTTP basic authentication."""

    def __init__(self, username: str, password: str, description: str) -> None:
        encoded = base64.b64encode(f"{username}:{password}".encode()).decode()
        self._value = f"Basic {encoded}"
        self.description = description

    def headers(self) -> dict[str, str]:
        return {"Authorization": self._value}


class TokenFile(Credential):
    """A token in a file that somebody renews: service account tokens live an hour."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._token: str | None = None
        self.description = f"token file {path}"

    def headers(self) -> dict[str, str]:
        if self._token is None:
            self._token = self._read()
        return {"Authorization": f"Bearer {self._token}"}

    def refresh(self) -> bool:
        refused, self._token = self._token, self._read()
        return self._token != refused

    def _read(self) -> str:
        try:
            with open(self._path, encoding="utf-8") as file:
                token = file.read().strip()
        except (OSError, UnicodeDecodeError) as error:
            problem = getattr(error, "strerror", None) or "it is not text"
            raise CredentialError(
                f"The token file {self._path} cannot be read: {problem}.", details={"credential": self.description}
            ) from error
        if not token:
            raise CredentialError(
                f"The token file {self._path} is empty: log in again.", details={"credential": self.description}
            )
        return token


class LoginCommand(Credential):
    """An exec plugin: a command of the kubeconfig that prints a token or a client certificate."""

    def __init__(self, specification: dict[str, t.Any], folder: str, cluster: dict[str, t.Any]) -> None:
        self._specification = specification
        self._folder = folder
        self._cluster = cluster
        self._status: dict[str, t.Any] | None = None
        self._lock = threading.Lock()
        self._command = str(specification.get("command") or "")
        self.description = f'login command "{one_line(self._command, 100)}" of the kubeconfig'

    def prepare(self) -> None:
        """Run the command once, so that `certificate` is known before the first connection."""
        self._current()

    def headers(self) -> dict[str, str]:
        token = self._current().get("token")
        return {"Authorization": f"Bearer {token}"} if token else {}

    def refresh(self) -> bool:
        with self._lock:
            refused, self._status = self._status, self._run()
            return self._status != refused

    def _current(self) -> dict[str, t.Any]:
        with self._lock:
            if self._status is None or _expired(self._status.get("expirationTimestamp")):
                self._status = self._run()
            return self._status

    def _run(self) -> dict[str, t.Any]:
        specification = self._specification
        if specification.get("interactiveMode") == "Always":
            raise self._failed("it needs a terminal to ask you, and a module has none; log in beforehand")
        environment = dict(os.environ)
        for variable in specification.get("env") or []:
            environment[str(variable.get("name"))] = str(variable.get("value"))
        version = specification.get("apiVersion")
        request: dict[str, t.Any] = {"apiVersion": version, "kind": "ExecCredential", "spec": {"interactive": False}}
        if specification.get("provideClusterInfo"):
            request["spec"]["cluster"] = self._cluster
        environment["KUBERNETES_EXEC_INFO"] = json.dumps(request)
        command = self._command
        if os.sep in command and not os.path.isabs(command):
            command = os.path.join(self._folder, command)
        try:
            done = subprocess.run(
                [command, *(str(argument) for argument in specification.get("args") or [])],
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=LOGIN_TIMEOUT,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise self._failed(f"it did not end within {LOGIN_TIMEOUT:g} s") from error
        except (OSError, ValueError) as error:
            hint = one_line(specification.get("installHint") or "install it on the machine that runs the module", 300)
            problem = getattr(error, "strerror", None) or error
            raise self._failed(f"it cannot be started ({one_line(problem, 100)}); {hint}") from error
        if done.returncode != 0:
            lines = done.stderr.decode(errors="replace").strip().splitlines() or ["it said nothing"]
            raise self._failed(f"it ended with status {done.returncode}: {one_line(lines[-1], 200)}")
        try:
            status = json.loads(done.stdout)["status"]
            token, certificate, key = (status.get(name) for name in ("token", "clientCertificateData", "clientKeyData"))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise self._failed("what it printed is no ExecCredential") from error
        if not token and not (certificate and key):
            raise self._failed("it printed neither a token nor a client certificate")
        self.certificate = (str(certificate), str(key)) if certificate and key else None
        return t.cast(dict[str, t.Any], status)

    def _failed(self, problem: str) -> CredentialError:
        return CredentialError(
            f"No credentials from the {self.description}: {problem}.", details={"credential": self.description}
        )


class AuthProvider(Credential):
    """An auth-provider entry (OpenID Connect, Google): the one case left to the kubernetes library."""

    def __init__(self, user: dict[str, t.Any]) -> None:
        self._user = user
        self._authorization: str | None = None
        name = (user.get("auth-provider") or {}).get("name")
        self.description = f'auth-provider "{one_line(name, 50)}" of the kubeconfig'

    def headers(self) -> dict[str, str]:
        if self._authorization is None:
            self._authorization = self._load()
        return {"Authorization": self._authorization}

    def refresh(self) -> bool:
        refused, self._authorization = self._authorization, self._load()
        return self._authorization != refused

    def _load(self) -> str:
        try:
            from kubernetes.client import Configuration  # type: ignore[import-not-found, import-untyped, unused-ignore]
            from kubernetes.config.kube_config import (  # type: ignore[import-not-found, import-untyped, unused-ignore]
                KubeConfigLoader,
            )
        except ImportError as error:
            raise missing_library("kubernetes", error) from error
        document = {
            "current-context": "only",
            "contexts": [{"name": "only", "context": {"cluster": "only", "user": "only"}}],
            "clusters": [{"name": "only", "cluster": {"server": "https://localhost"}}],
            "users": [{"name": "only", "user": self._user}],
        }
        try:
            configuration = Configuration()
            KubeConfigLoader(document).load_and_set(configuration)
        except LibraryMissingError:
            raise
        except Exception as error:
            raise CredentialError(
                f"No credentials from the {self.description}: {one_line(error, 200)}.",
                details={"credential": self.description},
            ) from error
        # The key's name changed between versions of the library.
        keys: dict[str, str] = configuration.api_key
        authorization = keys.get("authorization") or keys.get("BearerToken")
        if not authorization:
            raise CredentialError(
                f"No credentials from the {self.description}: the kubernetes library found no valid token in it. "
                "Log in again.",
                details={"credential": self.description},
            )
        return authorization


def _expired(timestamp: t.Any) -> bool:
    if not timestamp:
        return False
    try:
        expiry = dt.datetime.fromisoformat(str(timestamp).replace("Z", "+00:00"))
    except ValueError:
        return False
    if expiry.tzinfo is None:
        expiry = expiry.replace(tzinfo=dt.timezone.utc)
    # Some seconds early: the request still has to travel.
    return expiry - dt.timedelta(seconds=10) <= dt.datetime.now(dt.timezone.utc)
