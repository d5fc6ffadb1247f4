# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The recorded faults, and what the diagnosis must say of each."""

from __future__ import annotations

import json
import typing as t
from functools import cache
from pathlib import Path

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.evidence import Evidence

from .faults import FAULTS

_FIXTURES = Path(__file__).parent / "fixtures"


class Edited(t.NamedTuple):
    """A record that was made from another one."""

    cause: str
    source: str
    edit: t.Callable[[Evidence], None]


def _without_ends(evidence: Evidence) -> None:
    """As a dump of pods reads that keeps what is and not what was."""
    evidence.logs.clear()
    for pod in evidence.pods:
        for status in pod["status"]["containerStatuses"]:
            status["lastState"] = {}


def _reworded(said: str, message: str) -> t.Callable[[Evidence], None]:
    """Every text of the record that holds `said` says `message` instead."""

    def reworded(value: t.Any) -> t.Any:
        if isinstance(value, dict):
            return {key: reworded(entry) for key, entry in value.items()}
        if isinstance(value, list):
            return [reworded(entry) for entry in value]
        return message if isinstance(value, str) and said in value else value

    def edit(evidence: Evidence) -> None:
        evidence.workload = reworded(evidence.workload)
        evidence.revisions, evidence.pods = reworded(evidence.revisions), reworded(evidence.pods)
        evidence.events = reworded(evidence.events)

    return edit


def _refused_signature(evidence: Evidence) -> None:
    said = (
        "image pull failed for localhost:31997/broken/web:1 because the signature validation failed: "
        "SignatureValidationFailed: Source image rejected: A signature was required, but no signature exists"
    )
    for pod in evidence.pods:
        for status in pod["status"]["containerStatuses"]:
            status["state"] = {"waiting": {"reason": "SignatureValidationFailed", "message": said}}
    for event in evidence.events:
        if event["reason"] == "Failed" and event["message"].startswith("Failed to pull"):
            event["message"] = f"Failed to pull image: {said}"


# Recorded, and then less of it: that something is not in the record is what the cause means.
CUT: dict[str, Edited] = {
    "ends_lost": Edited("crash_loop_unknown", "exit_three", _without_ends),
}
# Written: the cluster has no second node that a disk could hang on, no container runtime that checks signatures, and
# forgets a namespace that it deletes within a second.
WRITTEN: dict[str, Edited] = {
    "multi_attach": Edited(
        "volume_multi_attach",
        "attach",
        _reworded(
            "AttachVolume.Attach failed",
            'Multi-Attach error for volume "record-attach" Volume is already used by pod(s) web-7d9f6c5b8-x2x4q',
        ),
    ),
    "namespace_deleted": Edited(
        "namespace_terminating",
        "priority",
        _reworded(
            "no PriorityClass",
            'Error creating: pods "web-7d9f6c5b8-x2x4q" is forbidden: unable to create new content in namespace shop '
            "because it is being terminated",
        ),
    ),
    "signature": Edited("image_signature_invalid", "registry_nonsense", _refused_signature),
}
_EDITED = {**CUT, **WRITTEN}
# name of the record -> the cause that it must be judged to be
RECORDS: dict[str, str] = {
    **{name: fault.cause for name, fault in FAULTS.items()},
    # Recorded on a busy machine, when the event was written and the pod's status was not.
    "tag_missing_event_first": "image_tag_not_found",
    **{name: edited.cause for name, edited in _EDITED.items()},
}


@cache
def _text(name: str) -> str:
    return (_FIXTURES / f"{name}.json").read_text()


def record(name: str) -> Evidence:
    """A fresh copy of the recorded evidence."""
    if name in _EDITED:
        evidence = record(_EDITED[name].source)
        _EDITED[name].edit(evidence)
        return evidence
    return Evidence.from_dict(json.loads(_text(name)))
