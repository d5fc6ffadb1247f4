# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Probes that fail while the container runs."""

from __future__ import annotations

import dataclasses
import typing as t

from .parts import LISTEN, PORTS, Fault, Json, changed, deployment, good, node, probe


def _probed(kind: str, leaf: str, sign: str, **change: t.Any) -> Fault:
    """Revision 2 of the good Deployment, with another probe, which must not fail for a busy machine."""
    if change.get("path") != "/slow":
        change["timeoutSeconds"] = 5
    return Fault(
        f"{kind}_probe_{leaf}", changed({f"{kind}Probe": probe(**change)}), (sign,), good(), rollback_helps=True
    )


def _hasty(kind: str, script: str, patient: dict[str, t.Any], hasty: dict[str, t.Any], sign: str) -> Fault:
    """The same application with a probe that had patience, and has none."""

    def asked(times: dict[str, t.Any]) -> Json:
        ready = probe(3000, failureThreshold=90, timeoutSeconds=5)
        probes = {"readinessProbe": ready, f"{kind}Probe": probe(3000, **times)}
        return deployment({**node(script), "ports": PORTS, **probes})

    return Fault(f"{kind}_probe_too_aggressive", asked(hasty), (sign,), asked(patient), rollback_helps=True, sure=0.85)


# Answers after two seconds; comes up after eight.
_SLOW_ANSWERS = """
require('http').createServer((request, response) => setTimeout(() => response.end('ok'), 2000)).listen(3000);
"""
_SLOW_START = f"setTimeout(() => {{ {LISTEN} }}, 8000)"
_PATIENT, _HASTY = {"failureThreshold": 90, "timeoutSeconds": 5}, {"timeoutSeconds": 5}

HEALTH: dict[str, Fault] = {
    "liveness_port": dataclasses.replace(
        _probed("liveness", "wrong_port", "Liveness probe failed", port=8080, periodSeconds=10), live=False
    ),
    "liveness_port_killed": _probed("liveness", "wrong_port", "failed liveness probe", port=8080),
    "liveness_path": _probed("liveness", "wrong_path", "failed liveness probe", port=3000, path="/nowhere"),
    "liveness_error": _probed("liveness", "failing", "failed liveness probe", port=3000, path="/broken"),
    "liveness_timeout": _probed("liveness", "timeout", "failed liveness probe", port=3000, path="/slow"),
    "readiness_port": _probed("readiness", "wrong_port", "Readiness probe failed", port=8080),
    "readiness_path": _probed("readiness", "wrong_path", "Readiness probe failed", port=3000, path="/nowhere"),
    "readiness_error": _probed("readiness", "failing", "statuscode: 500", port=3000, path="/broken"),
    "readiness_timeout": _probed("readiness", "timeout", "Readiness probe failed", port=3000, path="/slow"),
    "startup_port": _probed("startup", "wrong_port", "Startup probe failed", port=8080),
    "startup_path": _probed("startup", "wrong_path", "failed startup probe", port=3000, path="/nowhere"),
    "startup_error": _probed("startup", "failing", "failed startup probe", port=3000, path="/broken"),
    "startup_timeout": _probed("startup", "timeout", "failed startup probe", port=3000, path="/slow"),
    "liveness_hasty": _hasty("liveness", _SLOW_START, _PATIENT, _HASTY, "failed liveness probe"),
    "startup_hasty": _hasty("startup", _SLOW_START, _PATIENT, _HASTY, "failed startup probe"),
    "readiness_hasty": _hasty(
        "readiness", _SLOW_ANSWERS, {"timeoutSeconds": 20}, {"timeoutSeconds": 1}, "Readiness probe failed"
    ),
}
