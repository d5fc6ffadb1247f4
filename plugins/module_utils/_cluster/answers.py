# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection, may change at any time.

What an API server's error answer means, in one sentence with the way out.
"""

from __future__ import annotations

import json
import math
import re
import typing as t
from dataclasses import dataclass

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster import errors
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.paths import ResourcePath

_REFUSED = re.compile(r'User "(?P<user>[^"]*)" cannot (?P<verb>[a-z*]+) ')
# A server may ask for an hour; we look again earlier.
LONGEST_RETRY_AFTER = 30.0
_IMPERSONATED = re.compile(r'(?P<resource>users|groups)(?:\.[a-z.]+)? "[^"]*" is forbidden')


@dataclass(frozen=True)
class Asked:
    """The request that an answer belongs to."""

    method: str
    path: str
    server: str
    credential: str
    watch: bool = False

    @property
    def target(self) -> ResourcePath:
        return ResourcePath.parse(self.path)

    @property
    def verb(self) -> str:
        return self.target.verb(self.method, watch=self.watch)


def status_of(body: bytes) -> dict[str, t.Any] | None:
    """The Kubernetes Status in `body`, or None when it holds none."""
    try:
        status = json.loads(body)
    except ValueError:
        return None
    if isinstance(status, dict) and status.get("kind") == "Status" and status.get("apiVersion") == "v1":
        return status
    return None


def error_for(asked: Asked, code: int, body: bytes, headers: t.Mapping[str, str]) -> errors.RescueError:
    """The error for an answer with an HTTP status of 300 or above."""
    status = status_of(body)
    if status is None and code == 404 and asked.target.resource:
        # A path that no API answers for: plain text instead of a Status.
        status = {"message": "the API server does not serve this resource (its version, or the address, is wrong)"}
    if status is None and code not in (401, 429) and code < 500:
        return not_kubernetes(asked, code, body, headers)
    error = error_for_status(asked, code, status or {})
    if retry_after := retry_after_of(headers):
        error.details["retry_after"] = retry_after
    return error


def retry_after_of(headers: t.Mapping[str, str]) -> float:
    """Seconds that the server asks to wait; 0 where it asks for none, or for a date."""
    try:
        seconds = float(headers.get("Retry-After") or 0)
    except ValueError:
        return 0.0
    return min(max(0.0, seconds), LONGEST_RETRY_AFTER) if math.isfinite(seconds) else 0.0


def error_for_status(asked: Asked, code: int, status: t.Mapping[str, t.Any]) -> errors.RescueError:
    """The error for a Kubernetes Status (which a watch also sends inside its stream)."""
    said = errors.one_line(status.get("message") or "", 400)
    target = asked.target
    details: dict[str, t.Any] = {
        "verb": asked.verb,
        "path": asked.path,
        "status": code,
        "status_reason": errors.one_line(status.get("reason") or "", 60),
        "status_message": said,
    }
    quoted = f": {said.rstrip('.')}" if said else ""
    what = target.describe()
    if code == 401:
        return errors.UnauthorizedError(
            f"The API server {asked.server} does not accept the credentials ({asked.credential}): 401 Unauthorized. "
            "Log in again or renew them; kubectl auth whoami with the same kubeconfig must work.",
            details={**details, "server": asked.server, "credential": asked.credential},
        )
    if code == 403:
        return _forbidden(asked, said, details)
    if code == 404:
        # "deployments.apps "x" not found" adds nothing; 'namespaces "x" not found' does.
        known = f'"{target.name}" not found' in said
        return errors.NotFoundError(f"There is no {what}{'' if known else quoted}.", details=details)
    if code == 409 and details["status_reason"] == "AlreadyExists":
        return errors.AlreadyExistsError(f"There is already a {what}{quoted}.", details=details)
    if code == 409:
        return errors.ConflictError(
            f"{_capital(what)} was changed by somebody else meanwhile{quoted}.", details=details
        )
    if code == 410:
        return errors.GoneError(f"What was asked of {what} is too old to continue from{quoted}.", details=details)
    if code == 422:
        return errors.InvalidError(f"The API server finds the {asked.verb} of {what} invalid{quoted}.", details=details)
    if code == 429:
        return errors.TooManyRequestsError(
            f"The API server {asked.server} is overloaded and asks to wait (429){quoted}. Try again later.",
            details=details,
        )
    if "admission webhook" in said:
        return errors.AdmissionDeniedError(f"Admission refused the {asked.verb} of {what}{quoted}.", details=details)
    if code >= 500:
        return errors.ServerError(
            f"The API server {asked.server} failed to {asked.verb} {what} ({code}){quoted}. Look at the health of the "
            "control plane: kubectl get --raw '/readyz?verbose'.",
            details=details,
        )
    return errors.ApiError(f"The API server refused to {asked.verb} {what} ({code}){quoted}.", details=details)


def not_kubernetes(asked: Asked, code: int, body: bytes, headers: t.Mapping[str, str]) -> errors.RescueError:
    """The error for an answer that the Kubernetes API never gives."""
    location = headers.get("Location")
    if location:
        problem = f"a redirection to {errors.one_line(location, 200)}"
    else:
        start = errors.one_line(body[:300].decode(errors="replace"), 80)
        problem = f'status {code}, "{start}"' if start else f"status {code} without content"
    return errors.ProtocolError(
        f"What answers at {asked.server} is not a Kubernetes API: {asked.method} {errors.one_line(asked.path, 200)} "
        f"gave {problem}. Check the server's address in the kubeconfig (or host=), and the proxy.",
        details={"server": asked.server, "path": asked.path, "status": code, "problem": problem},
    )


def _forbidden(asked: Asked, said: str, details: dict[str, t.Any]) -> errors.RescueError:
    refused = _REFUSED.search(said)
    if refused is None:
        # Authorized, then refused: quota, Pod Security, a policy, a namespace that is being deleted. No Role helps.
        return errors.AdmissionDeniedError(
            f"Admission refused the {asked.verb} of {asked.target.describe()}: {said.rstrip('.')}.", details=details
        )
    target, verb = asked.target, refused["verb"]
    if verb == "impersonate":
        impersonated = _IMPERSONATED.search(said)
        target = ResourcePath(resource=impersonated["resource"] if impersonated else "users")
    user = refused["user"]
    if user == "system:anonymous":
        # Giving rights to everybody in the world would be the wrong way out.
        return errors.UnauthorizedError(
            f"The API server {asked.server} does not know who asks (credentials: {asked.credential}), and anonymous "
            f"users may not {verb} {target.describe()}. Name a context with credentials (context=, kubeconfig=) or "
            "give api_key=.",
            details={**details, "server": asked.server, "credential": asked.credential},
        )
    if target.resource is None:
        rule = f'- {{nonResourceURLs: ["{errors.one_line(asked.path, 200)}"], verbs: ["{verb}"]}}'
        needs = "a ClusterRole"
    else:
        rule = target.rule(verb)
        needs = f'a Role in "{target.namespace}"' if target.namespace else "a ClusterRole"
    details.update(
        verb=verb,
        user=user,
        api_group=target.api_group,
        resource=target.resource,
        subresource=target.subresource,
        namespace=target.namespace,
        rule=rule,
    )
    where = "" if target.namespace or target.name else " in all namespaces"
    return errors.ForbiddenError(
        f'"{errors.one_line(user, 100)}" is not allowed to {verb} {target.describe()}{where} (403). '
        f"What would allow it is {needs} with the rule: {rule}",
        details=details,
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
