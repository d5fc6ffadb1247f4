# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of causes: configuration that is missing or wrong.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.cause import PROGRAM, VAGUE, Cause
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.model import ChangeKind

_SETTINGS: frozenset[ChangeKind] = frozenset({"env", "config"})

CONFIG = (
    Cause(
        "config",
        "configmap_not_found",
        "The pod needs a ConfigMap that does not exist.",
        'CreateContainerConfigError or FailedMount: `configmap "x" not found`',
        "ConfigMap {name} does not exist, and container {container} cannot start without it.",
        (("create_configmap", "Create the ConfigMap, or correct its name in the pod template."),),
        decisive=_SETTINGS,
    ),
    Cause(
        "config",
        "secret_not_found",
        "The pod needs a Secret that does not exist.",
        'CreateContainerConfigError or FailedMount: `secret "x" not found`',
        "Secret {name} does not exist, and container {container} cannot start without it.",
        (("create_secret", "Create the Secret, or correct its name in the pod template."),),
        decisive=_SETTINGS,
    ),
    Cause(
        "config",
        "config_key_missing",
        "The ConfigMap or Secret exists, but has no such key.",
        "`couldn't find key K in ConfigMap ns/x`, `references non-existent config key: K`",
        "{source} has no key {name}, and container {container} cannot start without it.",
        (("add_key", "Add the key, or correct its name in the pod template."),),
        decisive=_SETTINGS,
    ),
    Cause(
        "config",
        "container_config_invalid",
        "The kubelet cannot put the container's configuration together, for a reason that no rule knows.",
        "CreateContainerConfigError with another message",
        "Container {container} cannot be configured{line}.",
        (("inspect", "Describe the pod."),),
        depth=VAGUE,
        decisive=_SETTINGS,
        plausible=PROGRAM,
    ),
    Cause(
        "config",
        "missing_env_var",
        "The program demands a setting that nobody gives it.",
        "log: `environment variable X is not set`, `KeyError: 'X'`, `Missing required`",
        "Container {container} misses a setting: {line}",
        (("patch_workload", "Set the variable in the pod template or in the ConfigMap that it reads."),),
        decisive=_SETTINGS,
        plausible=PROGRAM,
    ),
    Cause(
        "config",
        "wrong_host_dns",
        "The program is told to use a host that does not exist.",
        "log: `getaddrinfo ENOTFOUND`, `no such host`, `Name or service not known`, `UnknownHostException`",
        "Container {container} cannot resolve the host {host}{source}.",
        (("fix_configuration", "Correct the host's name, or create what should answer to it."),),
        plausible=PROGRAM,
        note="where a ConfigMap that both revisions read names the host, it does not help",
    ),
    Cause(
        "config",
        "connection_refused",
        "What the program depends on does not listen at that address.",
        "log: `ECONNREFUSED`, `connect: connection refused`",
        "Container {container} is refused a connection it depends on{address}.",
        (("wait", "Start what should listen there, or correct the address."),),
        plausible=_SETTINGS,
    ),
    Cause(
        "config",
        "db_auth_failed",
        "A database refuses the program's credentials.",
        "log: `password authentication failed`, `Access denied for user`, `NOAUTH`, `ORA-01017`",
        "Container {container} is refused by its database: {line}",
        (("fix_credentials", "Correct the user or the credentials that the program uses."),),
        plausible=_SETTINGS,
    ),
    Cause(
        "config",
        "security_context_non_root",
        "The pod must not run as root, and the image's user is root or cannot be checked.",
        "CreateContainerConfigError: `container has runAsNonRoot and image ...`",
        "Container {container} must not run as root, but {name}.",
        (("patch_workload", "Set runAsUser to a number that is not 0, or build the image with such a user."),),
        terminal=True,
        decisive=frozenset({"image", "other"}),
    ),
)
