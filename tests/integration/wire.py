# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A proxy on loopback in front of the real API server, whose wire can be made to misbehave."""

from __future__ import annotations

import base64
import http.client
import json
import socket
import ssl
import tempfile
import threading
import time
import typing as t
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit


@dataclass(frozen=True)
class Request:
    """A request that arrived, and when (monotonic seconds)."""

    path: str
    query: dict[str, str]
    at: float

    @property
    def watch(self) -> bool:
        return "watch" in self.query

    @property
    def resource(self) -> str:
        return self.path.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class Canned:
    """An answer of the proxy's own."""

    code: int
    reason: str
    headers: tuple[tuple[str, str], ...] = ()

    def body(self) -> bytes:
        status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": self.code, "reason": self.reason}
        return json.dumps({**status, "message": f"{self.reason} by the test"}).encode()


class Wire:
    """`answer` may stand in for the API server, `query` changes what is asked of it, `line` each line of a watch and
    `body` any other answer; `watch_seconds` ends every watch after so long."""

    def __init__(self, kubeconfig: dict[str, t.Any], folder: Path) -> None:
        self.seen: list[Request] = []
        self.answer: t.Callable[[Request], Canned | None] = lambda _request: None
        self.query: t.Callable[[Request], dict[str, str]] = lambda request: request.query
        self.line: t.Callable[[Request, bytes], bytes | None] = lambda _request, line: line
        self.body: t.Callable[[Request, bytes], bytes] = lambda _request, body: body
        self.watch_seconds: float | None = None
        cluster, user = kubeconfig["clusters"][0]["cluster"], kubeconfig["users"][0]["user"]
        self.upstream = urlsplit(cluster["server"])
        authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
        self.anonymous = ssl.create_default_context(cadata=authority)
        self.trusted = ssl.create_default_context(cadata=authority)
        with tempfile.NamedTemporaryFile(dir=folder, suffix=".pem") as pair:
            for field in ("client-certificate-data", "client-key-data"):
                pair.write(base64.b64decode(user[field]) + b"\n")
            pair.flush()
            self.trusted.load_cert_chain(pair.name)
        self._server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"wire": self}))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def watches(self, resource: str) -> list[Request]:
        return [request for request in self.seen if request.watch and request.resource == resource]

    def __enter__(self) -> Wire:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *unused: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_arguments: object) -> None:
        pass  # connections that end in the middle are what is tested


class _Handler(BaseHTTPRequestHandler):
    wire: Wire
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        request = Request(parts.path, dict(parse_qsl(parts.query, keep_blank_values=True)), time.monotonic())
        self.wire.seen.append(request)
        canned = self.wire.answer(request)
        if canned:
            self._send(canned.code, canned.headers, canned.body())
            return
        headers = {name: self.headers[name] for name in ("Accept", "Authorization") if self.headers[name]}
        context = self.wire.anonymous if "Authorization" in headers else self.wire.trusted
        upstream = http.client.HTTPSConnection(
            str(self.wire.upstream.hostname), self.wire.upstream.port, context=context, timeout=90
        )
        try:
            upstream.request("GET", f"{parts.path}?{urlencode(self.wire.query(request))}", headers=headers)
            answer = upstream.getresponse()
            if request.watch and answer.status == 200:
                self._stream(request, answer)
            else:
                kept = tuple((name, answer.headers[name]) for name in ("Content-Type",) if answer.headers[name])
                self._send(answer.status, kept, self.wire.body(request, answer.read()))
        finally:
            upstream.close()

    def _send(self, code: int, headers: tuple[tuple[str, str], ...], body: bytes) -> None:
        self.send_response(code)
        for name, value in (*headers, ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, request: Request, answer: http.client.HTTPResponse) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        ended = threading.Event()
        if self.wire.watch_seconds is not None:
            threading.Timer(self.wire.watch_seconds, self._cut, args=(ended,)).start()
        try:
            for line in answer:
                changed = self.wire.line(request, line)
                if changed:
                    self.wfile.write(f"{len(changed):x}\r\n".encode() + changed + b"\r\n")
            self.wfile.write(b"0\r\n\r\n")
        finally:
            ended.set()

    def _cut(self, ended: threading.Event) -> None:
        if not ended.is_set():
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True

    def log_message(self, *_arguments: object) -> None:
        pass
