# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write `docs/causes.md` from the table of causes: `PYTHONPATH=.collections python3 scripts/generate_causes.py`."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.cause import Cause
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.causes import ALL

TARGET = Path(__file__).resolve().parent.parent / "docs" / "causes.md"
HEADER = """# Causes

Made from the table of causes by `scripts/generate_causes.py`; do not edit.

`classify_failure` answers with a category and one of these causes. *Rolling back* says when it helps: where this
revision changed something that explains the cause by itself ("explains") or may explain it ("may"); it does not help
where nothing of that kind was changed. *Waits* is how long the cause is given to pass before the rollout counts as
failed: not at all where waiting cannot help, or where the release itself explains the cause.

Where the rollout is complete and a program complains all the same (of a host, its credentials, its rights, a full
disk), the category is `none`, for nothing has failed, and the cause names the complaint.
"""
CATEGORIES = {
    "image": "The image",
    "crash": "The container ends",
    "config": "Configuration",
    "health": "Probes",
    "scheduling": "Scheduling",
    "admission": "Admission",
    "storage": "Storage",
    "network": "Network",
    "node": "Nodes",
    "rollout": "The rollout",
    "none": "Nothing wrong",
    "unknown": "Unknown",
}


def document() -> str:
    """The whole page."""
    parts = [HEADER]
    for category, title in CATEGORIES.items():
        causes = [cause for cause in ALL if cause.category == category]
        parts.append(f"## {title} (`{category}`)\n")
        parts.extend(_section(cause) for cause in causes)
    return "\n".join(parts)


def _section(cause: Cause) -> str:
    lines = [f"### `{cause.name}`\n", f"{cause.meaning}\n", f"- Recognised by: {cause.signal}"]
    if cause.category != "none":
        lines.append(f"- Rolling back: {_rolling_back(cause)}")
        lines.append(f"- Waits: {'not at all' if cause.terminal else f'{cause.grace:.0f} s'}")
    lines.extend(f"- What to do: {sentence}" for _action, sentence in cause.remedies)
    return "\n".join(lines) + "\n"


def _rolling_back(cause: Cause) -> str:
    told = []
    if cause.decisive:
        told.append(f"a change of {_kinds(cause.decisive)} explains it")
    if cause.plausible - cause.decisive:
        told.append(f"a change of {_kinds(cause.plausible - cause.decisive)} may explain it")
    if not told:
        told.append("does not help, the cause lies outside the release")
    return "; ".join([*told, cause.note] if cause.note else told)


def _kinds(kinds: frozenset[str]) -> str:
    named = sorted(re.sub(r"^other$", "another field", kind) for kind in kinds)
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} or {named[-1]}"


if __name__ == "__main__":
    TARGET.write_text(document())
    sys.exit(0)
