#!/usr/bin/python
# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: image_tags
short_description: Tell whether an image is in its registry, and which tag may have been meant
version_added: 0.1.0
author:
  - rescue.kubernetes contributors (@rescue-kubernetes)
description:
  - Asks the registry of an image whether it has the tag or digest, what the image is built for, and which of the
    repository's tags may have been meant. Reads only, and asks no cluster.
  - A registry that cannot be reached, refuses the login or answers something else gives V(unknown) for RV(exists),
    never V(no), and fails nothing; RV(message) says why.
  - It does not belong to the action group of the modules that ask a cluster, whose defaults are credentials that no
    registry must get.
extends_documentation_fragment:
  - rescue.kubernetes.attributes.read_only
options:
  image:
    description:
      - Name of the image, with a tag or digest. V(latest) without either.
      - Names without a registry are those of Docker Hub.
    type: str
    required: true
  last_good:
    description:
      - The tag that worked last, or the name of that image; candidates are newer than it.
    type: str
  platform:
    description: What the image has to run on, as operating system, architecture and perhaps variant.
    type: str
    default: linux/amd64
  registry_url:
    description:
      - Address of the registry where it has another one from here than in the image's name.
      - Without it the registry is asked over HTTPS; V(http://) is used only where it stands here.
    type: str
  username:
    description: User name for the registry.
    type: str
  password:
    description:
      - Password or access token of O(username). It is sent to the registry and to the HTTPS address that the registry
        names for logins, and to nobody else.
    type: str
  registry_auth_file:
    description:
      - Path of a file with logins, such as the C(~/.docker/config.json) that C(docker login) writes. The login for
        the registry in the image's name is used. Credential helpers are not run.
    type: path
  ca_cert:
    description: Path of the certificate authority that the registry's certificate is checked against.
    type: path
  validate_certs:
    description: Whether the registry's certificate must be valid.
    type: bool
    default: true
  timeout:
    description: Seconds for all that is asked of the registry.
    type: float
    default: 10.0
  limit:
    description: The most candidates that are returned.
    type: int
    default: 5
requirements:
  - python >= 3.10
  - urllib3 >= 2.2
"""

EXAMPLES = r"""
- name: Is the image there before it is shipped
  rescue.kubernetes.image_tags:
    image: myregistry.io/api-server:v2.0.1
    last_good: v2.0.0
  register: wanted
  failed_when: wanted.exists == "no" or wanted.platform_ok is false

- name: The same, where the registry has another name from here
  rescue.kubernetes.image_tags:
    image: myregistry.io/api-server:v2.1.0
    platform: linux/arm64
    registry_url: https://registry.internal:5000
    registry_auth_file: ~/.docker/config.json
"""

RETURN = r"""
exists:
  description: Whether the registry has the image, V(yes) or V(no), or V(unknown) when it did not say.
  returned: success
  type: str
  sample: "no"
message:
  description: The same in words, with what stands in the way or which tags are similar.
  returned: success
  type: str
  sample: "myregistry.io/api-server:v2.0.1 does not exist in the registry (similar: v2.1.0)."
reason:
  description:
    - Slug of what is missing (V(tag_not_found), V(repository_not_found), V(platform_not_available)), or of why nothing
      is known (V(registry_unreachable), V(registry_timeout), V(registry_tls_untrusted), V(registry_login_refused),
      V(registry_busy), V(not_a_registry)). Empty when the image is there.
    - When the module fails, what is wrong with its options.
  returned: always
  type: str
  sample: tag_not_found
image:
  description: Name of the image with its tag or digest.
  returned: success
  type: str
  sample: myregistry.io/api-server:v2.0.1
registry:
  description: Address that was asked.
  returned: success
  type: str
  sample: https://registry.internal:5000
digest:
  description: Digest that the tag leads to, empty when it leads nowhere.
  returned: success
  type: str
  sample: sha256:c3b04196f7723218e06a964d63bad26ca8ba017cbe489d968e8f1fc62cf18646
platform:
  description: The platform that was asked for.
  returned: success
  type: str
  sample: linux/amd64
platform_ok:
  description: Whether the image is built for it; null when that is not known.
  returned: success
  type: bool
  sample: true
platforms:
  description: What the image is built for.
  returned: success
  type: list
  elements: str
  sample: [linux/amd64]
tags_seen:
  description: Number of tags that the registry listed.
  returned: success
  type: int
  sample: 6
tags_complete:
  description: Whether these are all of them; at most 10000 are read.
  returned: success
  type: bool
  sample: true
candidates:
  description:
    - Tags that may have been meant, the likeliest first; newer than O(last_good) and of the same flavour, such as
      C(-alpine), as the tag asked for.
    - By the number of edits from the tag asked for, where two neighbouring characters or numbers that are swapped are
      one edit and come before another character; then the same series; then the newest.
  returned: success
  type: list
  elements: dict
  contains:
    tag:
      description: The tag.
      type: str
      sample: v2.1.0
    image:
      description: Name of the image with this tag.
      type: str
      sample: myregistry.io/api-server:v2.1.0
    distance:
      description: Edits from the tag asked for.
      type: int
      sample: 1
    newer:
      description: Whether it is newer than O(last_good); null when the two cannot be compared.
      type: bool
      sample: true
    same_series:
      description: Whether major and minor number are those of the tag asked for.
      type: bool
      sample: false
    why:
      description: The same in words.
      type: str
      sample: v2.0.1 with two neighbours swapped, newer than v2.0.0
suggestion:
  description:
    - The tag that stands out among the candidates of a tag that does not exist, and can be pulled for O(platform).
      Empty when none does.
  returned: success
  type: str
  sample: v2.1.0
changed:
  description:
    - Whether the module changed anything, which it never does.
  returned: always
  type: bool
  sample: false
calls:
  description: Requests made to the registry and its login service.
  returned: success
  type: int
  sample: 4
timing:
  description:
    - When the run started and ended (seconds since 1970), how many seconds it took and how many of them of CPU.
  returned: success
  type: dict
  sample: {started: 1795539151.276, ended: 1795539151.374, seconds: 0.098, cpu_seconds: 0.429}
"""

from ansible_collections.rescue.kubernetes.plugins.module_utils._module.image_tags import main

if __name__ == "__main__":
    main()
