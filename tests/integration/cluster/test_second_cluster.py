"""The test cluster itself: a second one by name, so that what breaks it breaks nobody else's tests."""

from __future__ import annotations

import json
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cluster import Cluster, ClusterError
from tests.cluster.images import ImageStore
from tests.cluster.layout import lock
from tests.cluster.storage import mounts_under

pytestmark = pytest.mark.xdist_group("second-cluster")


def _eventually(condition: Callable[[], Any], within: float = 30.0) -> Any:
    deadline = time.monotonic() + within
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"not within {within} s; last seen: {value!r}"
        time.sleep(0.1)


def _pod(cluster: Cluster) -> dict[str, Any]:
    pods: list[dict[str, Any]] = json.loads(cluster.kubectl("get", "pods", "-l", "app=web", "-o", "json"))["items"]
    return pods[0]


def _ready(cluster: Cluster) -> bool:
    conditions = _pod(cluster)["status"]["conditions"]
    return any(entry["type"] == "Ready" and entry["status"] == "True" for entry in conditions)


def test_up_again_does_nothing_and_is_quick(cluster: Cluster) -> None:
    before = cluster.status()["components"]

    def seconds() -> float:
        began = time.monotonic()
        cluster.up()
        return time.monotonic() - began

    assert min(seconds() for _try in range(3)) < 2  # the machine may be busy
    assert cluster.status()["components"] == before


def test_pods_resolve_names_and_reach_services(cluster: Cluster) -> None:
    def inside(*words: str) -> str:
        return cluster.kubectl("exec", "deployment/web", "--", *words)

    assert "root" in inside("wget", "-qO-", "http://web.default.svc.cluster.local/etc/passwd")
    for name in ("nothing.default.svc.cluster.local", "example.com"):
        assert "NXDOMAIN" in inside("sh", "-c", f"nslookup {name} 2>&1 || true")


def test_the_api_server_proxies_to_services(cluster: Cluster) -> None:
    assert "root" in cluster.kubectl("get", "--raw", "/api/v1/namespaces/default/services/web:80/proxy/etc/passwd")


def test_the_audit_log_tells_writes_from_dry_runs(cluster: Cluster) -> None:
    mark = cluster.audit_position()
    cluster.kubectl("create", "configmap", "tried", "--from-literal=key=value", "--dry-run=server")
    cluster.kubectl("create", "configmap", "made", "--from-literal=key=value")
    writes = [event for event in cluster.audit_events(since=mark) if event["verb"] == "create"]
    assert ["dryRun=All" in event["requestURI"] for event in writes] == [True, False]
    assert writes[1]["requestObject"]["data"] == {"key": "value"}
    assert {event["user"]["username"] for event in cluster.audit_events(since=mark)} == {"admin"}


def test_a_cut_pod_answers_nobody_until_it_is_restored(cluster: Cluster) -> None:
    name = _pod(cluster)["metadata"]["name"]
    cluster.cut_pod("default", name)
    _eventually(lambda: not _ready(cluster))
    cluster.restore_pod("default", name)
    _eventually(lambda: _ready(cluster))
    with pytest.raises(ClusterError, match="was not cut off"):
        cluster.restore_pod("default", name)


def test_a_fake_node_takes_pods_by_the_scheduler_s_own_rules(cluster: Cluster) -> None:
    cluster.add_fake_node(
        "with-gpu", labels={"kind": "fake"}, taints=["gpu:NoSchedule"], capacity={"example.com/gpu": "1"}
    )
    try:
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "wants-gpu"},
            "spec": {
                "tolerations": [{"key": "gpu", "operator": "Exists"}],
                "containers": [
                    {
                        "name": "main",
                        "image": "registry.local/busybox:1",
                        "resources": {"limits": {"example.com/gpu": "1"}},
                    }
                ],
            },
        }
        cluster.kubectl("apply", "-f", "-", input=json.dumps(pod))
        query = ("get", "pod", "wants-gpu", "-o", "jsonpath={.spec.nodeName}")
        assert _eventually(lambda: cluster.kubectl(*query)) == "with-gpu"
    finally:
        cluster.kubectl("delete", "pod", "wants-gpu", "--ignore-not-found", "--force", "--grace-period=0")
        cluster.remove_fake_node("with-gpu")
    assert "with-gpu" not in cluster.kubectl("get", "nodes", "-o", "name")


def test_a_component_can_be_restarted_paused_and_resumed(cluster: Cluster) -> None:
    before = cluster.daemon("apiserver").pid
    cluster.restart("apiserver")
    assert cluster.daemon("apiserver").pid not in (None, before)
    assert "node1" in cluster.kubectl("get", "nodes", "-o", "name")
    cluster.pause("apiserver")
    try:
        with pytest.raises(ClusterError):
            cluster.kubectl("get", "nodes", "--request-timeout=1s", timeout=5)
    finally:
        cluster.resume("apiserver")
    assert "node1" in cluster.kubectl("get", "nodes", "-o", "name")


def test_an_image_is_built_and_pushed_once_and_its_tag_can_be_taken_away(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Dockerfile").write_text("FROM registry.local/busybox:1\nARG TEXT\nRUN echo $TEXT > /text\n")
    image = cluster.build_image(
        tmp_path, "myregistry.io/team/trial:v1", "docker.io/team/trial:v2", arguments={"TEXT": "a"}
    )
    assert cluster.registry_tags("team/trial") == ["v1", "v2"]
    home = cluster.layout.home
    with lock(home / "locks" / "images.lock", "the images"):
        assert mounts_under(home / "images") == []
    with monkeypatch.context() as patched:
        patched.setattr(ImageStore, "_buildah", lambda *_arguments, **_options: pytest.fail("built or pushed again"))
        assert cluster.build_image(tmp_path, "myregistry.io/team/trial:v1", arguments={"TEXT": "a"}) == image
    cluster.delete_tag("myregistry.io/team/trial:v1")
    assert cluster.registry_tags("team/trial") == ["v2"]
    cluster.push_image(image, "myregistry.io/team/trial:v1")
    assert cluster.registry_tags("team/trial") == ["v1", "v2"]
    show = ("run", "trial", "--image=myregistry.io/team/trial:v1", "--restart=Never", "--", "cat", "/text")
    cluster.kubectl(*show)
    phase = ("get", "pod", "trial", "-o", "jsonpath={.status.phase}")
    _eventually(lambda: cluster.kubectl(*phase) == "Succeeded")
    assert cluster.kubectl("logs", "trial").strip() == "a"


def test_a_tag_that_was_never_pushed_is_not_found(cluster: Cluster) -> None:
    cluster.kubectl("run", "missing", "--image=myregistry.io/team/trial:never", "--restart=Never")
    query = ("get", "pod", "missing", "-o", "jsonpath={.status.containerStatuses[0].state.waiting.message}")
    assert "not found" in _eventually(lambda: "not found" in cluster.kubectl(*query) and cluster.kubectl(*query))


def test_prometheus_finds_annotated_pods_by_itself(cluster: Cluster) -> None:
    query = urllib.parse.urlencode({"query": 'up{job="pods",app="web",namespace="default"}'})

    def seen() -> Any:
        with urllib.request.urlopen(f"{cluster.prometheus_url}/api/v1/query?{query}", timeout=5) as answer:
            return json.load(answer)["data"]["result"]

    (found,) = _eventually(seen)
    assert found["metric"]["instance"] == f"{_pod(cluster)['status']['podIP']}:8080"


def test_prometheus_goes_and_comes_back_with_what_it_knew(cluster: Cluster) -> None:
    cluster.prometheus_down()
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(f"{cluster.prometheus_url}/-/ready", timeout=5)
    cluster.prometheus_up()
    with urllib.request.urlopen(f"{cluster.prometheus_url}/-/ready", timeout=5) as answer:
        assert answer.status == 200


def test_a_component_that_does_not_start_is_named_with_its_log(cluster: Cluster) -> None:
    cluster.stop("registry")
    configuration = cluster.layout.configuration / "registry.yml"
    good = configuration.read_text()
    configuration.write_text("version: broken\n")
    try:
        with pytest.raises(ClusterError, match=r"(?s)registry ended instead of starting.*configuration"):
            cluster.start("registry")
    finally:
        configuration.write_text(good)
        cluster.start("registry")
    assert cluster.registry_tags("busybox") == ["1"]
