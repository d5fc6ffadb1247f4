#!/usr/bin/python
# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: classify_failure
short_description: Name the root cause of a failed or stuck workload
version_added: 0.1.0
author:
  - rescue.kubernetes contributors (@rescue-kubernetes)
description:
  - Reads one Deployment, StatefulSet, DaemonSet, Job or bare Pod with its revisions, pods, events, and the logs of
    containers that need them, and names the root cause with its evidence. Secrets are never read.
  - The same objects give the same answer; no language model is involved. A record of them, given with O(evidence), is
    judged by the same rules.
  - What may not be read is named in RV(unseen) and makes the verdict less sure; only the workload itself has to be
    readable.
attributes:
  check_mode:
    details:
      - Nothing but O(bundle) is ever written, and in check mode that is not written either.
extends_documentation_fragment:
  - rescue.kubernetes.attributes.read_only
  - rescue.kubernetes.attributes.action_group
  - rescue.kubernetes.connection
  - rescue.kubernetes.workload
  - rescue.kubernetes.workload.asking
options:
  name:
    description:
      - Name of the workload. May be left out with O(evidence) that holds one workload only.
    type: str
    required: false
  namespace:
    description:
      - Namespace of the workload. That of the context by default; with O(evidence), wherever the record has it.
    type: str
  evidence:
    description:
      - A record to diagnose; then neither an API server nor a registry is asked, and no kubeconfig is needed.
      - A bundle, as O(bundle) writes it.
      - A folder of C(oc adm must-gather) or C(oc adm inspect).
      - A folder of C(kubectl cluster-info dump --output-directory).
      - What C(kubectl get -o yaml) or C(-o json) wrote, as a file, or as a folder of such files with the logs
        C(POD__CONTAINER.log), C(POD__CONTAINER.previous.log), or one C(logs.txt) of the failing container.
      - Each also as a tar archive, compressed or not; single files also gzipped. Secrets in it are dropped while it is
        read.
      - The record is read on the machine where the module runs.
    type: path
  bundle:
    description:
      - Record what the verdict was made from, for a later O(evidence), as a folder, or as an archive where the path
        ends in C(.tar.gz). What is there already is written over only if it is a bundle of the same workload.
      - Every text in it is redacted, and Secrets are never in it. Only the user who runs the module can read it.
      - It is written on the machine where the module runs. In check mode it is not written.
    type: path
  kind:
    description:
      - Kind of the workload.
    type: str
    choices: [Deployment, StatefulSet, DaemonSet, Job, Pod]
    default: Deployment
  registry_hint:
    description:
      - Whether the registry of an image that is not there is asked for similar tags, for two seconds at most. One that
        gives no answer changes nothing. With O(evidence) it is not asked.
    type: bool
    default: true
  registry_url:
    description:
      - Address of the registry where it has another one from here than in the image's name.
      - Without it the registry is asked over HTTPS; V(http://) is used only where it stands here.
    type: str
  registry_username:
    description: User name for the registry at O(registry_url).
    type: str
  registry_password:
    description: Password or access token of O(registry_username).
    type: str
  registry_auth_file:
    description:
      - Path of a file with logins to registries, such as the C(~/.docker/config.json) that C(docker login) writes.
    type: path
  registry_ca_cert:
    description: Path of the certificate authority that the registry's certificate is checked against.
    type: path
"""

EXAMPLES = r"""
- name: What is wrong with the api-server
  rescue.kubernetes.classify_failure:
    name: api-server
    namespace: production
  register: diagnosis

- name: Keep what it was judged by, before anything is changed
  rescue.kubernetes.classify_failure:
    name: api-server
    namespace: production
    bundle: /var/tmp/api-server-outage.tar.gz

- name: Judge it again, without the cluster
  rescue.kubernetes.classify_failure:
    evidence: /var/tmp/api-server-outage.tar.gz

- name: Judge what a customer sent
  rescue.kubernetes.classify_failure:
    kind: StatefulSet
    name: database
    namespace: shop
    evidence: must-gather.local.5421342344627712289.tar.gz
"""

RETURN = r"""
category:
  description: Family of the cause; V(none) when nothing has failed, V(unknown) when it is not known.
  returned: success
  type: str
  sample: image
cause:
  description:
    - The cause, see the reference of causes.
    - With category V(none) it may name what a program complains of while its pods are ready.
  returned: success
  type: str
  sample: image_tag_not_found
confidence:
  description: How sure, from 0 to 1.
  returned: success
  type: float
  sample: 0.98
summary:
  description: One sentence on what is wrong.
  returned: success
  type: str
  sample: Image myregistry.io/api-server:v2.0.1 does not exist in the registry.
message:
  description: At most three lines on what is wrong, since when, and what helps.
  returned: success
  type: str
  sample: |-
    Image myregistry.io/api-server:v2.0.1 does not exist in the registry.
    Since 17:02:45 UTC. New in revision 2: image ...:v2.0.0 -> ...:v2.0.1. Revision 1 still has 3 ready pods.
    Roll back to revision 1. Push the missing tag, or name one that exists.
container:
  description: The container that shows it.
  returned: success
  type: str
  sample: api-server
container_role:
  description: V(main), V(init) or V(sidecar).
  returned: success
  type: str
  sample: main
evidence:
  description: What shows the cause.
  returned: success
  type: list
  elements: dict
  sample:
    - object: Pod/api-server-5c947c6b87-rh8cm
      field: status.containerStatuses[api-server].state.waiting.message
      text: >-
        rpc error: code = NotFound desc = failed to pull and unpack image "myregistry.io/api-server:v2.0.1": failed to
        resolve reference "myregistry.io/api-server:v2.0.1": myregistry.io/api-server:v2.0.1: not found
      time: "2026-11-24T17:02:45Z"
terminal:
  description: Whether waiting cannot help.
  returned: success
  type: bool
  sample: true
grace:
  description: Seconds that the cause is given to be cured before the rollout counts as failed.
  returned: success
  type: float
  sample: 0.0
origin:
  description: Where the cause lies, V(revision), V(configuration), V(environment), V(unknown), or V(none).
  returned: success
  type: str
  sample: revision
rollback_helps:
  description: Whether rolling back the workload helps; null when nobody can tell.
  returned: success
  type: bool
  sample: true
remedies:
  description: What helps; with a JSON patch where a machine can apply it.
  returned: success
  type: list
  elements: dict
  sample:
    - {action: roll_back, summary: Roll back to revision 1., patch: null}
    - {action: fix_image, summary: "Push the missing tag, or name one that exists.", patch: null}
changed:
  description:
    - Whether the module changed anything in the cluster, which it never does. A bundle is no change.
  returned: always
  type: bool
  sample: false
differences:
  description: What differs between the last earlier revision and this one, configuration included.
  returned: success
  type: list
  elements: dict
  sample:
    - field: spec.containers[api-server].image
      before: myregistry.io/api-server:v2.0.0
      after: myregistry.io/api-server:v2.0.1
      kind: image
alternatives:
  description: Other causes that the evidence speaks for.
  returned: success
  type: list
  elements: dict
  sample: []
timeline:
  description: What happened when, the earliest first; at most 40 entries.
  returned: success
  type: list
  elements: dict
  sample:
    - time: "2026-11-23T03:12:31Z"
      object: ReplicaSet/api-server-7c9d8b6f4
      text: revision 7 was made
unseen:
  description:
    - What could not be seen, each with what would help; a right that is missing, or something that the record does not
      hold. The verdict is less sure for it.
  returned: success
  type: list
  elements: str
  sample: ["Not in the record: the log of api-server in api-server-7d88f8b658-q6stx, events."]
since:
  description: Since when the evidence is there.
  returned: success
  type: str
  sample: "2026-11-24T17:02:45Z"
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
bundle:
  description:
    - Where the bundle is, and whether it was written, which it is not in check mode; how many files it has, and bytes.
  returned: with O(bundle)
  type: dict
  sample: {path: /var/tmp/api-server-outage.tar.gz, written: true, files: 3, size: 81932}
record:
  description:
    - What was judged instead of the cluster. C(taken_at) is what a bundle says, else the newest time in it.
    - The versions are those of the API server and of this collection at the time, where it is a bundle.
  returned: with O(evidence)
  type: dict
  sample:
    path: /var/tmp/api-server-outage.tar.gz
    format: a bundle
    taken_at: "2026-11-24T17:02:47+00:00"
    server_version: v1.34.4
    collection_version: 0.1.0
calls:
  description: Requests made to the API server; none with O(evidence).
  returned: success
  type: int
  sample: 6
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

from ansible_collections.rescue.kubernetes.plugins.module_utils._module.classify_failure import main

if __name__ == "__main__":
    main()
