# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One HTTP exchange with a registry or with the service that it names for logins: bounded in time and size.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
import typing as t
from urllib.parse import urlsplit

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.connection import tls_context
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.kubeconfig import missing_library
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.proxies import pool_manager
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.transport import Answer, cause_of, read_body
from ansible_collections.rescue.kubernetes.plugins.module_utils._registry import errors


class Transport:
    """Sends GET requests to a few hosts. `ca_cert` is the path of a PEM file, None for the system's authorities."""

    def __init__(self, *, ca_cert: str | None = None, validate_certs: bool = True, user_agent: str) -> None:
        """Raises InvalidOptionError for a `ca_cert` that cannot be read, LibraryMissingError."""
        try:
            import urllib3
        except ImportError as error:
            raise missing_library("urllib3", error) from error
        if not validate_certs:
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        self._tls = tls_context(ca_cert, verify=validate_certs)
        self._user_agent = user_agent
        self._pools: dict[str, t.Any] = {}

    def get(self, url: str, headers: t.Mapping[str, str], *, timeout: float, limit: int) -> Answer:
        """The answer within `timeout` seconds, redirects as they come. Raises RegistryError."""
        import urllib3

        ends_at = time.monotonic() + timeout
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._pools:
            arguments = (
                {"ssl_context": self._tls, "cert_reqs": self._tls.verify_mode} if parts.scheme == "https" else {}
            )
            self._pools[origin] = pool_manager(origin, None, None, {}, arguments)
        with _translated(origin, timeout):
            response = self._pools[origin].request(
                "GET",
                url,
                headers={"User-Agent": self._user_agent, **headers},
                timeout=urllib3.Timeout(connect=timeout, read=timeout),
                retries=False,
                redirect=False,
                preload_content=False,
            )
            try:
                body, truncated = read_body(response, limit, ends_at)
            finally:
                response.close()
        return Answer(response.status, response.headers, body, truncated)

    def close(self) -> None:
        """Close idle connections."""
        for pool in self._pools.values():
            pool.clear()


@contextlib.contextmanager
def _translated(origin: str, timeout: float) -> t.Iterator[None]:
    """Turn what urllib3 raises into RegistryError."""
    import urllib3.exceptions as problems

    try:
        yield
    except problems.SSLError as error:
        raise _tls_error(origin, error) from error
    except problems.NewConnectionError as error:
        raise unreachable(origin, cause_of(error)) from error
    except (problems.TimeoutError, TimeoutError) as error:
        raise timed_out(origin, timeout) from error
    except (problems.HTTPError, OSError, ValueError) as error:
        raise unreachable(origin, f"the connection broke ({cause_of(error)})") from error


def timed_out(origin: str, timeout: float) -> errors.RegistryTimeoutError:
    """The error for a registry that gave no answer within `timeout` seconds."""
    return errors.RegistryTimeoutError(
        f"The registry {origin} gave no answer within {timeout:.3g} s. Give it more time with timeout=.",
        details={"registry": origin, "problem": "no answer in time", "timeout": round(timeout, 3)},
    )


def unreachable(origin: str, problem: str) -> errors.RegistryUnreachableError:
    """The error for a registry that cannot be reached."""
    return errors.RegistryUnreachableError(
        f"The registry {origin} cannot be reached from here: {problem}. Where it has another address here than in the "
        "image's name, give that with registry_url=.",
        details={"registry": origin, "problem": problem},
    )


def _tls_error(origin: str, error: Exception) -> errors.RegistryError:
    text = cause_of(error)
    if isinstance(error.__cause__, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in str(error):
        return errors.RegistryCertificateError(
            f"The certificate of the registry {origin} is not trusted: {text}. Name the authority that signed it with "
            "ca_cert=.",
            details={"registry": origin, "problem": text},
        )
    if "WRONG_VERSION_NUMBER" in str(error) or "RECORD_LAYER_FAILURE" in str(error):
        plain = "http" + origin.removeprefix("https")
        return unreachable(origin, f"what answers there does not speak TLS (if it is meant to: registry_url={plain})")
    return unreachable(origin, text)


def is_this_machine(host: str) -> bool:
    """Whether a host as written means this machine or its link: localhost, 127.0.0.1, 169.254.169.254."""
    import ipaddress

    bare = host.strip("[]").rstrip(".").lower()
    if bare == "localhost" or bare.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        # Old spellings that resolvers still accept: 127.1, 2130706433, 0x7f000001.
        with contextlib.suppress(OSError):
            address = ipaddress.ip_address(socket.inet_ntoa(socket.inet_aton(bare)))
            return address.is_loopback or address.is_link_local or address.is_unspecified
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return address.is_loopback or address.is_link_local or address.is_unspecified
