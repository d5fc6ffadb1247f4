from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from demo import outcome
from demo.application import FAULTS
from demo.load import Counts, Second
from demo.outcome import Service, judge
from tests.cluster import ClusterError

GOOD = Service(
    image="myregistry.io/api-server:v2.0.0",
    desired=3,
    updated=3,
    available=3,
    replicas=3,
    liveness_port=3000,
    database_host="database.production.svc.cluster.local",
    health='{"status":"ok"}',
)


def but(**changed: Any) -> Service:
    return dataclasses.replace(GOOD, **changed)


WRONG_HOST = but(database_host="database-new.production.svc.cluster.local", updated=1, replicas=4)


@pytest.mark.parametrize(
    ("fault", "exit_code", "service", "good"),
    [
        ("tag", 0, GOOD, True),
        ("tag", 1, GOOD, False),
        ("tag", 0, but(image="myregistry.io/api-server:v2.0.1"), False),
        ("tag", 0, but(available=2), False),
        ("tag", 0, but(replicas=4), False),
        ("tag", 0, but(health=""), False),
        ("probe", 0, GOOD, True),
        ("probe", 0, but(liveness_port=8080), False),
        ("config", 2, WRONG_HOST, True),
        ("config", 0, WRONG_HOST, False),
        ("config", 0, dataclasses.replace(WRONG_HOST, updated=3, replicas=3), False),
        ("config", 0, GOOD, True),
        ("config", 2, GOOD, False),
        ("healthy", 0, but(image="myregistry.io/api-server:v2.0.2"), True),
        ("healthy", 2, but(image="myregistry.io/api-server:v2.0.2"), False),
        ("healthy", 0, but(image="myregistry.io/api-server:v2.0.2", replicas=4), False),
        ("healthy", 0, GOOD, False),
    ],
)
def test_the_end_is_judged_by_the_service_not_by_the_playbook(
    fault: str, exit_code: int, service: Service, good: bool
) -> None:
    verdict, sentences = judge(FAULTS[fault], exit_code, service)
    assert verdict is good
    assert sentences


def test_users_are_told_apart_by_what_they_saw() -> None:
    counts = Counts((Second(1, 50, {"500": 2, "timeout": 3}, 2001), Second(2, 50, {}, 9), Second(3, 7, {"500": 2}, 8)))
    lines = outcome.users(counts, 0, 12.34)
    assert lines[0] == "107 requests since the fault, 7 failed."
    assert lines[1] == "Failures (4 x 500, 3 x timeout) fell into 2 different seconds."
    assert lines[-1] == "The recovery ended 12.3 s after the fault."
    assert "gave up" in outcome.users(counts, 2, 1)[-1]
    assert not any("Failures" in line for line in outcome.users(Counts(()), 0, 1))


def kubectl_of(status: dict[str, int], health: str | None) -> Any:
    container = {"image": "myregistry.io/api-server:v2.0.0", "livenessProbe": {"httpGet": {"port": 3000}}}
    deployment = {"spec": {"replicas": 3, "template": {"spec": {"containers": [container]}}}, "status": status}

    def kubectl(*arguments: str, input: str | None = None) -> str:
        if "--raw" in arguments:
            if health is None:
                raise ClusterError("Error from server (ServiceUnavailable)")
            return health
        return json.dumps(deployment if "deployment" in arguments else {"data": {"database_host": "database"}})

    return kubectl


def test_a_service_is_read_from_the_cluster() -> None:
    status = {"replicas": 3, "updatedReplicas": 3, "availableReplicas": 3}
    service = Service.look(kubectl_of(status, '{"status":"ok"}\n'), "production")
    assert service.complete
    assert service.sentence() == (
        "Now: api-server v2.0.0, 3 of 3 pods updated, 3 available; "
        '/health answers {"status":"ok"} through api-server-service:8080.'
    )


def test_a_service_that_is_down_is_said_to_be() -> None:
    service = Service.look(kubectl_of({}, None), "production")
    assert not service.complete
    assert "0 of 3 pods updated, 0 available; /health does not answer" in service.sentence()
