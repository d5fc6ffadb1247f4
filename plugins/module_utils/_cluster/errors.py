# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection, may change at any time.

What can go wrong between us and a cluster. Every error carries one clear sentence that names the way out
(`message`), a slug that programs read (`reason`) and structured facts (`details`) for `rescue:` blocks.
"""

from __future__ import annotations

import typing as t

MESSAGE_LIMIT = 600


def one_line(text: object, limit: int = MESSAGE_LIMIT) -> str:
    """Return `text` as one printable line of at most `limit` characters.

    What servers, plugins and files say is hostile until shown otherwise: control characters (ANSI escapes, carriage
    returns) become spaces.
    """
    printable = "".join(character if character.isprintable() else " " for character in str(text))
    line = " ".join(printable.split())
    return line if len(line) <= limit else line[: limit - 3] + "..."


class RescueError(Exception):
    """Base of all errors that a user is meant to read."""

    reason: str = "error"

    def __init__(
        self, message: str, *, reason: str | None = None, details: t.Mapping[str, t.Any] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.details: dict[str, t.Any] = dict(details or {})
        if reason is not None:
            self.reason = reason


class LibraryMissingError(RescueError):
    """A Python library is not installed for the interpreter that runs the module. details: library, python."""

    reason = "library_missing"


class InvalidOptionError(RescueError):
    """An option has a value that cannot work. details: option."""

    reason = "invalid_option"


class KubeconfigError(RescueError):
    """No kubeconfig, or one that cannot be used.

    reason is one of kubeconfig_not_found, kubeconfig_unreadable, kubeconfig_invalid. details: paths.
    """

    reason = "kubeconfig_invalid"


class CredentialError(RescueError):
    """Credentials could not be had: login command failed, token file unreadable. details: credential."""

    reason = "credential_unavailable"


class ContextNotFoundError(RescueError):
    """The kubeconfig has no such context. details: context, contexts (those there are), paths."""

    reason = "context_not_found"


class ServerUnreachableError(RescueError):
    """No connection to the API server, or it broke before an answer came. details: server, problem."""

    reason = "server_unreachable"


class CertificateNotTrustedError(RescueError):
    """The API server's certificate failed verification. details: server, problem."""

    reason = "certificate_not_trusted"


class CallTimeoutError(RescueError):
    """A single request took longer than call_timeout. details: server, timeout (seconds)."""

    reason = "call_timeout"


class DeadlineExceededError(RescueError):
    """The deadline of the whole run has passed. details: deadline (seconds), last_error."""

    reason = "deadline_exceeded"


class OutcomeUnknownError(RescueError):
    """A write was sent, no answer came, and it is not safe to send again: read, then decide. details: verb, path."""

    reason = "outcome_unknown"


class InterruptedRunError(RescueError):
    """The run was stopped by a signal. details: signal."""

    reason = "interrupted"


class InvalidNameError(RescueError):
    """A name that Kubernetes would never accept. details: what, value, suggestion."""

    reason = "invalid_name"


class WorkloadNotFoundError(RescueError):
    """No such workload. details: kind, name, namespace, namespaces, other_kinds, near_names, unseen."""

    reason = "workload_not_found"


class ApiError(RescueError):
    """The API server answered with an error. details: verb, path, status, status_reason, status_message."""

    reason = "api_error"

    @property
    def status(self) -> int:
        """HTTP status of the answer."""
        return int(self.details.get("status", 0))


class UnauthorizedError(ApiError):
    """401: the credentials are not accepted. Additional details: server, credential."""

    reason = "unauthorized"


class ForbiddenError(ApiError):
    """403 by authorization. Additional details: user, verb, api_group, resource, subresource, namespace, rule."""

    reason = "forbidden"


class AdmissionDeniedError(ApiError):
    """The request was authorized and then refused by admission (quota, policy, webhook, namespace terminating)."""

    reason = "admission_denied"


class NotFoundError(ApiError):
    """404."""

    reason = "not_found"


class ConflictError(ApiError):
    """409: the object changed since it was read."""

    reason = "conflict"


class AlreadyExistsError(ConflictError):
    """409 on create: an object of that name is there."""

    reason = "already_exists"


class InvalidError(ApiError):
    """422: validation, or a failed `test` of a JSON patch."""

    reason = "invalid"


class GoneError(ApiError):
    """410: a resource version or continue token has expired; list again."""

    reason = "gone"


class TooManyRequestsError(ApiError):
    """429, still after retries."""

    reason = "too_many_requests"


class ServerError(ApiError):
    """5xx, still after retries."""

    reason = "server_error"


class ProtocolError(RescueError):
    """What answered does not speak the Kubernetes API. details: server, path, status, problem."""

    reason = "not_kubernetes"
