# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a Service is asked, and whose addresses count."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.service import (
    Question,
    questions_for,
    ready_addresses,
)


def probe(path: str | None = "/health", port: t.Any = 3000, **more: t.Any) -> dict[str, t.Any]:
    return {"httpGet": {**({} if path is None else {"path": path}), "port": port, **more}}


def workload(**probes: t.Any) -> dict[str, t.Any]:
    container = {"name": "app", "ports": [{"name": "web", "containerPort": 3000}], **probes}
    return {"spec": {"template": {"spec": {"containers": [container]}}}}


def service(*ports: dict[str, t.Any]) -> dict[str, t.Any]:
    return {"metadata": {"name": "front"}, "spec": {"ports": list(ports)}}


HTTP = {"name": "http", "port": 8080, "targetPort": 3000}


def test_the_readiness_probes_path_is_asked_on_the_services_port() -> None:
    assert questions_for(workload(readinessProbe=probe()), service(HTTP)) == [
        Question("front", "8080", "/health", "http")
    ]


def test_readiness_and_liveness_paths_are_asked_once_each() -> None:
    def paths(readiness: str, liveness: str) -> list[str]:
        mine = workload(readinessProbe=probe(readiness), livenessProbe=probe(liveness))
        return [entry.path for entry in questions_for(mine, service(HTTP))]

    assert paths("/ready", "/health") == ["/ready", "/health"]
    assert paths("/health", "/health") == ["/health"]


@pytest.mark.parametrize("probe_port", [3000, "web"])
@pytest.mark.parametrize("target", [3000, "web"])
def test_named_and_numbered_ports_meet(probe_port: t.Any, target: t.Any) -> None:
    mine = workload(readinessProbe=probe(port=probe_port))
    (found,) = questions_for(mine, service({**HTTP, "targetPort": target}))
    assert found.path == "/health"


def test_a_service_without_target_port_leads_to_the_port_of_the_same_number() -> None:
    (found,) = questions_for(workload(readinessProbe=probe()), service({"port": 3000}))
    assert (found.port, found.path) == ("3000", "/health")


def test_a_probe_of_another_port_says_nothing_about_the_services() -> None:
    assert questions_for(workload(readinessProbe=probe("/admin", 9000)), service(HTTP)) == []


def test_nothing_is_asked_where_nothing_says_that_http_is_spoken() -> None:
    assert questions_for(workload(), service(HTTP)) == []
    assert questions_for(workload(readinessProbe={"tcpSocket": {"port": 3000}}), service(HTTP)) == []


def test_the_probed_port_is_asked_although_it_is_the_second() -> None:
    first = {"name": "grpc", "port": 9090, "targetPort": 9000}
    (found,) = questions_for(workload(readinessProbe=probe()), service(first, HTTP))
    assert (found.port, found.path) == ("8080", "/health")


def test_a_probe_without_a_path_asks_the_root() -> None:
    (found,) = questions_for(workload(readinessProbe=probe(None)), service(HTTP))
    assert found.path == "/"


def test_https_where_the_probe_says_so() -> None:
    (found,) = questions_for(workload(readinessProbe=probe(scheme="HTTPS")), service(HTTP))
    assert found.scheme == "https"
    (found,) = questions_for(workload(readinessProbe=probe(scheme="HTTP")), service(HTTP))
    assert found.scheme == "http"


@pytest.mark.parametrize("port", ["9090", "admin"])
def test_a_port_is_chosen_by_number_or_name(port: str) -> None:
    mine = workload(readinessProbe=probe("/health", 3000), livenessProbe=probe("/admin", 9000))
    admin = {"name": "admin", "port": 9090, "targetPort": 9000}

    def asked(port: str | None) -> list[tuple[str, str]]:
        return [(entry.port, entry.path) for entry in questions_for(mine, service(HTTP, admin), port=port)]

    assert asked(None) == [("8080", "/health")]
    assert asked(port) == [("9090", "/admin")]


def test_given_paths_override_the_probes() -> None:
    found = questions_for(workload(readinessProbe=probe()), service(HTTP), paths=["/a", "/b"])
    assert [entry.path for entry in found] == ["/a", "/b"]
    assert questions_for(workload(), service(HTTP), paths=["/a"]) == [Question("front", "8080", "/a", "http")]


def test_given_paths_keep_the_scheme_of_the_probe() -> None:
    (found,) = questions_for(workload(readinessProbe=probe(scheme="HTTPS")), service(HTTP), paths=["/a"])
    assert found.scheme == "https"


def test_only_tcp_ports_can_be_asked() -> None:
    mine = workload(readinessProbe=probe())
    udp = {**HTTP, "protocol": "UDP"}
    assert questions_for(mine, service(udp)) == []
    assert [entry.port for entry in questions_for(mine, service(udp, {**HTTP, "port": 80}))] == ["80"]


def test_nothing_is_asked_of_a_port_that_the_service_does_not_have() -> None:
    mine = workload(readinessProbe=probe())
    assert questions_for(mine, service(HTTP), port="1") == []
    assert questions_for(mine, service()) == []
    assert questions_for(mine, {}) == []


def test_sidecars_answer_for_a_service_and_init_containers_do_not() -> None:
    def asked(**more: t.Any) -> list[str]:
        mine = workload()
        container = {"name": "first", "readinessProbe": probe("/first"), **more}
        mine["spec"]["template"]["spec"]["initContainers"] = [container]
        return [entry.path for entry in questions_for(mine, service(HTTP))]

    assert asked() == []
    assert asked(restartPolicy="Always") == ["/first"]


def endpoint(uid: str | None, **conditions: t.Any) -> dict[str, t.Any]:
    return {"targetRef": {"uid": uid}, "conditions": conditions}


def slice_of(*endpoints: dict[str, t.Any]) -> dict[str, t.Any]:
    return {"endpoints": list(endpoints)}


def test_only_ready_addresses_of_the_given_pods_count() -> None:
    found = slice_of(
        endpoint("mine", ready=True), endpoint("starting", ready=False), endpoint("of-another-revision", ready=True)
    )
    assert ready_addresses([found], {"mine", "starting"}) == 1
    assert ready_addresses([found], set()) == 0


def test_an_endpoint_that_does_not_say_is_ready() -> None:
    assert ready_addresses([slice_of(endpoint("mine"), {"targetRef": {"uid": "other"}})], {"mine", "other"}) == 2


def test_a_pod_with_two_addresses_counts_once() -> None:
    assert ready_addresses([slice_of(endpoint("mine")), slice_of(endpoint("mine"))], {"mine"}) == 1


@pytest.mark.parametrize("odd", [None, {}, {"endpoints": None}, {"endpoints": [None, {"targetRef": None}]}])
def test_slices_without_pods_have_no_addresses(odd: t.Any) -> None:
    assert ready_addresses([odd], {"mine"}) == 0
