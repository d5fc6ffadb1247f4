# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file that pipelines read a run's outcome from.

Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import json
import typing as t
from pathlib import Path


def write_result_file(path: str, found: dict[str, t.Any]) -> str | None:
    """Write JSON on the controller. Returns what went wrong as a sentence, None when it was written."""
    file = Path(path)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(found, indent=2, sort_keys=True, default=str) + "\n", encoding="utf-8")
    except OSError as error:
        return f"The result file {file} cannot be written: {error.strerror}."
    return None
