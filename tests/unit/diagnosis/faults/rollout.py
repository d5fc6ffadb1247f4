# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rollouts that do not go on although no container fails, and those with which nothing is wrong."""

from __future__ import annotations

from .parts import LISTEN, QUIET, Fault, Json, changed, deployment, good, node, probe, restarted, shell, with_spec

_HANGING = {"name": "wait", **shell("sleep 3600")}
# Five seconds well, five seconds not.
_ANSWERS_IN_TURN = """
require('http').createServer((request, response) => {
  response.statusCode = process.uptime() % 10 < 5 ? 200 : 503;
  response.end();
}).listen(3000);
"""


def _asked_without_patience(script: str) -> Json:
    return deployment({**node(script), "readinessProbe": probe(3000, failureThreshold=1, timeoutSeconds=5)})


_DEADLINE = ("ProgressDeadlineExceeded",)

ROLLOUT: dict[str, Fault] = {
    "init_hang": Fault(
        "init_container_hang",
        with_spec(deployment(initContainers=[_HANGING]), progressDeadlineSeconds=3),
        _DEADLINE,
        QUIET,
        sure=0.8,
    ),
    "flapping": Fault(
        "flapping",
        _asked_without_patience(_ANSWERS_IN_TURN),
        ("statuscode: 503", "ContainersNotReady"),
        _asked_without_patience(LISTEN),
        age=30.0,
        # it begins as any failing probe, and is one until it has answered in between
        live=False,
    ),
    "readiness_gate": Fault(
        "readiness_gate_not_satisfied",
        deployment(readinessGates=[{"conditionType": "example.com/in-rotation"}]),
        ("ReadinessGatesNotReady",),
        QUIET,
        sure=0.9,
        rollback_helps=True,
    ),
    "paused": Fault("deployment_paused", with_spec(restarted(QUIET), paused=True), (), QUIET, sure=0.85),
    # Nobody schedules the pods, and so nobody says anything of them.
    "deadline": Fault(
        "progress_deadline_exceeded",
        with_spec(deployment(schedulerName="nobody"), progressDeadlineSeconds=2),
        _DEADLINE,
        QUIET,
        sure=0.75,
    ),
    "silence": Fault(
        "unknown", deployment(schedulerName="nobody"), (), QUIET, rollback_helps="unknown", live=False, age=125.0
    ),
    "healthy": Fault("healthy", good(), (), None, settle=True, sure=0.9, rollback_helps="unknown"),
    "healthy_second": Fault(
        "healthy",
        changed({"readinessProbe": probe(3000, periodSeconds=2, timeoutSeconds=5)}),
        (),
        good(),
        settle=True,
        sure=0.9,
        rollback_helps="unknown",
        live=False,
    ),
    "slow_start": Fault(
        "in_progress",
        changed(node(f"setTimeout(() => {{ {LISTEN} }}, 20000)")),
        ("connection refused",),
        good(),
        rollback_helps="unknown",
    ),
    "scaled_to_zero": Fault("scaled_to_zero", deployment(replicas=0), (), None, settle=True, sure=0.9),
}
