# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services that select nothing while the pods are ready."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.engine import diagnose
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.evidence import Evidence, LogExcerpt
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.model import Diagnosis

from .records import record

Json = dict[str, t.Any]


def service(name: str, selector: dict[str, str], endpoints: int = 0, port: t.Any = 3000, **meta: t.Any) -> list[Json]:
    """A Service and its EndpointSlice."""
    return [
        {
            "kind": "Service",
            "metadata": {"name": name, **meta},
            "spec": {"selector": selector, "ports": [{"port": 80, "targetPort": port}]},
        },
        {
            "kind": "EndpointSlice",
            "metadata": {"name": f"{name}-x", "labels": {"kubernetes.io/service-name": name}},
            "endpoints": [{"addresses": ["10.0.0.1"]}] * endpoints or None,
        },
    ]


def judged(*related: list[Json], edit: t.Callable[[Evidence], None] | None = None) -> Diagnosis:
    evidence = record("healthy_second")
    for source in (evidence.workload, *evidence.revisions):
        source["spec"]["template"]["spec"]["containers"][0]["ports"] = [{"containerPort": 3000, "name": "http"}]
    if edit is not None:
        edit(evidence)
    evidence.related = [entry for pair in related for entry in pair]
    return diagnose(evidence)


@pytest.mark.parametrize(
    "found",
    [
        service("web", {"app": "wbe"}),
        service("web-service", {"tier": "front"}, port="http"),
        service("front", {"app": "web", "version": "2"}),
        service("front", {"tier": "front"}, labels={"app": "web"}),
    ],
    ids=["its name", "its name with a suffix and a named port", "a label that it selects", "a label that it carries"],
)
def test_a_service_that_is_meant_for_the_pods_and_selects_none(found: list[Json]) -> None:
    verdict = judged(found)
    assert (verdict.category, verdict.cause) == ("network", "service_selector_mismatch")
    assert verdict.rollback_helps is False
    assert found[0]["metadata"]["name"] in verdict.summary


@pytest.mark.parametrize(
    "related",
    [
        [service("web", {"app": "web"}, endpoints=1)],
        [service("web", {"app": "web"})],
        [service("web", {"app": "wbe"}, endpoints=1)],
        [service("web", {"app": "wbe"}, port=5432)],
        [service("other", {"app": "other"})],
        [service("web", {})],
        [service("web-green", {"app": "web", "color": "green"}), service("web", {"app": "web"}, endpoints=1)],
        [service("web", {"app": "wbe"})[:1]],
    ],
    ids=["it selects", "not yet", "others", "another port", "another name", "no selector", "blue-green", "no slices"],
)
def test_a_service_that_is_another_matter(related: list[list[Json]]) -> None:
    assert judged(*related).category == "none"


def test_a_label_that_this_release_changed_is_its_own_fault() -> None:
    def relabelled(evidence: Evidence) -> None:
        number = evidence.workload["metadata"]["annotations"]["deployment.kubernetes.io/revision"]
        for source in evidence.revisions:
            if source["metadata"]["annotations"]["deployment.kubernetes.io/revision"] != number:
                source["spec"]["template"]["metadata"]["labels"]["tier"] = "front"
            else:
                source["spec"]["template"]["metadata"]["labels"]["tier"] = "back"
        evidence.workload["spec"]["template"]["metadata"]["labels"]["tier"] = "back"

    found = judged(service("anything", {"tier": "front"}), edit=relabelled)
    assert found.cause == "service_selector_mismatch"
    assert found.confidence >= 0.97
    assert found.rollback_helps is True
    assert found.origin == "revision"


def test_a_service_that_the_log_asks_in_vain() -> None:
    def refused(evidence: Evidence) -> None:
        pod = max(evidence.pods, key=lambda entry: entry["metadata"]["creationTimestamp"])["metadata"]
        text = "connecting to backend:80\nwget: can't connect to remote host (10.96.1.2): Connection refused"
        evidence.logs = [LogExcerpt(pod["name"], pod["uid"], "web", False, text)]

    mine = service("front", {"app": "web"}, endpoints=1)
    found = judged(mine, service("backend", {"app": "x"}), edit=refused)
    assert (found.category, found.cause) == ("none", "service_selector_mismatch"), "its own rollout has not failed"
    for other in (service("backend", {"app": "x"}, endpoints=1), service("back", {"app": "x"})):
        assert judged(mine, other, edit=refused).cause != "service_selector_mismatch"


def test_pods_that_are_not_ready_are_looked_at_first() -> None:
    evidence = record("readiness_port")
    evidence.related = service("web", {"app": "wbe"})
    assert diagnose(evidence).cause == "readiness_probe_wrong_port"
