# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of causes: rollouts as a whole, and nothing wrong.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.cause import (
    ANY_CHANGE,
    DEADLINE,
    SYMPTOM,
    Cause,
)

ROLLOUT = (
    Cause(
        "rollout",
        "init_container_hang",
        "An init container runs and does not end.",
        "an init container that has been running for longer than the grace, without a failure",
        "Init container {container} does not end, so the pods do not start.",
        (("inspect", "Read the init container's log: what does it wait for?"),),
        depth=SYMPTOM,
        decisive=frozenset({"command"}),
        plausible=ANY_CHANGE,
    ),
    Cause(
        "rollout",
        "flapping",
        "The pods become ready and lose it again, in turn.",
        "event Unhealthy `Readiness probe failed` again and again beside a pod that was or is ready",
        "Container {container} is ready and not ready in turn{line}.",
        (("inspect", "See what the readiness probe answers under load, and whether its threshold is too low."),),
        depth=SYMPTOM,
        decisive=frozenset({"probes"}),
        plausible=ANY_CHANGE,
    ),
    Cause(
        "rollout",
        "readiness_gate_not_satisfied",
        "A readiness gate of the pod is not true.",
        "all containers ready, and a condition of spec.readinessGates is not True",
        "The pods' readiness gate {name} is not satisfied.",
        (("inspect", "See what should set the condition."),),
        depth=SYMPTOM,
        decisive=frozenset({"other"}),
    ),
    Cause(
        "rollout",
        "deployment_paused",
        "The Deployment is paused, so its new template is not rolled out.",
        "spec.paused; spec.suspend of a Job",
        "The {kind} is {paused}: nothing is rolled out until it is resumed.",
        (("resume", "kubectl rollout resume, when whoever paused it agrees."),),
        depth=DEADLINE,
    ),
    Cause(
        "rollout",
        "progress_deadline_exceeded",
        "The rollout made no progress within progressDeadlineSeconds.",
        "condition Progressing=False with reason ProgressDeadlineExceeded",
        "The rollout made no progress within its deadline, and nothing recorded says why.",
        (("inspect", "Describe the pods of the new revision."),),
        depth=DEADLINE,
        terminal=True,
        plausible=ANY_CHANGE,
    ),
)

NONE = (
    Cause(
        "none",
        "healthy",
        "The rollout is complete, and its pods are available.",
        "all wanted pods are updated and available",
        "{line}",
        (),
    ),
    Cause(
        "none",
        "in_progress",
        "The rollout goes on, and nothing speaks for a failure.",
        "not complete, no sign of a failure",
        "The rollout is in progress: {line}.",
        (),
    ),
    Cause(
        "none",
        "scaled_to_zero",
        "No pods are wanted.",
        "spec.replicas is 0",
        "The workload is scaled to zero: no pods are wanted.",
        (),
    ),
    Cause(
        "none",
        "insufficient_evidence",
        "Too little was recorded to say anything.",
        "no workload, no status",
        "There is not enough evidence for a verdict.",
        (("inspect", "Record the workload with its pods and events."),),
    ),
    Cause(
        "unknown",
        "unknown",
        "Something is wrong, and no known cause matches.",
        "not complete after its grace, no sign that is known",
        "The rollout does not complete, and no known cause matches.",
        (("inspect", "Describe the pods and read their logs."),),
        depth=DEADLINE,
        plausible=ANY_CHANGE,
    ),
)
