# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finding the workload that a user means."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster import errors
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.client import Client
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.workload import (
    DIAGNOSED_KINDS,
    resolve_workload,
)
from tests.unit.cluster_client.api_server import ApiServer, answer, failure, kubeconfig
from tests.unit.cluster_client.conftest import Connect

ALL = "/apis/apps/v1/deployments"
HERE = "/apis/apps/v1/namespaces/production"
DEPLOYMENTS = f"{HERE}/deployments"
NAMESPACE = "/api/v1/namespaces/production"


def names(*pairs: tuple[str, str]) -> t.Any:
    items = [{"metadata": {"namespace": namespace, "name": name}} for namespace, name in pairs]
    return answer(200, {"kind": "PartialObjectMetadataList", "metadata": {}, "items": items})


def refused(verb: str, resource: str) -> t.Any:
    return failure(403, "Forbidden", f'{resource} is forbidden: User "dev" cannot {verb} resource "{resource}"')


@pytest.fixture
def production(server: ApiServer, connect: Connect) -> Client:
    """A client whose context is in namespace "production"."""
    server.on_get(NAMESPACE, answer(200, {"kind": "Namespace"}))
    return connect(host=None, kubeconfig=kubeconfig(server.url))


def not_found(client: Client, name: str = "api-server", **more: t.Any) -> errors.WorkloadNotFoundError:
    with pytest.raises(errors.WorkloadNotFoundError) as caught:
        resolve_workload(client, "Deployment", name, **more)
    return caught.value


def test_found_in_the_namespace_of_the_context_and_in_a_named_one(server: ApiServer, production: Client) -> None:
    server.on_get(f"{DEPLOYMENTS}/api-server", answer(200, {"kind": "Deployment"}))
    server.on_get("/apis/apps/v1/namespaces/staging/statefulsets/db", answer(200, {"kind": "StatefulSet"}))
    assert resolve_workload(production, "Deployment", "api-server", "") == {"kind": "Deployment"}
    assert resolve_workload(production, "StatefulSet", "db", "staging") == {"kind": "StatefulSet"}


def test_the_one_elsewhere_is_named_with_the_command(server: ApiServer, production: Client) -> None:
    server.on_get(ALL, names(("staging", "api-server"), ("production", "other")))
    error = not_found(production)
    assert error.message == (
        'There is no Deployment "api-server" in namespace "production" (the namespace of the context). There is one '
        'in "staging": run again with -e deployment=api-server -e deployment_namespace=staging (namespace=staging).'
    )
    assert error.details["namespaces"] == ["staging"]


def test_several_elsewhere(server: ApiServer, production: Client) -> None:
    server.on_get(ALL, names(*((f"team-{number}", "api-server") for number in range(7))))
    assert (
        "one in each of team-0, team-1, team-2, team-3, team-4 and 2 more: say which" in not_found(production).message
    )


def test_near_names(server: ApiServer, production: Client) -> None:
    server.on_get(ALL, names(("production", "api-server"), ("production", "api-gateway"), ("staging", "api-sever2")))
    error = not_found(production, "api-sever", namespace="production")
    assert error.message == ('There is no Deployment "api-sever" in namespace "production". Did you mean api-server?')
    assert error.details["near_names"] == ["api-server"]
    assert not_found(production, "zzz").message.endswith("What there is: api-gateway, api-server.")


def test_another_kind_of_that_name(server: ApiServer, production: Client) -> None:
    server.on_get(ALL, names(("production", "api-server")))
    server.on_get(f"{HERE}/statefulsets/database", answer(200, {"kind": "StatefulSet"}))
    assert (
        "There is a StatefulSet of that name: run again with kind=StatefulSet."
        in not_found(production, "database").message
    )


def test_nothing_anywhere_and_no_such_namespace(server: ApiServer, production: Client) -> None:
    server.on_get(ALL, names())
    assert "No namespace has a Deployment of that name: check the context" in not_found(production).message
    server.on_get(NAMESPACE, failure(404, "NotFound", 'namespaces "production" not found'))
    error = not_found(production)
    assert "; there is no such namespace at all. " in error.message
    assert error.details["namespace_missing"] is True


def test_what_could_not_be_looked_at_is_said(server: ApiServer, production: Client) -> None:
    server.on_get(ALL, refused("list", "deployments"))
    server.on_get(DEPLOYMENTS, names(("production", "api-server")))
    error = not_found(production, "api-sever")
    assert "Did you mean api-server? Could not look at other namespaces: not allowed to." in error.message
    server.on_get(DEPLOYMENTS, refused("list", "deployments"))
    server.on_get(f"{HERE}/daemonsets/api-sever", refused("get", "daemonsets"))
    server.on_get(NAMESPACE, refused("get", "namespaces"))
    error = not_found(production, "api-sever")
    assert error.details["unseen"] == [
        "the DaemonSets of this namespace",
        "other namespaces",
        "the other Deployments of this namespace",
    ]
    assert "No namespace has" not in error.message


def test_a_missing_right_is_not_a_missing_workload(server: ApiServer, production: Client) -> None:
    server.on_get(f"{DEPLOYMENTS}/api-server", refused("get", "deployments"))
    with pytest.raises(errors.ForbiddenError):
        resolve_workload(production, "Deployment", "api-server")


def test_bad_input_is_not_sent(server: ApiServer, production: Client) -> None:
    for kind, name, namespace, expected in (
        ("Secret", "a", None, errors.InvalidOptionError),
        ("Deployment", "", None, errors.InvalidNameError),
        ("Deployment", "a/b", None, errors.InvalidNameError),
        ("Deployment", "a", "B", errors.InvalidNameError),
    ):
        with pytest.raises(expected):
            resolve_workload(production, kind, name, namespace)
    assert server.seen == []


def test_jobs_and_pods_are_found_where_they_can_be_worked_on(server: ApiServer, production: Client) -> None:
    server.on_get("/apis/batch/v1/namespaces/production/jobs/migrate", answer(200, {"kind": "Job"}))
    server.on_get("/api/v1/pods", names(("production", "migrate-x")))
    found = resolve_workload(production, "Job", "migrate", kinds=DIAGNOSED_KINDS)
    assert found == {"kind": "Job"}
    with pytest.raises(errors.InvalidOptionError, match="choose one of Deployment, StatefulSet, DaemonSet"):
        resolve_workload(production, "Job", "migrate")
    with pytest.raises(errors.WorkloadNotFoundError, match="There is a Job of that name: run again with kind=Job"):
        resolve_workload(production, "Pod", "migrate", kinds=DIAGNOSED_KINDS)
