# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What differs between two pod templates."""

from __future__ import annotations

import copy
import typing as t

import pytest

from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.template_diff import changes

TEMPLATE: dict[str, t.Any] = {
    "metadata": {"labels": {"app": "web", "pod-template-hash": "a"}},
    "spec": {
        "containers": [
            {
                "name": "web",
                "image": "web:1",
                "ports": [{"name": "http", "containerPort": 3000}],
                "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
                "livenessProbe": {"httpGet": {"path": "/", "port": 3000}},
                "resources": {"limits": {"memory": "64Mi"}},
            }
        ],
        "volumes": [{"name": "v", "configMap": {"name": "settings"}}],
    },
}


def _change(edit: t.Callable[[dict[str, t.Any]], object]) -> list[tuple[str, t.Any, t.Any, str]]:
    after = copy.deepcopy(TEMPLATE)
    edit(after)
    return [(entry["field"], entry["before"], entry["after"], entry["kind"]) for entry in changes(TEMPLATE, after)]


def _web(template: dict[str, t.Any]) -> dict[str, t.Any]:
    return t.cast(dict[str, t.Any], template["spec"]["containers"][0])


@pytest.mark.parametrize(
    ("edit", "field", "before", "after", "kind"),
    [
        (lambda x: _web(x).update(image="web:2"), "image", "web:1", "web:2", "image"),
        (lambda x: _web(x)["env"][1].update(value="3"), "env[B].value", "2", "3", "env"),
        (lambda x: _web(x)["env"].pop(0), "env[A]", {"name": "A", "value": "1"}, None, "env"),
        (lambda x: _web(x)["ports"][0].update(containerPort=8080), "ports[http].containerPort", 3000, 8080, "ports"),
        (
            lambda x: _web(x)["livenessProbe"]["httpGet"].update(port=8080),
            "livenessProbe.httpGet.port",
            3000,
            8080,
            "probes",
        ),
        (
            lambda x: _web(x).pop("livenessProbe"),
            "livenessProbe",
            {"httpGet": {"path": "/", "port": 3000}},
            None,
            "probes",
        ),
        (
            lambda x: _web(x)["resources"]["limits"].update(memory="1Gi"),
            "resources.limits.memory",
            "64Mi",
            "1Gi",
            "resources",
        ),
        (lambda x: _web(x).update(command=["sh"]), "command", None, ["sh"], "command"),
    ],
)
def test_one_change_of_a_container(
    edit: t.Callable[[t.Any], object], field: str, before: t.Any, after: t.Any, kind: str
) -> None:
    assert _change(edit) == [(f"spec.containers[web].{field}", before, after, kind)]


def test_configuration_is_told_apart() -> None:
    found = _change(lambda x: x["spec"]["volumes"][0]["configMap"].update(name="other"))
    assert found == [("spec.volumes[v].configMap.name", "settings", "other", "config")]


def test_what_controllers_and_restarts_write_is_no_change() -> None:
    def restart(template: dict[str, t.Any]) -> None:
        template["metadata"]["labels"]["pod-template-hash"] = "b"
        template["metadata"]["annotations"] = {"kubectl.kubernetes.io/restartedAt": "now"}

    assert _change(restart) == []


def test_order_and_empty_fields_are_no_change() -> None:
    def reorder(template: dict[str, t.Any]) -> None:
        _web(template)["env"].reverse()
        _web(template)["command"] = []
        template["spec"]["securityContext"] = {}

    assert _change(reorder) == []


def test_another_annotation_is_a_change() -> None:
    found = _change(lambda x: x["metadata"].update(annotations={"checksum/config": "b"}))
    assert found == [("metadata.annotations.checksum/config", None, "b", "other")]
