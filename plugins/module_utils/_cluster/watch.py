# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection, may change at any time.

Watches: one connection's events, and several watches followed at once that survive broken connections.
"""

from __future__ import annotations

import contextlib
import json
import queue
import threading
import time
import typing as t
from dataclasses import dataclass

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster import answers, errors
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.transport import ExchangeError, Stream

if t.TYPE_CHECKING:
    from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.client import Client

EVENT_LIMIT = 16 * 1024 * 1024
# In trouble one request goes out this often, however many watches are down.
TROUBLE_PAUSE = 1.0
# A watch that could not be resumed for so long is reported to the caller.
PATIENCE = 60.0
STREAM_SECONDS = 60


@dataclass(frozen=True)
class WatchEvent:
    """A change. `type`: ADDED, MODIFIED, DELETED or BOOKMARK; `path`: the watch it came from."""

    type: str
    object: dict[str, t.Any]
    path: str = ""

    @property
    def resource_version(self) -> str:
        """From where a watch continues after this event."""
        return str((self.object.get("metadata") or {}).get("resourceVersion") or "")


class WatchStream:
    """The events of one connection, bookmarks included; ends when the server ends it or falls silent."""

    def __init__(self, stream: Stream, asked: answers.Asked) -> None:
        self._stream = stream
        self._asked = asked

    def __iter__(self) -> t.Iterator[WatchEvent]:
        """Raises GoneError, ApiError for what the server reports in the stream, ServerUnreachableError."""
        try:
            for line in self._stream.lines():
                yield self._event(line)
        except ExchangeError as failure:
            # Silence is an end like the server's own; whether it is still there, the next request tells.
            if not isinstance(failure.error, errors.CallTimeoutError):
                raise failure.error from failure
        finally:
            self.close()

    def close(self) -> None:
        """End it at once, also from another thread."""
        self._stream.close()

    def _event(self, line: bytes) -> WatchEvent:
        try:
            # A kubelet or a container may have put bytes into a message that are no UTF-8.
            document = json.loads(line.decode("utf-8", errors="replace"))
            kind, body = document["type"], document["object"]
            if not isinstance(body, dict):
                raise TypeError("an event without an object")
        except (ValueError, KeyError, TypeError) as error:
            raise answers.not_kubernetes(self._asked, 200, line, {}) from error
        if kind == "ERROR":
            raise answers.error_for_status(self._asked, int(body.get("code") or 500), body)
        return WatchEvent(kind, body, self._asked.path)


class _Pace:
    """When watches in trouble may ask again: one a pause, whoever it is; the first that is served frees the others.

    An API server that comes back must not meet all watches of all waiting plays at once, and none should wait for its
    turn when the trouble is over.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._next = 0.0
        self._served = 0
        self._closed = False

    def wait(self, at_least: float, *, may_be_freed: bool) -> None:
        """Wait for the own turn, `at_least` seconds from now; shorter when freed or closed."""
        with self._changed:
            turn = max(time.monotonic() + at_least, self._next)
            self._next = turn + TROUBLE_PAUSE
            served = self._served
            while not self._closed and (left := turn - time.monotonic()) > 0:
                self._changed.wait(left)
                if may_be_freed and served != self._served:
                    # the turn is given back: nobody needs to wait behind it
                    self._next = time.monotonic() + TROUBLE_PAUSE
                    return

    def served(self) -> None:
        """A watch in trouble works again."""
        with self._changed:
            self._served += 1
            self._changed.notify_all()

    def close(self) -> None:
        """Let everybody go."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()


class WatchSet:
    """Follows several collections at once, as one queue of events.

    Each is resumed from the last version seen when its connection ends or breaks. Use as a context manager, from one
    thread.
    """

    def __init__(self, client: Client, *, stream_seconds: int = STREAM_SECONDS, patience: float = PATIENCE) -> None:
        self._client = client
        self._stream_seconds = stream_seconds
        self._patience = patience
        self._arrived: queue.SimpleQueue[WatchEvent | errors.RescueError] = queue.SimpleQueue()
        self._closed = threading.Event()
        self._lock = threading.Lock()
        self._streams: dict[threading.Thread, WatchStream] = {}
        self._threads: list[threading.Thread] = []
        self._pace = _Pace()

    def __enter__(self) -> WatchSet:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def follow(self, path: str, query: t.Mapping[str, t.Any] | None, resource_version: str) -> None:
        """Start following; `resource_version` is that of the list that was just read."""
        thread = threading.Thread(
            target=self._run, args=(path, dict(query or {}), resource_version), name=f"watch {path}", daemon=True
        )
        self._threads.append(thread)
        thread.start()

    def next(self, timeout: float) -> WatchEvent | None:
        """The next event of any of them (never a bookmark); None when `timeout` seconds pass without one.

        Raises GoneError with details["path"] when that collection must be listed and followed anew; the others go on.
        Raises UnauthorizedError, ForbiddenError, DeadlineExceededError, and ServerUnreachableError or ServerError
        once `patience` seconds passed without a working connection.
        """
        try:
            arrived = self._arrived.get(timeout=max(0.0, timeout))
        except queue.Empty:
            return None
        if isinstance(arrived, errors.RescueError):
            raise arrived
        return arrived

    def close(self) -> None:
        """End all of them now."""
        self._closed.set()
        self._pace.close()
        with self._lock:
            streams = list(self._streams.values())
        for stream in streams:
            stream.close()
        for thread in self._threads:
            thread.join(timeout=0.5)

    def _run(self, path: str, query: dict[str, t.Any], version: str) -> None:
        trouble_since: float | None = None
        while not self._closed.is_set():
            began = time.monotonic()
            try:
                with self._open(path, query, version) as stream:
                    if trouble_since is not None:
                        self._pace.served()
                    for event in stream:
                        trouble_since = None
                        version = event.resource_version or version
                        if event.type != "BOOKMARK":
                            self._arrived.put(event)
                trouble_since = None
                # The server's own timeout is no trouble, an end right after the start may be.
                if time.monotonic() - began < TROUBLE_PAUSE:
                    self._pace.wait(TROUBLE_PAUSE, may_be_freed=False)
            except errors.RescueError as error:
                now = time.monotonic()
                passing = _passing(error, in_trouble=trouble_since is not None)
                trouble_since = now if trouble_since is None else trouble_since
                if self._closed.is_set():
                    return
                if not passing or now - trouble_since >= self._patience:
                    self._arrived.put(error)
                    return
                asked_to_wait = float(error.details.get("retry_after") or 0.0)
                since_began = max(0.0, began + TROUBLE_PAUSE - now)
                self._pace.wait(max(since_began, asked_to_wait), may_be_freed=not asked_to_wait)
            except Exception as error:  # noqa: BLE001 - a thread's death must reach the caller, who else waits for ever
                self._arrived.put(
                    errors.RescueError(
                        f"The watch of {path} failed unexpectedly ({type(error).__name__}: "
                        f"{errors.one_line(error, 200)}); please report this.",
                        reason="internal_error",
                        details={"path": path},
                    )
                )
                return

    @contextlib.contextmanager
    def _open(self, path: str, query: dict[str, t.Any], version: str) -> t.Iterator[WatchStream]:
        stream = self._client.watch(path, query, version, timeout_seconds=self._stream_seconds)
        thread = threading.current_thread()
        with self._lock:
            self._streams[thread] = stream
        # close() may have run between the request and the registration.
        if self._closed.is_set():
            stream.close()
        try:
            yield stream
        finally:
            with self._lock:
                self._streams.pop(thread, None)


def _passing(error: errors.RescueError, *, in_trouble: bool) -> bool:
    if isinstance(error, (errors.TooManyRequestsError, errors.ServerError)):
        return True
    if isinstance(error, (errors.ServerUnreachableError, errors.CallTimeoutError)):
        return True
    # An API server that has just started may refuse us until it has read its roles, or cannot ask who we are yet.
    return in_trouble and isinstance(error, (errors.ForbiddenError, errors.UnauthorizedError))
