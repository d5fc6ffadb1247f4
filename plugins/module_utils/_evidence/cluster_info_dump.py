# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders of `kubectl cluster-info dump --output-directory`.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

Layout: `nodes.json`, `NAMESPACE/{pods,events,replicasets,deployments,...}.json`, `NAMESPACE/POD/logs.txt`; with
`--output yaml` the lists end in `.yaml`. ConfigMaps and StatefulSets are not in it.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.rescue.kubernetes.plugins.module_utils._evidence.record import RecordedLog, log_text

_NODES = re.compile(r"(?P<root>(?:.*/)?)nodes\.(?:json|ya?ml)")
_LIST = re.compile(r"(?:.*/)?(?P<namespace>[^/]+)/(?P<resource>[a-z-]+)\.(?:json|ya?ml)")
_LOG = re.compile(r"(?:.*/)?(?P<namespace>[^/]+)/(?P<pod>[^/]+)/logs\.txt")
_MARK = re.compile(
    r"^==== (?P<edge>START|END) logs for (?:init )?container (?P<container>\S+) of pod (?:[^/\s]+/)?(?P<pod>\S+) ====$",
    re.MULTILINE,
)


class ClusterInfoDump:
    """`kubectl cluster-info dump`."""

    title = "a cluster-info dump"
    lists_are_whole = True

    def recognises(self, names: t.Collection[str]) -> bool:
        """Whether there are nodes, and beside them a folder with pods."""
        roots = {found["root"] for name in names if (found := _NODES.fullmatch(name))}
        return any(
            re.fullmatch(rf"{re.escape(root)}[^/]+/pods\.(?:json|ya?ml)", name) for root in roots for name in names
        )

    def object_files(self, names: t.Iterable[str], namespace: str) -> list[str]:
        """As `RecordFormat` says."""
        found = ((name, _LIST.fullmatch(name)) for name in names)
        return [
            name for name, parts in found if _NODES.fullmatch(name) or (parts and namespace in ("", parts["namespace"]))
        ]

    def log_files(self, names: t.Iterable[str], namespace: str, pods: t.Collection[str]) -> list[str]:
        """As `RecordFormat` says."""
        found = ((name, _LOG.fullmatch(name)) for name in names)
        return [
            name for name, parts in found if parts and parts["pod"] in pods and namespace in ("", parts["namespace"])
        ]

    def logs_in(self, name: str, content: bytes) -> list[RecordedLog]:
        """The containers' logs between their marks; of a file whose beginning was cut off, the first has no START."""
        written = content.decode("utf-8", errors="replace").replace("\r\n", "\n")
        found: list[RecordedLog] = []
        begun = 0
        for mark in _MARK.finditer(written):
            if mark["edge"] == "END":
                told = log_text(written[begun : mark.start()].encode())
                if told:
                    found.append(RecordedLog(told, mark["pod"], mark["container"]))
            begun = mark.end() + 1
        return found
