# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All causes by name.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.cause import Cause
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.table import (
    admission,
    cluster,
    config,
    crash,
    health,
    image,
    rollout,
    scheduling,
    storage,
)

ALL: tuple[Cause, ...] = (
    *image.IMAGE,
    *crash.CRASH,
    *config.CONFIG,
    *health.HEALTH,
    *scheduling.SCHEDULING,
    *admission.ADMISSION,
    *storage.STORAGE,
    *cluster.NETWORK,
    *cluster.NODE,
    *rollout.ROLLOUT,
    *rollout.NONE,
)
BY_NAME: dict[str, Cause] = {cause.name: cause for cause in ALL}
