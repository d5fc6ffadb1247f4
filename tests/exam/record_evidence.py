# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A case's record as evidence, by the reader that the collection has for records."""

from __future__ import annotations

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.paths import RESOURCES
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.evidence import Evidence
from ansible_collections.rescue.kubernetes.plugins.module_utils._evidence.assembly import assembled, complete
from ansible_collections.rescue.kubernetes.plugins.module_utils._evidence.record import RecordedLog
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout import objects as o

from .cases import Record, target_of


def evidence_of(record: Record) -> Evidence:
    """The evidence for the case's target. Raises CaseError where the record does not hold the target."""
    target = target_of(record)
    evidence = assembled(record.objects, target)
    places = {o.namespace_of(target), ""}
    listed = {(kind, place) for kind in RESOURCES for place in places} if record.complete else set()
    logs = [RecordedLog(log.text, log.pod, log.container, log.previous) for log in record.logs]
    complete(evidence, logs, listed)
    return evidence
