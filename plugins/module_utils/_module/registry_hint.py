# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hint for an image that is not there: asks the registry, in little time, and only where a verdict needs it.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import threading
import typing as t
from urllib.parse import urlsplit

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.errors import InvalidOptionError, RescueError
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.options import CONNECTION_CONSTRAINTS
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.image_hint import (
    WantedImage,
    wanted_image,
    with_similar,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.model import Diagnosis
from ansible_collections.rescue.kubernetes.plugins.module_utils._module.image_tags import (
    Examination,
    RegistryOptions,
    connect,
    examine,
    last_good_tag,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._registry.reference import parse
from ansible_collections.rescue.kubernetes.plugins.module_utils._registry.transport import is_this_machine
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.objects import JsonObject

SECONDS = 2.0

ARGUMENT_SPEC: dict[str, t.Any] = {
    "registry_hint": {"type": "bool", "default": True},
    "registry_url": {"type": "str"},
    "registry_username": {"type": "str"},
    "registry_password": {"type": "str", "no_log": True},
    "registry_auth_file": {"type": "path"},
    "registry_ca_cert": {"type": "path"},
}
# The image's name comes from the cluster: a password is sent only to an address that the user gave.
CONSTRAINTS: dict[str, t.Any] = {
    "required_together": [
        *CONNECTION_CONSTRAINTS["required_together"],
        ("registry_username", "registry_password"),
    ],
    "required_by": {**CONNECTION_CONSTRAINTS["required_by"], "registry_username": "registry_url"},
}

Hint = t.Callable[[Diagnosis, JsonObject], Diagnosis]


def from_module(module: AnsibleModule) -> Hint:
    """What adds the hint to a verdict on a workload. An option that cannot be used is a warning: the verdict stands."""
    params = module.params
    options = RegistryOptions(
        registry_url=params["registry_url"],
        username=params["registry_username"],
        password=params["registry_password"],
        registry_auth_file=params["registry_auth_file"],
        ca_cert=params["registry_ca_cert"],
        timeout=SECONDS,
    )

    def hint(diagnosis: Diagnosis, workload: JsonObject) -> Diagnosis:
        try:
            return hinted(diagnosis, workload, options) if params["registry_hint"] else diagnosis
        except InvalidOptionError as error:
            module.warn(f"The registry was not asked for similar tags. {error.message}")
            return diagnosis

    return hint


def hinted(diagnosis: Diagnosis, workload: JsonObject, options: RegistryOptions) -> Diagnosis:
    """The verdict with what the registry adds; as it is where there is nothing to add or nobody answers in time.

    Raises InvalidOptionError.
    """
    wanted = wanted_image(diagnosis, workload)
    found = _within(options.timeout, lambda: _ask(wanted, options)) if wanted else None
    if wanted is None or found is None or found.exists != "no":
        return diagnosis
    meant = found.image.with_tag(found.suggestion) if found.suggestion else ""
    return with_similar(diagnosis, wanted, found.similar, meant)


def _ask(wanted: WantedImage, options: RegistryOptions) -> Examination | None:
    image = parse(wanted.image)
    if not options.registry_url and is_this_machine(urlsplit(f"//{image.registry}").hostname or ""):
        # A name in a cluster must not make us ask services of the machine that we run on.
        return None
    try:
        good = last_good_tag(image, wanted.last_good) if wanted.last_good else ""
    except RescueError:
        # Another repository's tags say nothing about this one's.
        good = ""
    return examine(connect(image, options, options.login(image)), image, good)


def _within(seconds: float, ask: t.Callable[[], Examination | None]) -> Examination | None:
    """The answer, None when it does not come in time: a resolver may take longer than any timeout of a connection."""
    answers: list[Examination | None] = []
    problems: list[InvalidOptionError] = []

    def work() -> None:
        try:
            answers.append(ask())
        except InvalidOptionError as error:
            problems.append(error)
        except RescueError:
            answers.append(None)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(seconds)
    if problems:
        raise problems[0]
    return answers[0] if answers else None
