# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rollout still lacks, in words, for people whose wait has ended.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import re
import typing as t
from datetime import datetime

from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.assess import replica_failure
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.objects import (
    JsonObject,
    condition,
    dig,
    is_ready,
    is_terminating,
    mapping,
    name_of,
    number,
    parse_time,
    sequence,
    text,
    uid_of,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.progress import pod_trouble
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.snapshot import Snapshot

# Of a crowd of pods only so many are described.
SHOWN = 2
TEXT_LIMIT = 160
# Wordings of the kubelet (`pkg/kubelet/prober/prober.go`, `pkg/probe/http`).
_PROBE_FAILED = re.compile(
    r"^(?P<kind>Readiness|Liveness|Startup) probe (?:failed|errored)[^:]*:\s*(?P<text>.*)", re.DOTALL
)
_STATUS_CODE = re.compile(r"statuscode: (\d{3})")


def still_missing(snapshot: Snapshot, now: datetime | None) -> list[str]:
    """Such as `["api-server-7d9f-x: readiness probe on :3000/ready answers 500 since 40 s"]`; `now` is the API
    server's time."""
    waiting = [pod for pod in snapshot.new_pods if not is_ready(pod) and not is_terminating(pod)]
    said = [f"{name_of(pod)}: {_of_pod(pod, snapshot.events, now)}" for pod in waiting[:SHOWN]]
    if len(waiting) > SHOWN:
        said.append(f"{len(waiting) - SHOWN} more not ready")
    failure = replica_failure(snapshot.workload, snapshot.revision)
    if failure:
        said.append(_short(failure))
    ready = [pod for pod in snapshot.new_pods if is_ready(pod)]
    delay = number(dig(snapshot.workload, "spec", "minReadySeconds"))
    unavailable = [
        pod for pod in ready if now and (seconds := _since(pod, "Ready", now)) is not None and seconds < delay
    ]
    if unavailable:
        said.append(f"{len(unavailable)} ready, available after minReadySeconds={delay}")
    return said


def _of_pod(pod: JsonObject, events: t.Sequence[JsonObject], now: datetime | None) -> str:
    """Why one pod is not ready, and since when."""
    scheduled = mapping(condition(pod, "PodScheduled"))
    if scheduled.get("status") == "False":
        what = f"no node: {_short(text(scheduled.get('message')) or text(scheduled.get('reason')))}"
        return what + _for(pod, "PodScheduled", now)
    trouble = pod_trouble(pod)
    if trouble:
        return trouble
    probe = _probe(pod, events)
    if probe:
        return probe + _for(pod, "Ready", now)
    for status in sequence(dig(pod, "status", "initContainerStatuses")):
        if "running" in mapping(dig(status, "state")) and not mapping(status).get("ready"):
            return f"init container {text(mapping(status).get('name'))} still runs" + _for(pod, "PodScheduled", now)
    gates = [text(mapping(entry).get("conditionType")) for entry in sequence(dig(pod, "spec", "readinessGates"))]
    unmet = [gate for gate in gates if mapping(condition(pod, gate)).get("status") != "True"]
    if unmet and mapping(condition(pod, "ContainersReady")).get("status") == "True":
        return f"readiness gate {unmet[0]} is not met" + _for(pod, "ContainersReady", now)
    statuses = [mapping(entry) for entry in sequence(dig(pod, "status", "containerStatuses"))]
    idle = [entry for entry in statuses if not entry.get("ready")]
    reason = text(dig(idle[0], "state", "waiting", "reason")) if idle else ""
    if reason:
        return f"container {text(idle[0].get('name'))}: {reason}" + _for(pod, "PodScheduled", now)
    return "not ready yet" + _for(pod, "Ready", now)


def _probe(pod: JsonObject, events: t.Sequence[JsonObject]) -> str:
    """The last failure of a probe of a pod, with what it asks, or an empty string."""
    own = [entry for entry in events if text(dig(entry, "involvedObject", "uid")) == uid_of(pod)]
    failures = [
        (text(entry.get("lastTimestamp")) or text(entry.get("eventTime")), entry, match)
        for entry in own
        if entry.get("reason") == "Unhealthy" and (match := _PROBE_FAILED.match(text(entry.get("message"))))
    ]
    if not failures:
        return ""
    _when, event, match = max(failures, key=lambda found: found[0])
    kind = match["kind"].lower()
    field = re.search(r"\{(.+)\}", text(dig(event, "involvedObject", "fieldPath")))
    asked = _target(pod, field[1] if field else "", kind)
    return f"{kind} probe{f' on {asked}' if asked else ''} {_answer(match['text'])}"


def _target(pod: JsonObject, container: str, kind: str) -> str:
    """What a probe asks: `:3000/ready`, `:5432`, or nothing where it is a command."""
    for entry in sequence(dig(pod, "spec", "containers")):
        if container and mapping(entry).get("name") != container:
            continue
        probe = mapping(mapping(entry).get(f"{kind}Probe"))
        for handler in ("httpGet", "tcpSocket", "grpc"):
            asked = mapping(probe.get(handler))
            if asked:
                return f":{asked.get('port')}{text(asked.get('path'))}"
    return ""


def _answer(said: str) -> str:
    code = _STATUS_CODE.search(said)
    if code:
        return f"answers {code[1]}"
    if "connection refused" in said:
        return "is refused"
    if re.search(r"deadline exceeded|timeout|timed out", said, re.IGNORECASE):
        return "gets no answer in time"
    return f"fails: {_short(said)}" if said.strip() else "fails"


def _for(pod: JsonObject, kind: str, now: datetime | None) -> str:
    seconds = _since(pod, kind, now)
    return "" if seconds is None else f" since {seconds:.0f} s"


def _since(pod: JsonObject, kind: str, now: datetime | None) -> float | None:
    """Seconds since a condition of the pod changed; None where that cannot be told."""
    changed = parse_time(mapping(condition(pod, kind)).get("lastTransitionTime"))
    if changed is None or now is None or changed > now:
        return None
    return (now - changed).total_seconds()


def _short(said: str) -> str:
    line = " ".join(said.split())
    return line if len(line) <= TEXT_LIMIT else f"{line[: TEXT_LIMIT - 3]}..."
