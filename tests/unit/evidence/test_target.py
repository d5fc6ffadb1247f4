# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which workload of a record is meant, and what is said where that cannot be told."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.errors import WorkloadNotFoundError
from ansible_collections.rescue.kubernetes.plugins.module_utils._evidence.target import Target, choose


def workload(kind: str, name: str, namespace: str = "shop", owner: str = "") -> dict[str, t.Any]:
    metadata: dict[str, t.Any] = {"name": name, "namespace": namespace}
    if owner:
        metadata["ownerReferences"] = [{"kind": "ReplicaSet", "name": owner, "controller": True}]
    return {"kind": kind, "metadata": metadata}


WEB = workload("Deployment", "web")
OWN_POD = workload("Pod", "web-1-x", owner="web-1")
DATABASE = workload("StatefulSet", "database")


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (Target("Deployment", "web"), WEB),
        (Target("Deployment", "web", "shop"), WEB),
        # the only Deployment, though there is a StatefulSet too
        (Target("Deployment"), WEB),
        (Target("StatefulSet"), DATABASE),
        (Target("Pod", "web-1-x"), OWN_POD),
    ],
)
def test_a_workload_is_found(target: Target, expected: dict[str, t.Any]) -> None:
    assert choose([OWN_POD, WEB, DATABASE], target, "record") is expected


def test_without_a_name_the_only_workload_of_any_kind_is_meant() -> None:
    assert choose([DATABASE, OWN_POD], Target("Deployment"), "record") is DATABASE


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (Target("Deployment", "wbe"), 'record holds no Deployment "wbe". Did you mean web?'),
        (Target("Deployment", "database"), "There is a StatefulSet of that name: run again with kind=StatefulSet."),
        (Target("Deployment", "web", "elsewhere"), "There is one in shop: name that namespace"),
        (Target("Deployment", "nothing-like-it"), "What there is: Deployment api in shop, Deployment web in shop"),
        (Target("Deployment"), "record holds 2 workloads: Deployment api in shop, Deployment web in shop. Say which"),
        (Target("Deployment", "", "empty"), 'record holds no workload in namespace "empty". It holds no Deployment,'),
    ],
)
def test_what_is_not_there_is_said_in_a_sentence_with_the_way_out(target: Target, said: str) -> None:
    with pytest.raises(WorkloadNotFoundError) as caught:
        choose([WEB, DATABASE, workload("Deployment", "api")], target, "record")
    assert said in caught.value.message


def test_one_name_in_two_namespaces() -> None:
    with pytest.raises(WorkloadNotFoundError, match=r'a Deployment "web" in each of blog, shop: say which'):
        choose([WEB, workload("Deployment", "web", "blog")], Target("Deployment", "web"), "record")
