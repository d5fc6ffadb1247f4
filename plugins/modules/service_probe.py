#!/usr/bin/python
# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: service_probe
short_description: Prove that a workload answers through its Services
version_added: 0.1.0
author:
  - rescue.kubernetes contributors (@rescue-kubernetes)
description:
  - Asks the Services that select the workload through the API server's proxy, and counts the ready addresses of the
    present revision behind them.
  - Needs the right to C(get) C(services/proxy). Without it the addresses are still checked, and the verdict is
    V(unknown) instead of V(pass).
extends_documentation_fragment:
  - rescue.kubernetes.attributes.read_only
  - rescue.kubernetes.attributes.action_group
  - rescue.kubernetes.connection
  - rescue.kubernetes.workload
options:
  service:
    description: Names of the Services to ask. Those whose selector matches the pod template by default.
    type: list
    elements: str
  port:
    description: Port of the Service, name or number. Its first TCP port by default.
    type: str
  path:
    description:
      - Paths to ask. Those of the HTTP readiness and liveness probes by default. Without either nothing is asked.
    type: list
    elements: str
  expected_status:
    description: Good status codes. V(200) to V(399) by default.
    type: list
    elements: int
  expect_text:
    description: Text that a good answer's body holds.
    type: str
  expect_json:
    description: JMESPath expression that is true for a good answer's body. Needs the Python library jmespath.
    type: str
  successes:
    description: Good answers in a row that each path must give.
    type: int
    default: 5
  timeout:
    description: Seconds to wait for them.
    type: int
    default: 30
  soak:
    description: Seconds to go on asking afterwards; a single bad answer is a failure then.
    type: int
    default: 0
  fail:
    description: Whether the verdict V(fail) fails the task.
    type: bool
    default: true
  progress_file:
    description:
      - File to which the module appends one line when something changes.
      - On a local connection the collection sets it by itself and shows these lines while the task runs.
    type: path
"""

EXAMPLES = r"""
- name: Does the api-server answer
  rescue.kubernetes.service_probe:
    name: api-server
    namespace: production

- name: Does it answer with the right version for a minute
  rescue.kubernetes.service_probe:
    name: api-server
    namespace: production
    path: [/version]
    expect_json: version == 'v2.1.0'
    soak: 60
"""

RETURN = r"""
verdict:
  description:
    - V(pass), V(fail), or V(unknown) when it could not be asked; that is never a pass.
  returned: success
  type: str
  sample: pass
message:
  description: The same in words.
  returned: success
  type: str
  sample: "api-server-service: 3 of 3 endpoints ready, /ready answers 200"
endpoints:
  description: Ready addresses of the present revision's pods, by Service.
  returned: success
  type: dict
  sample: {api-server-service: {ready: 3, desired: 3}}
questions:
  description: What was asked and what came of it.
  returned: success
  type: list
  elements: dict
  sample:
    - service: api-server-service
      port: "8080"
      path: /ready
      scheme: http
      asked: 5
      good: 5
      status: 200
      failures: {}
      not_asked: ""
kind:
  description: Kind of the workload.
  returned: success
  type: str
  sample: Deployment
name:
  description: Name of the workload.
  returned: success
  type: str
  sample: api-server
namespace:
  description: Namespace of the workload.
  returned: success
  type: str
  sample: production
calls:
  description: Requests made to the API server.
  returned: success
  type: int
  sample: 9
timing:
  description:
    - When the run started and ended (seconds since 1970), how many seconds it took and how many of them of CPU.
    - In C(rollout_status) also when the cause was first named and when the rollout was decided.
  returned: success
  type: dict
  sample: {started: 1795430000.1, ended: 1795430001.4, seconds: 1.3, cpu_seconds: 0.4}
reason:
  description: Slug of what went wrong, such as V(forbidden), V(context_not_found) or V(server_unreachable).
  returned: when the module cannot do its work
  type: str
  sample: server_unreachable
"""

from ansible_collections.rescue.kubernetes.plugins.module_utils._module.service_probe import main

if __name__ == "__main__":
    main()
