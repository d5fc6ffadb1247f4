# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults that are made to happen on a real cluster, each in a namespace of its own: recorded, and judged live."""

from __future__ import annotations

from .admission import ADMISSION
from .cluster import CLUSTER
from .config import CONFIG
from .crash import CRASH
from .health import HEALTH
from .image import IMAGE
from .parts import Fault, Json
from .rollout import ROLLOUT
from .scheduling import SCHEDULING
from .storage import STORAGE

__all__ = ["FAULTS", "Fault", "Json"]

FAULTS: dict[str, Fault] = {
    **IMAGE,
    **CRASH,
    **CONFIG,
    **HEALTH,
    **SCHEDULING,
    **ADMISSION,
    **STORAGE,
    **CLUSTER,
    **ROLLOUT,
}
