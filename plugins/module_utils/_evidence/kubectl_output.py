# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `kubectl get -o yaml` (or json) wrote, in a file or a folder of them, with logs as files beside them.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

Logs: `POD__CONTAINER.log`, `POD__CONTAINER.previous.log`, or `logs.txt`, which is the failing container's.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.rescue.kubernetes.plugins.module_utils._evidence.record import RecordedLog, log_text

_OBJECTS = re.compile(r".*\.(?:ya?ml|json)(?:\.gz)?")
_LOG = re.compile(r"(?:.*/)?(?P<pod>[^/]+?)__(?P<container>[^/]+?)(?P<previous>\.previous)?\.log(?:\.gz)?")
_UNNAMED_LOG = re.compile(r"(?:.*/)?logs\.txt(?:\.gz)?")


class KubectlOutput:
    """`kubectl get -o yaml`, `kubectl get -o json`."""

    title = "kubectl's output"
    lists_are_whole = False

    def recognises(self, names: t.Collection[str]) -> bool:
        """A single file may have any name."""
        return bool(self.object_files(names, ""))

    def object_files(self, names: t.Iterable[str], namespace: str) -> list[str]:
        """As `RecordFormat` says; only the objects themselves tell their namespace."""
        known = list(names)
        return known if len(known) == 1 else [name for name in known if _OBJECTS.fullmatch(name)]

    def log_files(self, names: t.Iterable[str], namespace: str, pods: t.Collection[str]) -> list[str]:
        """As `RecordFormat` says."""
        found = ((name, _LOG.fullmatch(name)) for name in names)
        return [name for name, parts in found if (parts and parts["pod"] in pods) or _UNNAMED_LOG.fullmatch(name)]

    def logs_in(self, name: str, content: bytes) -> list[RecordedLog]:
        """As `RecordFormat` says."""
        parts = _LOG.fullmatch(name)
        if parts is None:
            return [RecordedLog(log_text(content))]
        return [RecordedLog(log_text(content), parts["pod"], parts["container"], bool(parts["previous"]))]
