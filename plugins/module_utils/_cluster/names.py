# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection, may change at any time.

Names as Kubernetes accepts them (DNS-1123), checked before anything is asked of a server.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.errors import InvalidNameError, one_line

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
LABEL_LIMIT, SUBDOMAIN_LIMIT = 63, 253


def check_name(kind: str, value: t.Any) -> str:
    """Return the name of an object of `kind` as text. Raises InvalidNameError with what to give instead."""
    name = "" if value is None else str(value)
    what = kind.lower()
    if not name.strip():
        raise InvalidNameError(
            f"The name of the {kind} is empty: say which one, for example -e {what}=api-server (name=api-server in a "
            "task).",
            details={"what": kind, "value": name, "suggestion": None},
        )
    if "/" in name:
        first, _slash, last = name.strip().partition("/")
        kinds = {what, f"{what}s", f"{what}s.apps", f"{what}.apps", "deploy", "sts", "ds"}
        if first.lower() in kinds and _valid(last, _SUBDOMAIN, SUBDOMAIN_LIMIT):
            _refuse(kind, name, "a name has no slash; leave the kind out", last)
        if _valid(first, _LABEL, LABEL_LIMIT) and _valid(last, _SUBDOMAIN, SUBDOMAIN_LIMIT):
            _refuse(
                kind,
                name,
                f"a name has no slash; the namespace is given by itself: -e {what}={last} "
                f"-e deployment_namespace={first} (name={last} namespace={first} in a task)",
                last,
                say=False,
            )
    if not _valid(name, _SUBDOMAIN, SUBDOMAIN_LIMIT):
        _refuse(kind, name, _why(name, SUBDOMAIN_LIMIT, "., "), _suggestion(name, _SUBDOMAIN, SUBDOMAIN_LIMIT))
    return name


def check_namespace(value: t.Any) -> str:
    """Return the namespace as text. Raises InvalidNameError; an unset namespace (None) is not for here."""
    name = str(value)
    if not name.strip():
        raise InvalidNameError(
            "The namespace is empty: name one, or leave it out to use the one of the context.",
            details={"what": "Namespace", "value": name, "suggestion": None},
        )
    if not _valid(name, _LABEL, LABEL_LIMIT):
        _refuse("Namespace", name, _why(name, LABEL_LIMIT, ""), _suggestion(name, _LABEL, LABEL_LIMIT))
    return name


def _valid(name: str, pattern: re.Pattern[str], limit: int) -> bool:
    return len(name) <= limit and pattern.fullmatch(name) is not None


def _why(name: str, limit: int, extra: str) -> str:
    if len(name) > limit:
        return f"it has {len(name)} characters and may have {limit}"
    if name != name.lower():
        return "Kubernetes names are lower case"
    signs = f"digits, {extra}-" if extra else "digits and -"
    return f"a Kubernetes name has only lower case letters, {signs} and begins and ends with a letter or digit"


def _suggestion(name: str, pattern: re.Pattern[str], limit: int) -> str | None:
    near = re.sub(r"[\s_]+", "-", name.strip().lower())
    return near if near != name and _valid(near, pattern, limit) else None


def _refuse(what: str, name: str, why: str, suggestion: str | None, *, say: bool = True) -> t.NoReturn:
    shown = one_line(name, 80)
    hint = f'. Did you mean "{suggestion}"?' if suggestion and say else "."
    raise InvalidNameError(
        f'"{shown}" cannot be the name of a {what}: {why}{hint}',
        details={"what": what, "value": shown, "suggestion": suggestion},
    )
