"""What the tool decides without touching the machine."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any, cast

import pytest

from tests.cluster import audit, build, discovery, faults, images, registry, storage
from tests.cluster.api import Api
from tests.cluster.cli import main
from tests.cluster.commands import run
from tests.cluster.daemons import Daemon, start_time
from tests.cluster.layout import Layout
from tests.cluster.output import ClusterError


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("myregistry.io/api-server:v2.0.0", ("api-server", "v2.0.0")),
        ("localhost:5000/team/api-server:v1", ("team/api-server", "v1")),
        ("team/api-server:v1", ("team/api-server", "v1")),
        ("busybox:1", ("busybox", "1")),
    ],
)
def test_references_lose_their_registry(reference: str, expected: tuple[str, str]) -> None:
    assert registry.split(reference) == expected


@pytest.mark.parametrize("reference", ["api-server", "localhost:5000/api-server"])
def test_a_reference_without_a_tag_is_refused(reference: str) -> None:
    with pytest.raises(ClusterError, match="names no tag"):
        registry.split(reference)


def test_another_source_makes_another_build(tmp_path: Path) -> None:
    (tmp_path / "program").mkdir()
    (tmp_path / "go.mod").write_text("module x\n")
    (tmp_path / "program" / "main.go").write_text("package main\n")
    first = build.key(".", tmp_path)
    assert build.key(".", tmp_path) == first
    # What is seldom needed is a module of its own, and does not make the rest anew.
    (tmp_path / "nested").mkdir()
    (tmp_path / "nested" / "go.mod").write_text("module y\n")
    assert build.key(".", tmp_path) == first != build.key("nested", tmp_path)
    (tmp_path / "program" / "main.go").write_text("package main // changed\n")
    assert build.key(".", tmp_path) != first


def test_versions_compare_as_numbers() -> None:
    assert build._numbers("1.26.8") > build._numbers("1.24.0") > build._numbers("1.9") > ()


class TestFakeNode:
    def test_is_ready_and_kept_free_of_other_tests_pods(self) -> None:
        node = faults.fake_node("n", {"zone": "a"}, (), {"nvidia.com/gpu": "2"}, kwok=False)
        assert node["metadata"]["labels"]["zone"] == "a"
        assert node["status"]["allocatable"]["nvidia.com/gpu"] == "2"
        assert node["spec"]["taints"] == [{"key": faults.FAKE_LABEL, "effect": "NoSchedule"}]
        assert {"type": "Ready", "status": "True"}.items() <= node["status"]["conditions"][-1].items()

    def test_takes_taints_as_kubectl_writes_them(self) -> None:
        node = faults.fake_node("n", {}, ("dedicated=batch:NoExecute", "spot:NoSchedule"), {}, kwok=True)
        assert node["spec"]["taints"] == [
            {"key": "dedicated", "value": "batch", "effect": "NoExecute"},
            {"key": "spot", "effect": "NoSchedule"},
        ]
        assert node["metadata"]["annotations"] == {"kwok.x-k8s.io/node": "fake"}

    def test_of_kwok_keeps_the_lease_that_kwok_holds(self) -> None:
        asked: list[str] = []

        class Recorder:
            def request(self, method: str, path: str, *_rest: Any) -> None:
                asked.append(f"{method} {path}")

        for kwok in (True, False):
            faults.keep_alive(cast(Api, Recorder()), faults.fake_node("n", {}, (), {}, kwok=kwok))
        assert asked == ["PATCH /apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n"]

    @pytest.mark.parametrize("taint", ["dedicated", "dedicated=batch", "a=b:Never"])
    def test_refuses_what_is_no_taint(self, taint: str) -> None:
        with pytest.raises(ClusterError, match="is no taint"):
            faults.fake_node("n", {}, (taint,), {}, kwok=False)


def _pod(annotations: dict[str, str], **status: str) -> dict[str, Any]:
    return {
        "metadata": {
            "name": "p",
            "namespace": "production",
            "uid": "u",
            "labels": {"app.kubernetes.io/name": "api-server"},
            "annotations": annotations,
        },
        "spec": {"nodeName": "node1", "containers": [{"ports": [{"containerPort": 3000}]}]},
        "status": {"podIP": "10.244.0.9", "phase": "Running", **status},
    }


class TestDiscovery:
    def test_annotated_pods_are_scraped_with_their_labels(self) -> None:
        assert discovery.target(_pod({"prometheus.io/scrape": "true"})) == {
            "targets": ["10.244.0.9:3000"],
            "labels": {
                "app_kubernetes_io_name": "api-server",
                "namespace": "production",
                "pod": "p",
                "node": "node1",
            },
        }

    def test_port_and_path_are_taken_from_annotations(self) -> None:
        found = discovery.target(
            _pod({"prometheus.io/scrape": "true", "prometheus.io/port": "9000", "prometheus.io/path": "/stats"})
        )
        assert found is not None
        assert found["targets"] == ["10.244.0.9:9000"]
        assert found["labels"]["__metrics_path__"] == "/stats"

    @pytest.mark.parametrize(
        "pod",
        [
            _pod({}),
            _pod({"prometheus.io/scrape": "false"}),
            _pod({"prometheus.io/scrape": "true"}, podIP=""),
            _pod({"prometheus.io/scrape": "true"}, phase="Succeeded"),
        ],
    )
    def test_others_are_not(self, pod: dict[str, Any]) -> None:
        assert discovery.target(pod) is None

    def test_the_file_follows_the_pods(self, tmp_path: Path) -> None:
        layout = Layout("default", tmp_path)
        file = layout.state / "prometheus" / "pods.json"
        file.parent.mkdir(parents=True)
        targets, pod = discovery.Targets(layout), _pod({"prometheus.io/scrape": "true"})
        targets.replace([])
        assert json.loads(file.read_text()) == []
        targets.change("ADDED", pod)
        assert len(json.loads(file.read_text())) == 1
        targets.change("DELETED", pod)
        assert json.loads(file.read_text()) == []


class TestContentHash:
    def test_follows_content_arguments_and_base(self, tmp_path: Path) -> None:
        dockerfile = tmp_path / "Dockerfile"
        dockerfile.write_text("FROM registry.local/node:20\n")
        (tmp_path / "app.js").write_text("1")
        first = images.content_hash(tmp_path, {"A": "1"}, dockerfile, "base")
        assert images.content_hash(tmp_path, {"A": "1"}, dockerfile, "base") == first
        assert images.content_hash(tmp_path, {"A": "2"}, dockerfile, "base") != first
        assert images.content_hash(tmp_path, {"A": "1"}, dockerfile, "newer base") != first
        (tmp_path / "app.js").write_text("2")
        assert images.content_hash(tmp_path, {"A": "1"}, dockerfile, "base") != first


class TestAudit:
    def _layout(self, tmp_path: Path) -> Layout:
        layout = Layout("default", tmp_path)
        layout.audit_log.parent.mkdir(parents=True)
        layout.audit_log.write_text(json.dumps({"requestURI": "/before"}) + "\n")
        return layout

    def test_gives_what_came_between_two_marks_without_the_marks(self, tmp_path: Path) -> None:
        layout = self._layout(tmp_path)

        def append(path: str) -> None:
            with layout.audit_log.open("a") as log:
                log.write(json.dumps({"requestURI": path}) + "\n")

        def mark(name: str) -> None:
            append(f"/version?{audit.MARKER}={name}")

        since = audit.position(layout, mark)
        append("/asked")
        assert [event["requestURI"] for event in audit.events(layout, mark, since, None)] == ["/asked"]

    def test_says_so_when_the_log_stands_still(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(audit, "_PATIENCE", 0.05)
        with pytest.raises(ClusterError, match="audit log does not grow"):
            audit.position(self._layout(tmp_path), lambda _mark: None)


class TestDaemon:
    def _record(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **record: int | None) -> Daemon:
        monkeypatch.setattr("tests.cluster.layout.RUN_FOLDER", tmp_path / "run")
        layout = Layout("default", tmp_path)
        layout.daemons.mkdir(parents=True)
        (layout.daemons / "etcd.json").write_text(json.dumps(record))
        return Daemon(layout, "etcd")

    def test_a_pid_that_somebody_else_has_now_is_not_ours(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        own = start_time(os.getpid())
        assert own is not None
        daemon = self._record(tmp_path, monkeypatch, pid=os.getpid(), start_time=own - 1)
        assert daemon.pid is None
        daemon.stop()  # would end this very test otherwise

    def test_a_running_process_is_known_by_pid_and_start(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        daemon = self._record(tmp_path, monkeypatch, pid=os.getpid(), start_time=start_time(os.getpid()))
        assert daemon.pid == os.getpid()

    def test_a_process_that_ends_instead_of_starting_is_named_with_its_last_lines(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ended = subprocess.Popen(["true"])
        began = start_time(ended.pid)
        ended.wait()
        daemon = self._record(tmp_path, monkeypatch, pid=ended.pid, start_time=began)
        daemon.log.parent.mkdir(parents=True)
        daemon.log.write_text("listening\npanic: address already in use\n")
        with pytest.raises(ClusterError, match=r"(?s)etcd ended instead of starting.*address already in use"):
            daemon.wait(lambda: False, 5)


def test_mounts_are_undone_from_the_inside_out(monkeypatch: pytest.MonkeyPatch) -> None:
    table = "none /run/a tmpfs rw 0 0\nnone /run/a/b\\040c/d tmpfs rw 0 0\nnone /run/ab tmpfs rw 0 0\n"
    monkeypatch.setattr(Path, "read_text", lambda _self: table)
    assert storage.mounts_under(Path("/run/a")) == ["/run/a/b c/d", "/run/a"]


def test_a_failed_program_is_told_by_its_last_lines() -> None:
    with pytest.raises(ClusterError, match=r"(?s)exit code 3: .*no such thing"):
        run(["sh", "-c", "echo no such thing >&2; exit 3"])
    with pytest.raises(ClusterError, match="'no-such-program' is not installed"):
        run(["no-such-program"])
    with pytest.raises(ClusterError, match="did not end within"):
        run(["sleep", "10"], timeout=0.05)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--name", "Bad_Name", "status"], "cannot be a cluster's name"),
        (["logs", "nothing"], "is no component"),
        (["logs", "etcd"], "was never started"),
        (["env"], "there is no cluster"),
        (["cut-pod", "pod"], "is not NAMESPACE/POD"),
        (["run"], "run what?"),
        (["registry", "push"], "wants more"),
        (["fake-node", "add", "n", "--label", "x"], "is not NAME=VALUE"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    arguments: list[str],
    expected: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("RESCUE_KUBERNETES_HOME", str(tmp_path))
    assert main(arguments) == 1
    shown = capsys.readouterr().err
    assert expected in shown
    assert "Traceback" not in shown


def test_status_of_nothing_is_said_and_counted_as_not_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RESCUE_KUBERNETES_HOME", str(tmp_path))
    assert main(["status"]) == 1
    assert "there is none" in capsys.readouterr().out
    assert main(["status", "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == {"name": "default", "up": False}
