#!/usr/bin/python
# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: rollout_status
short_description: Tell how a rollout stands, wait until it is decided, or sweep for what is wrong
version_added: 0.1.0
author:
  - rescue.kubernetes contributors (@rescue-kubernetes)
description:
  - Looks at one Deployment, StatefulSet or DaemonSet, or waits until its rollout is complete or has failed.
  - Waiting is done by watches. A rollout that cannot succeed is called failed as soon as the API server shows why,
    not when its progress deadline (600 seconds by default) has passed.
  - Names the root cause, and says what is to be done about it.
  - Without O(name) it sweeps a namespace, or with O(all_namespaces) the cluster, for Deployments, StatefulSets and
    DaemonSets that are not complete. The worst come first, of equals the last changed.
extends_documentation_fragment:
  - rescue.kubernetes.attributes.read_only
  - rescue.kubernetes.attributes.action_group
  - rescue.kubernetes.connection
  - rescue.kubernetes.workload
  - rescue.kubernetes.workload.asking
options:
  name:
    description:
      - Name of the workload. Left out, all of O(namespace) or of the cluster are swept, whatever their kind.
      - An empty name is an error, so that a variable that was forgotten does not become a sweep.
    type: str
    required: false
  namespace:
    description:
      - Namespace of the workload, or the one that is swept. That of the context by default.
    type: str
  all_namespaces:
    description: Sweep all namespaces. Those of the system are left out and counted in RV(hidden).
    type: bool
    default: false
  system_namespaces:
    description:
      - With O(all_namespaces), sweep the namespaces of the system as well.
      - Those are the ones whose names begin with V(kube-) or V(openshift-).
    type: bool
    default: false
  label_selectors:
    description:
      - Sweep only workloads whose own labels match all of these, such as V(team=payments) or V(tier in (web, api)).
    type: list
    elements: str
  only:
    description:
      - Which workloads a sweep returns in RV(workloads); RV(counts) always counts all.
      - V(incomplete) are those whose phase is not C(complete), V(failing) those whose phase is C(failed).
      - V(incomplete) by default.
    type: str
    choices: [all, incomplete, failing]
  classify_limit:
    description:
      - A sweep with O(classify) diagnoses this many workloads at most, the worst.
        RV(unclassified) says how many were left.
      - Of the others their conditions and the statuses of their pods tell, as of all without O(classify).
    type: int
    default: 20
  query:
    description:
      - JMESPath expression over RV(workloads); what it finds is returned in RV(query_result).
      - Needs the Python library jmespath.
    type: str
  wait:
    description: Wait until the rollout is decided, instead of taking one look. Needs O(name).
    type: bool
    default: false
  wait_timeout:
    description:
      - Seconds to wait at most. The workload's own progress deadline and 30 seconds by default.
    type: int
  classify:
    description:
      - Diagnose what is seen. This is what makes a failure known early.
      - Without it only the workload's own conditions count.
    type: bool
    default: true
  grace:
    description:
      - Seconds that a cause which somebody may still cure (a missing ConfigMap, a full quota) is given.
      - Each cause has its own by default. Causes that waiting cannot cure fail at once whatever is given here.
    type: float
  max_restarts:
    description: A crashing container is given this many restarts at most. V(0) leaves it to O(grace) alone.
    type: int
    default: 2
  observe_for:
    description:
      - Seconds to watch on after the rollout is complete, so that a release that dies young is seen.
      - By default 15 if the rollout is younger than 10 minutes, else 0. Only with O(wait).
    type: float
  stable_for:
    description:
      - Seconds for which all pods must have been available in one go, without a restart, before the rollout is called
        complete. Like C(minReadySeconds), but of the whole set.
      - Unlike O(observe_for) it is a condition, so a wait that ends earlier has timed out. Only with O(wait).
    type: float
    default: 0.0
  services:
    description:
      - Call the rollout complete only when every Service that selects its pods has the addresses of all pods of the new
        revision ready. A rollout that no Service selects, or whose addresses stay away for O(grace) (30 seconds by
        default), has failed with the reason V(service_not_ready).
      - Needs the right to list Services and to list and watch EndpointSlices.
    type: bool
    default: false
  fail_on:
    description:
      - Phases that fail the task; everything that was found is in the result all the same.
      - A sweep fails when any workload is in one of them.
      - V(timed_out) is a wait that ended undecided.
      - By default V(failed), V(superseded) and V(timed_out) with O(wait), else none.
    type: list
    elements: str
    choices: [failed, superseded, timed_out, paused, progressing]
  progress_file:
    description:
      - File to which the module appends one line when something changes.
      - On a local connection the collection sets it by itself and shows these lines while the task runs.
    type: path
"""

EXAMPLES = r"""
- name: See how the rollout stands
  rescue.kubernetes.rollout_status:
    name: api-server
    namespace: production

- name: Wait until the rollout is decided, and go on whatever comes of it
  rescue.kubernetes.rollout_status:
    name: api-server
    namespace: production
    wait: true
    fail_on: []
  register: rollout

- name: Wait until all pods have been available for a minute and all Services lead to them
  rescue.kubernetes.rollout_status:
    name: api-server
    namespace: production
    wait: true
    stable_for: 60
    services: true

- name: See what is wrong in the whole cluster
  rescue.kubernetes.rollout_status:
    all_namespaces: true
  register: sweep

- name: Count what a cause has broken in a namespace
  rescue.kubernetes.rollout_status:
    namespace: production
    only: failing
    query: "length([?cause=='registry_unreachable'])"
"""

RETURN = r"""
phase:
  description:
    - How the rollout stands, V(complete), V(progressing), V(paused), V(failed) or V(superseded).
    - V(superseded) is another pod template than the one that the wait began with. Scaling is not.
  returned: with O(name)
  type: str
  sample: failed
message:
  description: The same in words, with the cause where one is known. Of a sweep how many workloads are in which phase.
  returned: success
  type: str
  sample: "1 of 3 pods updated, 3 available; Image myregistry.io/api-server:v2.0.1 does not exist in the registry."
timed_out:
  description: Whether the wait ended undecided.
  returned: with O(name)
  type: bool
  sample: false
replicas:
  description: How many pods are wanted, of the new revision, ready, available, and there in all.
  returned: with O(name)
  type: dict
  sample: {desired: 3, updated: 1, ready: 3, available: 3, total: 4}
revision:
  description: Number of the new revision, 0 while the controller has not made it.
  returned: with O(name)
  type: int
  sample: 7
template_hash:
  description: The new revision's pod template hash.
  returned: with O(name)
  type: str
  sample: 7c9d8b6f4
images:
  description: Images of the main containers, by container.
  returned: with O(name)
  type: dict
  sample: {api-server: "myregistry.io/api-server:v2.0.1"}
candidates:
  description: Every kept earlier revision, best first, with what speaks for it.
  returned: with O(name)
  type: list
  elements: dict
  sample:
    - revision: 6
      template_hash: 5d8c6f7b9
      images: {api-server: "myregistry.io/api-server:v2.0.0"}
      ready_pods: 3
      evidence: serving
      why: 3 of its pods are ready now
decision:
  description: What is to be done (V(none), V(wait), V(roll_back) or V(stop)), and why.
  returned: with O(name)
  type: dict
  sample: {action: roll_back, why: "The cause is in the new revision, and an older one is there."}
diagnosis:
  description: As RV(rescue.kubernetes.classify_failure#module:cause) and the other values of that module.
  returned: with O(name) and O(classify)
  type: dict
  sample: {category: image, cause: image_tag_not_found, confidence: 0.98, rollback_helps: true}
workloads:
  description:
    - The workloads that O(only) asks for, the worst first, of equals the last changed.
    - C(since) is when what is wrong began.
    - C(category) to C(summary) are those of M(rescue.kubernetes.classify_failure), V(null) for a workload that was not
      diagnosed.
  returned: without O(name)
  type: list
  elements: dict
  sample:
    - kind: Deployment
      name: api-server
      namespace: production
      phase: failed
      reason: missing_dependency
      message: 1 of 3 pods updated, 3 available
      replicas: {desired: 3, updated: 1, ready: 3, available: 3, total: 4}
      changed_at: "2026-11-24T17:03:39Z"
      since: "2026-11-24T17:03:41Z"
      category: crash
      cause: missing_dependency
      confidence: 0.97
      summary: "Container api-server cannot start: 'lru-cache' is missing from image myregistry.io/api-server:v2.2.0."
counts:
  description: How many workloads are in each phase, whatever O(only) shows.
  returned: without O(name)
  type: dict
  sample: {failed: 1, progressing: 12, paused: 0, complete: 8}
checked:
  description: How many workloads were looked at.
  returned: without O(name)
  type: int
  sample: 21
namespaces:
  description: How many namespaces they are in.
  returned: without O(name)
  type: int
  sample: 16
hidden:
  description: How many workloads of system namespaces were left out.
  returned: without O(name)
  type: int
  sample: 1
classified:
  description: How many workloads were diagnosed.
  returned: without O(name)
  type: int
  sample: 13
unclassified:
  description: How many that are not complete were not diagnosed.
  returned: without O(name)
  type: int
  sample: 0
unseen:
  description: What could not be read, a sentence each with the right that is missing.
  returned: without O(name)
  type: list
  elements: str
  sample: []
query_result:
  description: What O(query) found.
  returned: with O(query)
  type: raw
  sample: 1
taken_at:
  description: When it was looked at, by the API server's clock.
  returned: without O(name)
  type: str
  sample: "2026-11-24T17:19:49Z"
kind:
  description: Kind of the workload.
  returned: with O(name)
  type: str
  sample: Deployment
name:
  description: Name of the workload.
  returned: with O(name)
  type: str
  sample: api-server
namespace:
  description: Namespace of the workload.
  returned: with O(name)
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
  description:
    - Why the rollout is in its phase, a slug.
    - Of a task that could not do its work what went wrong, such as V(forbidden) or V(server_unreachable).
  returned: always
  type: str
  sample: server_unreachable
"""

from ansible_collections.rescue.kubernetes.plugins.module_utils._module.rollout_status import main

if __name__ == "__main__":
    main()
