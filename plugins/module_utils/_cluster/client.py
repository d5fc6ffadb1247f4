# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection, may change at any time.

The client: Kubernetes' API as JSON, with a timeout on every call and retries where repeating is safe.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import time
import typing as t
from urllib.parse import urlencode

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster import answers, errors, paths, watch
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.connection import Connection
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.deadline import Deadline
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.options import ConnectionOptions
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.results import Call, Listing, ProxyAnswer
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.transport import (
    Answer,
    ExchangeError,
    Request,
    Stream,
    exchange,
)

__all__ = ["FIELD_MANAGER", "Call", "Client", "Listing", "ProxyAnswer"]

FIELD_MANAGER = "rescue.kubernetes"
# A server that has answered before is given this long to come back (a restarted API server takes 5 to 20 s). One that
# never answered gets call_timeout: a wrong address should be said soon.
PATIENCE = 30.0
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 4.0
JSON_LIMIT = 128 * 1024 * 1024
TEXT_LIMIT = 1024 * 1024
METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"

Query = t.Mapping[str, t.Any]
Body = dict[str, t.Any]
Headers = list[tuple[str, str]]


class Client:
    """Talks to one API server. Safe to share between threads."""

    def __init__(
        self,
        connection: Connection,
        *,
        user_agent: str,
        call_timeout: float = 10.0,
        deadline: Deadline | None = None,
        sleep: t.Callable[[float], None] = time.sleep,
        jitter: t.Callable[[float, float], float] = random.uniform,
    ) -> None:
        self.connection = connection
        self.call_timeout = call_timeout
        self.deadline = deadline or Deadline()
        self.calls: list[Call] = []
        self.server_clock: dt.datetime | None = None
        self._user_agent = user_agent
        self._sleep = sleep
        self._jitter = jitter
        self._answered = False

    @classmethod
    def connect(cls, options: ConnectionOptions, *, user_agent: str) -> Client:
        """Read configuration and credentials; the first request is the caller's. Raises RescueError."""
        deadline = Deadline(options.deadline)
        connection = Connection.open(options)
        return cls(connection, user_agent=user_agent, call_timeout=options.call_timeout, deadline=deadline)

    @property
    def default_namespace(self) -> str:
        """The namespace of the context or of the pod we run in."""
        return self.connection.default_namespace

    @property
    def warnings(self) -> list[str]:
        """What the user should know about this connection."""
        return self.connection.warnings

    def get(self, path: str, query: Query | None = None) -> Body:
        """One object. Raises RescueError, as all below."""
        return self._json("GET", path, query)

    def get_text(self, path: str, query: Query | None = None, *, limit_bytes: int = TEXT_LIMIT) -> str:
        """Text such as a log, at most `limit_bytes` of it; bytes that are no UTF-8 are replaced."""
        accept = "text/plain, application/json;q=0.5, */*;q=0.1"
        answer = self._send("GET", path, query, accept=accept, repeatable=True, limit=limit_bytes)
        return answer.body.decode("utf-8", errors="replace")

    def list(
        self, path: str, query: Query | None = None, *, page_size: int = 500, metadata_only: bool = False
    ) -> Listing:
        """All objects of a collection, in pages. Items get the `kind` and `apiVersion` that lists leave out."""
        try:
            return self._list(path, query, page_size, metadata_only)
        except errors.GoneError:
            # The continue token outlived etcd's history: from the start, once.
            return self._list(path, query, page_size, metadata_only)

    def pages(
        self, path: str, query: Query | None = None, *, page_size: int = 500, metadata_only: bool = False
    ) -> t.Iterator[Listing]:
        """As `list`, a page at a time, for who keeps little of each. Raises GoneError when the reader was too slow."""
        token = ""
        while True:
            page_query = {**(query or {}), "limit": page_size, "continue": token}
            page = self._json("GET", path, page_query, accept=METADATA_ONLY if metadata_only else "application/json")
            kind = str(page.get("kind") or "").removesuffix("List")
            items = page.get("items") or []
            for item in items:
                item.setdefault("kind", kind)
                item.setdefault("apiVersion", page.get("apiVersion"))
            metadata = page.get("metadata") or {}
            yield Listing(items, str(metadata.get("resourceVersion") or ""))
            token = metadata.get("continue") or ""
            if not token:
                return

    def create(self, path: str, body: Body, *, dry_run: bool = False, repeatable: bool = False) -> Body:
        """Create an object. `repeatable`: creating it twice does no harm (it has a name, and that it is there is fine).

        Raises OutcomeUnknownError when the connection broke after the request was sent and it is not repeatable.
        """
        return self._json("POST", path, _writing(dry_run), body, repeatable=repeatable or dry_run)

    def json_patch(self, path: str, operations: t.Sequence[Body], *, dry_run: bool = False) -> Body:
        """Apply a JSON patch; one that holds a `test` is repeated when it is not known whether it arrived.

        A `test` that fails is InvalidError, and so is the repeat of a patch that did arrive: read, then decide.
        """
        guarded = any(operation.get("op") == "test" for operation in operations)
        content_type = "application/json-patch+json"
        return self._json(
            "PATCH", path, _writing(dry_run), list(operations), content_type, repeatable=guarded or dry_run
        )

    def delete(self, path: str, *, body: Body | None = None, dry_run: bool = False) -> Body:
        """Delete an object; with `preconditions` in the body it is repeated when it is not known if it arrived."""
        guarded = bool((body or {}).get("preconditions"))
        query = {"dryRun": "All"} if dry_run else None
        return self._json("DELETE", path, query, body, repeatable=guarded or dry_run)

    def watch(
        self, path: str, query: Query | None, resource_version: str, *, timeout_seconds: int = 60
    ) -> watch.WatchStream:
        """Events after `resource_version` on one connection, which the server ends after `timeout_seconds`.

        No retries here: WatchSet resumes. Raises GoneError when the version is too old.
        """
        seconds = max(1, int(self.deadline.bound(timeout_seconds)))
        asked = self._asked("GET", path, watching=True)
        url = self._url(
            path,
            {
                **(query or {}),
                "watch": "true",
                "allowWatchBookmarks": "true",
                "resourceVersion": resource_version,
                "timeoutSeconds": seconds,
            },
        )
        began = time.monotonic()
        status = 0
        try:
            for attempt in (1, 2):
                request = Request("GET", url, self._headers("application/json"))
                timeout = self.deadline.bound(self.call_timeout)
                # The server ends the stream in time; one that does not has gone away without a word.
                stream = Stream(
                    self.connection, request, timeout, silence=seconds + self.call_timeout, limit=watch.EVENT_LIMIT
                )
                status = stream.status
                if status == 200:
                    self._answered = True
                    return watch.WatchStream(stream, asked)
                body = stream.read_all(TEXT_LIMIT, timeout)
                stream.close()
                if status == 401 and attempt == 1 and self.connection.refresh():
                    continue
                break
            raise answers.error_for(asked, status, body, stream.headers)
        except ExchangeError as failure:
            raise failure.error from failure
        finally:
            self.calls.append(Call("watch", path, status, time.monotonic() - began))

    def proxy(
        self,
        path: str,
        *,
        headers: t.Mapping[str, str] | None = None,
        timeout: float | None = None,
        method: str = "GET",
        limit_bytes: int = TEXT_LIMIT,
    ) -> ProxyAnswer:
        """Ask an application through the API server (paths.proxy_path), once.

        What stands between us and the application (rights, network, no endpoint) is no exception here but an answer
        with `asked` False. Raises DeadlineExceededError, and InvalidOptionError for headers that say who we are.
        """
        for name in headers or {}:
            if name.lower() in ("authorization", "host", "connection") or name.lower().startswith("impersonate-"):
                raise errors.InvalidOptionError(
                    f'The header "{errors.one_line(name, 60)}" cannot be sent through the API server: there it would '
                    "speak to the API server itself.",
                    details={"option": "headers"},
                )
        seconds = self.deadline.bound(timeout if timeout is not None else self.call_timeout)
        try:
            answer = self._once(method, path, None, "*/*", None, None, seconds, limit_bytes, headers)
            if answer.status == 401 and self.connection.refresh():
                answer = self._once(method, path, None, "*/*", None, None, seconds, limit_bytes, headers)
        except ExchangeError as failure:
            return ProxyAnswer(0, {}, "", asked=False, problem=failure.error.message)
        except errors.CredentialError as error:
            return ProxyAnswer(0, {}, "", asked=False, problem=error.message)
        text = answer.body.decode("utf-8", errors="replace")
        status = answers.status_of(answer.body) if answer.status >= 400 else None
        if status is None:
            return ProxyAnswer(answer.status, answer.headers, text, asked=True)
        if answer.status in (401, 403):
            problem = answers.error_for_status(self._asked(method, path), answer.status, status).message
        else:
            problem = errors.one_line(status.get("message") or f"status {answer.status}", 300)
        return ProxyAnswer(answer.status, answer.headers, text, asked=False, problem=problem)

    def close(self) -> None:
        """Close idle connections."""
        self.connection.close()

    def _list(self, path: str, query: Query | None, page_size: int, metadata_only: bool) -> Listing:
        items: list[Body] = []
        version = ""
        for page in self.pages(path, query, page_size=page_size, metadata_only=metadata_only):
            items.extend(page.items)
            version = page.resource_version
        return Listing(items, version)

    def _json(
        self,
        method: str,
        path: str,
        query: Query | None = None,
        body: t.Any = None,
        content_type: str = "application/json",
        *,
        accept: str = "application/json",
        repeatable: bool = False,
    ) -> Body:
        answer = self._send(
            method,
            path,
            query,
            accept=accept,
            body=body,
            content_type=content_type,
            repeatable=repeatable or method == "GET",
            limit=JSON_LIMIT,
        )
        try:
            # A kubelet or a container may have put bytes into a message that are no UTF-8.
            document = None if answer.truncated else json.loads(answer.body.decode("utf-8", errors="replace"))
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise answers.not_kubernetes(self._asked(method, path), answer.status, answer.body, answer.headers)
        return document

    def _send(
        self,
        method: str,
        path: str,
        query: Query | None,
        *,
        accept: str,
        repeatable: bool,
        limit: int,
        body: t.Any = None,
        content_type: str | None = None,
    ) -> Answer:
        """Send until an answer below 300 comes, it is not safe to repeat, or patience ends."""
        patience = PATIENCE if self._answered else self.call_timeout
        gives_up_at = time.monotonic() + self.deadline.bound(patience)
        asked = self._asked(method, path)
        refreshed = troubled = False
        tries = 0
        while True:
            tries += 1
            pause = self._jitter(0, min(LONGEST_PAUSE, FIRST_PAUSE * 2**tries))
            try:
                timeout = self.deadline.bound(self.call_timeout)
                answer = self._once(method, path, query, accept, body, content_type, timeout, limit)
            except ExchangeError as failure:
                error = failure.error
                if failure.sent and not repeatable:
                    raise _outcome_unknown(asked, error) from failure
                if not failure.passing:
                    raise error from failure
                troubled = True
            else:
                if answer.status < 300:
                    return answer
                if answer.status == 401 and not refreshed:
                    refreshed = True
                    if self.connection.refresh():
                        continue
                error = answers.error_for(asked, answer.status, answer.body, answer.headers)
                # An API server that has just started may refuse us until it has read its roles.
                starting = troubled and answer.status == 403
                if not (answer.status == 429 or starting or (answer.status >= 500 and repeatable)):
                    raise error
                troubled = True
                pause = max(pause, answers.retry_after_of(answer.headers))
            self.deadline.check(error)
            if time.monotonic() + pause >= gives_up_at:
                raise error
            self._sleep(min(pause, self.deadline.remaining()))
            self.deadline.check(error)

    def _once(
        self,
        method: str,
        path: str,
        query: Query | None,
        accept: str,
        body: t.Any,
        content_type: str | None,
        timeout: float,
        limit: int,
        headers: t.Mapping[str, str] | None = None,
    ) -> Answer:
        url = self._url(path, query)
        sent = self._headers(accept, headers)
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            sent.append(("Content-Type", content_type or "application/json"))
        began = time.monotonic()
        status = 0
        try:
            answer = exchange(self.connection, Request(method, url, sent, data), timeout, limit)
            status = answer.status
        finally:
            verb = paths.ResourcePath.parse(path).verb(method)
            self.calls.append(Call(verb, path, status, time.monotonic() - began))
        self._answered = True
        self.server_clock = answer.date or self.server_clock
        return answer

    def _url(self, path: str, query: Query | None) -> str:
        paths.check_path(path)
        values = {key: value for key, value in (query or {}).items() if value not in (None, "")}
        if not values:
            return path
        return f"{path}{'&' if '?' in path else '?'}{urlencode(values, doseq=True)}"

    def _headers(self, accept: str, extra: t.Mapping[str, str] | None = None) -> Headers:
        headers = [("User-Agent", self._user_agent), ("Accept", accept), *(extra or {}).items()]
        return [*headers, *self.connection.headers()]

    def _asked(self, method: str, path: str, *, watching: bool = False) -> answers.Asked:
        return answers.Asked(
            method, path, self.connection.describe(), self.connection.credential.description, watch=watching
        )


def _writing(dry_run: bool) -> Body:
    return {"fieldManager": FIELD_MANAGER, **({"dryRun": "All"} if dry_run else {})}


def _outcome_unknown(asked: answers.Asked, error: errors.RescueError) -> errors.RescueError:
    return errors.OutcomeUnknownError(
        f"It is not known whether the {asked.verb} of {asked.target.describe()} took effect: {error.message}",
        details={"verb": asked.verb, "path": asked.path},
    )
