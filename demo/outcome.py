"""What became of the service: read from the cluster and from the load generator's counts, said in sentences."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from demo import application
from demo.application import CONFIG_MAP, DEPLOYMENT, SERVICE, SERVICE_PORT, Fault, Kubectl
from demo.load import Counts
from tests.cluster import ClusterError


@dataclass(frozen=True)
class Service:
    """The api-server as it is now."""

    image: str
    desired: int
    updated: int  # pods of the present template
    available: int
    replicas: int  # all pods, those of an earlier template too
    liveness_port: int | str
    database_host: str
    health: str  # what /health answered through the Service, empty when it did not

    @classmethod
    def look(cls, kubectl: Kubectl, namespace: str) -> Service:
        deployment: dict[str, Any] = json.loads(kubectl("-n", namespace, "get", "deployment", DEPLOYMENT, "-o", "json"))
        config: dict[str, Any] = json.loads(kubectl("-n", namespace, "get", "configmap", CONFIG_MAP, "-o", "json"))
        (container,) = deployment["spec"]["template"]["spec"]["containers"]
        status = deployment["status"]
        return cls(
            image=container["image"],
            desired=deployment["spec"]["replicas"],
            updated=status.get("updatedReplicas", 0),
            available=status.get("availableReplicas", 0),
            replicas=status.get("replicas", 0),
            liveness_port=container["livenessProbe"]["httpGet"]["port"],
            database_host=config["data"]["database_host"],
            health=ask_health(kubectl, namespace),
        )

    @property
    def complete(self) -> bool:
        """Whether every pod is of the present template and serves."""
        return self.desired == self.updated == self.available == self.replicas

    @property
    def tag(self) -> str:
        return self.image.rpartition(":")[2]

    def sentence(self) -> str:
        answer = f"/health answers {self.health}" if self.health else "/health does not answer"
        return (
            f"Now: api-server {self.tag}, {self.updated} of {self.desired} pods updated, "
            f"{self.available} available; {answer} through {SERVICE}:{SERVICE_PORT}."
        )


def ask_health(kubectl: Kubectl, namespace: str) -> str:
    """What /health answers through the Service, asked by way of the API server; empty when it does not."""
    try:
        return kubectl(
            "get", "--raw", f"/api/v1/namespaces/{namespace}/services/{SERVICE}:{SERVICE_PORT}/proxy/health"
        ).strip()
    except ClusterError:
        return ""


def before(counts: Counts) -> str:
    return f"{counts.requests} requests so far, {counts.failed} failed."


def users(counts: Counts, exit_code: int, seconds: float) -> list[str]:
    """Say what users saw since the fault; `seconds` is how long after it the playbook ended."""
    lines = [f"{counts.requests} requests since the fault, {counts.failed} failed."]
    if counts.failed:
        reasons = ", ".join(f"{count} x {reason}" for reason, count in counts.failures.most_common())
        lines.append(f"Failures ({reasons}) fell into {counts.failing_seconds} different seconds.")
    lines.append(f"The slowest answer took {counts.slowest_milliseconds} ms.")
    ended = "ended" if exit_code == 0 else "gave up"
    lines.append(f"The recovery {ended} {seconds:.1f} s after the fault.")
    return lines


def judge(fault: Fault, exit_code: int, service: Service) -> tuple[bool, list[str]]:
    """Return whether this is the end that the fault should have, and sentences that say so."""
    if fault.rollback_helps is None:
        return _judge_healthy(exit_code, service)
    restored = service.complete and bool(service.health) and service.tag == application.GOOD_TAG
    repaired = service.liveness_port == 3000 and "database-new" not in service.database_host
    if exit_code == 0:
        if restored and repaired:
            return True, ["Recovered: the service is as it was before the fault."]
        return False, ["The playbook claims a recovery, but the service is not as it was before the fault."]
    if fault.rollback_helps:
        return False, ["This fault should have been recovered, and was not: see what the playbook says above."]
    if repaired:
        return False, ["The playbook has repaired the configuration, and yet says that it has not recovered."]
    return True, [
        "This is the end to expect of this fault: the old revision reads the same ConfigMap, so rolling back the pod",
        "template cannot help, and the playbook says so (and exits with an error) instead of claiming a recovery.",
    ]


def _judge_healthy(exit_code: int, service: Service) -> tuple[bool, list[str]]:
    if exit_code == 0 and service.complete and service.tag != application.GOOD_TAG:
        return True, ["Nothing was wrong, and nothing was touched."]
    if service.tag == application.GOOD_TAG:
        return False, ["A good release was rolled back."]
    if exit_code == 0:
        return False, ["The playbook has ended before the good release was all there."]
    return False, [f"Nothing was wrong, but the playbook ended with exit code {exit_code}."]
