# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verdicts on situations that the recorded faults do not hold: other kinds, other ends, several causes at once."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.engine import (
    diagnose,
    logs_wanted,
    objects_wanted,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.evidence import Evidence, LogExcerpt
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.model import Diagnosis

from .build import (
    CONTAINER,
    NAME,
    NAMESPACE,
    NOW,
    Json,
    ago,
    container,
    crashed,
    deployed,
    ended,
    event,
    pod,
    pod_spec,
    ready,
    running,
    status,
    unscheduled,
    waiting,
    workload,
)

LIVENESS = {"httpGet": {"path": "/health", "port": 8080}, "periodSeconds": 10, "failureThreshold": 3}
READINESS = {"httpGet": {"path": "/ready", "port": 8080}, "periodSeconds": 10, "failureThreshold": 3}


def judged(evidence: Evidence) -> Diagnosis:
    found = diagnose(evidence)
    assert "{" not in found.summary
    return found


def bare(source: Json, events: t.Sequence[Json] = (), log: str = "") -> Evidence:
    """A pod without a controller."""
    logs = [LogExcerpt(source["metadata"]["name"], "", CONTAINER, False, log)] if log else []
    return Evidence(taken_at=NOW.isoformat(), workload=source, pods=[source], events=list(events), logs=logs)


def owned(kind: str, *pods: Json, events: t.Sequence[Json] = (), **fields: t.Any) -> Evidence:
    """A workload without revisions, and its pods."""
    return Evidence(taken_at=NOW.isoformat(), workload=workload(kind, **fields), pods=list(pods), events=list(events))


# DNS.


@pytest.mark.parametrize(
    "line",
    [
        "Error: getaddrinfo EAI_AGAIN payments",
        "dial tcp: lookup payments on 10.96.0.10:53: read udp 10.1.0.9:41000->10.96.0.10:53: i/o timeout",
        "dial tcp: lookup payments on 10.96.0.10:53: server misbehaving",
        "dial tcp: lookup payments on 10.96.0.10:53: dial udp 10.96.0.10:53: connect: connection refused",
        (
            'psycopg2.OperationalError: could not translate host name "payments" to address: '
            "Temporary failure in name resolution"
        ),
    ],
)
def test_dns_that_does_not_answer_is_not_the_name_s_fault(line: str) -> None:
    found = judged(crashed(line))
    assert (found.category, found.cause) == ("network", "dns_resolution_failed")
    assert found.rollback_helps is not True
    assert ("NetworkPolicy", "") in {(entry.kind, entry.name) for entry in objects_wanted(crashed(line))}


def test_a_resolver_that_says_try_again_of_a_name_that_was_changed() -> None:
    spec = pod_spec(container(env=[{"name": "PAYMENTS_HOST", "value": "paymets"}]))
    before = pod_spec(container(env=[{"name": "PAYMENTS_HOST", "value": "payments"}]))
    found = judged(crashed("Error: getaddrinfo EAI_AGAIN paymets", spec=spec, before=before))
    assert found.cause == "wrong_host_dns"
    assert found.rollback_helps is True


def test_a_resolver_that_says_try_again_of_a_service_that_does_not_exist() -> None:
    found = judged(crashed("Error: getaddrinfo EAI_AGAIN paymets", absent=[f"Service/{NAMESPACE}/paymets"]))
    assert found.cause == "wrong_host_dns"


def test_a_service_that_exists_and_is_denied_is_dns_s_fault() -> None:
    log = "dial tcp: lookup stock-db on 10.96.0.10:53: no such host"
    assert judged(crashed(log, related=[service("stock-db", STOCK)])).cause == "dns_resolution_failed"
    headless = service("stock-db", STOCK)
    headless["spec"]["clusterIP"] = "None"
    assert judged(crashed(log, related=[headless])).cause == "wrong_host_dns"


def test_a_pod_that_does_not_ask_the_cluster_s_dns() -> None:
    log = "dial tcp: lookup stock-db.trade.svc.cluster.local on 192.0.2.53:53: no such host"
    before, spec = pod_spec(), pod_spec(dnsPolicy="None")
    found = judged(crashed(log, spec=spec, before=before))
    assert found.cause == "dns_resolution_failed"
    assert found.rollback_helps is True


# NetworkPolicies.


def policy(name: str, selector: Json, **spec: t.Any) -> Json:
    metadata = {"name": name, "namespace": NAMESPACE, "uid": f"uid-{name}"}
    return {"kind": "NetworkPolicy", "metadata": metadata, "spec": {"podSelector": selector, **spec}}


def service(name: str, selector: dict[str, str]) -> Json:
    metadata = {"name": name, "namespace": NAMESPACE, "uid": f"uid-{name}"}
    return {"kind": "Service", "metadata": metadata, "spec": {"selector": selector, "clusterIP": "10.96.3.4"}}


TIMED_OUT = 'psycopg2.OperationalError: connection to server at "stock-db", port 5432 failed: Connection timed out'
STOCK = {"app": "stock-db"}
FROM_OTHERS = {"from": [{"podSelector": {"matchLabels": {"app": "reports"}}}]}
FROM_US = {"from": [{"podSelector": {"matchLabels": {"app": NAME}}}]}


@pytest.mark.parametrize(
    ("log", "related", "cause"),
    [
        (TIMED_OUT, [], "connection_timeout"),
        ("Error: connect ETIMEDOUT 10.4.0.7:5432", [], "connection_timeout"),
        (TIMED_OUT, [policy("deny", {}, policyTypes=["Egress"])], "network_policy_blocks_traffic"),
        (TIMED_OUT, [policy("deny", {"matchLabels": {"app": "other"}}, policyTypes=["Egress"])], "connection_timeout"),
        (TIMED_OUT, [policy("open", {}, policyTypes=["Egress"], egress=[{}])], "connection_timeout"),
        (
            "dial tcp 10.96.3.4:5432: i/o timeout",
            [service("stock-db", STOCK), policy("stock", {"matchLabels": STOCK}, ingress=[FROM_OTHERS])],
            "network_policy_blocks_traffic",
        ),
        (
            "Connection to stock-db timed out. (connect timeout=5)",
            [service("stock-db", STOCK), policy("stock", {"matchLabels": STOCK}, ingress=[FROM_US])],
            "connection_timeout",
        ),
        (
            "getaddrinfo EAI_AGAIN stock-db",
            [policy("deny", {}, policyTypes=["Ingress", "Egress"])],
            "network_policy_blocks_traffic",
        ),
        (
            "getaddrinfo EAI_AGAIN stock-db",
            [policy("dns", {}, policyTypes=["Egress"], egress=[{"ports": [{"port": 53, "protocol": "UDP"}]}])],
            "dns_resolution_failed",
        ),
    ],
)
def test_a_policy_explains_silence_only_where_it_does_not_allow_the_connection(
    log: str, related: list[Json], cause: str
) -> None:
    found = judged(crashed(log, related=related))
    assert (found.category, found.cause) == ("network", cause)


# What a program complains of while its pods are ready.


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        (
            "requests.exceptions.ConnectionError: Failed to resolve 'stokc' (Name or service not known)",
            "wrong_host_dns",
        ),
        (
            'pods is forbidden: User "system:serviceaccount:trade:robot" cannot list resource "pods" in API group ""',
            "rbac_forbidden_at_runtime",
        ),
        ("wget: download timed out", "connection_timeout"),
        ("write /data/x: no space left on device", "volume_full"),
    ],
)
def test_a_complaint_of_a_ready_pod_is_named_but_nothing_has_failed(line: str, cause: str) -> None:
    found = judged(ready(f"listening on port 8080\n{line}\nGET / 200"))
    assert (found.category, found.cause) == ("none", cause)
    assert found.grace == 0.0
    assert not found.terminal
    assert found.rollback_helps is None


@pytest.mark.parametrize(
    "line",
    [
        "WARN connection refused, retrying in 5 s",
        "INFO lookup stock: no such host (attempt 1), reconnecting",
        "\n".join(["dial tcp: lookup stock: no such host", *(f"GET /{number} 200" for number in range(200))]),
        "\n".join(["dial tcp 10.8.0.2:5432: connect: connection refused", *("GET / 200" for _number in range(20))]),
        "TypeError: x is not a function",
    ],
)
def test_what_a_ready_pod_got_over_is_not_named(line: str) -> None:
    assert judged(ready(line)).cause == "healthy"


def test_what_an_unready_program_complains_of_explains_its_probe() -> None:
    source = pod(pod_spec(container(readinessProbe=READINESS)), status(running()), phase="Running")
    failing = event(source, "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503", count=9)
    found = judged(deployed(source, events=[failing], log="Error: getaddrinfo ENOTFOUND stokc", previous=False))
    assert found.cause == "wrong_host_dns"
    assert judged(deployed(source, events=[failing])).cause == "readiness_probe_failing"


# Ready and not ready in turn.


def flapping_pod(is_ready: bool, changed: float) -> Json:
    source = pod(pod_spec(container(readinessProbe=READINESS)), status(running(3600), ready=is_ready), phase="Running")
    for condition in source["status"]["conditions"]:
        condition["lastTransitionTime"] = ago(changed)
    return source


def test_readiness_that_was_lost_again_is_flapping() -> None:
    source = flapping_pod(is_ready=False, changed=40)
    failing = event(source, "Unhealthy", "Readiness probe failed: timeout", count=18, first=900, last=5)
    assert judged(deployed(source, events=[failing])).cause == "flapping"


def test_readiness_that_fails_every_other_time_is_flapping() -> None:
    source = flapping_pod(is_ready=True, changed=4)
    failing = event(source, "Unhealthy", "Readiness probe failed: timeout", count=12, first=400, last=8)
    assert judged(deployed(source, events=[failing])).cause == "flapping"


def test_a_slow_start_is_not_flapping() -> None:
    source = flapping_pod(is_ready=True, changed=3500)
    failing = event(source, "Unhealthy", "Readiness probe failed: timeout", count=9, first=3590, last=3505)
    assert judged(deployed(source, events=[failing])).cause != "flapping"


def test_one_loss_of_readiness_is_not_flapping() -> None:
    source = flapping_pod(is_ready=False, changed=40)
    failing = event(source, "Unhealthy", "Readiness probe failed: timeout", count=7, first=70, last=5)
    assert judged(deployed(source, events=[failing])).cause == "readiness_probe_failing"


# Ends without a log.


@pytest.mark.parametrize(
    ("code", "reason", "cause"),
    [
        (137, "OOMKilled", "oom_killed"),
        (137, "Error", "exit_nonzero"),
        (1, "Error", "exit_nonzero"),
        (139, "Error", "segfault"),
        (135, "Error", "shm_exhausted"),
        (126, "Error", "permission_denied"),
        (127, "Error", "command_not_found"),
        (0, "Completed", "exit_zero_restart_loop"),
    ],
)
def test_an_end_without_a_log_is_judged_by_how_it_was(code: int, reason: str, cause: str) -> None:
    assert judged(crashed("", code, reason=reason)).cause == cause


@pytest.mark.parametrize(("code", "reason"), [(137, "Error"), (143, "Error"), (0, "Completed")])
def test_a_stop_after_a_liveness_kill_is_the_probes(code: int, reason: str) -> None:
    spec = pod_spec(container(livenessProbe=LIVENESS))
    evidence = crashed("SIGTERM received, error: shutting down", code, spec, reason)
    source = evidence.pods[0]
    evidence.events = [
        event(source, "Unhealthy", "Liveness probe failed: HTTP probe failed with statuscode: 500"),
        event(source, "Killing", f"Container {CONTAINER} failed liveness probe, will be restarted"),
    ]
    assert judged(evidence).cause == "liveness_probe_failing"


@pytest.mark.parametrize(("code", "reason"), [(137, "Error"), (143, "Error"), (0, "Completed")])
def test_a_changed_probe_explains_a_stop_whose_event_comes_late(code: int, reason: str) -> None:
    """The kubelet's other events of that instance are here already."""
    before = pod_spec(container(livenessProbe={**LIVENESS, "httpGet": {"path": "/health", "port": 3000}}))
    spec = pod_spec(container(livenessProbe=LIVENESS))
    last = ended(code, reason, ran=45)
    source = pod(spec, status(running(2), last, restarts=2), phase="Running")
    started = event(source, "Started", "Started container api", first=75, last=2)
    found = judged(deployed(source, events=[started], before=before))
    assert (found.category, found.cause.partition("_")[0]) == ("health", "liveness")
    same = pod_spec(container(image="registry.example/orders:1", livenessProbe=LIVENESS))
    assert judged(deployed(source, events=[started], before=same)).category == ("health" if code == 143 else "crash")


# Causes beside each other.


def test_what_blocks_more_pods_comes_first_and_the_other_is_an_alternative() -> None:
    message = 'Back-off pulling image "registry.example/orders:2": ErrImagePull: registry.example/orders:2: not found'
    broken = [pod(None, status(waiting("ImagePullBackOff", message)), name=f"{NAME}-6d4f-{letter}") for letter in "abc"]
    crash = pod(None, status(waiting("CrashLoopBackOff"), ended(1), restarts=2), name=f"{NAME}-6d4f-d", phase="Running")
    found = judged(deployed(*broken, crash))
    assert found.cause == "image_tag_not_found"
    assert "exit_nonzero" in [entry.cause for entry in found.alternatives]


def test_the_sidecar_that_crashes_is_named() -> None:
    proxy = container(name="proxy", image="proxy:1", restartPolicy="Always")
    spec = pod_spec(container(), initContainers=[proxy])
    sidecar = status(waiting("CrashLoopBackOff"), ended(139), restarts=4, name="proxy")
    found = judged(deployed(pod(spec, status(waiting("PodInitializing")), init=[sidecar])))
    assert (found.cause, found.container, found.container_role) == ("segfault", "proxy", "sidecar")


def test_evicted_pods_that_were_replaced_are_history() -> None:
    gone = pod(
        None, name=f"{NAME}-6d4f-z", phase="Failed", reason="Evicted", message="The node was low on resource: memory."
    )
    well = pod(None, status(running(), ready=True), phase="Running")
    counts = {"readyReplicas": 1, "availableReplicas": 1}
    assert judged(deployed(well, gone, status=counts)).cause == "healthy"
    assert judged(deployed(gone)).cause == "evicted"


# Other kinds.


def test_a_stateful_set_that_waits_for_a_broken_pod_of_the_older_revision() -> None:
    owner = workload(
        "StatefulSet", status={"updateRevision": f"{NAME}-new", "currentRevision": f"{NAME}-old", "updatedReplicas": 0}
    )

    def state(name: str, number: int) -> Json:
        reference = {"kind": "StatefulSet", "name": NAME, "uid": f"uid-{NAME}", "controller": True}
        metadata = {"name": name, "uid": f"uid-{name}", "namespace": NAMESPACE, "ownerReferences": [reference]}
        return {
            "kind": "ControllerRevision",
            "metadata": metadata,
            "revision": number,
            "data": {"spec": {"template": owner["spec"]["template"]}},
        }

    stuck = pod(
        None,
        status(waiting("CrashLoopBackOff"), ended(1), restarts=9),
        name=f"{NAME}-0",
        owner=("StatefulSet", NAME),
        labels={"controller-revision-hash": f"{NAME}-old"},
        phase="Running",
    )
    evidence = Evidence(
        taken_at=NOW.isoformat(),
        workload=owner,
        revisions=[state(f"{NAME}-old", 1), state(f"{NAME}-new", 2)],
        pods=[stuck],
        logs=[LogExcerpt(f"{NAME}-0", "", CONTAINER, True, "Error: Cannot find module 'pg'")],
    )
    found = judged(evidence)
    assert found.cause == "missing_dependency"
    assert found.rollback_helps is not True


def job(reason: str, message: str) -> Json:
    condition = {"type": "Failed", "status": "True", "reason": reason, "message": message}
    return workload("Job", conditions=[condition])


@pytest.mark.parametrize(
    ("reason", "message", "cause"),
    [
        ("BackoffLimitExceeded", "Job has reached the specified backoff limit", "crash_loop_unknown"),
        ("DeadlineExceeded", "Job was active longer than specified deadline", "progress_deadline_exceeded"),
        (
            "PodFailurePolicy",
            "Container main for pod trade/orders-x failed with exit code 42 matching FailJob rule at index 0",
            "exit_nonzero",
        ),
    ],
)
def test_a_failed_job_whose_pods_are_gone(reason: str, message: str, cause: str) -> None:
    assert judged(Evidence(taken_at=NOW.isoformat(), workload=job(reason, message))).cause == cause


def test_a_failed_job_is_explained_by_its_pods() -> None:
    spec = pod_spec(restartPolicy="Never")
    failed = pod(spec, status(ended(1)), owner=("Job", NAME), phase="Failed")
    evidence = Evidence(
        taken_at=NOW.isoformat(),
        workload=job("BackoffLimitExceeded", "Job has reached the specified backoff limit"),
        pods=[failed],
        logs=[
            LogExcerpt(failed["metadata"]["name"], "", CONTAINER, False, "ModuleNotFoundError: No module named 'etl'")
        ],
    )
    assert judged(evidence).cause == "missing_dependency"


def test_a_job_that_needed_two_attempts_is_well() -> None:
    spec = pod_spec(restartPolicy="Never")
    failed = pod(spec, status(ended(1)), owner=("Job", NAME), phase="Failed")
    owner = workload("Job", conditions=[{"type": "Complete", "status": "True"}])
    assert judged(Evidence(taken_at=NOW.isoformat(), workload=owner, pods=[failed])).cause == "healthy"


def test_a_suspended_job_is_paused() -> None:
    found = judged(Evidence(taken_at=NOW.isoformat(), workload=workload("Job", own={"suspend": True})))
    assert found.cause == "deployment_paused"
    assert "suspended" in found.summary


@pytest.mark.parametrize(
    ("phase", "reason", "message", "cause"),
    [
        ("Pending", "ProvisioningFailed", 'storageclass.storage.k8s.io "fast" not found', "storageclass_not_found"),
        (
            "Pending",
            "FailedBinding",
            "no persistent volumes available for this claim and no storage class is set",
            "pvc_unbound",
        ),
        ("Pending", "WaitForFirstConsumer", "waiting for first consumer to be created before binding", "in_progress"),
        ("Lost", "ClaimLost", "Bound claim has lost its PersistentVolume.", "pvc_unbound"),
        ("Bound", "ProvisioningSucceeded", "ok", "healthy"),
    ],
)
def test_a_claim_by_itself(phase: str, reason: str, message: str, cause: str) -> None:
    metadata = {"name": "data", "namespace": NAMESPACE, "uid": "uid-data", "creationTimestamp": ago(60)}
    claim = {"kind": "PersistentVolumeClaim", "metadata": metadata, "spec": {}, "status": {"phase": phase}}
    told = event(claim, reason, message)
    assert judged(Evidence(taken_at=NOW.isoformat(), workload=claim, events=[told])).cause == cause


def test_an_object_without_pods_is_judged_by_its_conditions() -> None:
    metadata = {"name": "web", "namespace": NAMESPACE, "uid": "uid-web"}
    calm = {"kind": "Ingress", "metadata": metadata, "spec": {}, "status": {"loadBalancer": {}}}
    assert judged(Evidence(taken_at=NOW.isoformat(), workload=calm)).category == "none"


# Nodes.


@pytest.mark.parametrize(
    ("reason", "message", "cause"),
    [
        ("Evicted", "Pod ephemeral local storage usage exceeds the total limit of containers 1Gi.", "evicted"),
        (
            "OutOfcpu",
            "Node didn't have enough resource: cpu, requested: 900, used: 1500, capacity: 2000",
            "insufficient_cpu",
        ),
        ("OutOfmemory", "Node didn't have enough resource: memory", "insufficient_memory"),
        ("OutOfpods", "Node didn't have enough resource: pods", "too_many_pods"),
        ("NodeAffinity", "Predicate NodeAffinity failed", "node_affinity_mismatch"),
        ("Terminated", "Pod was terminated in response to imminent node shutdown.", "node_not_ready"),
        ("NodeLost", "Node node-1 which was running pod is unresponsive", "node_not_ready"),
        (
            "UnexpectedAdmissionError",
            "Allocate failed due to requested number of devices unavailable for nvidia.com/gpu",
            "insufficient_gpu",
        ),
    ],
)
def test_pods_that_their_node_gave_up(reason: str, message: str, cause: str) -> None:
    assert judged(bare(pod(None, owner=None, phase="Failed", reason=reason, message=message))).cause == cause


def test_a_pod_that_only_its_node_makes_unready() -> None:
    source = pod(None, status(running(), ready=True), phase="Running", conditions={"Ready": "False"})
    assert judged(deployed(source)).cause == "node_not_ready"
    told = event(source, "NodeNotReady", "Node is not ready", count=1)
    assert judged(deployed(source, events=[told])).cause == "node_not_ready"


# Images.


def test_a_new_tag_of_a_repository_that_serves_explains_a_pull_that_nobody_recorded() -> None:
    back_off = status(waiting("ImagePullBackOff", 'Back-off pulling image "registry.example/orders:2"'))
    before = pod_spec(container(image="registry.example/orders:1"))
    found = judged(deployed(pod(None, back_off), before=before))
    assert found.cause == "image_tag_not_found"
    assert found.confidence < 0.9
    other = pod_spec(container(image="elsewhere.example/orders:1"))
    assert judged(deployed(pod(None, back_off), before=other)).cause == "image_pull_unknown"
    assert judged(deployed(pod(None, back_off))).cause == "image_pull_unknown"


def test_a_missing_pull_secret_makes_a_denial_one_of_the_login() -> None:
    denied = "pull access denied, repository does not exist or may require authorization"
    source = pod(None, status(waiting("ImagePullBackOff", f"Back-off pulling image: ErrImagePull: {denied}")))
    assert judged(deployed(source)).cause == "image_repo_denied_or_missing"
    missing = event(source, "FailedToRetrieveImagePullSecret", "Unable to retrieve some image pull secrets (keys)")
    assert judged(deployed(source, events=[missing])).cause == "image_auth_failed"


# Scheduling.


def test_an_autoscaler_s_words_do_not_hide_the_scheduler_s() -> None:
    source = unscheduled(None, "")
    said = [
        event(source, "FailedScheduling", "0/3 nodes are available: 3 Insufficient memory.", last=60),
        event(source, "FailedScheduling", 'Failed to schedule pod, incompatible with nodepool "default"', last=5),
    ]
    assert judged(deployed(source, events=said)).cause == "insufficient_memory"


@pytest.mark.parametrize(
    ("affinity", "cause"),
    [
        ({"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{}]}}, "pod_affinity"),
        ({"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{}]}}, "pod_anti_affinity"),
    ],
)
def test_one_clause_for_both_affinities_is_told_apart_by_the_specification(affinity: Json, cause: str) -> None:
    message = "0/2 nodes are available: 2 node(s) didn't match pod affinity/anti-affinity rules."
    assert judged(deployed(unscheduled(pod_spec(affinity=affinity), message))).cause == cause


def test_a_claim_whose_class_is_missing_explains_the_unbound_claim() -> None:
    volume = {"name": "data", "persistentVolumeClaim": {"claimName": "data"}}
    source = unscheduled(
        pod_spec(volumes=[volume]), "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims."
    )
    metadata = {"name": "data", "namespace": NAMESPACE, "uid": "uid-data"}
    claim = {"kind": "PersistentVolumeClaim", "metadata": metadata, "status": {"phase": "Pending"}}
    told = event(claim, "ProvisioningFailed", 'storageclass.storage.k8s.io "fast" not found')
    assert judged(deployed(source)).cause == "pvc_unbound"
    assert judged(deployed(source, events=[told], related=[claim])).cause == "storageclass_not_found"


def test_taints_of_one_meaning_count_together() -> None:
    taints = ", ".join(
        f"1 node(s) had taint {{node.kubernetes.io/{name}: }}, that the pod didn't tolerate"
        for name in ("memory-pressure", "disk-pressure", "pid-pressure")
    )
    message = f"0/5 nodes are available: 2 Insufficient cpu, {taints}."
    assert judged(deployed(unscheduled(None, message))).cause == "node_pressure"


# What is vague is said to be so.


@pytest.mark.parametrize(
    ("reason", "message", "cause"),
    [
        ("CreateContainerConfigError", "something else", "container_config_invalid"),
        ("CreateContainerError", 'failed to reserve container name "api": it is reserved', "container_start_failed"),
        ("RunContainerError", "context deadline exceeded", "container_start_failed"),
        ("ImageInspectError", "something else", "image_pull_unknown"),
        ("PreStartHookError", "something else", "lifecycle_hook_failed"),
    ],
)
def test_a_reason_with_words_that_no_rule_knows(reason: str, message: str, cause: str) -> None:
    found = judged(deployed(pod(None, status(waiting(reason, message)))))
    assert found.cause == cause
    assert found.confidence <= 0.9


def test_a_failed_pod_of_which_nothing_is_recorded() -> None:
    found = judged(bare(pod(None, owner=None, phase="Failed")))
    assert (found.category, found.confidence) == ("crash", 0.5)


def test_a_pod_that_outlived_its_deadline() -> None:
    source = pod(None, owner=None, phase="Failed", reason="DeadlineExceeded", message="Pod was active too long")
    assert judged(bare(source)).cause == "progress_deadline_exceeded"


def test_a_container_that_never_became_ready_in_a_record_without_events() -> None:
    spec = pod_spec(container(readinessProbe=READINESS))
    found = judged(bare(pod(spec, status(running(3600)), owner=None, phase="Running")))
    assert (found.cause, found.confidence) == ("readiness_probe_failing", 0.5)
    young = pod(spec, status(running(20)), owner=None, phase="Running")
    assert judged(bare(young)).cause != "readiness_probe_failing"


def test_a_load_balancer_without_an_address_is_in_progress() -> None:
    metadata = {"name": "web", "namespace": NAMESPACE, "uid": "uid-web"}
    spec = {"type": "LoadBalancer"}
    waits = {"kind": "Service", "metadata": metadata, "spec": spec, "status": {"loadBalancer": {}}}
    assert judged(Evidence(taken_at=NOW.isoformat(), workload=waits)).cause == "in_progress"


# Events without uids and in other spellings.


def test_a_probe_event_in_lower_case_is_read() -> None:
    source = pod(pod_spec(container(readinessProbe=READINESS)), status(running()), phase="Running")
    told = event(source, "Unhealthy", "readiness probe failed: the detail reason here")
    assert judged(deployed(source, events=[told])).cause == "readiness_probe_failing"


def test_a_hanging_init_container_is_not_explained_by_its_own_lines() -> None:
    spec = pod_spec(container(), initContainers=[container(name="wait")])
    waits = status(running(400), name="wait")
    evidence = deployed(pod(spec, status(waiting("PodInitializing")), init=[waits]))
    evidence.logs = [
        LogExcerpt(evidence.pods[0]["metadata"]["name"], "", "wait", False, "nslookup: can't resolve 'db'")
    ]
    found = judged(evidence)
    assert (found.cause, found.container_role) == ("init_container_hang", "init")


def test_the_log_of_a_container_that_is_well_is_not_wanted() -> None:
    assert logs_wanted(ready("")) == []
