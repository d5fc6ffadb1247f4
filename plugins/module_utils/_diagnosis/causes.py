# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All causes by name.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis import table_cluster, table_containers
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.cause import Cause

ALL: tuple[Cause, ...] = (
    *table_containers.IMAGE,
    *table_containers.CRASH,
    *table_containers.CONFIG,
    *table_containers.HEALTH,
    *table_cluster.SCHEDULING,
    *table_cluster.ADMISSION,
    *table_cluster.STORAGE,
    *table_cluster.NETWORK,
    *table_cluster.NODE,
    *table_cluster.ROLLOUT,
    *table_cluster.NONE,
)
BY_NAME: dict[str, Cause] = {cause.name: cause for cause in ALL}
