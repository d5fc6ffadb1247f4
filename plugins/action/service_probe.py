# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of service_probe: live progress."""

from __future__ import annotations

from ansible_collections.rescue.kubernetes.plugins.plugin_utils._live_progress import LiveProgressAction


class ActionModule(LiveProgressAction):
    """Shows each progress line of the module as it is written."""

    module_name = "rescue.kubernetes.service_probe"
