# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Containers that the kubelet cannot configure or start.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.finding import (
    Finding,
    about,
    event_item,
    status_item,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.model import EvidenceItem
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.situation import ContainerView, Situation
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.stops import stopped_by_hook
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout import objects as o

WAITING = (
    "CreateContainerConfigError",
    "CreateContainerError",
    "RunContainerError",
    "PreCreateHookError",
    "PreStartHookError",
    "PostStartHookError",
    "StartError",
)
# Ended before the program itself ran: the runtime could not start it.
ENDED = ("StartError", "ContainerCannotRun")

# Caches that have not caught up yet: it passes by itself.
TRANSIENT = re.compile(r"failed to sync (?:secret|configmap) cache|object \S+ not registered")

_RULES: tuple[tuple[str, float, t.Pattern[str]], ...] = tuple(
    (cause, confidence, re.compile(pattern))
    for cause, confidence, pattern in (
        (
            "config_key_missing",
            0.97,
            r"[Cc]ouldn't find key (?P<name>\S+) in (?P<kind>ConfigMap|Secret) (?:[^\s/]+/)?(?P<of>\S+)",
        ),
        ("config_key_missing", 0.95, r"references non-existent (?P<kind>config|secret) key: (?P<name>\S+)"),
        ("configmap_not_found", 0.97, r'(?i:configmaps?) "(?P<name>[^"]+)" not found'),
        ("secret_not_found", 0.97, r'(?i:secrets?) "(?P<name>[^"]+)" not found'),
        (
            "security_context_non_root",
            0.97,
            (
                r"(?P<name>image will run as root|image has non-numeric user \([^)]*\), cannot verify user is non-root|"
                r"container's runAsUser breaks non-root policy)"
            ),
        ),
        (
            "oom_killed",
            0.93,
            r"container init was OOM-killed|[Mm]inimum memory limit allowed|memory\.(?:limit_in_bytes|max)\b",
        ),
        ("exec_format_error", 0.96, r"exec format error"),
        ("lifecycle_hook_failed", 0.93, r"lifecycle hook .*failed|PostStartHook"),
        (
            "command_not_found",
            0.96,
            (
                r'exec: \\?"(?P<name>[^"\\]+)\\?": (?:executable file not found|stat .*no such file or directory)|'
                r"(?:stat|exec) (?P<name2>/\S+): no such file or directory|no command specified|"
                r"executable file [`'\"](?P<name3>[^`'\"]+)[`'\"] not found|open executable: No such file|"
                r'executable file not found in \$PATH|exec: \\?"(?P<name4>[^"\\]+)\\?": is a directory|'
                r'chdir to cwd \("(?P<name5>[^"]+)"\) .*no such file or directory'
            ),
        ),
        ("permission_denied", 0.94, r"(?P<line>(?:exec: \"[^\"]+\"|exec /\S+|\S+): [Pp]ermission denied)"),
        (
            "mount_failed",
            0.8,
            (
                r"(?P<line>(?:error mounting|mkdir|not a directory|failed to (?:create|prepare) subPath|"
                r"cannot find volume|is mounted on \S+ but it is not a shared).*)"
            ),
        ),
    )
)


def classify(message: str) -> tuple[str, float, dict[str, str]] | None:
    """The cause that the message of a container's configuration, start or mount names, with its words."""
    for cause, confidence, pattern in _RULES:
        found = pattern.search(message)
        if found:
            words = {key.rstrip("2345"): value for key, value in found.groupdict().items() if value}
            return cause, confidence, words
    return None


def match(situation: Situation) -> t.Iterable[Finding]:
    """Containers that wait for their configuration, or that the runtime cannot start."""
    for view in situation.containers:
        item, message, hook = _said(situation, view)
        if not message or TRANSIENT.search(message):
            continue
        found = classify(message)
        if found is None and hook:
            found = "lifecycle_hook_failed", 0.9, {}
        if found is None and view.waiting_reason in WAITING:
            configured = view.waiting_reason == "CreateContainerConfigError"
            vague = "container_config_invalid" if configured else "container_start_failed"
            found = vague, 0.7, {"line": f": {message}"}
        if found is None:
            continue
        cause, confidence, words = found
        if cause == "config_key_missing":
            kind = {"config": "A ConfigMap", "secret": "A Secret"}.get(words.get("kind", ""), words.get("kind", ""))
            words["source"] = f"{kind} {words.get('of', '')}".strip()
        events = situation.container_events(view, "Failed", "FailedPostStartHook")
        evidence = (item, *(event_item(event) for event in events[-1:]))
        yield about(view, cause, confidence, words=words, evidence=evidence, since=events[0].first if events else None)


def _said(situation: Situation, view: ContainerView) -> tuple[EvidenceItem, str, bool]:
    """What the kubelet or the runtime said, where, and whether it was a hook."""
    if view.waiting_reason in WAITING:
        item = status_item(view, f"{view.path}.state.waiting", f"{view.waiting_reason}: {view.waiting_message}")
        return item, view.waiting_message or view.waiting_reason, "Hook" in view.waiting_reason
    if view.starting:
        failures = [event for event in situation.container_events(view, "Failed") if event.container == view.name]
        if failures and not situation.container_events(view, "Started"):
            return event_item(failures[-1]), failures[-1].message, False
    if stopped_by_hook(situation, view) and not view.ready:
        event = situation.container_events(view, "FailedPostStartHook")[-1]
        return event_item(event), event.message or event.reason, True
    ended = o.mapping(view.ended)
    message = o.text(ended.get("message"))
    running = view.state("running") is not None and view.ready
    if o.text(ended.get("reason")) in ENDED and message and not running:
        item = status_item(view, f"{view.ended_field}.message", message, o.parse_time(ended.get("finishedAt")))
        return item, message, False
    return status_item(view, view.path, ""), "", False
