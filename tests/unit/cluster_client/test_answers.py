# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a user reads when the API server says no."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster import answers, errors
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.client import Client
from tests.unit.cluster_client.api_server import ApiServer, answer, failure
from tests.unit.cluster_client.conftest import Connect

DEPLOYMENT = "/apis/apps/v1/namespaces/production/deployments/api-server"


def test_401_names_the_credentials_and_the_way_out(server: ApiServer, connect: Connect) -> None:
    server.on_get(DEPLOYMENT, failure(401, "Unauthorized", "Unauthorized"))
    with pytest.raises(errors.UnauthorizedError) as caught:
        connect(api_key="expired-token").get(DEPLOYMENT)
    assert caught.value.message == (
        f"The API server {server.url} does not accept the credentials (api_key option): 401 Unauthorized. "
        "Log in again or renew them; kubectl auth whoami with the same kubeconfig must work."
    )
    assert "expired-token" not in str(caught.value.details)
    assert server.seen[0].headers["Authorization"] == "Bearer expired-token"


@pytest.mark.parametrize(
    ("method", "path", "said", "sentence", "facts"),
    [
        (
            "GET",
            DEPLOYMENT,
            (
                'deployments.apps "api-server" is forbidden: User "dev" cannot get resource "deployments" in API group '
                '"apps" in the namespace "production"'
            ),
            (
                '"dev" is not allowed to get Deployment "api-server" in namespace "production" (403). What would allow '
                'it is a Role in "production" with the rule: '
                '- {apiGroups: ["apps"], resources: ["deployments"], verbs: ["get"]}'
            ),
            {"verb": "get", "api_group": "apps", "resource": "deployments", "namespace": "production", "user": "dev"},
        ),
        (
            "GET",
            "/apis/apps/v1/deployments",
            (
                'deployments.apps is forbidden: User "dev" cannot list resource "deployments" in API group "apps" at '
                "the cluster scope"
            ),
            (
                '"dev" is not allowed to list deployments.apps in all namespaces (403). What would allow it is a '
                'ClusterRole with the rule: - {apiGroups: ["apps"], resources: ["deployments"], verbs: ["list"]}'
            ),
            {"verb": "list", "namespace": None},
        ),
        (
            "GET",
            "/api/v1/namespaces/production/pods/a/log",
            (
                'pods "a" is forbidden: User "dev" cannot get resource "pods/log" in API group "" in the namespace '
                '"production"'
            ),
            (
                '"dev" is not allowed to get the log of Pod "a" in namespace "production" (403). What would allow it '
                'is a Role in "production" with the rule: - {apiGroups: [""], resources: ["pods/log"], verbs: ["get"]}'
            ),
            {"resource": "pods", "subresource": "log"},
        ),
        (
            "GET",
            "/api/v1/namespaces/production/pods",
            (
                'users "eve" is forbidden: User "dev" cannot impersonate resource "users" in API group "" at the '
                "cluster scope"
            ),
            (
                '"dev" is not allowed to impersonate users in all namespaces (403). What would allow it is a '
                'ClusterRole with the rule: - {apiGroups: [""], resources: ["users"], verbs: ["impersonate"]}'
            ),
            {"verb": "impersonate", "resource": "users"},
        ),
        (
            "GET",
            "/metrics",
            'forbidden: User "dev" cannot get path "/metrics"',
            (
                '"dev" is not allowed to get the API in all namespaces (403). What would allow it is a ClusterRole '
                'with the rule: - {nonResourceURLs: ["/metrics"], verbs: ["get"]}'
            ),
            {"resource": None},
        ),
    ],
)
def test_403_says_who_may_not_do_what_and_the_rule_that_would_allow_it(
    server: ApiServer, client: Client, method: str, path: str, said: str, sentence: str, facts: dict[str, t.Any]
) -> None:
    server.on(method, path, failure(403, "Forbidden", said))
    with pytest.raises(errors.ForbiddenError) as caught:
        client.get(path)
    assert caught.value.message == sentence
    assert facts.items() <= caught.value.details.items()


def test_nobody_is_told_to_give_rights_to_the_anonymous(server: ApiServer, client: Client) -> None:
    said = 'deployments.apps "api-server" is forbidden: User "system:anonymous" cannot get resource "deployments"'
    server.on_get(DEPLOYMENT, failure(403, "Forbidden", said))
    with pytest.raises(errors.UnauthorizedError) as caught:
        client.get(DEPLOYMENT)
    assert caught.value.message == (
        f"The API server {server.url} does not know who asks (credentials: none given), and anonymous users may not "
        'get Deployment "api-server" in namespace "production". Name a context with credentials (context=, '
        "kubeconfig=) or give api_key=."
    )


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (403, 'pods "a" is forbidden: exceeded quota: small, requested: pods=1, used: pods=3, limited: pods=3'),
        (403, 'pods "a" is forbidden: violates PodSecurity "restricted:latest": privileged'),
        (403, "unable to create new content in namespace production because it is being terminated"),
        (400, 'admission webhook "policy.example.com" denied the request: no latest tags'),
        (500, 'Internal error occurred: failed calling webhook: admission webhook "a" timed out'),
    ],
)
def test_an_admission_that_refuses_is_not_a_missing_right(
    server: ApiServer, client: Client, code: int, said: str
) -> None:
    server.on("POST", "/api/v1/namespaces/production/pods", failure(code, "Forbidden", said))
    with pytest.raises(errors.AdmissionDeniedError) as caught:
        client.create("/api/v1/namespaces/production/pods", {})
    assert said.rstrip(".") in caught.value.message
    assert "Role" not in caught.value.message


@pytest.mark.parametrize(
    ("code", "reason", "said", "expected", "sentence"),
    [
        (
            404,
            "NotFound",
            'deployments.apps "api-server" not found',
            errors.NotFoundError,
            'There is no Deployment "api-server" in namespace "production".',
        ),
        (
            404,
            "NotFound",
            'namespaces "production" not found',
            errors.NotFoundError,
            'There is no Deployment "api-server" in namespace "production": namespaces "production" not found.',
        ),
        (
            409,
            "Conflict",
            "the object has been modified; please apply your changes to the latest version and try again",
            errors.ConflictError,
            (
                'Deployment "api-server" in namespace "production" was changed by somebody else meanwhile: the object '
                "has been modified; please apply your changes to the latest version and try again."
            ),
        ),
        (
            409,
            "AlreadyExists",
            'deployments.apps "api-server" already exists',
            errors.AlreadyExistsError,
            (
                'There is already a Deployment "api-server" in namespace "production": deployments.apps "api-server" '
                "already exists."
            ),
        ),
        (
            422,
            "Invalid",
            "the server rejected our request due to an error in our request",
            errors.InvalidError,
            (
                'The API server finds the patch of Deployment "api-server" in namespace "production" invalid: the '
                "server rejected our request due to an error in our request."
            ),
        ),
        (
            415,
            "UnsupportedMediaType",
            "the body of the request was in an unknown format",
            errors.ApiError,
            (
                'The API server refused to patch Deployment "api-server" in namespace "production" (415): the body of '
                "the request was in an unknown format."
            ),
        ),
    ],
)
def test_every_refusal_has_its_class_and_sentence(
    server: ApiServer,
    client: Client,
    code: int,
    reason: str,
    said: str,
    expected: type[errors.ApiError],
    sentence: str,
) -> None:
    server.on("PATCH", DEPLOYMENT, failure(code, reason, said))
    with pytest.raises(errors.ApiError) as caught:
        client.json_patch(DEPLOYMENT, [])
    assert type(caught.value) is expected
    assert caught.value.message == sentence
    assert caught.value.status == code
    assert caught.value.details["status_reason"] == reason
    assert caught.value.details["verb"] == "patch"


def test_a_resource_that_is_not_served_is_not_found(server: ApiServer, client: Client) -> None:
    server.on_get("/apis/example.com/v1/things", answer(404, "404 page not found\n"))
    with pytest.raises(errors.NotFoundError, match=r"no things\.example\.com: the API server does not serve"):
        client.get("/apis/example.com/v1/things")


def test_what_a_server_says_is_bounded_and_printable(server: ApiServer, client: Client) -> None:
    server.on_get(
        DEPLOYMENT, failure(422, "Invalid\x1b]0;title\x07", "\x1b[31mred\r\n{{ lookup('pipe', 'id') }}" + "x" * 9999)
    )
    with pytest.raises(errors.InvalidError) as caught:
        client.get(DEPLOYMENT)
    shown = caught.value.message + str(caught.value.details)
    assert shown.isprintable()
    assert len(shown) < 2000


def test_every_reason_is_its_own() -> None:
    def below(base: type[errors.RescueError]) -> t.Iterator[type[errors.RescueError]]:
        for child in base.__subclasses__():
            yield child
            yield from below(child)

    reasons = [error.reason for error in below(errors.RescueError)]
    assert len(reasons) == len(set(reasons)) > 15


def test_a_status_is_known_from_an_applications_own_json() -> None:
    assert answers.status_of(b'{"kind": "Status", "apiVersion": "v1", "code": 503}') is not None
    for other in (b"", b"no", b"[]", b'{"kind": "Status"}', b'{"status": "Failure"}', b"\xff"):
        assert answers.status_of(other) is None
