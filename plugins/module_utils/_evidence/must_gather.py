# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders of `oc adm must-gather` and `oc adm inspect`.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

Layout: `[IMAGE/]namespaces/NAMESPACE/GROUP/RESOURCE.yaml` (lists) or `.../GROUP/RESOURCE/NAME.yaml`,
`.../pods/POD/POD.yaml`, `.../pods/POD/CONTAINER/CONTAINER/logs/{current,previous}[.insecure].log`, and
`cluster-scoped-resources/GROUP/RESOURCE/NAME.yaml`.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.rescue.kubernetes.plugins.module_utils._evidence.record import RecordedLog, log_text

_NAMESPACED = re.compile(r"(?:^|.*/)namespaces/(?P<namespace>[^/]+)/(?P<rest>.+)")
_CLUSTER_SCOPED = re.compile(
    r"(?:^|.*/)cluster-scoped-resources/(?:core/(?:nodes|persistentvolumes)|storage\.k8s\.io/storageclasses)"
    r"(?:/[^/]+)?\.(?:ya?ml|json)"
)
# Operators' own resources are most of a must-gather, and no cause is read from them.
_OBJECTS = re.compile(
    r"(?:(?:core|apps|batch|discovery\.k8s\.io|networking\.k8s\.io|policy|autoscaling)/[^/]+(?:/[^/]+)?"
    r"|pods/[^/]+/[^/]+)\.(?:ya?ml|json)"
)
_LOG = re.compile(
    r"pods/(?P<pod>[^/]+)/(?P<container>[^/]+)/[^/]+/logs/(?P<which>current|previous)(?:\.insecure)?\.log"
)


class MustGather:
    """`oc adm must-gather`, `oc adm inspect`."""

    title = "a must-gather"
    lists_are_whole = True

    def recognises(self, names: t.Collection[str]) -> bool:
        """Whether objects stand below a folder `namespaces`."""
        return any(_rest(name, "", _OBJECTS) for name in names)

    def object_files(self, names: t.Iterable[str], namespace: str) -> list[str]:
        """As `RecordFormat` says."""
        return [name for name in names if _rest(name, namespace, _OBJECTS) or _CLUSTER_SCOPED.fullmatch(name)]

    def log_files(self, names: t.Iterable[str], namespace: str, pods: t.Collection[str]) -> list[str]:
        """As `RecordFormat` says."""
        found = ((name, _rest(name, namespace, _LOG)) for name in names)
        return [name for name, parts in found if parts and parts["pod"] in pods]

    def logs_in(self, name: str, content: bytes) -> list[RecordedLog]:
        """As `RecordFormat` says; a container that wrote nothing has an empty file."""
        parts = _rest(name, "", _LOG)
        if parts is None or not content:
            return []
        return [RecordedLog(log_text(content), parts["pod"], parts["container"], parts["which"] == "previous")]


def _rest(name: str, namespace: str, pattern: re.Pattern[str]) -> re.Match[str] | None:
    parts = _NAMESPACED.fullmatch(name)
    if parts is None or namespace not in ("", parts["namespace"]):
        return None
    return pattern.fullmatch(parts["rest"])
