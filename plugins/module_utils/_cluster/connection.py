# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection, may change at any time.

From connection options to an open way to an API server: address, TLS, proxy, credentials.

Order of what is looked at, the first that is there wins: host with its own credentials; kubeconfig and context given
as options or K8S_AUTH_* variables; KUBECONFIG; the service account of the pod we run in; ~/.kube/config. Single
options given beside a kubeconfig override what it says.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
import socket
import ssl
import tempfile
import typing as t
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster import credentials, kubeconfig, proxies
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.errors import (
    InvalidOptionError,
    KubeconfigError,
    RescueError,
    one_line,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.options import ConnectionOptions

SERVICE_ACCOUNT_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount"
# Idle connections that are kept: one for requests and one for each watch are open at a time.
POOL_SIZE = 16


@dataclass
class _Target:
    """What the sources say, before TLS and sockets."""

    server: str
    credential: credentials.Credential
    namespace: str = "default"
    context: str | None = None
    verify: bool = True
    server_name: str | None = None
    authority: str | bytes | None = None  # path, or PEM content
    certificate: tuple[str | bytes, str | bytes] | None = None  # certificate and key: paths, or PEM contents
    proxy: str | None = None
    warnings: list[str] = field(default_factory=list)


@dataclass
class Connection:
    """An open way to an API server. `pool` is a urllib3 pool manager."""

    server: str
    pool: t.Any
    credential: credentials.Credential
    default_namespace: str
    context: str | None
    warnings: list[str]
    impersonation: list[tuple[str, str]]
    _tls: ssl.SSLContext | None = None

    @classmethod
    def open(cls, options: ConnectionOptions) -> Connection:
        """Read configuration and credentials; sends nothing yet. Raises RescueError."""
        try:
            import urllib3
        except ImportError as error:
            raise kubeconfig.missing_library("urllib3", error) from error
        if "read1" not in vars(urllib3.HTTPResponse):
            # Only that reads what has arrived without waiting for a full buffer: watches and drips need it.
            found = ImportError(f"there is {getattr(urllib3, '__version__', 'an older one')}")
            raise kubeconfig.missing_library("urllib3 >= 2.2", found)
        target = _overridden(_find(options), options)
        parts = urlsplit(target.server)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise InvalidOptionError(
                f'"{one_line(display_url(target.server), 200)}" is not an address of an API server: it must look like '
                "https://cluster.example.com:6443.",
                details={"option": "host"},
            )
        if parts.username and isinstance(target.credential, credentials.NoCredential):
            name, password = unquote(parts.username), unquote(parts.password or "")
            target.credential = credentials.Password(name, password, "password in the server's address")
        target.server = display_url(target.server).rstrip("/")
        if not target.verify and parts.scheme == "https":
            target.warnings.append(
                f"The certificate of {target.server} is not verified: whoever stands in between can "
                "read and change everything."
            )
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        tls = tls_context(target.authority, verify=target.verify) if parts.scheme == "https" else None
        if isinstance(target.credential, credentials.LoginCommand):
            target.credential.prepare()
        if tls is not None:
            _load_certificate(tls, target)
        arguments: dict[str, t.Any] = {"maxsize": POOL_SIZE, "socket_options": _socket_options()}
        if tls is not None:
            arguments.update(ssl_context=tls, cert_reqs=tls.verify_mode)
            if target.server_name:
                arguments["server_hostname"] = target.server_name
        pool = proxies.pool_manager(target.server, target.proxy, options.no_proxy, options.proxy_headers, arguments)
        impersonation = [("Impersonate-Group", group) for group in options.impersonate_groups]
        if options.impersonate_user:
            impersonation.insert(0, ("Impersonate-User", options.impersonate_user))
        return cls(
            server=target.server,
            pool=pool,
            credential=target.credential,
            default_namespace=target.namespace,
            context=target.context,
            warnings=target.warnings,
            impersonation=impersonation,
            _tls=tls,
        )

    def headers(self) -> list[tuple[str, str]]:
        """Headers that say who we are. Raises CredentialError."""
        return [*self.credential.headers().items(), *self.impersonation]

    def refresh(self) -> bool:
        """After a 401: fetch credentials anew; True when it is worth asking again. Raises CredentialError."""
        changed = self.credential.refresh()
        if changed and self.credential.certificate and self._tls is not None:
            _load_pair(self._tls, *(text.encode() for text in self.credential.certificate))
            self.pool.clear()
        return changed

    def describe(self) -> str:
        """Server and context as a person knows them."""
        return f'{self.server} (context "{one_line(self.context, 100)}")' if self.context else self.server

    def close(self) -> None:
        """Close idle connections."""
        self.pool.clear()


def display_url(url: str) -> str:
    """`url` without user name and password."""
    scheme, separator, rest = url.partition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}" if separator else url


def _find(options: ConnectionOptions) -> _Target:
    own_credentials = options.api_key or options.password or options.client_cert
    if options.host and not options.kubeconfig and not options.context:
        # Credentials of a kubeconfig nobody asked for are never sent to another server than its own.
        return _Target(server=options.host, credential=credentials.NoCredential())
    # As kubernetes.core does: an address with credentials needs no kubeconfig, even if a context is named.
    if options.host and own_credentials and not options.kubeconfig:
        return _Target(server=options.host, credential=credentials.NoCredential())
    if options.kubeconfig:
        return _from_kubeconfig(options.kubeconfig, options.context)
    paths, named = kubeconfig.default_paths()
    in_cluster = os.environ.get("KUBERNETES_SERVICE_HOST") and os.path.exists(f"{SERVICE_ACCOUNT_FOLDER}/token")
    if in_cluster and not named and not options.context:
        return _from_service_account()
    return _from_kubeconfig(paths, options.context)


def _from_service_account() -> _Target:
    host = os.environ["KUBERNETES_SERVICE_HOST"]
    host = f"[{host}]" if ":" in host else host
    namespace = "default"
    with contextlib.suppress(OSError), open(f"{SERVICE_ACCOUNT_FOLDER}/namespace", encoding="utf-8") as file:
        namespace = file.read().strip() or namespace
    return _Target(
        server=f"https://{host}:{os.environ.get('KUBERNETES_SERVICE_PORT') or '443'}",
        credential=credentials.TokenFile(f"{SERVICE_ACCOUNT_FOLDER}/token"),
        namespace=namespace,
        authority=f"{SERVICE_ACCOUNT_FOLDER}/ca.crt",
    )


def _from_kubeconfig(source: str | list[str] | dict[str, t.Any], context: str | None) -> _Target:
    chosen = kubeconfig.load_context(source, context)
    cluster, user = chosen.cluster, chosen.user
    target = _Target(
        server=str(cluster["server"]),
        credential=_credential(chosen),
        namespace=chosen.namespace or "default",
        context=chosen.name,
        verify=not cluster.get("insecure-skip-tls-verify"),
        server_name=cluster.get("tls-server-name"),
        authority=_content(cluster, "certificate-authority", chosen.cluster_folder, chosen.source),
        proxy=cluster.get("proxy-url"),
        warnings=chosen.warnings,
    )
    certificate = _content(user, "client-certificate", chosen.user_folder, chosen.source)
    key = _content(user, "client-key", chosen.user_folder, chosen.source)
    if certificate:
        target.certificate = (certificate, key or certificate)
        if isinstance(target.credential, credentials.NoCredential):
            target.credential.description = f'client certificate of user "{one_line(chosen.user_name, 100)}"'
    return target


def _credential(chosen: kubeconfig.KubeconfigContext) -> credentials.Credential:
    user = chosen.user
    owner = f'of user "{one_line(chosen.user_name, 100)}"'
    # A token file wins over a token beside it, as with kubectl: it is the one that is renewed.
    if user.get("tokenFile"):
        return credentials.TokenFile(os.path.join(chosen.user_folder, os.path.expanduser(str(user["tokenFile"]))))
    if user.get("token"):
        return credentials.Token(str(user["token"]), f"token {owner}")
    if isinstance(user.get("exec"), dict):
        return credentials.LoginCommand(user["exec"], chosen.user_folder, chosen.cluster)
    if user.get("username"):
        return credentials.Password(str(user["username"]), str(user.get("password") or ""), f"password {owner}")
    if isinstance(user.get("auth-provider"), dict):
        return credentials.AuthProvider(user)
    return credentials.NoCredential()


def _content(entry: dict[str, t.Any], key: str, folder: str, source: str) -> str | bytes | None:
    data = entry.get(f"{key}-data")
    if data:
        try:
            return base64.b64decode("".join(str(data).split()), validate=True)
        except (binascii.Error, ValueError) as error:
            raise KubeconfigError(
                f"The kubeconfig {source} cannot be used: {key}-data is not base64.", details={"paths": [source]}
            ) from error
    path = entry.get(key)
    return os.path.join(folder, os.path.expanduser(str(path))) if path else None


def _overridden(target: _Target, options: ConnectionOptions) -> _Target:
    if options.host:
        target.server = options.host
    if options.api_key:
        target.credential = credentials.Token(options.api_key, "api_key option")
    elif options.username and options.password:
        target.credential = credentials.Password(options.username, options.password, "username and password options")
    if options.ca_cert:
        target.authority, target.verify = options.ca_cert, True
    if options.validate_certs is not None:
        target.verify = options.validate_certs
    if options.client_cert:
        target.certificate = (options.client_cert, options.client_key or options.client_cert)
        if isinstance(target.credential, credentials.NoCredential):
            target.credential.description = f"client certificate {options.client_cert}"
    if options.proxy:
        target.proxy = options.proxy
    return target


def tls_context(authority: str | bytes | None, *, verify: bool) -> ssl.SSLContext:
    """A client's TLS settings. `authority`: path or PEM content, None for the system's. Raises InvalidOptionError."""
    # Not ssl.create_default_context: from Python 3.13 on it refuses certificate authorities without a key identifier,
    # which kubectl accepts and which many clusters have.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    try:
        if authority is None:
            context.load_default_certs()
        elif isinstance(authority, bytes):
            context.load_verify_locations(cadata=authority.decode("ascii", errors="ignore"))
        else:
            context.load_verify_locations(cafile=authority)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError, UnicodeDecodeError a ValueError
        place = authority if isinstance(authority, str) else "in the kubeconfig"
        raise _bad_file("certificate authority", place, error, "ca_cert") from error
    return context


def _load_certificate(context: ssl.SSLContext, target: _Target) -> None:
    pair: tuple[str | bytes, str | bytes] | None = target.certificate
    if target.credential.certificate:
        certificate, key = target.credential.certificate
        pair = (certificate.encode(), key.encode())
    if pair:
        _load_pair(context, *pair)


def _load_pair(context: ssl.SSLContext, certificate: str | bytes, key: str | bytes) -> None:
    def no_prompt() -> str:
        # Without this OpenSSL asks on the terminal for the passphrase of an encrypted key.
        return ""

    place = certificate if isinstance(certificate, str) else "in the kubeconfig"
    try:
        # The ssl module reads files only; contents are there for a moment, readable by us alone.
        with _as_file(certificate) as certificate_file, _as_file(key) as key_file:
            context.load_cert_chain(certificate_file, key_file, password=no_prompt)
    except (OSError, ValueError) as error:
        raise _bad_file("client certificate or key", place, error, "client_cert") from error


@contextlib.contextmanager
def _as_file(content: str | bytes) -> t.Iterator[str]:
    if isinstance(content, str):
        yield content
        return
    with tempfile.NamedTemporaryFile(prefix="rescue-kubernetes-") as file:
        file.write(content)
        file.flush()
        yield file.name


def _bad_file(what: str, place: str, error: Exception, option: str) -> RescueError:
    problem = error.strerror if isinstance(error, OSError) and error.strerror else error
    return InvalidOptionError(
        f"The {what} {one_line(place, 200)} cannot be used: {one_line(problem, 200)}. It must be a readable PEM file.",
        details={"option": option},
    )


def _socket_options() -> list[tuple[int, int, int]]:
    # A watch may be silent for minutes; keep-alive tells a dead peer from a quiet one.
    options = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1), (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
    for name, value in (("TCP_KEEPIDLE", 10), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3)):
        if hasattr(socket, name):
            options.append((socket.IPPROTO_TCP, getattr(socket, name), value))
    return options
