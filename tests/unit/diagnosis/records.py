# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The recorded faults, and what the diagnosis must say of each."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.evidence import Evidence

from .faults import FAULTS

_FIXTURES = Path(__file__).parent / "fixtures"
# name of the record -> the cause that it must be judged to be
RECORDS: dict[str, str] = {
    **{name: fault.cause for name, fault in FAULTS.items()},
    # Recorded on a busy machine, when the event was written and the pod's status was not.
    "tag_missing_event_first": "image_tag_not_found",
}


@cache
def _text(name: str) -> str:
    return (_FIXTURES / f"{name}.json").read_text()


def record(name: str) -> Evidence:
    """A fresh copy of the recorded evidence."""
    return Evidence.from_dict(json.loads(_text(name)))
