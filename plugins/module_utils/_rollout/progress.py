# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One line on how a rollout stands, for people who watch it.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import typing as t

from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.assess import Assessment
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.objects import (
    JsonObject,
    condition,
    dig,
    is_ready,
    is_terminating,
    mapping,
    name_of,
    number,
    sequence,
    text,
)

# Waiting reasons of every pod that starts; they say nothing.
NEUTRAL_REASONS = frozenset({"", "ContainerCreating", "PodInitializing"})
# Reasons of an assessment that tell more than any pod.
PLAIN_REASONS = frozenset({"not_stable_yet", "service_not_ready", "on_delete"})
# Of an event's message so much is shown that its line stays one, or two in a narrow terminal.
MESSAGE_LIMIT = 70
USUAL_FAILURES = 5


def pod_trouble(pod: t.Any) -> str:
    """The reason a pod itself gives for not running (`ImagePullBackOff`, `exit code 1`), or an empty string."""
    # a ready pod may have crashed before; that is over
    if is_terminating(pod) or is_ready(pod):
        return ""
    scheduled = condition(pod, "PodScheduled")
    if scheduled and scheduled.get("status") == "False":
        return text(scheduled.get("reason"))
    for field in ("initContainerStatuses", "containerStatuses"):
        for status in sequence(dig(pod, "status", field)):
            waiting = text(dig(status, "state", "waiting", "reason"))
            if waiting not in NEUTRAL_REASONS:
                return waiting
            ended = mapping(dig(status, "state", "terminated")) or mapping(dig(status, "lastState", "terminated"))
            if number(ended.get("exitCode")):
                reason = text(ended.get("reason"))
                return reason if reason not in ("", "Error") else f"exit code {number(ended.get('exitCode'))}"
    return text(dig(pod, "status", "reason"))


def restarts_of(pods: t.Iterable[t.Any]) -> int:
    """The highest restart count of any container of the pods."""
    counts = [0]
    for pod in pods:
        for field in ("initContainerStatuses", "containerStatuses"):
            counts.extend(number(mapping(entry).get("restartCount")) for entry in sequence(dig(pod, "status", field)))
    return max(counts)


def progress_line(
    workload: t.Any, assessment: Assessment, new_pods: t.Sequence[JsonObject], events: t.Sequence[JsonObject] = ()
) -> str:
    """Such as `api-server: 1/3 updated, 2 available; 7d9f-x2k: ImagePullBackOff`: the counts and what tells most.

    Pods and events are named without the workload's own name, which would fill the line.
    """
    name, counts = name_of(workload), assessment.counts
    line = f"{name}: {counts.updated}/{counts.desired} updated, {counts.available} available"
    if assessment.phase == "complete" or assessment.reason in PLAIN_REASONS:
        return f"{line}; {assessment.reason.replace('_', ' ')}"
    for pod in new_pods:
        trouble = pod_trouble(pod)
        if trouble:
            return f"{line}; {name_of(pod).removeprefix(f'{name}-')}: {trouble}"
    telling = newest_warning(events)
    return f"{line}; {telling}" if telling else line


def _of_every_start(event: JsonObject) -> bool:
    """Whether it is one of the first failures of a probe: most applications are asked before they listen."""
    return event.get("reason") == "Unhealthy" and number(event.get("count"), 1) <= USUAL_FAILURES


def newest_warning(events: t.Iterable[t.Any]) -> str:
    """The newest Warning event that tells something, as `FailedCreate: exceeded quota...`, or an empty string."""
    found = [
        (text(mapping(entry).get("lastTimestamp")) or text(mapping(entry).get("eventTime")), mapping(entry))
        for entry in events
        if mapping(entry).get("type") == "Warning" and not _of_every_start(mapping(entry))
    ]
    if not found:
        return ""
    _when, newest = max(found, key=lambda entry: entry[0])
    message = " ".join(text(newest.get("message")).split())
    if len(message) > MESSAGE_LIMIT:
        message = f"{message[: MESSAGE_LIMIT - 3]}..."
    return f"{text(newest.get('reason'))}: {message}"
