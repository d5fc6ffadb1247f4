#!/usr/bin/python
# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The work is done by the action plugin of the same name, on the controller.
from __future__ import annotations

DOCUMENTATION = r"""
module: diagnosis_summary
short_description: Sum up a diagnosis in at most ten lines
version_added: 0.1.0
author:
  - rescue.kubernetes contributors (@rescue-kubernetes)
description:
  - Prints what is wrong, since when and what helps, from the result of M(rescue.kubernetes.classify_failure).
  - Says whether there was no verdict, for a last task that sets the exit code. Nothing is asked of the cluster.
extends_documentation_fragment:
  - rescue.kubernetes.attributes.summary
options:
  target:
    description: What to call the target when it could not be looked at.
    type: str
    default: ""
  diagnosis:
    description: Result of M(rescue.kubernetes.classify_failure).
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Sum up
  rescue.kubernetes.diagnosis_summary:
    diagnosis: "{{ diagnose_result }}"
  register: diagnosis_summary

- name: Set the exit code
  ansible.builtin.fail:
    msg: "{{ diagnosis_summary.sentence }}"
  when: diagnosis_summary.undiagnosed
"""

RETURN = r"""
undiagnosed:
  description: Whether there is no verdict, for the workload or its record could not be looked at.
  returned: success
  type: bool
  sample: false
sentence:
  description: One sentence for the task that sets the exit code.
  returned: success
  type: str
  sample: "api-server in production: could not be looked at"
lines:
  description: The lines that were printed.
  returned: success
  type: list
  elements: str
  sample: ["api-server in production: image, image_tag_not_found, 98 % sure"]
"""
