# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection, may change at any time.

Connection options: named as kubernetes.core names them, with the same K8S_AUTH_* variables, so that credentials and
habits carry over.
"""

from __future__ import annotations

import os
import typing as t
from dataclasses import dataclass, field

from ansible.module_utils.errors import AnsibleFallbackNotFound

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.errors import InvalidOptionError

DEFAULT_CALL_TIMEOUT = 10.0


def from_environment(*names: str) -> str:
    """Argument fallback: the first of these variables that is set and not empty.

    Unlike Ansible's own env_fallback an empty variable counts as unset: AWX injects empty ones.
    """
    for name in names:
        if os.environ.get(name):
            return os.environ[name]
    raise AnsibleFallbackNotFound


def _fallback(*names: str) -> tuple[t.Any, list[str]]:
    return (from_environment, [f"K8S_AUTH_{name}" for name in names])


CONNECTION_ARGUMENT_SPEC: dict[str, t.Any] = {
    "kubeconfig": {"type": "raw", "fallback": _fallback("KUBECONFIG")},
    "context": {"type": "str", "fallback": _fallback("CONTEXT")},
    "host": {"type": "str", "fallback": _fallback("HOST")},
    "api_key": {"type": "str", "no_log": True, "fallback": _fallback("API_KEY")},
    "username": {"type": "str", "fallback": _fallback("USERNAME")},
    "password": {"type": "str", "no_log": True, "fallback": _fallback("PASSWORD")},
    "validate_certs": {
        "type": "bool",
        "aliases": ["verify_ssl"],
        "fallback": _fallback("VALIDATE_CERTS", "VERIFY_SSL"),
    },
    "ca_cert": {"type": "path", "aliases": ["ssl_ca_cert"], "fallback": _fallback("CA_CERT", "SSL_CA_CERT")},
    "client_cert": {"type": "path", "aliases": ["cert_file"], "fallback": _fallback("CLIENT_CERT", "CERT_FILE")},
    "client_key": {
        "type": "path",
        "no_log": False,
        "aliases": ["key_file"],
        "fallback": _fallback("CLIENT_KEY", "KEY_FILE"),
    },
    "proxy": {"type": "str", "fallback": _fallback("PROXY")},
    "no_proxy": {"type": "str", "fallback": _fallback("NO_PROXY")},
    "proxy_headers": {
        "type": "dict",
        "apply_defaults": True,
        "options": {
            "proxy_basic_auth": {
                "type": "str",
                "no_log": True,
                "fallback": _fallback("PROXY_HEADERS_PROXY_BASIC_AUTH"),
            },
            "basic_auth": {"type": "str", "no_log": True, "fallback": _fallback("PROXY_HEADERS_BASIC_AUTH")},
            "user_agent": {"type": "str", "fallback": _fallback("PROXY_HEADERS_USER_AGENT")},
        },
    },
    "impersonate_user": {"type": "str", "fallback": _fallback("IMPERSONATE_USER")},
    "impersonate_groups": {"type": "list", "elements": "str", "fallback": _fallback("IMPERSONATE_GROUPS")},
    "call_timeout": {"type": "float", "default": DEFAULT_CALL_TIMEOUT},
    "deadline": {"type": "float"},
}

CONNECTION_CONSTRAINTS: dict[str, t.Any] = {
    "required_together": [("username", "password")],
    "required_by": {"client_key": "client_cert"},
}

WORKLOAD_ARGUMENT_SPEC: dict[str, t.Any] = {
    "kind": {"type": "str", "default": "Deployment", "choices": ["Deployment", "StatefulSet", "DaemonSet"]},
    "name": {"type": "str", "required": True},
    "namespace": {"type": "str"},
}


@dataclass(frozen=True)
class ConnectionOptions:
    """How to reach a cluster. Empty values are None; times are in seconds; secrets stay out of repr()."""

    kubeconfig: str | list[str] | dict[str, t.Any] | None = field(default=None, repr=False)
    context: str | None = None
    host: str | None = None
    api_key: str | None = field(default=None, repr=False)
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    validate_certs: bool | None = None
    ca_cert: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    proxy: str | None = field(default=None, repr=False)
    no_proxy: str | None = None
    proxy_headers: t.Mapping[str, str] = field(default_factory=dict, repr=False)
    impersonate_user: str | None = None
    impersonate_groups: tuple[str, ...] = ()
    call_timeout: float = DEFAULT_CALL_TIMEOUT
    deadline: float | None = None

    @classmethod
    def from_params(cls, params: t.Mapping[str, t.Any]) -> ConnectionOptions:
        """Take the connection options out of a module's parameters. Raises InvalidOptionError.

        An empty answer of a survey arrives as an empty string and means unset.
        """

        def given(name: str) -> t.Any:
            value = params.get(name)
            return None if value in ("", [], {}) else value

        call_timeout = given("call_timeout")
        call_timeout = DEFAULT_CALL_TIMEOUT if call_timeout is None else float(call_timeout)
        deadline = float(given("deadline") or 0)
        if not 0 < call_timeout < float("inf"):
            raise InvalidOptionError(
                f"call_timeout is {call_timeout:g}: give the seconds that one request may take, more than 0.",
                details={"option": "call_timeout"},
            )
        if not 0 <= deadline < float("inf"):
            raise InvalidOptionError(
                f"deadline is {deadline:g}: give the seconds that the whole run may take, or 0 for no deadline.",
                details={"option": "deadline"},
            )
        groups = tuple(given("impersonate_groups") or ())
        if groups and not given("impersonate_user"):
            raise InvalidOptionError(
                "impersonate_groups needs impersonate_user: the API server knows groups of a user only.",
                details={"option": "impersonate_groups"},
            )
        return cls(
            kubeconfig=given("kubeconfig"),
            context=given("context"),
            host=given("host"),
            api_key=given("api_key"),
            username=given("username"),
            password=given("password"),
            validate_certs=given("validate_certs"),
            ca_cert=given("ca_cert"),
            client_cert=given("client_cert"),
            client_key=given("client_key"),
            proxy=given("proxy"),
            no_proxy=given("no_proxy"),
            proxy_headers={key: value for key, value in (given("proxy_headers") or {}).items() if value},
            impersonate_user=given("impersonate_user"),
            impersonate_groups=groups,
            call_timeout=call_timeout,
            deadline=deadline or None,
        )
