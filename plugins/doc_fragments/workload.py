# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection, may change at any time. Which workload a module works on."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of module_utils/_cluster/options.py, WORKLOAD_ARGUMENT_SPEC."""

    DOCUMENTATION = r"""
options:
  kind:
    description:
      - Kind of the workload.
    type: str
    choices: [Deployment, StatefulSet, DaemonSet]
    default: Deployment
  name:
    description:
      - Name of the workload.
    type: str
    required: true
  namespace:
    description:
      - Namespace of the workload. That of the context by default.
    type: str
"""
