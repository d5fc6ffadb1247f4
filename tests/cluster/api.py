"""The API server, as the tool itself asks it: raw JSON over one kept connection."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Iterator
from typing import Any

from .layout import Layout


class ApiError(Exception):
    """The server said no, or nothing. `status` is its HTTP status, 0 where there was no answer."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Api:
    """Requests under one of the cluster's own identities; the audit policy keeps them out of the log."""

    def __init__(self, layout: Layout, identity: str = "monitoring", timeout: float = 10.0) -> None:
        self._address = layout.node_address
        self._timeout = timeout
        self._context = ssl.create_default_context(cafile=str(layout.certificates / "ca.crt"))
        self._context.load_cert_chain(layout.certificates / f"{identity}.crt", layout.certificates / f"{identity}.key")

    def request(self, method: str, path: str, body: Any = None, kind: str = "application/json") -> Any:
        """Return the decoded answer, or its text where it is not JSON. Raises ApiError."""
        connection = http.client.HTTPSConnection(self._address, 6443, timeout=self._timeout, context=self._context)
        try:
            data = None if body is None else json.dumps(body).encode()
            connection.request(method, path, data, {"Content-Type": kind} if data else {})
            answer = connection.getresponse()
            text = answer.read().decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            raise ApiError(0, f"{method} {path}: {error}") from None
        finally:
            connection.close()
        if answer.status >= 400:
            raise ApiError(answer.status, f"{method} {path}: {answer.status} {text[:500]}")
        try:
            return json.loads(text)
        except json.JSONDecodeError:
            return text

    def watch(self, path: str, version: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Give (type, object) of each change after `version` until the server closes the stream. Raises ApiError."""
        connection = http.client.HTTPSConnection(self._address, 6443, timeout=330, context=self._context)
        try:
            connection.request("GET", f"{path}?watch=true&resourceVersion={version}&timeoutSeconds=300")
            answer = connection.getresponse()
            if answer.status != 200:
                raise ApiError(answer.status, f"watching {path}: {answer.status}")
            for line in answer:
                event = json.loads(line)
                yield event["type"], event["object"]
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise ApiError(0, f"watching {path}: {error}") from None
        finally:
            connection.close()

    def ready(self) -> bool:
        try:
            return bool(self.request("GET", "/readyz") == "ok")
        except ApiError:
            return False
