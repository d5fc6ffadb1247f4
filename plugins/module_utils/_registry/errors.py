# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong between us and an image registry.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.errors import RescueError


class InvalidReferenceError(RescueError):
    """Not a name that an image could have. details: image."""

    reason = "invalid_image_name"


class RegistryError(RescueError):
    """The registry could not be asked, or did not answer the question: what it holds stays unknown.

    details: registry, problem.
    """

    reason = "registry_error"


class RegistryUnreachableError(RegistryError):
    """No connection, or it broke before an answer came."""

    reason = "registry_unreachable"


class RegistryTimeoutError(RegistryError):
    """No answer in time. Additional details: timeout (seconds)."""

    reason = "registry_timeout"


class RegistryCertificateError(RegistryError):
    """The registry's certificate failed verification."""

    reason = "registry_tls_untrusted"


class RegistryLoginError(RegistryError):
    """It wants a login, or refuses the one that it got. Additional details: credential."""

    reason = "registry_login_refused"


class RegistryBusyError(RegistryError):
    """429 or 5xx, still after retries. Additional details: status."""

    reason = "registry_busy"


class NotARegistryError(RegistryError):
    """What answered does not speak the registry's protocol. Additional details: status."""

    reason = "not_a_registry"


class AbsentError(RegistryError):
    """The registry says that it does not have this; `reason` is tag_not_found or repository_not_found."""

    reason = "tag_not_found"
