# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of causes: probes that fail, and answers that are bad while the probes are green.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.cause import PROGRAM, SYMPTOM, Cause

# Another probe's change explains nothing: the matcher knows which one is this probe's.
_OWN_CHANGE = "a change of this probe, or of the ports that it means, explains it"


def _probe(kind: str, leaf: str, meaning: str, signal: str, summary: str, remedy: str, depth: int = SYMPTOM) -> Cause:
    return Cause(
        "health",
        f"{kind}_probe_{leaf}",
        meaning.format(kind=kind),
        signal.format(kind=kind.capitalize()),
        summary.replace("<kind>", kind),
        (("patch_workload", remedy.format(kind=kind)),),
        depth=depth,
        plausible=PROGRAM,
        note=_OWN_CHANGE,
    )


_SHORT_OF_ANSWER = "The application answers the {kind} probe with an error, or not at all."

_PROBE_CAUSES = tuple(
    cause
    for kind in ("liveness", "readiness", "startup")
    for cause in (
        _probe(
            kind,
            "wrong_port",
            "The {kind} probe asks on a port where the application does not listen.",
            "event Unhealthy `{kind} probe failed: ... connection refused` on a port that is not the application's",
            "The <kind> probe of container {container} asks on port {port}, but the application listens on {listens}.",
            "Let the {kind} probe ask on the application's port.",
            depth=0,
        ),
        _probe(
            kind,
            "wrong_path",
            "The {kind} probe asks for a path that the application does not have.",
            "event Unhealthy `{kind} probe failed: HTTP probe failed with statuscode: 404`",
            "The <kind> probe of container {container} asks for {path}, which the application does not have (404).",
            "Let the {kind} probe ask for a path that the application answers.",
            depth=0,
        ),
        _probe(
            kind,
            "timeout",
            "The application answers the {kind} probe later than the probe waits.",
            "event Unhealthy `{kind} probe failed: ... context deadline exceeded` or `timed out`",
            "The <kind> probe of container {container} gets no answer within {seconds}.",
            "Raise timeoutSeconds of the {kind} probe, or make its answer faster.",
        ),
        _probe(
            kind,
            "too_aggressive",
            "The {kind} probe gives a working application too little time.",
            "event `{kind} probe failed` or Killing, and the application is known to come up, or to answer, "
            "later: it was asked, its log says so, or the revision before takes longer than is allowed now",
            "The <kind> probe of container {container} {line}.",
            "Give the application more time: failureThreshold, initialDelaySeconds or a startup probe; timeoutSeconds.",
            depth=0,
        ),
        _probe(
            kind,
            "failing",
            _SHORT_OF_ANSWER,
            "event Unhealthy `{kind} probe failed: ...`",
            "The <kind> probe of container {container} fails{line}.",
            "See why the application does not answer the {kind} probe.",
        ),
    )
)

_WORSE = (
    "the pods' own {metric}, asked through the pod proxy: surely worse than the revision before (exact conditional "
    "test, alpha 0.0001, at least 50 requests, {margin}); where that one cannot be asked, {limit}"
)
_SERVICE_CAUSES = (
    Cause(
        "health",
        "service_error_rate",
        "The probes are green, and the new revision answers users with errors.",
        _WORSE.format(
            metric="`http_requests_total`",
            margin="5 more of 100 and twice as many",
            limit="surely more than 20 of 100",
        ),
        "The new revision {line}.",
        (("inspect", "Read the application's log for the errors."),),
        depth=SYMPTOM,
        grace=10.0,
        plausible=PROGRAM,
    ),
    Cause(
        "health",
        "service_latency",
        "The probes are green, and the new revision makes users wait.",
        _WORSE.format(
            metric="`http_request_duration_seconds`",
            margin="25 more of 100 slower than 90 of 100 were and than 0.25 s",
            limit="surely more than half slower than 5 s",
        ),
        "The new revision {line}.",
        (("inspect", "See what the application does for so long."),),
        depth=SYMPTOM,
        grace=10.0,
        plausible=PROGRAM,
    ),
)

HEALTH = (*_PROBE_CAUSES, *_SERVICE_CAUSES)
