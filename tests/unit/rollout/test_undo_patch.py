# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The write of a rollback: what it tests first, and that it keeps what is not ours."""

from __future__ import annotations

import copy
import typing as t

import pytest

from ansible_collections.rescue.kubernetes.plugins.module_utils._module.rollout_undo import undo_patch
from tests.unit.rollout.factory import deployment, template


def apply(document: t.Any, operations: list[dict[str, t.Any]]) -> t.Any:
    """The three operations that we use, as RFC 6902 defines them; AssertionError for a failed test."""
    document = copy.deepcopy(document)
    for operation in operations:
        keys = [key.replace("~1", "/").replace("~0", "~") for key in operation["path"].split("/")[1:]]
        parent = document
        for key in keys[:-1]:
            parent = parent[key]
        if operation["op"] == "test":
            assert parent[keys[-1]] == operation["value"], operation["path"]
        elif operation["op"] == "replace":
            assert keys[-1] in parent
            parent[keys[-1]] = operation["value"]
        else:
            assert operation["op"] == "add"
            parent[keys[-1]] = operation["value"]
    return document


def annotated(**annotations: str) -> dict[str, t.Any]:
    mine = deployment()
    mine["metadata"]["annotations"] = annotations
    return mine


@pytest.fixture(params=[None, {}, {"team": "payments", "kubernetes.io/change-cause": "older"}])
def mine(request: pytest.FixtureRequest) -> dict[str, t.Any]:
    """A Deployment without annotations, with an empty object of them, and with somebody's."""
    return deployment() if request.param is None else annotated(**request.param)


def test_the_patch_writes_the_template_and_the_cause_and_nothing_else(mine: dict[str, t.Any]) -> None:
    wanted = copy.deepcopy(mine)
    wanted["spec"]["template"] = template("app:1")
    wanted["metadata"].setdefault("annotations", {})["kubernetes.io/change-cause"] = "because"
    assert apply(mine, undo_patch(mine, template("app:1"), "because")) == wanted


def test_the_tests_come_before_every_write(mine: dict[str, t.Any]) -> None:
    kinds = [entry["op"] for entry in undo_patch(mine, template("app:1"), "because")]
    assert kinds == ["test", "test", "replace", "add"]


def test_the_key_is_escaped_as_a_json_pointer() -> None:
    paths = [entry["path"] for entry in undo_patch(annotated(team="a"), template("app:1"), "because")]
    assert paths[-1] == "/metadata/annotations/kubernetes.io~1change-cause"


def test_it_fails_on_a_workload_that_was_created_again(mine: dict[str, t.Any]) -> None:
    operations = undo_patch(mine, template("app:1"), "because")
    mine["metadata"]["uid"] = "another"
    with pytest.raises(AssertionError, match="/metadata/uid"):
        apply(mine, operations)


def test_it_fails_on_a_template_that_somebody_wrote_meanwhile(mine: dict[str, t.Any]) -> None:
    operations = undo_patch(mine, template("app:1"), "because")
    mine["spec"]["template"] = template("app:3")
    with pytest.raises(AssertionError, match="/spec/template"):
        apply(mine, operations)


def test_status_changes_and_scaling_meanwhile_do_not_matter(mine: dict[str, t.Any]) -> None:
    operations = undo_patch(mine, template("app:1"), "because")
    mine["metadata"]["resourceVersion"] = "99"
    mine["spec"]["replicas"] = 9
    mine["status"] = {}
    assert apply(mine, operations)["spec"]["replicas"] == 9
