# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection, may change at any time. Which workload a module works on."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of module_utils/_cluster/options.py, WORKLOAD_ARGUMENT_SPEC; and of those that ask its pods."""

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

    ASKING = r"""
options:
  active:
    description:
      - Ask running containers whose probe fails, through the API server's pod proxy, and read the counts of requests
        that ready pods offer. A probe on the wrong port is certain then after two failed probes, and a slow start is
        told from a failure.
      - At most four GET requests a look, and two for counts. Asked are ports that the pod declares or its probes name,
        with the probes' paths, and what the annotations C(prometheus.io/port) and C(prometheus.io/path) name.
      - Needs the right to V(get) V(pods/proxy), which lets its holder send GET requests to any port of any pod of the
        namespace. Without it nothing is asked, and the diagnosis rests on the objects alone.
    type: bool
    default: true
"""
