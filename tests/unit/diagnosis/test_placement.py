# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which nodes a pod selects, and what keeps it off them."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.placement import obstacles

Json = dict[str, t.Any]
BATCH = {"key": "dedicated", "value": "batch", "effect": "NoSchedule"}
TOLERATED = "had untolerated taint {dedicated: batch}"


def node(name: str, *taints: Json, cordoned: bool = False, **labels: str) -> Json:
    return {
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "spec": {"taints": list(taints), **({"unschedulable": True} if cordoned else {})},
    }


def pod(*tolerations: Json, terms: list[Json] | None = None, **selector: str) -> Json:
    affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}}
    spec: Json = {"nodeSelector": selector, "tolerations": list(tolerations)}
    return {"spec": {**spec, **({"affinity": affinity} if terms else {})}}


def test_only_nodes_that_the_pod_selects_count() -> None:
    nodes = [node("a", BATCH, disk="ssd"), node("b", BATCH, disk="ssd"), node("c", cordoned=True)]
    assert obstacles(pod(disk="ssd"), nodes) == f"2 node(s) {TOLERATED}"
    assert obstacles(pod(), nodes) == f"2 node(s) {TOLERATED}, 1 node(s) were unschedulable"
    assert obstacles(pod(disk="hdd"), nodes) == ""


@pytest.mark.parametrize(
    ("toleration", "enough"),
    [
        ({"operator": "Exists"}, True),
        ({"key": "dedicated", "operator": "Exists"}, True),
        ({"key": "dedicated", "value": "batch"}, True),
        ({"key": "dedicated", "value": "batch", "effect": "NoSchedule"}, True),
        ({"key": "dedicated", "value": "batch", "effect": "NoExecute"}, False),
        ({"key": "dedicated", "value": "web"}, False),
        ({"key": "other", "operator": "Exists"}, False),
    ],
)
def test_tolerations(toleration: Json, enough: bool) -> None:
    assert obstacles(pod(toleration), [node("a", BATCH)]) == ("" if enough else f"1 node(s) {TOLERATED}")


def test_a_preference_repels_nobody() -> None:
    assert obstacles(pod(), [node("a", {**BATCH, "effect": "PreferNoSchedule"})]) == ""


@pytest.mark.parametrize(
    ("requirement", "selected"),
    [
        ({"key": "cores", "operator": "In", "values": ["4", "8"]}, True),
        ({"key": "cores", "operator": "NotIn", "values": ["8"]}, False),
        ({"key": "cores", "operator": "Exists"}, True),
        ({"key": "cores", "operator": "DoesNotExist"}, False),
        ({"key": "cores", "operator": "Gt", "values": ["4"]}, True),
        ({"key": "cores", "operator": "Lt", "values": ["4"]}, False),
        ({"key": "cores", "operator": "Gt", "values": ["many"]}, False),
        ({"key": "absent", "operator": "NotIn", "values": ["8"]}, True),
    ],
)
def test_node_affinity(requirement: Json, selected: bool) -> None:
    found = obstacles(pod(terms=[{"matchExpressions": [requirement]}]), [node("a", BATCH, cores="8")])
    assert bool(found) is selected


def test_a_node_may_be_selected_by_name() -> None:
    terms = [{"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["b"]}]}]
    assert obstacles(pod(terms=terms), [node("a", BATCH), node("b", cordoned=True)]) == "1 node(s) were unschedulable"
