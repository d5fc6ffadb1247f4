# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be wrong with a record that somebody names.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.errors import RescueError

FORMATS = (
    "a bundle that classify_failure recorded, a must-gather folder, a folder of kubectl cluster-info dump, "
    "or kubectl get -o yaml (or json)"
)


class EvidenceError(RescueError):
    """The named record cannot be used. details: path."""

    reason = "evidence_unusable"


class BundleError(RescueError):
    """The bundle cannot be written where it should be. details: path."""

    reason = "bundle_not_written"
