# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text that is safe to print on a terminal.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import unicodedata

LINE_LIMIT = 400
# Control, format and separator characters, and halves of surrogate pairs, which no terminal can be sent.
UNSAFE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def printable(text: str, limit: int = LINE_LIMIT) -> str:
    """One line without control or format characters (no ANSI escape, no carriage return, no bidirectional marks)."""
    kept = "".join(" " if unicodedata.category(sign) in UNSAFE else sign for sign in text)
    return kept if len(kept) <= limit else kept[: limit - 1] + "…"
