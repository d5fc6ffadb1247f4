# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who stopped a container that was stopped: a probe, a hook, or nobody that is known.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

A container that the kubelet stops ends with 0 (it handled SIGTERM), 143 or 137, never with OOMKilled. The kubelet says
so in a Killing event; but events live an hour, and those of a busy node arrive minutes late.
"""

from __future__ import annotations

from datetime import datetime

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.probes import (
    Probe,
    ProbeKind,
    earlier_probe,
    probe_of,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.situation import ContainerView, Situation
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout import objects as o

_STOPPED = (0, 137, 143)
_TERMINATED = 143
_STOPPING_KINDS: tuple[ProbeKind, ...] = ("startup", "liveness")
_KUBELET_EVENTS = ("Pulled", "Created", "Started", "BackOff", "Unhealthy", "Killing", "FailedPostStartHook")


def stopped_by_hook(situation: Situation, view: ContainerView) -> bool:
    """Whether the kubelet stopped it because its postStart hook failed."""
    return _was_stopped(view) and bool(situation.container_events(view, "FailedPostStartHook"))


def stopped_by_probe(situation: Situation, view: ContainerView) -> ProbeKind | None:
    """The probe for which the kubelet stopped it, by what it says."""
    if not _was_stopped(view) and view.ended is not None:
        return None
    for event in situation.container_events(view, "Killing"):
        for kind in _STOPPING_KINDS:
            if f"failed {kind} probe" in event.message:
                return kind
    return None


def seems_stopped_by(situation: Situation, view: ContainerView) -> ProbeKind | None:
    """The probe for which it seems to have been stopped, where no event tells: it did not end before that was due."""
    ended = o.mapping(view.ended)
    started, finished = o.parse_time(ended.get("startedAt")), o.parse_time(ended.get("finishedAt"))
    if not _was_stopped(view) or started is None or finished is None:
        return None
    told = _is_told(situation, view, started)
    for kind in _STOPPING_KINDS:
        probe = probe_of(view.spec, kind)
        if probe is None or (told and not _may_be_late(situation, view, probe)):
            continue
        due = probe.initial_delay + probe.period * (probe.failure_threshold - 1)
        if (finished - started).total_seconds() >= due:
            return kind
    return None


def _may_be_late(situation: Situation, view: ContainerView, probe: Probe) -> bool:
    """Whether the probe is suspected though other events of that instance are here: the one that tells comes late.

    Nobody but the kubelet ends one container of a pod with SIGTERM; and a probe that asks another port or path than
    the revision before explains a stop that the program has no reason for.
    """
    if o.mapping(view.ended).get("exitCode") == _TERMINATED:
        return True
    earlier = earlier_probe(situation, view, probe.kind)
    return earlier is not None and (earlier.port, earlier.path) != (probe.port, probe.path)


def _was_stopped(view: ContainerView) -> bool:
    ended = o.mapping(view.ended)
    return ended.get("exitCode") in _STOPPED and ended.get("reason") != "OOMKilled"


def _is_told(situation: Situation, view: ContainerView, started: datetime) -> bool:
    """Whether the kubelet's events of that instance are here: a Killing event would be among them."""
    return any(event.last and event.last >= started for event in situation.container_events(view, *_KUBELET_EVENTS))
