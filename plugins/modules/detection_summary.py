#!/usr/bin/python
# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The work is done by the action plugin of the same name, on the controller.
from __future__ import annotations

DOCUMENTATION = r"""
module: detection_summary
short_description: Show what rollout_status found, a sweep as a table
version_added: 0.1.0
author:
  - rescue.kubernetes contributors (@rescue-kubernetes)
description:
  - Prints one workload in at most ten lines, and a sweep as a table that is as wide as the terminal and at most one
    screen long.
  - Says whether something is failing, for a last task that sets the exit code. Nothing is asked of the cluster.
extends_documentation_fragment:
  - rescue.kubernetes.attributes.summary
options:
  target:
    description: What to call the target when it could not be looked at, and a sweep.
    type: str
    default: ""
  detection:
    description: Result of M(rescue.kubernetes.rollout_status), of one workload or of a sweep.
    type: dict
    default: {}
  max_rows:
    description: So many workloads of a sweep are shown, V(0) for all. Two lines are one workload.
    type: int
    default: 9
"""

EXAMPLES = r"""
- name: Look at all workloads
  rescue.kubernetes.rollout_status:
    all_namespaces: true
  register: sweep

- name: Show the table
  rescue.kubernetes.detection_summary:
    detection: "{{ sweep }}"
  register: summary

- name: Set the exit code
  ansible.builtin.fail:
    msg: "{{ summary.sentence }}"
  when: summary.failing
"""

RETURN = r"""
failing:
  description: Whether a workload has failed, or the wait for it ended undecided.
  returned: success
  type: bool
  sample: true
problem:
  description: Why nothing could be looked at, empty when something was.
  returned: success
  type: str
  sample: ""
sentence:
  description: One sentence for the task that sets the exit code.
  returned: success
  type: str
  sample: "sweep: 12 workloads in namespace production: 1 failed, 11 complete"
lines:
  description: The lines that were printed.
  returned: success
  type: list
  elements: str
  sample:
    - "12 workloads in namespace production: 1 failed, 11 complete"
"""
