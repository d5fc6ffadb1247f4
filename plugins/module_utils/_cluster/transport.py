# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection, may change at any time.

One HTTP exchange with an API server: bounded in time and size, and its failures put into words.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import email.utils
import os
import socket
import time
import typing as t
from dataclasses import dataclass

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster import errors
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.connection import Connection

_CHUNK = 65536


@dataclass(frozen=True)
class Request:
    """What is sent. `url` holds path and query."""

    method: str
    url: str
    headers: t.Sequence[tuple[str, str]]
    body: bytes | None = None


@dataclass(frozen=True)
class Answer:
    """What came back. `truncated`: there was more than the limit."""

    status: int
    headers: t.Mapping[str, str]
    body: bytes
    truncated: bool = False

    @property
    def date(self) -> dt.datetime | None:
        """The server's clock when it answered."""
        try:
            date = email.utils.parsedate_to_datetime(self.headers["Date"])
        except (KeyError, TypeError, ValueError):
            return None
        return date if date.tzinfo else date.replace(tzinfo=dt.timezone.utc)


class ExchangeError(Exception):
    """No whole answer. `sent`: the server may have acted on the request. `passing`: worth another try."""

    def __init__(self, error: errors.RescueError, *, sent: bool, passing: bool) -> None:
        super().__init__(error.message)
        self.error = error
        self.sent = sent
        self.passing = passing


def exchange(connection: Connection, request: Request, timeout: float, limit: int) -> Answer:
    """Send and read the answer within `timeout` seconds, at most `limit` bytes of body. Raises ExchangeError."""
    ends_at = time.monotonic() + timeout
    with translated(connection, timeout):
        response = _send(connection, request, timeout)
        try:
            body, truncated = read_body(response, limit, ends_at)
        finally:
            # A body read to its end has given its connection back already; any other must not be used again.
            response.close()
    return Answer(response.status, response.headers, body, truncated)


class Stream:
    """An answer that goes on, read as lines; close() from another thread ends a read that waits."""

    def __init__(self, connection: Connection, request: Request, timeout: float, silence: float, limit: int) -> None:
        """Wait `timeout` seconds for the answer to begin, then `silence` seconds for each further piece."""
        self._connection = connection
        self._silence = silence
        self._limit = limit
        with translated(connection, timeout):
            self._response = _send(connection, request, timeout)
        # Gone where the server announced to close; then the first timeout stays, and a quiet stream ends sooner.
        if (own := getattr(self._response.connection, "sock", None)) is not None:
            own.settimeout(silence)
        # A second handle, for close() only: it is there whoever owns the first, and beneath TLS.
        self._wire = socket.socket(fileno=os.dup(self._response.fileno()))
        self.status: int = self._response.status
        self.headers: t.Mapping[str, str] = self._response.headers

    def read_all(self, limit: int, timeout: float) -> bytes:
        """The whole body, for an answer that turned out to be an error."""
        with translated(self._connection, timeout):
            return read_body(self._response, limit, time.monotonic() + timeout)[0]

    def lines(self) -> t.Iterator[bytes]:
        """Non-empty lines as they come, until the server ends. Raises ExchangeError, also for an oversized line."""
        pending = bytearray()
        with translated(self._connection, self._silence):
            while chunk := _read_some(self._response):
                pending += chunk
                if b"\n" not in chunk:
                    if len(pending) > self._limit:
                        raise ExchangeError(
                            errors.ProtocolError(
                                f"The API server {self._connection.describe()} sent one event of more than "
                                f"{self._limit} bytes.",
                                details={"server": self._connection.server, "problem": "oversized event"},
                            ),
                            sent=True,
                            passing=False,
                        )
                    continue
                *complete, rest = bytes(pending).split(b"\n")
                pending = bytearray(rest)
                yield from filter(None, complete)

    def close(self) -> None:
        """End it at once."""
        # Closing a socket does not wake the thread that reads from it; shutting it down does.
        with contextlib.suppress(OSError):
            self._wire.shutdown(socket.SHUT_RDWR)
        self._wire.close()
        with contextlib.suppress(Exception):
            self._response.close()


@contextlib.contextmanager
def translated(connection: Connection, timeout: float) -> t.Iterator[None]:
    """Turn what urllib3 raises into ExchangeError."""
    import urllib3.exceptions as problems

    place = connection.describe()
    facts: dict[str, t.Any] = {"server": connection.server}
    try:
        yield
    except problems.SSLError as error:
        raise _tls_error(place, facts, error) from error
    except problems.ProxyError as error:
        problem = cause_of(error)
        raise ExchangeError(
            errors.ServerUnreachableError(
                f"The API server {place} cannot be reached through the proxy: {problem}. Check proxy= (or proxy-url in "
                "the kubeconfig, HTTPS_PROXY) and no_proxy=.",
                details={**facts, "problem": problem},
            ),
            sent=False,
            passing=True,
        ) from error
    except (problems.ConnectTimeoutError, problems.NewConnectionError) as error:
        # NewConnectionError is a ConnectTimeoutError for some versions of urllib3; both mean that nothing was sent.
        refused = isinstance(error, problems.NewConnectionError)
        problem = cause_of(error) if refused else f"no connection within {timeout:g} s"
        raise ExchangeError(_unreachable(place, facts, problem), sent=False, passing=True) from error
    except (problems.ReadTimeoutError, problems.TimeoutError, TimeoutError) as error:
        raise ExchangeError(
            errors.CallTimeoutError(
                f"The API server {place} gave no answer within {timeout:g} s. If it is only slow, give each request "
                "more time with call_timeout=.",
                details={**facts, "timeout": timeout},
            ),
            sent=True,
            passing=True,
        ) from error
    except (problems.HTTPError, OSError, ValueError) as error:
        # Protocol errors, resets, and what a socket closed by another thread gives.
        problem = f"the connection broke ({cause_of(error)})"
        raise ExchangeError(_unreachable(place, facts, problem), sent=True, passing=True) from error


def _unreachable(place: str, facts: dict[str, t.Any], problem: str) -> errors.RescueError:
    return errors.ServerUnreachableError(
        f"The API server {place} cannot be reached: {problem}. Check that the cluster runs, that this machine can "
        "reach it (network, VPN, proxy) and that it is the cluster you mean (context=).",
        details={**facts, "problem": problem},
    )


def _tls_error(place: str, facts: dict[str, t.Any], error: Exception) -> ExchangeError:
    text = cause_of(error)
    if "CERTIFICATE_VERIFY_FAILED" in str(error) or "doesn't match" in text:
        untrusted = errors.CertificateNotTrustedError(
            f"The certificate of the API server {place} is not trusted: {text}. Name the right certificate authority "
            "with ca_cert= (certificate-authority in the kubeconfig) and an address that the certificate is for; "
            "validate_certs=false would let anybody in between read and change everything.",
            details={**facts, "problem": text},
        )
        return ExchangeError(untrusted, sent=False, passing=False)
    if "WRONG_VERSION_NUMBER" in str(error) or "RECORD_LAYER_FAILURE" in str(error):
        text = "what answers there does not speak TLS (is the port right, or is it http://?)"
        return ExchangeError(_unreachable(place, facts, text), sent=False, passing=False)
    # A server killed in the middle of a handshake or of an answer.
    return ExchangeError(_unreachable(place, facts, text), sent=True, passing=True)


def cause_of(error: BaseException) -> str:
    """The innermost words of a chain of wrapped errors."""
    inner: BaseException = error
    for _depth in range(8):
        following = getattr(inner, "original_error", None) or inner.__cause__ or inner.__context__
        nested = [argument for argument in inner.args if isinstance(argument, BaseException)]
        if nested:
            inner = nested[-1]
        elif isinstance(following, BaseException):
            inner = following
        else:
            break
    verify = getattr(inner, "verify_message", None)
    if verify:
        return errors.one_line(verify, 200)
    if isinstance(inner, socket.gaierror):
        return "its name does not resolve"
    if isinstance(inner, OSError) and inner.strerror:
        return errors.one_line(inner.strerror, 200).lower()
    return errors.one_line(str(inner) or type(inner).__name__, 200)


def _send(connection: Connection, request: Request, timeout: float) -> t.Any:
    import urllib3

    headers = urllib3.HTTPHeaderDict()
    for name, value in request.headers:
        headers.add(name, value)
    return connection.pool.request(
        request.method,
        connection.server + request.url,
        headers=headers,
        body=request.body,
        timeout=urllib3.Timeout(connect=timeout, read=timeout),
        retries=False,
        redirect=False,
        preload_content=False,
    )


def read_body(response: t.Any, limit: int, ends_at: float) -> tuple[bytes, bool]:
    """At most `limit` bytes of the body, and whether there is more. Raises TimeoutError past `ends_at` (monotonic)."""
    body = bytearray()
    while chunk := _read_some(response):
        body += chunk
        if len(body) > limit:
            return bytes(body[:limit]), True
        # A server that drips bytes never runs into the socket's own timeout.
        if time.monotonic() > ends_at:
            raise TimeoutError
    return bytes(body), False


def _read_some(response: t.Any) -> bytes:
    """What is there, waiting for at least one byte; empty at the end."""
    return t.cast(bytes, response.read1(_CHUNK))
