# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may be stored of whole objects: text is not all, for the name of a variable tells what its value is.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import json
import math
import re
import typing as t

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.redaction import (
    REDACTED,
    clean,
    is_secret_name,
)

# As much as is read of one log; a ConfigMap's key may be longer and is cut.
TEXT_LIMIT = 65_536
NAME_LIMIT = 512
_MAX_DEPTH = 64
_MAX_NODES = 2_000_000
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
# Maps of names that somebody chose to values that somebody wrote.
_NAMED_VALUES = ("data", "annotations")
_HIDDEN_VALUES = ("binaryData", "stringData")
# managedFields hold names of fields; nothing below the keys of a ConfigMap or the pod template is ever read.
_MANAGED_DEPTH = 2
_SECRET_FIELDS = frozenset(
    ("password", "passwd", "token", "apikey", "accesskey", "secretkey", "secretaccesskey", "clientsecret", "privatekey")
)
_SECRET_FLAG = re.compile(r"(?i)--?[\w-]{0,40}(?:password|passwd|passphrase|token|secret|key|credentials?)")
_HIDDEN = re.compile(r"\[redacted(?: \d{1,6})?\]")


class TooManyFieldsError(Exception):
    """Larger than any workload's record: it is not what it seems to be, such as a YAML file of nested aliases."""


class ObjectRedactor:
    """Cleans the objects of one record.

    Secrets that differ go on differing: the second one is `[redacted 2]`. Else two revisions that differ in a
    password only would be taken for one.
    """

    def __init__(self) -> None:
        self._cleaned: dict[str, str] = {}
        self._numbers: dict[str, dict[str, int]] = {}
        self._left = _MAX_NODES

    def value(self, source: t.Any) -> t.Any:
        """Any JSON-shaped value, cleaned in depth. Raises TooManyFieldsError."""
        return self._value(source, 0)

    def _value(self, source: t.Any, depth: int) -> t.Any:
        self._left -= 1
        if self._left < 0:
            raise TooManyFieldsError
        source = _told(source)
        if source is None or isinstance(source, (bool, int, float)):
            return source
        if depth > _MAX_DEPTH:
            return REDACTED
        if isinstance(source, dict):
            hides = _is_secret_variable(source)
            return {
                clean(str(key), NAME_LIMIT): self._field(str(key), entry, depth + 1, hides and key == "value")
                for key, entry in source.items()
            }
        if isinstance(source, (list, tuple)):
            return self._list(source, depth + 1)
        return self._text(str(source))

    def _field(self, key: str, entry: t.Any, depth: int, hides: bool) -> t.Any:
        entry = _told(entry)
        if isinstance(entry, str):
            if hides or (key.lower() in _SECRET_FIELDS and entry):
                return self._hidden(entry)
            return self._text(entry)
        if isinstance(entry, dict) and (key in _NAMED_VALUES or key in _HIDDEN_VALUES):
            return {
                clean(str(name), NAME_LIMIT): self._named(str(name), value, depth, key in _HIDDEN_VALUES)
                for name, value in entry.items()
            }
        if key == "fieldsV1":
            return _shallow(entry, _MANAGED_DEPTH)
        return self._value(entry, depth)

    def _named(self, name: str, value: t.Any, depth: int, hides: bool) -> t.Any:
        """A key of a ConfigMap, or an annotation."""
        value = _told(value)
        if not isinstance(value, str):
            return self._value(value, depth + 1)
        if name == _LAST_APPLIED:
            return self._applied(value, depth)
        return self._hidden(value) if hides or is_secret_name(name) else self._text(value)

    def _applied(self, value: str, depth: int) -> str:
        try:
            applied = json.loads(value)
        except (ValueError, RecursionError):
            return REDACTED
        return json.dumps(self._value(applied, depth + 1), separators=(",", ":"))

    def _list(self, source: t.Sequence[t.Any], depth: int) -> list[t.Any]:
        found: list[t.Any] = []
        follows_flag = False
        for entry in source:
            hides = follows_flag and isinstance(entry, str) and not entry.startswith("-")
            found.append(self._hidden(entry) if hides else self._value(entry, depth))
            follows_flag = isinstance(entry, str) and bool(_SECRET_FLAG.fullmatch(entry))
        return found

    def _text(self, source: str) -> str:
        # Pods of a workload say the same: each text is searched once.
        known = self._cleaned.get(source)
        if known is None:
            told = clean(source, TEXT_LIMIT)
            hidden = told.count(REDACTED) > source.count(REDACTED)
            known = self._cleaned[source] = self._numbered(told, source) if hidden else told
        return known

    def _hidden(self, source: str) -> str:
        return source if _HIDDEN.fullmatch(source) else self._numbered(REDACTED, source)

    def _numbered(self, told: str, source: str) -> str:
        numbers = self._numbers.setdefault(told, {})
        number = numbers.setdefault(source, len(numbers) + 1)
        return told if number == 1 else told.replace(REDACTED, f"{REDACTED[:-1]} {number}]")


def _is_secret_variable(entry: dict[t.Any, t.Any]) -> bool:
    """Whether this is a variable or a header whose value may be a credential."""
    name = entry.get("name")
    return "value" in entry and isinstance(name, str) and is_secret_name(name)


def _told(source: t.Any) -> t.Any:
    """A number that JSON does not know, as text; all else as it is."""
    return str(source) if isinstance(source, float) and not math.isfinite(source) else source


def _shallow(entry: t.Any, depth: int) -> t.Any:
    if depth == 0 or not isinstance(entry, dict):
        return {}
    return {clean(str(key), NAME_LIMIT): _shallow(below, depth - 1) for key, below in entry.items()}
