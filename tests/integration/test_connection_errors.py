# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a user sees when a real cluster cannot be reached, does not know them, or lacks what they name.

KUBECONFIG names the cluster; its user must be allowed to create namespaces.
"""

from __future__ import annotations

import base64
import json
import os
import socket
import subprocess
import sys
import threading
import typing as t
import uuid
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster import errors, kubeconfig, paths
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.client import Client
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.options import ConnectionOptions
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.watch import WatchSet
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.workload import resolve_workload

ROOT = Path(__file__).resolve().parents[2]
DEPLOYMENT = {
    "metadata": {"name": "api-server"},
    "spec": {
        "replicas": 0,
        "selector": {"matchLabels": {"app": "api-server"}},
        "template": {
            "metadata": {"labels": {"app": "api-server"}},
            "spec": {"containers": [{"name": "api-server", "image": "myregistry.io/api-server:v2.0.0"}]},
        },
    },
}


def connect(**options: t.Any) -> Client:
    return Client.connect(ConnectionOptions(**options), user_agent="rescue.kubernetes/test")


@dataclass(frozen=True)
class Lab:
    """A namespace of its own with a Deployment "api-server", and somebody who may do nothing."""

    client: Client
    namespace: str
    server: str
    authority: str
    stranger: str


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Lab]:
    if not os.environ.get("KUBECONFIG"):
        pytest.fail("KUBECONFIG must name the cluster: make cluster brings one up")
    client = connect()
    namespace = f"test-connection-{uuid.uuid4().hex[:8]}"
    client.create(paths.collection_path("Namespace"), {"metadata": {"name": namespace}})
    try:
        client.create(paths.collection_path("Deployment", namespace), DEPLOYMENT)
        client.create(paths.collection_path("ServiceAccount", namespace), {"metadata": {"name": "stranger"}})
        token = client.create(paths.object_path("ServiceAccount", namespace, "stranger", "token"), {"spec": {}})
        cluster = kubeconfig.load_context(kubeconfig.default_paths()[0], None)
        authority = tmp_path_factory.mktemp("lab") / "ca.pem"
        content = cluster.cluster.get("certificate-authority-data")
        if content:
            authority.write_bytes(base64.b64decode(content))
        else:
            authority.write_bytes(
                (Path(cluster.cluster_folder) / cluster.cluster["certificate-authority"]).read_bytes()
            )
        yield Lab(client, namespace, cluster.cluster["server"], str(authority), token["status"]["token"])
    finally:
        client.delete(paths.object_path("Namespace", None, namespace))


@pytest.fixture(scope="module")
def told(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, t.Any]]:
    """One run of Ansible with every bad input, as a user gives it; the results by case."""
    folder = tmp_path_factory.mktemp("run")
    readable = folder / "readable"
    readable.write_bytes(Path(kubeconfig.default_paths()[0][0]).read_bytes())
    readable.chmod(0o644)
    here = {"name": "api-server", "namespace": lab.namespace}
    direct = {"host": lab.server, "ca_cert": lab.authority}
    cases: dict[str, dict[str, t.Any]] = {
        "no kubeconfig": {**here, "kubeconfig": str(folder / "missing")},
        "wrong context": {**here, "context": "no-such-context"},
        "unreachable": {**here, "host": "https://127.0.0.1:9", "call_timeout": 0.5},
        "not trusted": {**here, "host": lab.server, "api_key": "x"},
        "unauthorized": {**here, **direct, "api_key": "nonsense"},
        "forbidden": {**here, **direct, "api_key": lab.stranger},
        "unknown": {"name": "api-sever", "namespace": lab.namespace},
        "elsewhere": {"name": "api-server", "namespace": f"{lab.namespace}-gone"},
        "empty": {**here, "name": ""},
        "no name": {**here, "name": "API_Server"},
        "warned": {**here, "kubeconfig": str(readable)},
    }
    tasks = [
        {
            "name": f"Bad input {number}",
            "rescue.kubernetes.rollout_status": options,
            "register": f"case_{number}",
            "ignore_errors": True,
        }
        for number, options in enumerate(cases.values())
    ]
    registered = ", ".join(f"case_{number}" for number in range(len(cases)))
    write = {"content": f"{{{{ [{registered}] | to_json }}}}", "dest": str(folder / "told.json"), "mode": "0600"}
    tasks.append({"name": "Keep the results", "ansible.builtin.copy": write})
    play = {"hosts": "localhost", "gather_facts": False, "tasks": tasks}
    (folder / "play.yml").write_text(json.dumps([play]), encoding="utf-8")
    done = subprocess.run(
        [str(Path(sys.executable).parent / "ansible-playbook"), str(folder / "play.yml")],
        cwd=ROOT,
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".collections")},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert "nonsense" not in done.stdout + done.stderr
    return dict(zip(cases, json.loads((folder / "told.json").read_text(encoding="utf-8")), strict=True))


class TestSentences:
    @pytest.mark.parametrize(
        ("case", "reason", "sentence"),
        [
            ("no kubeconfig", "kubeconfig_not_found", "There is no kubeconfig at "),
            ("wrong context", "context_not_found", 'There is no context "no-such-context" in the kubeconfig '),
            ("unreachable", "server_unreachable", "The API server https://127.0.0.1:9 cannot be reached: connection "),
            ("not trusted", "certificate_not_trusted", "The certificate of the API server "),
            ("unauthorized", "unauthorized", "The API server "),
            ("forbidden", "forbidden", '"system:serviceaccount:'),
            ("unknown", "workload_not_found", 'There is no Deployment "api-sever" in namespace '),
            ("elsewhere", "workload_not_found", 'There is no Deployment "api-server" in namespace '),
            ("empty", "invalid_name", "The name of the Deployment is empty: say which one"),
            ("no name", "invalid_name", '"API_Server" cannot be the name of a Deployment'),
        ],
    )
    def test_each_is_one_sentence(
        self, told: dict[str, dict[str, t.Any]], case: str, reason: str, sentence: str
    ) -> None:
        result = told[case]
        assert result["failed"] is True
        assert result["reason"] == reason
        assert result["msg"].startswith(sentence)
        assert "\n" not in result["msg"]
        assert "Traceback" not in str(result.get("exception"))

    def test_the_way_out_is_in_it(self, lab: Lab, told: dict[str, dict[str, t.Any]]) -> None:
        assert "is not trusted: " in told["not trusted"]["msg"]
        assert "does not accept the credentials (api_key option): 401" in told["unauthorized"]["msg"]
        rule = '- {apiGroups: ["apps"], resources: ["deployments"], verbs: ["get"]}'
        assert f'a Role in "{lab.namespace}" with the rule: {rule}' in told["forbidden"]["msg"]
        assert told["forbidden"]["rule"] == rule
        assert told["unknown"]["near_names"] == ["api-server"]
        assert "there is no such namespace at all" in told["elsewhere"]["msg"]
        assert lab.namespace in told["elsewhere"]["namespaces"]
        assert 'Did you mean "api-server"?' not in told["empty"]["msg"]
        assert told["wrong context"]["contexts"]

    def test_a_kubeconfig_that_others_can_read_is_a_warning(self, told: dict[str, dict[str, t.Any]]) -> None:
        assert told["warned"]["failed"] is False
        assert ["is readable by others (mode 0644)" in str(one) for one in told["warned"]["warnings"]] == [True]


class Relay:
    """Passes bytes on to a server, and can break every connection at once."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._accept)]
        self._near: list[socket.socket] = []
        self._threads[0].start()

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self._listener.getsockname()[1]}"

    def cut(self) -> None:
        for near in list(self._near):
            _shut(near)

    def stop(self) -> None:
        _shut(self._listener)
        self.cut()
        for thread in self._threads:
            thread.join(10)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                near = self._listener.accept()[0]
            except OSError:
                return
            thread = threading.Thread(target=self._relay, args=(near,))
            self._threads.append(thread)
            thread.start()

    def _relay(self, near: socket.socket) -> None:
        with near, socket.create_connection(self._target) as far:
            self._near.append(near)
            back = threading.Thread(target=_pass_on, args=(far, near))
            back.start()
            _pass_on(near, far)
            back.join()
            self._near.remove(near)


def _shut(end: socket.socket) -> None:
    try:
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        return
    finally:
        for end in (source, sink):
            _shut(end)


@pytest.fixture
def relay(lab: Lab) -> t.Iterator[tuple[Relay, Client]]:
    """A way to the real server that can be broken, and a client that uses it."""
    parts = urlsplit(lab.server)
    between = Relay((str(parts.hostname), parts.port or 443))
    found = kubeconfig.load_context(kubeconfig.default_paths()[0], None)
    cluster = {"server": between.url, "tls-server-name": parts.hostname, "certificate-authority": lab.authority}
    user = {
        key: str(Path(found.user_folder) / value) if key in ("client-certificate", "client-key", "tokenFile") else value
        for key, value in found.user.items()
    }
    content = {
        "current-context": "relay",
        "contexts": [{"name": "relay", "context": {"cluster": "relay", "user": "relay"}}],
        "clusters": [{"name": "relay", "cluster": cluster}],
        "users": [{"name": "relay", "user": user}],
    }
    client = connect(kubeconfig=content)
    yield between, client
    client.close()
    between.stop()


def config_map(lab: Lab, name: str) -> dict[str, t.Any]:
    return lab.client.create(
        paths.collection_path("ConfigMap", lab.namespace), {"metadata": {"name": name}, "data": {"key": "1"}}
    )


def test_a_watch_loses_nothing_when_its_connection_breaks(lab: Lab, relay: tuple[Relay, Client]) -> None:
    between, client = relay
    path = paths.collection_path("ConfigMap", lab.namespace)
    listing = client.list(path)
    with WatchSet(client) as watches:
        watches.follow(path, None, listing.resource_version)
        seen = []
        for number in range(3):
            name = f"watched-{number}"
            config_map(lab, name)
            event = watches.next(20)
            assert event is not None
            seen.append(event.object["metadata"]["name"])
            between.cut()
            # Made while nobody was connected.
            config_map(lab, f"{name}-apart")
            event = watches.next(20)
            assert event is not None
            seen.append(event.object["metadata"]["name"])
        assert watches.next(0.1) is None
    assert seen == [f"watched-{number}{part}" for number in range(3) for part in ("", "-apart")]


def test_requests_survive_a_broken_connection(lab: Lab, relay: tuple[Relay, Client]) -> None:
    between, client = relay
    config_map(lab, "patched")
    path = paths.object_path("ConfigMap", lab.namespace, "patched")
    for number in range(1, 4):
        operations = [
            {"op": "test", "path": "/data/key", "value": str(number)},
            {"op": "replace", "path": "/data/key", "value": str(number + 1)},
        ]
        assert client.json_patch(path, operations)["data"] == {"key": str(number + 1)}
        between.cut()
        assert client.get(path)["data"] == {"key": str(number + 1)}
        between.cut()


def test_a_failed_precondition_and_a_dry_run(lab: Lab) -> None:
    config_map(lab, "guarded")
    path = paths.object_path("ConfigMap", lab.namespace, "guarded")
    with pytest.raises(errors.InvalidError):
        lab.client.json_patch(path, [{"op": "test", "path": "/data/key", "value": "other"}])
    patch = [{"op": "replace", "path": "/data/key", "value": "dry"}]
    assert lab.client.json_patch(path, patch, dry_run=True)["data"] == {"key": "dry"}
    assert lab.client.get(path)["data"] == {"key": "1"}
    managers = {entry["manager"] for entry in lab.client.get(path)["metadata"]["managedFields"]}
    assert managers == {"rescue.kubernetes"}
    with pytest.raises(errors.AlreadyExistsError):
        config_map(lab, "guarded")


def test_pages_and_metadata(lab: Lab) -> None:
    path = paths.collection_path("ConfigMap", lab.namespace)
    names = {item["metadata"]["name"] for item in lab.client.list(path).items}
    paged = lab.client.list(path, page_size=1)
    assert {item["metadata"]["name"] for item in paged.items} == names
    assert {item["kind"] for item in paged.items} == {"ConfigMap"}
    assert not any("data" in item for item in lab.client.list(path, metadata_only=True).items)


def test_a_service_without_endpoints_was_not_asked(lab: Lab) -> None:
    service = {"metadata": {"name": "empty"}, "spec": {"selector": {"app": "none"}, "ports": [{"port": 8080}]}}
    lab.client.create(paths.collection_path("Service", lab.namespace), service)
    for _attempt in range(200):
        answer = lab.client.proxy(paths.proxy_path("Service", lab.namespace, "empty", 8080, "/health"))
        # Until the API server's own cache knows the Service it says 404.
        if answer.status != 404:
            break
        assert answer.asked is False
    assert (answer.asked, answer.status) == (False, 503)
    assert "no endpoints" in (answer.problem or "")


def test_a_workload_is_found(lab: Lab) -> None:
    assert resolve_workload(lab.client, "Deployment", "api-server", lab.namespace)["kind"] == "Deployment"
