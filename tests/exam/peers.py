# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What other tools say of a record, by their published rules; each is named where its rule stands.

The rules were written anew from their descriptions and public sources. They see the record as the tool would see the
cluster at that moment: no tool is given more time, and none is asked about what it does not look at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.evidence import Evidence
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.identity import identified
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout import objects as o


@dataclass(frozen=True)
class Said:
    """What a tool says. `label` is its own short word, `text` all that its reader sees of the cause.

    `failed` is None where the tool has no answer for such an object.
    """

    label: str
    failed: bool | None
    text: str = ""


@dataclass(frozen=True)
class Peer:
    """A tool, where its rule was published, and the rule."""

    name: str
    source: str
    says: Callable[[Evidence], Said]


NOT_APPLICABLE = Said("n/a", None)


@dataclass(frozen=True)
class _Target:
    """The judged object with its new revision and that one's pods."""

    kind: str
    workload: o.JsonObject
    revision: o.JsonObject | None
    pods: list[o.JsonObject]


def _target(evidence: Evidence) -> _Target:
    whole = identified(evidence)
    kind = o.text(whole.workload.get("kind"))
    if kind == "Pod":
        return _Target(kind, whole.workload, None, [whole.workload])
    # Other controllers number their revisions elsewhere: there, all pods are looked at.
    known = kind in ("Deployment", "StatefulSet", "DaemonSet")
    revision = o.current_revision(whole.workload, whole.revisions) if known else None
    pods = o.pods_of(whole.workload, revision, whole.pods) if revision else whole.pods
    return _Target(kind, whole.workload, revision, pods)


def _statuses(pod: o.JsonObject, *listings: str) -> Iterable[o.JsonObject]:
    for listing in listings or ("containerStatuses",):
        for entry in o.sequence(o.dig(pod, "status", listing)):
            yield o.mapping(entry)


def _waiting(status: o.JsonObject) -> tuple[str, str]:
    found = o.mapping(o.dig(status, "state", "waiting"))
    return o.text(found.get("reason")), o.text(found.get("message"))


def _status_number(workload: o.JsonObject, key: str, default: int = 0) -> int:
    return o.number(o.dig(workload, "status", key), default)


def _observed(workload: o.JsonObject) -> bool:
    return o.number(o.dig(workload, "metadata", "generation")) <= _status_number(workload, "observedGeneration")


# kubectl get pods: the column STATUS.

_NO_FAILURE = re.compile(
    r"Running|Pending|Completed|Succeeded|NotReady|Terminating|ContainerCreating|PodInitializing|SchedulingGated|Init:\d+/\d+"
)


def kubectl_get(evidence: Evidence) -> Said:
    """The column STATUS of `kubectl get pods`: that of the first pod which does not run, else of any."""
    target = _target(evidence)
    if not target.pods:
        unrecorded = target.kind == "PersistentVolumeClaim" or _status_number(target.workload, "replicas") > 0
        return NOT_APPLICABLE if unrecorded else Said("no pods", False)
    columns = sorted({_column(pod) for pod in target.pods}, key=lambda column: (column == "Running", column))
    return Said(columns[0], not _NO_FAILURE.fullmatch(columns[0]), columns[0])


def _column(pod: o.JsonObject) -> str:
    reason = o.text(o.dig(pod, "status", "reason")) or o.text(o.dig(pod, "status", "phase")) or "Unknown"
    if o.mapping(o.condition(pod, "PodScheduled")).get("reason") == "SchedulingGated":
        reason = "SchedulingGated"
    reason = _init_column(pod) or _main_column(pod, reason)
    return "Terminating" if o.is_terminating(pod) else reason


def _init_column(pod: o.JsonObject) -> str:
    """What the first init container that is not over yet makes of the column, "" where all are."""
    total = len(o.sequence(o.dig(pod, "spec", "initContainers")))
    sidecars = {o.text(container.get("name")) for role, container in o.containers_of(pod) if role == "sidecar"}
    for index, status in enumerate(_statuses(pod, "initContainerStatuses")):
        ended = o.dig(status, "state", "terminated")
        if isinstance(ended, dict) and o.number(ended.get("exitCode")) == 0:
            continue
        if status.get("name") in sidecars and status.get("started") is True:
            continue
        if isinstance(ended, dict):
            return "Init:" + (o.text(ended.get("reason")) or f"ExitCode:{o.number(ended.get('exitCode'))}")
        reason, _message = _waiting(status)
        return f"Init:{reason}" if reason not in ("", "PodInitializing") else f"Init:{index}/{total}"
    return ""


def _main_column(pod: o.JsonObject, reason: str) -> str:
    running = False
    for status in reversed(list(_statuses(pod))):
        ended = o.dig(status, "state", "terminated")
        if _waiting(status)[0]:
            reason = _waiting(status)[0]
        elif isinstance(ended, dict):
            reason = o.text(ended.get("reason")) or f"ExitCode:{o.number(ended.get('exitCode'))}"
        elif status.get("ready") is True and o.dig(status, "state", "running") is not None:
            running = True
    if reason == "Completed" and running:
        return "Running" if o.is_ready(pod) else "NotReady"
    return reason


# kubectl rollout status, as it would answer now.


def kubectl_rollout(evidence: Evidence) -> Said:
    """Deployments, StatefulSets and DaemonSets; only a Deployment's progress deadline makes it fail."""
    workload = evidence.workload
    kind = o.text(workload.get("kind"))
    if kind not in ("Deployment", "StatefulSet", "DaemonSet"):
        return NOT_APPLICABLE
    if not _observed(workload):
        return Said("waiting", False)
    if o.mapping(o.condition(workload, "Progressing")).get("reason") == "ProgressDeadlineExceeded":
        return Said("error", True, "exceeded its progress deadline")
    return Said("rolled out" if _counts_complete(workload) else "waiting", False)


def _counts_complete(workload: o.JsonObject) -> bool:
    """The comparison of counts that kubectl makes; Argo CD makes the same for Deployments."""
    kind = o.text(workload.get("kind"))
    wanted = o.desired_replicas(workload)
    updated = _status_number(workload, "updatedReplicas")
    if kind == "DaemonSet":
        return (
            _status_number(workload, "updatedNumberScheduled") >= wanted <= _status_number(workload, "numberAvailable")
        )
    if kind == "StatefulSet":
        partition = o.number(o.dig(workload, "spec", "updateStrategy", "rollingUpdate", "partition"))
        return _status_number(workload, "readyReplicas") >= wanted and updated >= wanted - partition
    if updated < wanted or _status_number(workload, "replicas") > updated:
        return False
    return _status_number(workload, "availableReplicas") >= updated


# Argo CD: the health of the object that stands in git, by gitops-engine.


def argo_cd(evidence: Evidence) -> Said:
    """An application's health is that of the objects as in git; a Deployment's pods do not enter it."""
    workload = evidence.workload
    kind = o.text(workload.get("kind"))
    if kind == "Pod":
        return _argo_pod(workload)
    if kind == "PersistentVolumeClaim":
        phase = o.text(o.dig(workload, "status", "phase"))
        return _health({"Bound": "Healthy", "Lost": "Degraded"}.get(phase, "Progressing"))
    if kind == "ReplicaSet":
        failure = o.mapping(o.condition(workload, "ReplicaFailure"))
        if failure.get("status") == "True":
            return _health("Degraded", o.text(failure.get("message")))
        ready = _status_number(workload, "availableReplicas") >= o.desired_replicas(workload)
        return _health("Healthy" if ready and _observed(workload) else "Progressing")
    if kind not in ("Deployment", "StatefulSet", "DaemonSet"):
        return NOT_APPLICABLE
    if o.dig(workload, "spec", "paused") is True:
        return _health("Suspended")
    if not _observed(workload):
        return _health("Progressing")
    if o.mapping(o.condition(workload, "Progressing")).get("reason") == "ProgressDeadlineExceeded":
        return _health("Degraded", "exceeded its progress deadline")
    return _health("Healthy" if _counts_complete(workload) else "Progressing")


def _health(status: str, text: str = "") -> Said:
    return Said(status, status == "Degraded", text)


def _argo_pod(pod: o.JsonObject) -> Said:
    phase = o.text(o.dig(pod, "status", "phase"))
    always = o.dig(pod, "spec", "restartPolicy") in (None, "Always")
    waiting = [_waiting(status) for status in _statuses(pod)]
    broken = [text for reason, text in waiting if reason.startswith("Err") or reason.endswith(("Error", "BackOff"))]
    if always and broken:
        return _health("Degraded", ", ".join(broken))
    if phase == "Failed":
        ended = [
            o.mapping(o.dig(status, "state", "terminated"))
            for status in _statuses(pod, "initContainerStatuses", "containerStatuses")
        ]
        told = [_argo_end(entry) for entry in ended if entry]
        return _health("Degraded", o.text(o.dig(pod, "status", "message")) or next(filter(None, told), ""))
    if phase == "Running" and always:
        if o.is_ready(pod):
            return _health("Healthy")
        restarted = any(o.dig(status, "lastState", "terminated") for status in _statuses(pod))
        return _health("Degraded" if restarted else "Progressing", o.text(o.dig(pod, "status", "message")))
    return _health({"Succeeded": "Healthy", "Running": "Progressing", "Pending": "Progressing"}.get(phase, "Unknown"))


def _argo_end(ended: o.JsonObject) -> str:
    code = o.number(ended.get("exitCode"))
    reason = "OOMKilled" if ended.get("reason") == "OOMKilled" else ""
    return o.text(ended.get("message")) or reason or (f"failed with exit code {code}" if code else "")


# kstatus: what Flux, Helm 4 and kpt wait by.

_SCHEDULE_WINDOW = timedelta(seconds=15)


def kstatus(evidence: Evidence) -> Said:
    """Current, InProgress or Failed, of the object itself."""
    workload = evidence.workload
    kind = o.text(workload.get("kind"))
    rules: dict[str, Callable[[o.JsonObject, Evidence], Said]] = {
        "Deployment": _kstatus_deployment,
        "StatefulSet": _kstatus_counts,
        "DaemonSet": _kstatus_counts,
        "ReplicaSet": _kstatus_counts,
        "Pod": _kstatus_pod,
        "PersistentVolumeClaim": _kstatus_claim,
    }
    if kind not in rules:
        return NOT_APPLICABLE
    if o.is_terminating(workload):
        return Said("Terminating", False)
    generation = o.dig(workload, "metadata", "generation")
    observed = o.dig(workload, "status", "observedGeneration")
    if generation is not None and observed is not None and generation != observed:
        return Said("InProgress", False)
    return rules[kind](workload, evidence)


def _kstatus_deployment(workload: o.JsonObject, _evidence: Evidence) -> Said:
    progressing = o.mapping(o.condition(workload, "Progressing"))
    if progressing.get("reason") == "ProgressDeadlineExceeded":
        return Said("Failed", True, "Progress deadline exceeded")
    done = progressing.get("reason") == "NewReplicaSetAvailable" and progressing.get("status") == "True"
    endless = o.dig(workload, "spec", "progressDeadlineSeconds") is None
    available = o.mapping(o.condition(workload, "Available")).get("status") == "True"
    wanted, replicas = o.desired_replicas(workload), _status_number(workload, "replicas")
    updated = _status_number(workload, "updatedReplicas")
    counts = wanted == replicas and wanted <= updated <= _status_number(workload, "availableReplicas")
    ready = wanted <= _status_number(workload, "readyReplicas")
    return Said("Current" if counts and ready and (done or endless) and available else "InProgress", False)


def _kstatus_counts(workload: o.JsonObject, _evidence: Evidence) -> Said:
    if o.mapping(o.condition(workload, "ReplicaFailure")).get("status") == "True":
        return Said("InProgress", False, "Replica Failure condition. Check Pods")
    if workload.get("kind") == "ReplicaSet":
        wanted = o.desired_replicas(workload)
        counts = ("fullyLabeledReplicas", "availableReplicas", "readyReplicas")
        complete = all(_status_number(workload, key) >= wanted for key in counts)
        return Said("Current" if complete and _status_number(workload, "replicas") <= wanted else "InProgress", False)
    return Said("Current" if _counts_complete(workload) else "InProgress", False)


def _kstatus_claim(claim: o.JsonObject, _evidence: Evidence) -> Said:
    return Said("Current" if o.dig(claim, "status", "phase") == "Bound" else "InProgress", False)


def _kstatus_pod(pod: o.JsonObject, evidence: Evidence) -> Said:
    phase = o.text(o.dig(pod, "status", "phase"))
    if phase in ("Succeeded", "Failed"):
        return Said("Current", False)
    if phase == "Running":
        if o.is_ready(pod):
            return Said("Current", False)
        looping = any(_waiting(status)[0] == "CrashLoopBackOff" for status in _statuses(pod))
        return Said("Failed", True, "Containers in CrashLoop state") if looping else Said("InProgress", False)
    scheduled = o.mapping(o.condition(pod, "PodScheduled"))
    if phase == "Pending" and scheduled.get("status") == "False" and scheduled.get("reason") == "Unschedulable":
        created, now = o.created_at(pod), o.parse_time(evidence.taken_at)
        if created is None or now is None or now - created >= _SCHEDULE_WINDOW:
            return Said("Failed", True, "Pod could not be scheduled")
    return Said("InProgress", False)


# krane: its fail-fast rules.


def krane(evidence: Evidence) -> Said:
    """Failed when all pods of the new revision are doomed, or the deadline has passed."""
    target = _target(evidence)
    if target.kind not in ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Pod", "PersistentVolumeClaim"):
        return NOT_APPLICABLE
    doomed = [text for text in (_doom(pod) for pod in target.pods) if text]
    enough = any if target.kind in ("StatefulSet", "DaemonSet") else all
    if target.pods and enough(_doom(pod) for pod in target.pods):
        return Said("failed", True, "\n".join(doomed))
    progressing = o.mapping(o.condition(target.workload, "Progressing"))
    if target.kind == "Deployment" and progressing.get("status") == "False":
        unscheduled = [
            o.text(o.mapping(o.condition(pod, "PodScheduled")).get("message"))
            for pod in target.pods
            if o.mapping(o.condition(pod, "PodScheduled")).get("status") == "False"
        ]
        return Said("timed out", True, "\n".join([o.text(progressing.get("reason")), *unscheduled]))
    return Said("no failure", False)


def _doom(pod: o.JsonObject) -> str:
    if o.dig(pod, "status", "phase") == "Failed" and o.dig(pod, "status", "reason") not in ("Evicted", "Preempting"):
        return f"Pod status: Failed {o.text(o.dig(pod, 'status', 'reason'))}"
    for status in _statuses(pod, "containerStatuses", "initContainerStatuses"):
        reason, message = _waiting(status)
        ended = o.mapping(o.dig(status, "lastState", "terminated")) or o.mapping(o.dig(status, "state", "terminated"))
        if reason == "CrashLoopBackOff":
            return f"Crashing repeatedly (exit {o.number(ended.get('exitCode'))})"
        if reason == "ErrImagePull" and re.search("not found", message, re.IGNORECASE):
            return "Failed to pull image. Did you wait for it to be built and pushed to the registry? not found"
        if reason == "CreateContainerConfigError" and not re.search(r"failed to sync .* cache", message):
            return f"Failed to generate container configuration: {message}"
        if ended.get("reason") == "ContainerCannotRun" and ended.get("exitCode") != 128:
            return f"Failed to start: {o.text(ended.get('message'))}"
    return ""


# k8sgpt: its error lines, without a language model.

_K8SGPT_REASONS = frozenset(
    {
        "CrashLoopBackOff", "ImagePullBackOff", "CreateContainerConfigError", "PreCreateHookError",
        "CreateContainerError", "PreStartHookError", "RunContainerError", "ImageInspectError", "ErrImagePull",
        "ErrImageNeverPull", "InvalidImageName",
    }
)  # fmt: skip


def k8sgpt(evidence: Evidence) -> Said:
    """The analyzers for pods, ReplicaSets, Deployments, StatefulSets and claims, on what belongs to the target."""
    target = _target(evidence)
    lines = [line for pod in target.pods for line in _k8sgpt_pod(pod, evidence)]
    for entry in (target.workload, target.revision or {}):
        failure = o.mapping(o.condition(entry, "ReplicaFailure"))
        empty = entry.get("kind") == "ReplicaSet" and _status_number(entry, "replicas") == 0
        if empty and failure.get("reason") == "FailedCreate":
            lines.append(o.text(failure.get("message")))
    if target.kind == "Deployment" and o.desired_replicas(target.workload) != _status_number(
        target.workload, "replicas"
    ):
        lines.append("has not the replicas that it wants")
    if target.kind == "StatefulSet":
        lines.extend(_k8sgpt_stateful_set(target, evidence))
    for claim in _claims(target, evidence):
        latest = _latest_event(claim, evidence)
        if o.dig(claim, "status", "phase") == "Pending" and latest.get("reason") == "ProvisioningFailed":
            lines.append(o.text(latest.get("message")))
    return Said("error line" if lines else "nothing", bool(lines), "\n".join(lines))


def _k8sgpt_pod(pod: o.JsonObject, evidence: Evidence) -> list[str]:
    phase = o.text(o.dig(pod, "status", "phase"))
    lines = []
    scheduled = o.mapping(o.condition(pod, "PodScheduled"))
    if phase == "Pending" and scheduled.get("reason") == "Unschedulable" and o.text(scheduled.get("message")):
        lines.append(o.text(scheduled.get("message")))
    for status in _statuses(pod, "initContainerStatuses", "containerStatuses"):
        reason, message = _waiting(status)
        ended = o.mapping(o.dig(status, "lastState", "terminated"))
        latest = _latest_event(pod, evidence)
        if reason == "ContainerCreating" and phase == "Pending":
            if latest.get("reason") in ("FailedCreatePodSandBox", "FailedMount"):
                lines.append(o.text(latest.get("message")))
        elif reason == "CrashLoopBackOff" and ended:
            lines.append(f"the last termination reason is {o.text(ended.get('reason'))}")
        elif reason in _K8SGPT_REASONS and message:
            lines.append(message)
        elif (
            not reason and status.get("ready") is not True and (phase, latest.get("reason")) == ("Running", "Unhealthy")
        ):
            lines.append(o.text(latest.get("message")))
    return lines


def _k8sgpt_stateful_set(target: _Target, evidence: Evidence) -> Iterable[str]:
    classes = {o.name_of(entry) for entry in evidence.related if entry.get("kind") == "StorageClass"}
    for template in o.sequence(o.dig(target.workload, "spec", "volumeClaimTemplates")):
        wanted = o.text(o.dig(template, "spec", "storageClassName"))
        if wanted and classes and wanted not in classes:
            yield f"uses the storage class {wanted} which does not exist"
    if any(o.dig(pod, "status", "phase") != "Running" for pod in target.pods):
        yield "a pod is not in running state"


def _claims(target: _Target, evidence: Evidence) -> list[o.JsonObject]:
    names = {
        o.text(o.dig(volume, "persistentVolumeClaim", "claimName"))
        for pod in target.pods
        for volume in o.sequence(o.dig(pod, "spec", "volumes"))
    }
    found = [entry for entry in evidence.related if entry.get("kind") == "PersistentVolumeClaim"]
    mine = [entry for entry in found if o.name_of(entry) in names]
    return [target.workload, *mine] if target.kind == "PersistentVolumeClaim" else mine


def _latest_event(source: o.JsonObject, evidence: Evidence) -> o.JsonObject:
    """The one latest event of the object's name, whatever kind it is about."""
    mine = [entry for entry in evidence.events if o.dig(entry, "involvedObject", "name") == o.name_of(source)]
    return max(mine, key=lambda entry: o.text(entry.get("lastTimestamp")) or o.text(entry.get("eventTime")), default={})


PEERS: tuple[Peer, ...] = (
    Peer("kubectl get", "kubernetes/kubernetes pkg/printers/internalversion/printers.go (printPod)", kubectl_get),
    Peer("kubectl rollout status", "kubernetes/kubectl pkg/polymorphichelpers/rollout_status.go", kubectl_rollout),
    Peer("Argo CD", "argoproj/gitops-engine pkg/health (health_pod.go and its neighbours)", argo_cd),
    Peer("kstatus", "kubernetes-sigs/cli-utils pkg/kstatus/status/core.go", kstatus),
    Peer("krane", "Shopify/krane lib/krane/kubernetes_resource (pod.rb, replica_set.rb, deployment.rb)", krane),
    Peer("k8sgpt", "k8sgpt-ai/k8sgpt pkg/analyzer (pod.go, rs.go, deployment.go, statefulset.go, pvc.go)", k8sgpt),
)
