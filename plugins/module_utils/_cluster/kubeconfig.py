# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection, may change at any time.

Kubeconfig files: found, merged and read as kubectl does it.

The `kubernetes` library's loader is not used here: it costs as much time as all else that a module imports, lets the
last file's current-context win where kubectl lets the first, skips missing files in silence and leaves private keys
in temporary files when the process is killed.
"""

from __future__ import annotations

import os
import stat
import typing as t
from dataclasses import dataclass, field

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.errors import (
    ContextNotFoundError,
    KubeconfigError,
    LibraryMissingError,
    one_line,
)

DEFAULT_PATH = "~/.kube/config"
INLINE = "the kubeconfig option"

Entry = dict[str, t.Any]


@dataclass(frozen=True)
class KubeconfigContext:
    """One context, resolved. `folder` of cluster and user is what their relative paths start from."""

    name: str
    namespace: str | None
    cluster: Entry
    cluster_folder: str
    user: Entry
    user_folder: str
    user_name: str
    source: str
    warnings: list[str] = field(default_factory=list)


def candidate_paths(value: str | list[str]) -> list[str]:
    """Split `a:b` or take a list; expand ~ and variables; drop empty entries."""
    parts = value if isinstance(value, list) else value.split(os.pathsep)
    return [os.path.abspath(os.path.expanduser(os.path.expandvars(str(part)))) for part in parts if str(part).strip()]


def default_paths() -> tuple[list[str], bool]:
    """Paths named by KUBECONFIG, else the default one; True when somebody named them."""
    named = candidate_paths(os.environ.get("KUBECONFIG", ""))
    return (named, True) if named else (candidate_paths(DEFAULT_PATH), False)


def load_context(source: str | list[str] | Entry, context: str | None) -> KubeconfigContext:
    """Read the kubeconfig (path, paths or content) and resolve `context`, or the current one.

    Raises KubeconfigError, ContextNotFoundError, LibraryMissingError.
    """
    if isinstance(source, dict):
        documents = [(INLINE, os.getcwd(), source)]
        warnings: list[str] = []
    else:
        documents, warnings = _read_files(candidate_paths(source))
    places = ", ".join(place for place, _folder, _document in documents)
    paths = [place for place, _folder, _document in documents]
    contexts = _merge(documents, "contexts")
    name = context or next(
        (str(document["current-context"]) for _p, _f, document in documents if document.get("current-context")), None
    )
    known = sorted(contexts)
    listed = f"It has: {', '.join(one_line(item, 100) for item in known)}." if known else "It has no context at all."
    if name is None:
        raise ContextNotFoundError(
            f"The kubeconfig {places} names no current context. {listed} Choose one with context=NAME "
            "(or K8S_AUTH_CONTEXT, or kubectl config use-context NAME).",
            details={"context": None, "contexts": known, "paths": paths},
        )
    if name not in contexts:
        raise ContextNotFoundError(
            f'There is no context "{one_line(name, 100)}" in the kubeconfig {places}. {listed} '
            "Choose one with context=NAME (or K8S_AUTH_CONTEXT).",
            details={"context": name, "contexts": known, "paths": paths},
        )
    chosen = contexts[name][0].get("context") or {}
    cluster_name, user_name = chosen.get("cluster"), chosen.get("user")
    clusters, users = _merge(documents, "clusters"), _merge(documents, "users")
    if cluster_name not in clusters:
        raise _invalid(places, f'context "{name}" refers to the cluster "{cluster_name}", which is not in it', paths)
    if user_name and user_name not in users:
        raise _invalid(places, f'context "{name}" refers to the user "{user_name}", which is not in it', paths)
    cluster, cluster_folder = clusters[cluster_name]
    user, user_folder = users[user_name] if user_name else ({}, cluster_folder)
    if not (cluster.get("cluster") or {}).get("server"):
        raise _invalid(places, f'cluster "{cluster_name}" has no server address', paths)
    return KubeconfigContext(
        name=name,
        namespace=chosen.get("namespace") or None,
        cluster=cluster["cluster"],
        cluster_folder=cluster_folder,
        user=user.get("user") or {},
        user_folder=user_folder,
        user_name=str(user_name or ""),
        source=places,
        warnings=warnings,
    )


def secret_values(source: t.Any) -> set[str]:
    """The secrets inside a kubeconfig given as content, for Ansible to hide in what it prints."""
    found: set[str] = set()
    users = source.get("users") if isinstance(source, dict) else None
    for entry in users if isinstance(users, list) else []:
        user = entry.get("user") if isinstance(entry, dict) else None
        if not isinstance(user, dict):
            continue
        found.update(str(user[key]) for key in ("token", "password", "client-key-data") if user.get(key))
        provider = (user.get("auth-provider") or {}).get("config") or {}
        found.update(str(provider[key]) for key in ("id-token", "refresh-token", "client-secret") if provider.get(key))
        variables = (user.get("exec") or {}).get("env") or []
        found.update(str(variable["value"]) for variable in variables if variable.get("value"))
    return found


def _read_files(paths: list[str]) -> tuple[list[tuple[str, str, Entry]], list[str]]:
    # Like kubectl: of several files those that do not exist are passed over, as long as one does.
    present = [path for path in paths if os.path.exists(path)]
    if not present:
        raise KubeconfigError(
            f"There is no kubeconfig at {', '.join(paths)}. Give its path with kubeconfig=PATH, K8S_AUTH_KUBECONFIG "
            "or KUBECONFIG, or address the cluster with host= and api_key=.",
            reason="kubeconfig_not_found",
            details={"paths": paths},
        )
    documents, warnings = [], []
    for path in present:
        documents.append((path, os.path.dirname(path), _read_file(path)))
        mode = stat.S_IMODE(os.stat(path).st_mode)
        if mode & 0o044:
            warnings.append(
                f"The kubeconfig {path} is readable by others (mode {mode:04o}): they can act on the cluster in your "
                f"name. Close it with: chmod 600 {path}"
            )
    return documents, warnings


def _read_file(path: str) -> Entry:
    try:
        import yaml
    except ImportError as error:
        raise missing_library("PyYAML", error) from error
    try:
        with open(path, encoding="utf-8") as file:
            document = yaml.safe_load(file)
    except OSError as error:
        raise KubeconfigError(
            f"The kubeconfig {path} cannot be read: {error.strerror}. Check its owner and mode, or name another one "
            "with kubeconfig=PATH.",
            reason="kubeconfig_unreadable",
            details={"paths": [path]},
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark is not None else ""
        raise _invalid(path, f"it is not YAML{where}", [path]) from error
    if not isinstance(document, dict):
        raise _invalid(path, "it is empty" if document is None else "it holds no mapping", [path])
    return document


def _merge(documents: list[tuple[str, str, Entry]], section: str) -> dict[str, tuple[Entry, str]]:
    # The first file that has an entry of a name wins.
    merged: dict[str, tuple[Entry, str]] = {}
    for place, folder, document in documents:
        entries = document.get(section) or []
        if not isinstance(entries, list) or not all(isinstance(entry, dict) and "name" in entry for entry in entries):
            raise _invalid(place, f'"{section}" is not a list of named entries', [place])
        for entry in entries:
            merged.setdefault(str(entry["name"]), (entry, folder))
    return merged


def _invalid(place: str, problem: str, paths: list[str]) -> KubeconfigError:
    return KubeconfigError(
        f"The kubeconfig {place} cannot be used: {one_line(problem, 300)}. Compare it with what "
        "kubectl config view shows.",
        reason="kubeconfig_invalid",
        details={"paths": paths},
    )


def missing_library(library: str, error: ImportError) -> LibraryMissingError:
    """The error for a Python library that is not there."""
    import sys

    return LibraryMissingError(
        f'The Python library "{library}" is missing for {sys.executable} ({one_line(error, 200)}). Install it with: '
        f"{sys.executable} -m pip install 'urllib3>=2.2' kubernetes jmespath; or point ansible_python_interpreter at a "
        "Python that has it.",
        details={"library": library, "python": sys.executable},
    )
