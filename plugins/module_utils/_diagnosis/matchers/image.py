# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images that cannot be pulled.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import re
import typing as t
from functools import lru_cache

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.finding import (
    Finding,
    about,
    event_item,
    status_item,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.model import Change, EvidenceItem
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.situation import (
    ContainerView,
    Event,
    Situation,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout import objects as o

WAITING = {
    "ErrImagePull": "",
    "ImagePullBackOff": "",
    "ImageInspectError": "",
    "ErrImageNeverPull": "image_never_pull_absent",
    "InvalidImageName": "invalid_image_name",
    "RegistryUnavailable": "registry_unreachable",
    "SignatureValidationFailed": "image_signature_invalid",
}
_EVENTS = ("Failed", "InspectFailed", "ErrImageNeverPull", "BackOff")

# The first that matches wins. Platform before tag: its text ends in "not found" as well. The network before the
# login: "failed to authorize: ... dial tcp" never reached anybody who could refuse.
_RULES: tuple[tuple[str, float, str], ...] = (
    ("image_never_pull_absent", 0.97, r"is not present with pull policy of Never|ErrImageNeverPull"),
    (
        "invalid_image_name",
        0.97,
        (
            r"couldn't parse image (?:name|reference)|invalid reference format|InvalidImageName|"
            r"repository name must be (?:lowercase|canonical)|invalid repository name|invalid tag format|"
            r"invalid checksum digest|short-name .*(?:did not resolve|resolution enforced)|could not parse reference"
        ),
    ),
    (
        "image_platform_mismatch",
        0.96,
        (
            r"no match for platform in manifest|no matching manifest for|"
            r"no image found in (?:manifest list|image index)|no child with platform|"
            r"does not match the specified platform|cannot be used on this platform|"
            r"cannot find a matching manifest"
        ),
    ),
    (
        "image_signature_invalid",
        0.95,
        (
            r"signature (?:validation|verification) failed|SignatureValidationFailed|[Ss]ource image rejected|"
            r"is rejected by policy|[Ss]ignature was required"
        ),
    ),
    (
        "registry_rate_limited",
        0.96,
        r"toomanyrequests|429 Too Many Requests|pull rate limit|pull QPS exceeded|\b429\b|Rate exceeded",
    ),
    ("node_pressure", 0.85, r"no space left on device"),
    (
        "registry_tls_untrusted",
        0.94,
        (
            r"x509:|tls: failed to verify|http: server gave HTTP response to HTTPS client|"
            r"remote error: tls:|tls: handshake failure|tls: first record does not look like a TLS handshake|"
            r"certificate (?:has expired|signed by unknown authority)"
        ),
    ),
    (
        "registry_unreachable",
        0.94,
        (
            r"no such host|i/o timeout|connection refused|TLS handshake timeout|Client\.Timeout exceeded|"
            r"no route to host|network is unreachable|connection reset by peer|context deadline exceeded|"
            r"server misbehaving|dial tcp|registry is unavailable|RegistryUnavailable|"
            r"Temporary failure in name resolution|request canceled|unexpected EOF|: EOF\b|client connection lost|"
            r"unexpected status[^:]*: 5\d\d|status code[^:]*: 5\d\d|\b50[0234] [A-Z]"
        ),
    ),
    (
        "image_repo_denied_or_missing",
        0.9,
        (
            r"pull access denied|insufficient_scope|requested access to the resource is denied|name unknown|"
            r"repository [^:]*does not exist|NAME_UNKNOWN|repository name not known|reading manifest .*: denied|"
            r"does not exist or no pull access|or it may not exist|[Rr]epository \S+ not found|project \S+ not found"
        ),
    ),
    (
        "image_auth_failed",
        0.93,
        (
            r"\b40[13]\b|(?i:unauthorized)|no basic auth credentials|authentication required|"
            r"unable to retrieve auth token|invalid username/password|failed to authorize|denied: |"
            r"(?i:access forbidden|authorization failed|authentication failed|incorrect username or password)|"
            r"authorization token has expired|not authorized to perform: ecr"
        ),
    ),
    (
        "image_tag_not_found",
        0.97,
        (
            r"manifest unknown|MANIFEST_UNKNOWN|code = NotFound|: not found|does not exist|"
            r"[Tt]ag \S+ not found|manifest .*not found|image \S+ not found|artifact \S+ not found|404 Not Found"
        ),
    ),
)
_COMPILED = tuple((cause, confidence, re.compile(pattern)) for cause, confidence, pattern in _RULES)
_ABOUT_PULLING = re.compile(r"pull|image|manifest|registry|reference|resolve", re.IGNORECASE)
_QUOTED_IMAGE = re.compile(r'(?:[Pp]ull(?:ing)? image|unpack image|image tag|Container image|inspect image) "([^"]+)"')


@lru_cache(maxsize=512)
def classify(message: str) -> tuple[str, float] | None:
    """The cause that a pull error's text names, and how surely; None when it names none."""
    # The image's own name may hold any word: "registry:5000/denied/not-found".
    image = _QUOTED_IMAGE.search(message)
    plain = message.replace(image.group(1), "IMAGE") if image else message
    for cause, confidence, pattern in _COMPILED:
        if pattern.search(plain):
            return cause, confidence
    return None


def match(situation: Situation) -> t.Iterable[Finding]:
    """Containers whose image cannot be pulled."""
    for view in situation.containers:
        reason = view.waiting_reason
        if reason not in WAITING and not view.starting:
            continue
        message, item, event = _best_message(situation, view)
        found = classify(message) if message else None
        if view.starting:
            pulled = situation.container_events(view, "Pulled")
            if item is not None and found is not None and not pulled:
                yield _finding(situation, view, found, (item,), event)
            continue
        if WAITING[reason] and (found is None or found[0] != WAITING[reason]):
            found = WAITING[reason], 0.95
        found = _with_pull_secret(situation, view, found)
        cause, confidence = found or _by_change(situation, view) or ("image_pull_unknown", 0.6)
        waiting = status_item(view, f"{view.path}.state.waiting.reason", reason)
        evidence = tuple(entry for entry in (item, waiting) if entry)
        yield _finding(situation, view, (cause, confidence), evidence, event)


def _finding(
    situation: Situation,
    view: ContainerView,
    found: tuple[str, float],
    evidence: tuple[EvidenceItem, ...],
    event: Event | None,
) -> Finding:
    blames = _named_elsewhere(situation, view, found[0])
    words = {"node": "The node", "line": " (its disk is full)"} if found[0] == "node_pressure" else {}
    return about(view, *found, words=words, evidence=evidence, since=event.first if event else None, blames=blames)


def _with_pull_secret(
    situation: Situation, view: ContainerView, found: tuple[str, float] | None
) -> tuple[str, float] | None:
    """A registry that denies, and a pull secret that is not there: it is the login that is missing."""
    if found is None or found[0] != "image_repo_denied_or_missing":
        return found
    missing = situation.events_of(view.pod, "FailedToRetrieveImagePullSecret")
    return ("image_auth_failed", 0.85) if missing and not _named_elsewhere(situation, view, found[0]) else found


def _by_change(situation: Situation, view: ContainerView) -> tuple[str, float] | None:
    """Where nobody recorded why: pods of the revision before run from the same repository, only the tag is another."""
    if o.number(o.dig(situation.previous, "status", "readyReplicas")) == 0:
        return None
    for change in situation.changes_of(view.name, ("image",)):
        before, after = o.text(change.before), o.text(change.after)
        if before and after and repository_of(before) == repository_of(after):
            return "image_tag_not_found", 0.7
    return None


def repository_of(image: str) -> tuple[str, str]:
    """Registry and repository of an image's name, without tag and digest: ("myregistry.io", "team/app")."""
    name = image.partition("@")[0]
    first, slash, rest = name.partition("/")
    registry = first if slash and (any(mark in first for mark in ".:") or first == "localhost") else "docker.io"
    path = rest if slash and registry == first else name
    head, colon, tag = path.rpartition(":")
    return registry, head if colon and "/" not in tag else path


def _named_elsewhere(situation: Situation, view: ContainerView, cause: str) -> tuple[Change, ...]:
    """The change of the image's name, where this revision pulls from another place, and that place does not give it.

    A new tag of the same repository does not explain a registry that is down.
    """
    place = _EXPLAINED_BY_PLACE.get(cause)
    if place is None:
        return ()
    return tuple(
        change
        for change in situation.changes_of(view.name, ("image",))
        if place(o.text(change.before)) != place(o.text(change.after)) and o.text(change.before)
    )


def _registry_of(image: str) -> str:
    return repository_of(image)[0]


_EXPLAINED_BY_PLACE: dict[str, t.Callable[[str], t.Any]] = {
    "registry_unreachable": _registry_of,
    "registry_tls_untrusted": _registry_of,
    "image_repo_denied_or_missing": repository_of,
}


def _best_message(situation: Situation, view: ContainerView) -> tuple[str, EvidenceItem | None, Event | None]:
    """What the runtime said: in the pod's status, else in the latest event that names a cause.

    Kubelets before 1.32 keep the cause in the event only, and the back-off events that follow it do not repeat it.
    """
    events = [event for event in situation.container_events(view, *_EVENTS) if _ABOUT_PULLING.search(event.message)]
    first = events[0] if events else None
    if classify(view.waiting_message):
        item = status_item(
            view, f"{view.path}.state.waiting.message", view.waiting_message, first.last if first else None
        )
        return view.waiting_message, item, first
    for event in reversed(events):
        if classify(event.message):
            return event.message, event_item(event), first
    if view.waiting_message:
        return (
            view.waiting_message,
            status_item(view, f"{view.path}.state.waiting.message", view.waiting_message),
            first,
        )
    return "", None, first
