# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection, may change at any time. What modules say about themselves."""

from __future__ import annotations


class ModuleDocFragment:
    """Attributes that all modules have; one that differs overrides `support` and `details`."""

    DOCUMENTATION = r"""
attributes:
  check_mode:
    description: Can run in check mode and tell what would change without changing it.
    support: full
  diff_mode:
    description: Tells in diff mode what has changed, or what would.
    support: none
  idempotent:
    description: When run again with nothing changed in between, it changes nothing.
    support: full
"""

    ACTION_GROUP = r"""
attributes:
  action_group:
    description: Use C(group/rescue.kubernetes.kubernetes) in C(module_defaults) to set options of all modules at once.
    support: full
    membership:
      - rescue.kubernetes.kubernetes
"""

    SUMMARY = r"""
attributes:
  check_mode:
    description: Can run in check mode and tell what would change without changing it.
    support: full
  diff_mode:
    description: Tells in diff mode what has changed, or what would.
    support: N/A
  idempotent:
    description: When run again with nothing changed in between, it changes nothing.
    support: full
options:
  result_file:
    description: File on the controller to write everything to as JSON, for pipelines.
    type: path
"""

    READ_ONLY = r"""
attributes:
  check_mode:
    description: Can run in check mode and tell what would change without changing it.
    support: full
    details:
      - This module changes nothing.
  diff_mode:
    description: Tells in diff mode what has changed, or what would.
    support: N/A
    details:
      - This module changes nothing.
  idempotent:
    description: When run again with nothing changed in between, it changes nothing.
    support: full
    details:
      - This module changes nothing.
"""
