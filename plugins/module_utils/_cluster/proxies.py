# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection, may change at any time.

HTTP and SOCKS proxies on the way to an API server.
"""

from __future__ import annotations

import ipaddress
import os
import typing as t
from urllib.parse import urlsplit

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.errors import InvalidOptionError, one_line
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.kubeconfig import missing_library


def pool_manager(
    server: str,
    proxy: str | None,
    no_proxy: str | None,
    proxy_headers: t.Mapping[str, str],
    arguments: dict[str, t.Any],
) -> t.Any:
    """A urllib3 pool manager that goes through `proxy` (or the environment's) unless `no_proxy` exempts the server.

    Raises InvalidOptionError, LibraryMissingError.
    """
    import urllib3

    address = proxy
    if not address and not _loopback(server):
        # As for kubectl: what the environment says is not meant for this machine itself, where kind's servers are.
        address = _environment("HTTPS_PROXY" if server.startswith("https") else "HTTP_PROXY")
    exempt = no_proxy if no_proxy is not None else _environment("NO_PROXY")
    if not address or bypassed(server, exempt or ""):
        return urllib3.PoolManager(**arguments)
    if "://" not in address:
        address = f"http://{address}"
    scheme = urlsplit(address).scheme.lower()
    if scheme.startswith("socks"):
        try:
            from urllib3.contrib.socks import SOCKSProxyManager
        except ImportError as error:
            raise missing_library("PySocks", error) from error
        return SOCKSProxyManager(address, **arguments)
    if scheme not in ("http", "https") or not urlsplit(address).hostname:
        raise InvalidOptionError(
            f'The proxy "{one_line(address.rpartition("@")[2], 200)}" is not an address such as '
            "http://proxy.example.com:3128 or socks5://localhost:1080.",
            details={"option": "proxy"},
        )
    headers = urllib3.make_headers(**t.cast(dict[str, t.Any], proxy_headers))
    credentials = urlsplit(address)
    if credentials.username and "proxy_basic_auth" not in proxy_headers:
        headers.update(urllib3.make_headers(proxy_basic_auth=f"{credentials.username}:{credentials.password or ''}"))
    return urllib3.ProxyManager(address, proxy_headers=headers, **arguments)


def bypassed(server: str, no_proxy: str) -> bool:
    """True when `no_proxy` (comma-separated hosts, domains, addresses, networks, or *) exempts the server."""
    parts = urlsplit(server)
    host = (parts.hostname or "").lower()
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        address = None
    for entry in (entry.strip().lower() for entry in no_proxy.split(",")):
        if not entry:
            continue
        if entry == "*" or entry in (host, f"{host}:{parts.port}"):
            return True
        if address is not None:
            try:
                if address in ipaddress.ip_network(entry, strict=False):
                    return True
            except ValueError:
                continue
        elif host.endswith("." + entry.lstrip("*").lstrip(".")):
            return True
    return False


def _loopback(server: str) -> bool:
    host = urlsplit(server).hostname or ""
    return host == "localhost" or bypassed(server, "127.0.0.0/8,::1")


def _environment(name: str) -> str | None:
    return os.environ.get(name) or os.environ.get(name.lower()) or None
