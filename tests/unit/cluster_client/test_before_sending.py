# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names, paths, deadlines and options: what is settled before anything is sent."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster import errors, names, options, paths
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.deadline import Deadline
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.options import ConnectionOptions
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.paths import ResourcePath
from tests.unit.cluster_client.arguments import module_arguments


class TestNames:
    @pytest.mark.parametrize("name", ["a", "api-server", "v2.api.example", "0", "a" * 253])
    def test_good_ones(self, name: str) -> None:
        assert names.check_name("Deployment", name) == name

    def test_numbers_from_extra_variables_are_names_too(self) -> None:
        assert names.check_name("Deployment", 42) == "42"

    @pytest.mark.parametrize("name", ["", " ", None])
    def test_empty(self, name: str | None) -> None:
        with pytest.raises(errors.InvalidNameError) as caught:
            names.check_name("Deployment", name)
        assert caught.value.message == (
            "The name of the Deployment is empty: say which one, for example -e deployment=api-server "
            "(name=api-server in a task)."
        )

    @pytest.mark.parametrize(
        ("name", "sentence"),
        [
            (
                "API-Server",
                (
                    '"API-Server" cannot be the name of a Deployment: Kubernetes names are lower case. Did you mean '
                    '"api-server"?'
                ),
            ),
            (
                "api_server",
                (
                    '"api_server" cannot be the name of a Deployment: a Kubernetes name has only lower case letters, '
                    'digits, ., - and begins and ends with a letter or digit. Did you mean "api-server"?'
                ),
            ),
            (
                "-api",
                (
                    '"-api" cannot be the name of a Deployment: a Kubernetes name has only lower case letters, digits, '
                    "., - and begins and ends with a letter or digit."
                ),
            ),
            (
                "deployment/api-server",
                (
                    '"deployment/api-server" cannot be the name of a Deployment: a name has no slash; leave the kind '
                    'out. Did you mean "api-server"?'
                ),
            ),
            (
                "production/api-server",
                (
                    '"production/api-server" cannot be the name of a Deployment: a name has no slash; the namespace is '
                    "given by itself: -e deployment=api-server -e deployment_namespace=production (name=api-server "
                    "namespace=production in a task)."
                ),
            ),
            ("a" * 254, f'"{"a" * 77}..." cannot be the name of a Deployment: it has 254 characters and may have 253.'),
        ],
    )
    def test_each_mistake_has_its_sentence(self, name: str, sentence: str) -> None:
        with pytest.raises(errors.InvalidNameError) as caught:
            names.check_name("Deployment", name)
        assert caught.value.message == sentence

    def test_namespaces_are_stricter(self) -> None:
        assert names.check_namespace("production") == "production"
        for bad, said in (
            ("a.b", "digits and -"),
            ("Production", 'mean "production"'),
            ("a" * 64, "may have 63"),
            (" ", "The namespace is empty: name one, or leave it out"),
        ):
            with pytest.raises(errors.InvalidNameError, match=said):
                names.check_namespace(bad)

    @given(some.text())
    def test_what_passes_is_safe_in_a_path_and_what_does_not_is_printable(self, name: str) -> None:
        said = ""
        try:
            assert paths.object_path("Deployment", "x", names.check_name("Deployment", name)).endswith(f"/{name}")
        except errors.InvalidNameError as error:
            said = error.message
        assert said == "" or said.isprintable()


class TestPaths:
    @pytest.mark.parametrize(
        ("kind", "namespace", "path"),
        [
            ("Pod", "x", "/api/v1/namespaces/x/pods"),
            ("Deployment", "x", "/apis/apps/v1/namespaces/x/deployments"),
            ("Deployment", None, "/apis/apps/v1/deployments"),
            ("Node", "x", "/api/v1/nodes"),
            ("Namespace", None, "/api/v1/namespaces"),
        ],
    )
    def test_collections(self, kind: str, namespace: str | None, path: str) -> None:
        assert paths.collection_path(kind, namespace) == path

    def test_objects_subresources_and_proxies(self) -> None:
        assert paths.object_path("Pod", "x", "a", "log") == "/api/v1/namespaces/x/pods/a/log"
        assert paths.object_path("Pod", "x", "a/../b") == "/api/v1/namespaces/x/pods/a%2F..%2Fb"
        proxied = paths.proxy_path("Service", "x", "api", 8080, "/health?full=1&q=a b")
        assert proxied == "/api/v1/namespaces/x/services/http:api:8080/proxy/health?full=1&q=a%20b"

    def test_secrets_have_no_path(self) -> None:
        assert not any("secret" in resource.plural for resource in paths.RESOURCES.values())

    @pytest.mark.parametrize("kind", sorted(paths.RESOURCES))
    def test_what_is_built_is_read_back(self, kind: str) -> None:
        resource = paths.RESOURCES[kind]
        target = ResourcePath.parse(paths.object_path(kind, "x" if resource.namespaced else None, "a"))
        assert (target.resource, target.name) == (resource.plural, "a")
        assert target.namespace == ("x" if resource.namespaced else None)
        assert target.describe().startswith(f'{kind} "a"')

    @given(some.text())
    def test_reading_never_fails(self, path: str) -> None:
        assert ResourcePath.parse(path).describe().isprintable()

    @pytest.mark.parametrize(
        ("method", "path", "verb"),
        [
            ("GET", "/api/v1/pods/a", "list"),
            ("GET", "/api/v1/namespaces/x/pods", "list"),
            ("GET", "/api/v1/namespaces/x/pods/a", "get"),
            ("DELETE", "/api/v1/namespaces/x/pods", "deletecollection"),
            ("DELETE", "/api/v1/namespaces/x/pods/a", "delete"),
            ("PUT", "/api/v1/namespaces/x/pods/a", "update"),
        ],
    )
    def test_verbs(self, method: str, path: str, verb: str) -> None:
        expected = "get" if path == "/api/v1/pods/a" else verb
        assert ResourcePath.parse(path).verb(method) == expected
        assert ResourcePath.parse("/api/v1/namespaces/x/pods").verb("GET", watch=True) == "watch"


class TestDeadline:
    def test_it_passes(self) -> None:
        now = [0.0]
        deadline = Deadline(10, clock=lambda: now[0])
        assert (deadline.remaining(), deadline.bound(4), deadline.bound(40)) == (10, 4, 10)
        now[0] = 10.0
        assert deadline.remaining() == 0
        with pytest.raises(errors.DeadlineExceededError, match="deadline of 10 s for this run has passed"):
            deadline.bound(4)

    @pytest.mark.parametrize("none", [None, 0])
    def test_there_may_be_none(self, none: float | None) -> None:
        deadline = Deadline(none)
        deadline.check()
        assert deadline.remaining() == float("inf")
        assert deadline.bound(4) == 4


def parameters(**given_options: t.Any) -> dict[str, t.Any]:
    from ansible.module_utils.basic import AnsibleModule

    with module_arguments(given_options):
        module = AnsibleModule(options.CONNECTION_ARGUMENT_SPEC, **options.CONNECTION_CONSTRAINTS)
    return dict(module.params)


class TestOptions:
    def test_variables_of_kubernetes_core_are_heard(self, monkeypatch: pytest.MonkeyPatch) -> None:
        # The first four are what AWX's credential sets.
        for name, value in {
            "HOST": "https://one",
            "API_KEY": "token",
            "VERIFY_SSL": "False",
            "SSL_CA_CERT": "/ca",
            "CERT_FILE": "/cert",
            "KEY_FILE": "/key",
            "CONTEXT": "",
            "PROXY_HEADERS_PROXY_BASIC_AUTH": "a:b",
            "IMPERSONATE_USER": "eve",
            "IMPERSONATE_GROUPS": "a,b",
        }.items():
            monkeypatch.setenv(f"K8S_AUTH_{name}", value)
        read = ConnectionOptions.from_params(parameters())
        assert (read.host, read.api_key, read.validate_certs, read.ca_cert) == ("https://one", "token", False, "/ca")
        assert (read.client_cert, read.client_key, read.context) == ("/cert", "/key", None)
        assert (read.proxy_headers, read.impersonate_groups) == ({"proxy_basic_auth": "a:b"}, ("a", "b"))
        assert "token" not in repr(read)
        assert ConnectionOptions.from_params(parameters(host="https://two")).host == "https://two"

    def test_empty_answers_are_unset(self) -> None:
        read = ConnectionOptions.from_params(parameters(context="", kubeconfig="", host=""))
        assert read == ConnectionOptions()

    @pytest.mark.parametrize("kubeconfig", ["/a", ["/a", "/b"], {"contexts": []}])
    def test_a_kubeconfig_is_a_path_paths_or_content(self, kubeconfig: t.Any) -> None:
        assert ConnectionOptions.from_params(parameters(kubeconfig=kubeconfig)).kubeconfig == kubeconfig

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"call_timeout": 0}, "call_timeout is 0: give the seconds"),
            ({"call_timeout": "nan"}, "call_timeout is nan: give the seconds"),
            ({"deadline": -1}, "deadline is -1: give the seconds"),
            ({"impersonate_groups": ["a"]}, "impersonate_groups needs impersonate_user"),
        ],
    )
    def test_values_that_cannot_work(self, wrong: dict[str, t.Any], said: str) -> None:
        with pytest.raises(errors.InvalidOptionError, match=said):
            ConnectionOptions.from_params(parameters(**wrong))

    def test_documentation_and_argument_spec_agree(self) -> None:
        import yaml

        from ansible_collections.rescue.kubernetes.plugins.doc_fragments import connection, workload

        def compare(documented: dict[str, t.Any], spec: dict[str, t.Any]) -> None:
            assert set(documented) == set(spec)
            for name, option in spec.items():
                told = documented[name]
                assert told["type"] == option["type"], name
                for key in ("default", "choices", "aliases", "elements", "required"):
                    assert told.get(key) == option.get(key), (name, key)
                names_told = [variable for variable in option.get("fallback", (None, []))[1] if variable in str(told)]
                assert names_told or "fallback" not in option, name
                if "options" in option:
                    compare(told["suboptions"], option["options"])

        documented = yaml.safe_load(connection.ModuleDocFragment.DOCUMENTATION)["options"]
        compare(documented, options.CONNECTION_ARGUMENT_SPEC)
        documented = yaml.safe_load(workload.ModuleDocFragment.DOCUMENTATION)["options"]
        compare(documented, options.WORKLOAD_ARGUMENT_SPEC)
