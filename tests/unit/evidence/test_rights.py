# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The published rights: what a diagnosis reads, and nothing else."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.paths import RESOURCES

FILES = Path(__file__).resolve().parents[3] / "roles" / "diagnose" / "files"
# Read by other modules only.
_NOT_FOR_A_DIAGNOSIS = {"HorizontalPodAutoscaler", "Lease", "Namespace", "PodDisruptionBudget"}


def rules(name: str) -> list[dict[str, t.Any]]:
    (document,) = yaml.safe_load_all((FILES / name).read_text())
    found: list[dict[str, t.Any]] = document["rules"]
    return found


def allowed(name: str) -> set[tuple[str, str]]:
    return {(group, resource) for rule in rules(name) for group in rule["apiGroups"] for resource in rule["resources"]}


@pytest.mark.parametrize("name", ["rbac.yaml", "rbac-cluster.yaml", "rbac-ask.yaml"])
def test_the_roles_only_read(name: str) -> None:
    for rule in rules(name):
        assert set(rule["verbs"]) <= {"get", "list", "watch"}
        assert "*" not in rule["resources"] + rule["apiGroups"]
        assert not any("secret" in resource or "exec" in resource for resource in rule["resources"])


def test_only_the_opt_in_role_lets_pods_be_asked() -> None:
    assert not any(
        "proxy" in resource for name in ("rbac.yaml", "rbac-cluster.yaml") for _group, resource in allowed(name)
    )
    assert allowed("rbac-ask.yaml") == {("", "pods/proxy")}


def test_the_roles_allow_all_kinds_that_a_diagnosis_may_ask_for() -> None:
    wanted = {
        (resource.group_version.rpartition("/")[0], resource.plural)
        for kind, resource in RESOURCES.items()
        if kind not in _NOT_FOR_A_DIAGNOSIS
    }
    assert allowed("rbac.yaml") | allowed("rbac-cluster.yaml") == wanted | {("", "pods/log")}
