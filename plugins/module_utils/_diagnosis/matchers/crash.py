# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Containers that ran and ended.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import dataclasses
import typing as t
from datetime import datetime

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis import logs
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.cause import ROOT
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.causes import BY_NAME
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.finding import (
    Finding,
    about,
    log_item,
    status_item,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.hosts import (
    blame_host,
    service_is_missing,
    service_of,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.matchers import start
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.model import EvidenceItem
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.policies import blocking_policy
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.situation import ContainerView, Situation
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.stops import (
    seems_stopped_by,
    stopped_by_hook,
    stopped_by_probe,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout import objects as o

# A container that has been ready for this many seconds since its last end has got over it.
_RECOVERED_AFTER = 120.0
_SIGNAL_CAUSES = {132: "segfault", 135: "shm_exhausted", 136: "segfault", 139: "segfault"}
# A log line of the program's end outweighs what its exit code suggests; these exit codes say more than most lines.
_CODE_CAUSES = {126: "permission_denied", 127: "command_not_found"}
_UNANSWERED = ("dns_resolution_failed", "connection_timeout")
# What a program that goes on may suffer from without an end of its own.
_COMPLAINTS = frozenset(
    {
        *_UNANSWERED,
        "wrong_host_dns",
        "connection_refused",
        "db_auth_failed",
        "rbac_forbidden_at_runtime",
        "volume_full",
        "tls_certificate_expired",
    }
)
# A program that ended well has got over what its log complains of, unless it says so plainly.
_PLAIN = 0.8


def crashing(view: ContainerView) -> bool:
    """Whether the container has ended in a way that counts: it is down, or was a moment ago."""
    if view.waiting_reason == "CrashLoopBackOff" or (view.state("terminated") is not None and not _finished_well(view)):
        return True
    return view.ended is not None and view.restarts > 0 and not _finished_well(view)


def match(situation: Situation) -> t.Iterable[Finding]:
    """Containers that ended by themselves: by what their log says, else by how they ended."""
    for view in situation.containers:
        if not crashing(view):
            if view.role != "init" and view.state("running") is not None:
                yield from complaints(situation, view)
            continue
        if o.text(o.mapping(view.ended).get("reason")) in start.ENDED:
            continue
        if stopped_by_probe(situation, view) or stopped_by_hook(situation, view):
            # The kubelet stopped it; what the log says of that moment is the stop's echo.
            continue
        finding = _judge(situation, view)
        if finding is not None:
            yield dataclasses.replace(finding, current=False) if _got_over(view, finding) else finding


def _finished_well(view: ContainerView) -> bool:
    """Init containers are meant to end; so are the containers of pods that are not restarted."""
    ended = o.mapping(view.ended)
    if ended.get("exitCode") != 0:
        return False
    restarts_always = o.dig(view.pod, "spec", "restartPolicy") in (None, "Always")
    return view.role == "init" or (view.role == "main" and not restarts_always)


def _judge(situation: Situation, view: ContainerView) -> Finding | None:
    ended = o.mapping(view.ended)
    code = ended.get("exitCode") if isinstance(ended.get("exitCode"), int) else None
    reason = o.text(ended.get("reason"))
    finished = o.parse_time(ended.get("finishedAt"))
    state = _state_item(view, code, reason, finished)
    rest = {"since": _since(situation, view, finished), "current": _is_current(situation, view, finished)}
    if reason == "OOMKilled":
        limit = o.text(o.dig(view.spec, "resources", "limits", "memory"))
        words = {"limit": f" of {limit}" if limit else ""}
        return about(view, "oom_killed", 0.97, words=words, evidence=(state,), **rest)
    if reason in ("ContainerStatusUnknown", "Evicted"):
        return None
    match, item = _log_verdict(situation, view, finished)
    if code == 0 and match is not None and match.weight < _PLAIN:
        match, item = None, None
    if match is not None and item is not None and match.specific:
        return _from_log(situation, view, match, (item, state), rest)
    by_message = start.classify(o.text(ended.get("message")))
    if by_message is not None:
        cause, confidence, words = by_message
        return about(view, cause, confidence - 0.05, words=words, evidence=(state,), **rest)
    evidence = tuple(entry for entry in (item, state) if entry)
    if code in _CODE_CAUSES:
        words = {"name": "its command", "line": match.line if match else f"exit code {code}"}
        return about(view, _CODE_CAUSES[code], 0.7, words=words, evidence=evidence, **rest)
    if code in _SIGNAL_CAUSES:
        return about(view, _SIGNAL_CAUSES[code], 0.85, words={"code": str(code)}, evidence=evidence, **rest)
    if match is not None and match.cause:
        words = {"code": str(code), "line": match.words.get("line", match.line), **match.words}
        return about(view, match.cause, match.weight, words=words, evidence=evidence, **rest)
    if seems_stopped_by(situation, view):
        return None
    if code == 0:
        return about(view, "exit_zero_restart_loop", 0.85, evidence=evidence, **rest)
    if code is None:
        return about(view, "crash_loop_unknown", 0.6, evidence=evidence, **rest)
    line = f": {match.line}" if match else ""
    return about(view, "exit_nonzero", 0.65, words={"code": str(code), "line": line}, evidence=evidence, **rest)


def _from_log(
    situation: Situation,
    view: ContainerView,
    match: logs.LogMatch,
    evidence: tuple[EvidenceItem, ...],
    rest: dict[str, t.Any],
) -> Finding:
    words = {"line": match.line, "code": "", "name": "a dependency", "limit": "", **match.words}
    if match.cause == "missing_dependency" and "name" in match.words:
        words["name"] = f"'{match.words['name']}'"
    host = match.words.get("host") or match.words.get("address") or ""
    words["address"] = f" ({host})" if host else ""
    finding = about(view, match.cause, match.weight, words=words, evidence=evidence, **rest)
    if match.cause in _UNANSWERED:
        return _unanswered(situation, view, finding, host)
    if match.cause == "wrong_host_dns" and _should_resolve(situation, view, host):
        return dataclasses.replace(finding, cause="dns_resolution_failed", confidence=0.85)
    return blame_host(situation, view, finding) if match.cause in ("wrong_host_dns", "connection_refused") else finding


def _should_resolve(situation: Situation, view: ContainerView, host: str) -> bool:
    """Whether the cluster's DNS would know the name that was denied: the pod asks another, or that one is wrong.

    A headless Service has no address while none of its pods is ready, so it shows nothing.
    """
    namespace, name = service_of(host, situation.namespace)
    if not name:
        return False
    service = situation.related_named("Service", name, namespace)
    if service is not None:
        return o.dig(service, "spec", "clusterIP") not in (None, "", "None")
    inside = host.rstrip(".").endswith((".svc", ".svc.cluster.local")) and not service_is_missing(situation, host)
    return inside and o.dig(view.pod, "spec", "dnsPolicy") in ("None", "Default")


def _unanswered(situation: Situation, view: ContainerView, finding: Finding, host: str) -> Finding:
    """Nobody answered: by a policy, by a name that was changed to one that does not exist, or for a reason outside."""
    blocked = blocking_policy(situation, view.pod, host, dns=finding.cause == "dns_resolution_failed")
    if blocked is not None:
        policy, confidence = blocked
        name = o.name_of(policy)
        item = EvidenceItem(f"NetworkPolicy/{name}", "spec", "it governs this connection, and no rule allows it")
        return dataclasses.replace(
            finding,
            cause="network_policy_blocks_traffic",
            confidence=confidence,
            words={**finding.words, "name": name},
            evidence=(*finding.evidence, item),
        )
    if not host:
        return finding
    blamed = blame_host(situation, view, finding)
    if finding.cause == "dns_resolution_failed":
        # Some resolvers say "try again" of names that do not exist as well.
        renamed = bool(blamed.blames) or service_is_missing(situation, host)
        return dataclasses.replace(blamed, cause="wrong_host_dns", confidence=0.9) if renamed else finding
    return blamed


def complaints(situation: Situation, view: ContainerView) -> t.Iterable[Finding]:
    """What a container that runs complains of: the reason why it is not ready, or nothing that the rollout feels."""
    for excerpt in situation.logs_of(view):
        match = None if excerpt.previous else logs.complaint(excerpt.text)
        if match is None or match.cause not in _COMPLAINTS:
            continue
        finding = _from_log(situation, view, match, (log_item(excerpt, match.line),), {})
        sure = min(finding.confidence, 0.85)
        yield dataclasses.replace(finding, confidence=sure, current=not view.ready, tolerated=view.ready)


def _log_verdict(
    situation: Situation, view: ContainerView, finished: datetime | None
) -> tuple[logs.LogMatch | None, EvidenceItem | None]:
    """What the log of the instance that ended says; its termination message serves where no log was read."""
    vague: tuple[logs.LogMatch | None, EvidenceItem | None] = (None, None)
    for excerpt in situation.logs_of(view):
        if not excerpt.previous and view.state("running") is not None:
            continue
        found = logs.read(excerpt.text)
        if found is not None and found.specific:
            return found, log_item(excerpt, found.line, finished)
        if found is not None and (vague[0] is None or (found.cause and not vague[0].cause)):
            vague = found, log_item(excerpt, found.line, finished)
    message = o.text(o.mapping(view.ended).get("message"))
    if vague[0] is None and message:
        found = logs.read(message)
        if found is not None:
            return found, status_item(view, f"{view.ended_field}.message", found.line, finished)
    return vague


def _state_item(view: ContainerView, code: int | None, reason: str, finished: datetime | None) -> EvidenceItem:
    if view.ended is None:
        message = f"{view.waiting_reason}: {view.waiting_message}"
        return status_item(view, f"{view.path}.state.waiting", message)
    said = f"reason {reason or 'unknown'}, exit code {code if code is not None else 'unknown'}"
    return status_item(view, view.ended_field, f"{said}, restarted {view.restarts} times", finished)


def _since(situation: Situation, view: ContainerView, finished: datetime | None) -> datetime | None:
    """The first end is not recorded; the pod was made shortly before it, unless it ran well for long."""
    backoff = situation.container_events(view, "BackOff")
    first = [event.first for event in backoff if event.first]
    return min([*first, *([finished] if finished else [])], default=None)


def _is_current(situation: Situation, view: ContainerView, finished: datetime | None) -> bool:
    """Whether the end still counts: a container that has been ready again for a while has got over it."""
    if not view.ready or view.state("running") is None:
        return True
    age = situation.age(finished)
    return age is None or age < _RECOVERED_AFTER * min(max(view.restarts, 1), 5)


def _got_over(view: ContainerView, finding: Finding) -> bool:
    """Whether it was a single stop that nothing explains, and the container is ready again."""
    explained = BY_NAME[finding.cause].depth == ROOT and finding.cause != "exit_zero_restart_loop"
    return view.ready and view.state("running") is not None and view.restarts <= 1 and not explained
