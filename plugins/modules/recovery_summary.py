#!/usr/bin/python
# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The work is done by the action plugin of the same name, on the controller.
from __future__ import annotations

DOCUMENTATION = r"""
module: recovery_summary
short_description: Sum up a recovery in at most ten lines
version_added: 0.1.0
author:
  - rescue.kubernetes contributors (@rescue-kubernetes)
description:
  - Prints what was wrong, what was done and whether users are served, from the results of the stages' modules.
  - Says whether the run failed, for a last task that sets the exit code. Nothing is asked of the cluster.
extends_documentation_fragment:
  - rescue.kubernetes.attributes.summary
options:
  target:
    description: What to call the target when it could not be looked at.
    type: str
    default: ""
  detection:
    description: Result of M(rescue.kubernetes.rollout_status) that detected the failure.
    type: dict
    default: {}
  rollback:
    description: Result of M(rescue.kubernetes.rollout_undo), where it ran.
    type: dict
    default: {}
  rollout:
    description: Result of M(rescue.kubernetes.rollout_status) after the rollback, where it ran.
    type: dict
    default: {}
  probe:
    description: Result of M(rescue.kubernetes.service_probe), where it ran.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Sum up
  rescue.kubernetes.recovery_summary:
    detection: "{{ detect_result }}"
    rollback: "{{ rollback_result | default({}) }}"
  register: recovery_summary

- name: Set the exit code
  ansible.builtin.fail:
    msg: "{{ recovery_summary.sentence }}"
  when: recovery_summary.outcome.failed
"""

RETURN = r"""
outcome:
  description: How it ended, whether that is a failure, why, and the seconds of each phase.
  returned: success
  type: dict
  sample:
    outcome: recovered
    failed: false
    why: "Rolled back to revision 6 (myregistry.io/api-server:v2.0.0; 3 of its pods are ready now)."
    phases: {detect: 1.2, roll_back: 0.4, verify: 3.1}
    seconds: 6.3
sentence:
  description: One sentence for the task that sets the exit code.
  returned: success
  type: str
  sample: "api-server in production: recovered."
lines:
  description: The lines that were printed.
  returned: success
  type: list
  elements: str
  sample: ["api-server in production: RECOVERED in 6.3 s"]
"""
