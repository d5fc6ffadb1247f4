#!/usr/bin/python
# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: rollout_undo
short_description: Go back to an earlier revision that works
version_added: 0.1.0
author:
  - rescue.kubernetes contributors (@rescue-kubernetes)
description:
  - Writes the pod template of an earlier revision into a Deployment, StatefulSet or DaemonSet.
  - Takes the revision that serves now; where none does, the newest earlier one whose pods do not fail.
    C(kubectl rollout undo) takes the second highest number, whatever its health.
  - Does nothing when the present revision is complete, unless told to leave it. Running it twice does not bring the bad
    one back.
  - Overwrites nothing that somebody else wrote meanwhile, and keeps all annotations.
extends_documentation_fragment:
  - rescue.kubernetes.attributes
  - rescue.kubernetes.attributes.action_group
  - rescue.kubernetes.connection
  - rescue.kubernetes.workload
attributes:
  diff_mode:
    support: full
options:
  to_revision:
    description:
      - Go to this revision, whatever its evidence and whatever the present one's state.
    type: int
  from_template_hash:
    description:
      - The revision to leave, by its RV(rescue.kubernetes.rollout_status#module:template_hash), even if it is complete.
      - When another revision is present meanwhile, nothing is done.
    type: str
  reason:
    description: Why, kept in the annotation C(kubernetes.io/change-cause).
    type: str
"""

EXAMPLES = r"""
- name: Go back to the last revision that works
  rescue.kubernetes.rollout_undo:
    name: api-server
    namespace: production
    reason: image_tag_not_found

- name: See what going back would change
  rescue.kubernetes.rollout_undo:
    name: api-server
    namespace: production
  check_mode: true
  diff: true
"""

RETURN = r"""
message:
  description: What was done, or why nothing was.
  returned: success
  type: str
  sample: "Rolled back to revision 6 (myregistry.io/api-server:v2.0.0; 3 of its pods are ready now)."
refused:
  description: Whether there was nothing that could safely be done. Nothing was changed then.
  returned: success
  type: bool
  sample: false
dry_run:
  description: Whether this was check mode.
  returned: success
  type: bool
  sample: false
from_revision:
  description: The revision that was present.
  returned: success
  type: int
  sample: 7
to_revision:
  description: The revision whose template was written.
  returned: when one was chosen
  type: int
  sample: 6
template_hash:
  description: That revision's pod template hash.
  returned: when one was chosen
  type: str
  sample: 5d8c6f7b9
diff:
  description: The pod template before and after, JSON.
  returned: when one was chosen
  type: dict
  sample: {before: "...", after: "..."}
candidates:
  description: Every kept earlier revision, best first, with what speaks for it.
  returned: success
  type: list
  elements: dict
  sample:
    - revision: 6
      template_hash: 5d8c6f7b9
      images: {api-server: "myregistry.io/api-server:v2.0.0"}
      ready_pods: 3
      evidence: serving
      why: 3 of its pods are ready now
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

from ansible_collections.rescue.kubernetes.plugins.module_utils._module.rollout_undo import main

if __name__ == "__main__":
    main()
