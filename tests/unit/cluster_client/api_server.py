# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A small API server on loopback: the client is tested against the wire, not against stand-ins of its own parts."""

from __future__ import annotations

import json
import ssl
import threading
import typing as t
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests.unit.cluster_client.certificates import Certificates


@dataclass(frozen=True)
class Seen:
    """A request that arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: Message
    body: t.Any


Handler = BaseHTTPRequestHandler
Reply = t.Callable[[Handler], None]


def answer(status: int, body: t.Any = None, headers: t.Mapping[str, str] | None = None) -> Reply:
    """Reply with JSON, or with text as it is."""

    def reply(handler: Handler) -> None:
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "text/plain" if isinstance(body, str) else "application/json")
        handler.send_header("Content-Length", str(len(data)))
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(data)

    return reply


def failure(code: int, reason: str, message: str, headers: t.Mapping[str, str] | None = None) -> Reply:
    """Reply with a Kubernetes Status."""
    status = {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "code": code,
        "reason": reason,
        "message": message,
    }
    return answer(code, status, headers)


def torn(handler: Handler) -> None:
    """Close the connection without an answer."""
    handler.close_connection = True
    handler.connection.shutdown(2)


def chunks(*lines: t.Any, hold: threading.Event | None = None) -> Reply:
    """Stream JSON lines, then end, or keep the connection open until `hold` is set."""

    def reply(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for line in lines:
            data = line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n"
            handler.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
            handler.wfile.flush()
        if hold is not None:
            hold.wait(20)
        handler.wfile.write(b"0\r\n\r\n")

    return reply


@dataclass
class ApiServer:
    """Replies in the order given for each method and path; the last one stays."""

    certificates: Certificates | None = None
    seen: list[Seen] = field(default_factory=list)
    connections: int = 0
    _replies: dict[tuple[str, str], list[Reply]] = field(default_factory=dict)
    _server: ThreadingHTTPServer | None = None

    def on(self, method: str, path: str, *replies: Reply) -> None:
        self._replies[method, path] = list(replies)

    def on_get(self, path: str, *replies: Reply) -> None:
        self.on("GET", path, *replies)

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"{'https' if self.certificates else 'http'}://127.0.0.1:{self.port}"

    def count(self, method: str, path: str) -> int:
        return sum(1 for seen in self.seen if (seen.method, seen.path) == (method, path))

    def start(self, port: int = 0) -> ApiServer:
        outer = self

        class Requests(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                outer.connections += 1
                super().setup()

            def _serve(self) -> None:
                parts = urlsplit(self.path)
                length = int(self.headers.get("Content-Length") or 0)
                data = self.rfile.read(length)
                body = json.loads(data) if data else None
                query = {key: values[0] for key, values in parse_qs(parts.query).items()}
                outer.seen.append(Seen(self.command, parts.path, query, self.headers, body))
                replies = outer._replies.get((self.command, parts.path))
                if not replies:
                    failure(404, "NotFound", "no reply was prepared")(self)
                elif len(replies) > 1:
                    replies.pop(0)(self)
                else:
                    replies[0](self)

            do_GET = do_POST = do_PATCH = do_DELETE = do_CONNECT = _serve  # noqa: N815 - named by the standard library

            def log_message(self, *_args: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_args: object) -> None:
                pass  # clients that go away are part of the tests

            def get_request(self) -> t.Any:
                connection, address = super().get_request()
                if outer.certificates is None:
                    return connection, address
                # The handshake is done by the handler's thread, so that a client that refuses hurts nobody else.
                tls = outer.certificates.server_context()
                return tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

            def finish_request(self, request: t.Any, client_address: t.Any) -> None:
                if isinstance(request, ssl.SSLSocket):
                    request.do_handshake()
                super().finish_request(request, client_address)

        self._server = Server(("127.0.0.1", port), Requests)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def stop(self) -> None:
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()


def kubeconfig(server: str, user: t.Mapping[str, t.Any] | None = None, /, **cluster: t.Any) -> dict[str, t.Any]:
    """The content of a kubeconfig with the one context "lab", namespace "production"."""
    return {
        "current-context": "lab",
        "contexts": [
            {"name": "lab", "context": {"cluster": "lab", "user": "operator", "namespace": "production"}},
        ],
        "clusters": [{"name": "lab", "cluster": {"server": server, **cluster}}],
        "users": [{"name": "operator", "user": dict(user or {})}],
    }


def write_kubeconfig(path: Path, content: t.Any, mode: int = 0o600) -> str:
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    path.chmod(mode)
    return str(path)
