# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a container's log says about its end.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import json
import re
import typing as t
from dataclasses import dataclass, field
from functools import lru_cache

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.redaction import CUT, clean
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.signatures import (
    ENDING,
    FATAL,
    FRAME,
    GENERIC,
    NOISE,
    SPECIFIC,
    TELLING,
    WRAPPED,
    Signature,
)

_MAX_LINES = 400
_MAX_LENGTH = 65_536
# Of a longer line both ends are read: an exception that was wrapped often ends with what it wraps.
_MAX_LINE = 2_000
_MAX_SHOWN = 600
_MAX_DEPTH = 4
_LEVEL_KEYS = ("level", "severity", "lvl", "log.level", "@l", "levelname")
_MESSAGE_KEYS = (
    "msg", "message", "@m", "@mt", "@message", "short_message", "textPayload", "log", "event", "reason", "detail",
    "error", "err", "exception", "thrown", "cause", "inner", "innerException", "error.message", "exception.message",
    "exception_class", "exception_message", "errorMessage", "name", "type", "code",
    "stack", "stacktrace", "stack_trace", "stackTrace", "error.stack_trace", "extendedStackTrace", "exc_info", "@x",
)  # fmt: skip
# In a nested error these say what it is; at the top of a line they name the logger or the event.
_NESTED_ONLY = frozenset({"name", "type", "code"})
_QUIET_LEVELS = frozenset({"TRACE", "DEBUG", "INFO", "WARN", "WARNING", "NOTICE", "INFORMATION"})
# Bunyan's and pino's levels are numbers.
_LEVELS = {10: "TRACE", 20: "DEBUG", 30: "INFO", 40: "WARN", 50: "ERROR", 60: "FATAL"}
# What `kubectl logs --prefix`, the node's log files and `--timestamps` put before a line.
_STAMP = re.compile(
    r"^(?:\[pod/\S+\] )?(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)\s)?(?:std(?:out|err) [FP] )?"
)
_LISTENING = re.compile(
    r"(?i)\b(?:listen(?:ing|s)?|started|serving|running|bound|available)\b[^\n]{0,60}?(?:port\D{0,4}|:)(\d{2,5})\b"
)
_NUMBER = re.compile(r"\d+")
# How many lines before a program says why it ends may hold the reason.
_REACH = 60
# A program that goes on complains of what is so now near the end of its log.
_RECENT = 80
# What starts later than the program is refused or silent at first: that counts while it is the last that is said.
_PASSING = ("connection_refused", "connection_timeout")
_LAST = 10


@dataclass(frozen=True)
class LogMatch:
    """The line that names a cause; `specific` is false where it only shows that something went wrong."""

    cause: str
    weight: float
    line: str
    words: dict[str, str] = field(default_factory=dict, compare=False)
    specific: bool = True


@lru_cache(maxsize=64)
def lines_of(log: str) -> tuple[str, ...]:
    """The log's last lines, cleaned, without time stamps, JSON lines reduced to what they say."""
    found: list[str] = []
    for line in log[-_MAX_LENGTH:].splitlines()[-_MAX_LINES:]:
        if line.strip():
            found.extend(_plain(line))
    return tuple(found[-_MAX_LINES:])


def _plain(line: str) -> list[str]:
    """One line as text; a JSON line as its message and, below it, the error and the stack trace that it holds."""
    plain = _STAMP.sub("", clean(line, _MAX_LENGTH)).rstrip()
    body = plain.lstrip()
    if body.startswith("{"):
        try:
            parsed: t.Any = json.loads(body)
        except (ValueError, RecursionError):
            parsed = None
        said = list(_said(parsed, 0)) if isinstance(parsed, dict) else []
        if said:
            level = _level(parsed)
            lines = [part for text in said for part in text.splitlines() if part.strip()]
            return [_bounded(f"{level} {part}" if level in _QUIET_LEVELS else part) for part in lines]
    return [_bounded(plain)]


def _level(parsed: dict[str, t.Any]) -> str:
    for key in _LEVEL_KEYS:
        value = parsed.get(key)
        if isinstance(value, str):
            return value.upper()
        if isinstance(value, int) and not isinstance(value, bool):
            return _LEVELS.get(value, "")
    return ""


def _said(value: t.Any, depth: int) -> t.Iterator[str]:
    """The texts of a JSON line that say what happened, the message first, nested errors after it."""
    if depth > _MAX_DEPTH or not isinstance(value, dict):
        return
    for key in _MESSAGE_KEYS:
        entry = value.get(key)
        if isinstance(entry, str) and entry.strip() and (depth or key not in _NESTED_ONLY):
            nested = _nested(entry) if depth == 0 else None
            if nested is not None:
                yield from _said(nested, depth + 1)
            else:
                yield entry
        elif isinstance(entry, dict):
            yield from _said(entry, depth + 1)
        elif isinstance(entry, list):
            for inner in entry[:20]:
                yield from [inner] if isinstance(inner, str) else _said(inner, depth + 1)


def _nested(value: str) -> dict[str, t.Any] | None:
    """A JSON object that a log driver wrapped once more."""
    if not value.lstrip().startswith("{"):
        return None
    try:
        parsed = json.loads(value)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None


def _bounded(line: str) -> str:
    if len(line) <= _MAX_LINE:
        return line
    half = _MAX_LINE // 2
    return f"{line[:half]} {CUT} {line[-half:]}"


@lru_cache(maxsize=256)
def read(log: str) -> LogMatch | None:
    """The line that best names why the program ended.

    A line that names a cause wins over one that only shows an error; a fatal one over one of a program that goes on;
    the first over the later ones, since what follows it is its consequence. Of a trace the innermost exception is
    asked first. What stands long before the program says why it ends does not count: it got over it.
    """
    lines = _asked(lines_of(log))
    ends = [index for index, line in enumerate(lines) if ENDING.search(line)]
    near = lines[max(0, ends[0] - _REACH) :] if ends else lines
    found = _best(near, SPECIFIC, True) or _best(lines, GENERIC, False)
    if found is not None:
        return found
    for line in reversed(lines):
        if FATAL.search(line) and not NOISE.search(line):
            return LogMatch("", 0.0, line.strip()[:_MAX_SHOWN], {}, specific=False)
    return None


@lru_cache(maxsize=256)
def complaint(log: str) -> LogMatch | None:
    """What a program that goes on complains of, near the end of its log; None where it does not name a cause."""
    recent = [line for line in _asked(lines_of(log)[-_RECENT:]) if not NOISE.search(line)]
    found = _best(recent, SPECIFIC, True)
    if found is None or found.cause not in _PASSING:
        return found
    last = _best(recent[-_LAST:], SPECIFIC, True)
    return last if last is not None and last.cause == found.cause else None


def _asked(lines: t.Sequence[str]) -> list[str]:
    """The lines in the order in which they are asked: without frames of traces, what is wrapped before its wrapper."""
    found: list[str] = []
    wrapper: int | None = None
    below_frame = False
    for line in lines:
        frame = FRAME.search(line) is not None
        # Python shows the source line below each frame.
        if frame or (below_frame and line.startswith("    ")):
            below_frame = frame and 'File "' in line
            continue
        below_frame = False
        if WRAPPED.search(line):
            wrapper = max(0, len(found) - 1) if wrapper is None else wrapper
            found.insert(wrapper, line)
            continue
        wrapper = None
        found.append(line)
    return found


def last_line(log: str) -> str:
    """The last line that says anything."""
    lines = lines_of(log)
    return lines[-1].strip() if lines else ""


def listening_ports(log: str) -> set[int]:
    """Ports that the program says it listens on."""
    return {int(found.group(1)) for line in lines_of(log) for found in _LISTENING.finditer(line)}


def _best(lines: t.Sequence[str], signatures: t.Sequence[Signature], specific: bool) -> LogMatch | None:
    best: LogMatch | None = None
    known: set[str] = set()
    for line in lines:
        if not TELLING.search(line):
            continue
        # A program says the same again and again; the first time decides.
        said = _NUMBER.sub("0", line)
        if said in known:
            continue
        known.add(said)
        for signature in signatures:
            found = signature.pattern.search(line)
            if found is None:
                continue
            weight = signature.weight * (0.7 if NOISE.search(line) else 1.0)
            if best is None or weight > best.weight + 0.15:
                words = {key: value for key, value in found.groupdict().items() if value}
                best = LogMatch(signature.cause, weight, _shown(line, found.start()), words, specific)
            break
    return best


def _shown(line: str, start: int) -> str:
    """The part of a line that is worth showing: its beginning, or what stands around the match."""
    first = 0 if start < _MAX_SHOWN // 2 else start - _MAX_SHOWN // 4
    return line[first : first + _MAX_SHOWN].strip()
