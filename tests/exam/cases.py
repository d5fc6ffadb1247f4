# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the folder of cases: what was recorded, and the answer that is expected."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout import objects as o

RECORDS = ("recorded", "recorded_late")
# Kinds in the order in which they are the target of a case that names none.
_TARGETS = ("Deployment", "StatefulSet", "DaemonSet", "Job", "Rollout", "ReplicaSet", "Pod")
_MAX_FILE = 20_000_000


class CaseError(Exception):
    """A case that cannot be read; the text says why in one sentence."""


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Leaves times the strings that the API writes, as its own JSON does."""


_Loader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True)
class Expected:
    """The answer to a case, as `expected.yaml` gives it; `causes` and `categories` hold all that count as right."""

    categories: tuple[str, ...]
    causes: tuple[str, ...]
    failed: bool | None
    fidelity: str
    scored: bool
    target: o.JsonObject
    namespace: str


@dataclass(frozen=True)
class LogFile:
    """A log that was recorded; pod and container are "" where the case does not say whose it is."""

    text: str
    pod: str = ""
    container: str = ""
    previous: bool = False


@dataclass(frozen=True)
class Record:
    """One look at one case. `complete`: it holds all objects of the namespace, so what is missing does not exist."""

    id: str
    expected: Expected
    objects: list[o.JsonObject]
    logs: list[LogFile] = field(default_factory=list)
    complete: bool = False


def case_folders(folder: Path) -> list[Path]:
    """The folders of the cases, by name."""
    return sorted(entry for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith("."))


def expected_of(folder: Path) -> Expected:
    """The case's answer. Raises CaseError."""
    answer = next(iter(_documents(folder / "expected.yaml")), {})
    categories = _texts(answer.get("expected_category"), answer.get("accept_categories"))
    causes = _texts(answer.get("expected_cause"), answer.get("accept_causes"))
    if not categories or not causes:
        raise CaseError("expected.yaml names no expected_category or no expected_cause")
    failed = answer.get("rollout_failed")
    return Expected(
        categories=categories,
        causes=causes,
        failed=failed if isinstance(failed, bool) else None,
        fidelity=o.text(answer.get("fidelity")) or "unnamed",
        scored=answer.get("unreliable") is not True,
        target=o.mapping(answer.get("target")),
        namespace=o.text(answer.get("apply_namespace")),
    )


def records_of(folder: Path, expected: Expected) -> Iterator[Record]:
    """The looks that a case holds; none where it holds text for people only. Raises CaseError."""
    if (folder / "objects.yaml").is_file():
        yield Record(folder.name, expected, read_objects(folder / "objects.yaml"), _plain_logs(folder))
    elif (folder / "watch.json").is_file():
        yield Record(folder.name, expected, _latest(read_objects(folder / "watch.json")), _plain_logs(folder))
    for name in RECORDS:
        path = folder / name / "objects.yaml"
        if path.is_file():
            suffix = " (late)" if name.endswith("_late") else ""
            logs = _container_logs(folder / name / "logs")
            yield Record(f"{folder.name}{suffix}", expected, read_objects(path), logs, complete=True)


def read_objects(path: Path) -> list[o.JsonObject]:
    """The API objects of a YAML stream, a List or a JSON list, without Secrets. Raises CaseError."""
    found: list[o.JsonObject] = []
    waiting = list(_documents(path))
    while waiting:
        entry = waiting.pop(0)
        if o.text(entry.get("kind")).endswith("List") and isinstance(entry.get("items"), list):
            kind = o.text(entry.get("kind")).removesuffix("List")
            items = [item for item in entry["items"] if isinstance(item, dict)]
            waiting[:0] = [{"kind": kind, **item} if kind else item for item in items]
        elif o.text(entry.get("kind")) not in ("", "Secret"):
            found.append(entry)
    if not found:
        raise CaseError(f"{path.name} holds no API object")
    return found


def target_of(record: Record) -> o.JsonObject:
    """The object that the case is about. Raises CaseError where the record does not hold it."""
    wanted = record.expected.target
    kind, name = o.text(wanted.get("kind")), o.text(wanted.get("name"))
    namespace = o.text(wanted.get("namespace")) or record.expected.namespace
    if not kind:
        for candidate in _TARGETS:
            for entry in record.objects:
                if entry.get("kind") == candidate:
                    return entry
        raise CaseError("the record holds no workload")
    named = [entry for entry in record.objects if entry.get("kind") == kind and o.name_of(entry) == name]
    here = [entry for entry in named if o.namespace_of(entry) == namespace]
    if not named:
        raise CaseError(f"the record does not hold {kind}/{name}")
    return (here or named)[0]


def _documents(path: Path) -> Iterator[o.JsonObject]:
    try:
        if path.stat().st_size > _MAX_FILE:
            raise CaseError(f"{path.name} is larger than {_MAX_FILE // 1_000_000} MB")
        documents = list(yaml.load_all(path.read_text(encoding="utf-8", errors="replace"), Loader=_Loader))
    except OSError as error:
        raise CaseError(f"{path.name} cannot be read: {error.strerror}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        where = getattr(error, "problem_mark", None)
        line = f" at line {where.line + 1}" if where else ""
        raise CaseError(f"{path.name} is no YAML{line}") from None
    for document in documents:
        for entry in document if isinstance(document, list) else [document]:
            if isinstance(entry, dict):
                yield entry


def _texts(first: t.Any, more: t.Any) -> tuple[str, ...]:
    return tuple(entry for entry in (first, *o.sequence(more)) if isinstance(entry, str) and entry)


def _latest(objects: list[o.JsonObject]) -> list[o.JsonObject]:
    """The last state of each object that was watched."""
    latest = {(entry.get("kind"), o.namespace_of(entry), o.name_of(entry)): entry for entry in objects}
    return list(latest.values())


def _plain_logs(folder: Path) -> list[LogFile]:
    path = folder / "logs.txt"
    return [LogFile(_log_text(path))] if path.is_file() else []


def _container_logs(folder: Path) -> list[LogFile]:
    found = []
    for path in sorted(folder.glob("*__*.log")):
        name = re.fullmatch(r"(.+?)__(.+?)(\.previous)?\.log", path.name)
        if name:
            found.append(LogFile(_log_text(path), name[1], name[2], previous=bool(name[3])))
    return found


def _log_text(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(_MAX_FILE).decode("utf-8", errors="replace")
