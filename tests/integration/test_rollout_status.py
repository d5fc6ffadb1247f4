# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""rollout_status waiting for real rollouts: what ends a wait, who starts late, and a wire that misbehaves."""

from __future__ import annotations

import collections
import contextlib
import fcntl
import functools
import json
import os
import pty
import re
import struct
import subprocess
import termios
import threading
import time
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.rescue.kubernetes.plugins.module_utils._module import rollout_status as module
from extensions.molecule.application import kubectl
from tests.cluster import Cluster
from tests.integration.conftest import ROOT
from tests.integration.waiting import AGENT, SERVE, Waiting, apply, deployment
from tests.integration.wire import Canned, Request, Wire

Json = dict[str, t.Any]
Wait = t.Callable[..., Waiting]
NEVER_READY: Json = {"httpGet": {"path": "/nowhere", "port": 8080}}
# What resolves `asked` as soon as it is there.
DEPENDENCY: Json = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "late"},
    "spec": {"clusterIP": "None", "selector": {"app": "web"}, "publishNotReadyAddresses": True},
}
MISSING_IMAGE = "myregistry.io/api-server:v9.9.9"


@pytest.fixture
def wait(namespace: str, tmp_path: Path) -> Wait:
    return functools.partial(Waiting, namespace, tmp_path)


@pytest.fixture
def wire(tmp_path: Path) -> Iterator[Wire]:
    config = json.loads(kubectl("config", "view", "--raw", "--flatten", "--minify", "-o", "json"))
    with Wire(config, tmp_path) as proxy:
        yield proxy


def asked(namespace: str) -> str:
    return f"nslookup late.{namespace}.svc.cluster.local >/dev/null 2>&1"


def eventually(condition: t.Callable[[], t.Any], within: float = 60.0) -> None:
    ends = time.monotonic() + within
    while not condition():
        assert time.monotonic() < ends, f"not within {within} s"
        time.sleep(0.5)


class TestWhatEndsAWait:
    def test_another_template_does_and_says_who_wrote_it(self, namespace: str, wait: Wait) -> None:
        apply(kubectl, namespace, deployment(probe=NEVER_READY))
        waiting = wait(classify=False).until_watching()
        kubectl("-n", namespace, "set", "image", "deployment/web", f"web={MISSING_IMAGE}")
        found = waiting.result(20)
        assert (found["phase"], found["reason"]) == ("superseded", "template_changed")
        assert "written by kubectl-set meanwhile" in found["message"]
        assert module.failure_of(found, module.FAIL_ON_WHEN_WAITING)

    def test_scaling_does_not(self, namespace: str, wait: Wait) -> None:
        apply(kubectl, namespace, deployment(f"sleep 5; {SERVE}"))
        waiting = wait().until_watching()
        kubectl("-n", namespace, "scale", "deployment/web", "--replicas=2")
        found = waiting.result()
        assert (found["phase"], found["replicas"]["available"]) == ("complete", 2)

    def test_a_deletion_does(self, namespace: str, wait: Wait) -> None:
        apply(kubectl, namespace, deployment(probe=NEVER_READY))
        waiting = wait(classify=False).until_watching()
        kubectl("-n", namespace, "delete", "deployment", "web", "--wait=false")
        found = waiting.result(20)
        assert (found["phase"], found["reason"]) == ("failed", "workload_deleted")

    def test_a_namespace_that_goes_does(self, namespace: str, wait: Wait) -> None:
        apply(kubectl, namespace, deployment(probe=NEVER_READY))
        waiting = wait().until_watching()
        kubectl("delete", "namespace", namespace, "--wait=false")
        found = waiting.result(30)
        assert (found["phase"], found["reason"]) == ("failed", "workload_deleted")

    def test_a_timeout_says_what_is_missing(self, namespace: str, wait: Wait) -> None:
        apply(kubectl, namespace, deployment(replicas=2, probe=NEVER_READY))
        unhealthy = ("-n", namespace, "get", "events", "--field-selector=reason=Unhealthy", "-o", "name")
        eventually(lambda: len(kubectl(*unhealthy).split()) >= 2)
        found = wait(classify=False, wait_timeout=3).result()
        assert (found["phase"], found["timed_out"]) == ("progressing", True)
        words = r"web-\w+-\w+: readiness probe on :8080/nowhere answers 404 since \d+ s"
        assert re.search(rf"^Timed out after \d s: 0 of 2 updated pods available; {words}; {words}$", found["message"])

    def test_flapping_does_after_a_soak(self, namespace: str, wait: Wait) -> None:
        flips = {"exec": {"command": ["sh", "-c", "[ $(( $(date +%s) / 4 % 2 )) = 0 ]"]}, "failureThreshold": 1}
        apply(kubectl, namespace, deployment("exec sleep 3600", probe=flips, replicas=1))
        found = wait(stable_for=30.0).result()
        assert (found["phase"], found["reason"]) == ("failed", "flapping"), found
        assert 30 <= found["timing"]["seconds"] < 75

    def test_stable_for_is_waited_for_before_complete_is_said(self, namespace: str, wait: Wait) -> None:
        apply(kubectl, namespace, deployment())
        kubectl("-n", namespace, "rollout", "status", "deployment/web", "--timeout=60s")
        waiting = wait(stable_for=6.0)
        found = waiting.result()
        assert found["phase"] == "complete"
        assert 6 <= found["timing"]["seconds"] < 10
        assert [line.split("; ")[-1] for line in waiting.lines] == ["not stable yet", "rollout complete"]
        message = wait(stable_for=60.0, wait_timeout=2).result()["message"]
        assert re.match(r"Timed out after \d s: 1 of 1 pods available, for \d of 60 s", message)

    def test_services_must_lead_to_the_new_pods(self, namespace: str, wait: Wait) -> None:
        apply(kubectl, namespace, deployment(replicas=2))
        waiting = wait(services=True)
        waiting.until(lambda: any("service not ready" in line for line in waiting.lines))
        found = wait(services=True, grace=3.0).result()
        assert (found["phase"], found["reason"]) == ("failed", "service_not_ready")
        assert "no Service selects them" in found["message"]
        kubectl("-n", namespace, "expose", "deployment", "web", "--port=80", "--target-port=8080")
        found = wait(services=True).result(30)
        assert found["phase"] == "complete"
        waiting.result()

    def test_a_listening_service_of_other_pods_is_not_enough(self, namespace: str, wait: Wait) -> None:
        apply(kubectl, namespace, deployment())
        kubectl("-n", namespace, "expose", "deployment", "web", "--port=80", "--target-port=8080")
        labels = {"spec": {"publishNotReadyAddresses": False, "selector": {"app": "web", "tier": "front"}}}
        kubectl("-n", namespace, "patch", "service", "web", "--type=merge", "-p", json.dumps(labels))
        found = wait(services=True, grace=2.0, classify=False).result()
        assert (found["phase"], found["reason"]) == ("failed", "service_not_ready")


@pytest.mark.parametrize(
    ("started", "phase"),
    [
        (deployment(f"sleep 8; {SERVE}"), "complete"),
        (deployment(containers=[{"name": "web", "image": MISSING_IMAGE}]), "failed"),
    ],
    ids=["good", "bad"],
)
def test_an_orderly_number_of_requests(namespace: str, wait: Wait, started: Json, phase: str) -> None:
    ours = Cluster()
    if os.environ.get("KUBECONFIG") != str(ours.kubeconfig):
        pytest.skip("only our own cluster's audit log can be read")
    since = ours.audit_position()
    apply(kubectl, namespace, started)
    assert wait().result()["phase"] == phase
    # a watch is logged when it starts and when it ends
    own = {
        event["auditID"]: event
        for event in ours.audit_events(since)
        if event.get("userAgent") == AGENT and event.get("objectRef", {}).get("namespace", namespace) == namespace
    }.values()
    verbs = collections.Counter(event["verb"] for event in own)
    assert verbs["list"] <= 6, verbs
    assert verbs["watch"] == 4, verbs
    assert verbs["get"] >= 1, verbs
    discovery = [event["requestURI"] for event in own if not event.get("objectRef")]
    assert discovery == []


class TestLateStarters:
    """None of these has failed, however long it takes until it is complete."""

    def complete(self, waiting: Waiting, least: float) -> None:
        found = waiting.result()
        assert (found["phase"], found["timed_out"]) == ("complete", False), found["message"]
        assert found["timing"]["seconds"] >= least

    def test_a_dependency_that_appears_after_20_seconds(self, namespace: str, wait: Wait) -> None:
        apply(kubectl, namespace, deployment(f"until {asked(namespace)}; do sleep 1; done; {SERVE}"))
        waiting = wait().until_watching()
        time.sleep(20)
        apply(kubectl, namespace, DEPENDENCY)
        self.complete(waiting, 20)

    def test_an_application_that_exits_until_its_dependency_appears(self, namespace: str, wait: Wait) -> None:
        apply(kubectl, namespace, deployment(f"{asked(namespace)} || exit 1; {SERVE}"))
        waiting = wait(max_restarts=10, grace=150.0, wait_timeout=180).until_watching()
        time.sleep(20)
        apply(kubectl, namespace, DEPENDENCY)
        self.complete(waiting, 20)

    def test_a_probe_that_first_asks_after_30_seconds(self, namespace: str, wait: Wait) -> None:
        probe = {"httpGet": {"path": "/", "port": 8080}, "initialDelaySeconds": 30}
        apply(kubectl, namespace, deployment(probe=probe))
        self.complete(wait(), 25)

    def test_an_application_that_listens_after_20_seconds(self, namespace: str, wait: Wait) -> None:
        apply(kubectl, namespace, deployment(f"sleep 20; {SERVE}"))
        self.complete(wait(), 15)

    def test_a_quota_that_is_raised_after_20_seconds(self, namespace: str, wait: Wait) -> None:
        quota: Json = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "pods"}}
        apply(kubectl, namespace, {**quota, "spec": {"hard": {"pods": "1"}}}, deployment(replicas=2))
        waiting = wait()
        waiting.until(lambda: any("quota_exceeded" in line for line in waiting.lines))
        time.sleep(20)
        apply(kubectl, namespace, {**quota, "spec": {"hard": {"pods": "9"}}})
        self.complete(waiting, 20)

    def test_a_node_that_is_added_after_20_seconds(self, namespace: str, wait: Wait) -> None:
        """A fake node runs no pod: what is shown is that waiting for a node is not failing."""
        ours = Cluster()
        if os.environ.get("KUBECONFIG") != str(ours.kubeconfig):
            pytest.skip("only our own cluster has fake nodes")
        node = f"late-{namespace}"
        tolerated = [{"key": "rescue.kubernetes/fake-node", "operator": "Exists"}]
        apply(kubectl, namespace, deployment(nodeSelector={"late": namespace}, tolerations=tolerated))
        waiting = wait(wait_timeout=45)
        waiting.until(lambda: any("node_selector_mismatch" in line for line in waiting.lines))
        time.sleep(20)
        ours.add_fake_node(node, labels={"late": namespace})
        try:
            found = waiting.result()
        finally:
            kubectl("-n", namespace, "delete", "deployment", "web", "--wait=false")
            kubectl("-n", namespace, "delete", "pods", "--all", "--force", "--grace-period=0")
            ours.remove_fake_node(node)
        assert (found["phase"], found["timed_out"]) == ("progressing", True), found["message"]


class TestAMisbehavingWire:
    """Each ends as without the fault: no transition lost, none invented, at most a request a second in trouble."""

    @pytest.fixture
    def late(self, namespace: str) -> str:
        """A Deployment that becomes ready some seconds after the wait began."""
        apply(kubectl, namespace, deployment(f"sleep 8; {SERVE}"))
        return namespace

    def complete(self, wait: Wait, wire: Wire, **options: t.Any) -> Waiting:
        waiting = wait({"host": wire.url}, **options)
        found = waiting.result()
        assert found["phase"] == "complete", found["message"]
        return waiting

    def test_watches_that_are_cut_every_second(self, late: str, wait: Wait, wire: Wire) -> None:
        wire.watch_seconds = 1.0
        self.complete(wait, wire)
        assert len(wire.watches("pods")) >= 3
        began = [request.at for request in wire.seen if request.watch]
        busiest = max(sum(1 for at in began if start <= at < start + 1) for start in began)
        assert busiest <= 8  # four begin, are cut, and begin again

    def test_a_version_that_is_gone(self, late: str, wait: Wait, wire: Wire) -> None:
        wire.watch_seconds = 2.0
        asked: collections.Counter[str] = collections.Counter()

        def answer(request: Request) -> Canned | None:
            asked[request.resource] += request.watch
            return Canned(410, "Expired") if request.watch and asked[request.resource] == 2 else None

        wire.answer = answer
        waiting = self.complete(wait, wire)
        lists = collections.Counter(request.resource for request in wire.seen if not request.watch)
        assert lists["pods"] == 2, "listed once more after the 410"
        found = (re.search(r"web: (\d/\d updated, \d available)", line) for line in waiting.lines)
        counts = [match[1] for match in found if match]
        assert counts == sorted(counts), "the rollout went back and forth"

    def test_a_continue_token_that_is_gone(self, late: str, wait: Wait, wire: Wire) -> None:
        refused: list[Request] = []

        def answer(request: Request) -> Canned | None:
            if request.query.get("continue") and not refused:
                refused.append(request)
                return Canned(410, "Expired")
            return None

        wire.answer = answer
        wire.query = lambda request: {**request.query, **({"limit": "1"} if "limit" in request.query else {})}
        self.complete(wait, wire)
        assert refused

    def test_an_overloaded_server_that_asks_to_wait(self, late: str, wait: Wait, wire: Wire) -> None:
        busy = Canned(429, "TooManyRequests", (("Retry-After", "2"),))
        began = time.monotonic()
        wire.answer = lambda _request: busy if 2 < time.monotonic() - began < 7 else None
        wire.watch_seconds = 2.5
        self.complete(wait, wire)
        refused = [request.at - began for request in wire.seen if 2 < request.at - began < 7]
        assert 1 <= len(refused) <= 6

    def test_events_that_never_arrive(self, namespace: str, wait: Wait, wire: Wire) -> None:
        apply(kubectl, namespace, deployment(containers=[{"name": "web", "image": MISSING_IMAGE}]))
        wire.line = lambda request, line: None if request.resource == "events" else line
        wire.body = lambda request, body: _without_items(body) if request.resource == "events" else body
        found = wait({"host": wire.url}).result()
        assert (found["phase"], found["reason"]) == ("failed", "image_tag_not_found")

    @pytest.mark.parametrize("wrong", [300.0, -300.0])
    def test_a_clock_that_is_five_minutes_wrong(self, namespace: str, wait: Wait, wire: Wire, wrong: float) -> None:
        """All times in the objects differ from the API server's Date by so much, as if its controllers' were wrong."""
        quota: Json = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "pods"}}
        apply(kubectl, namespace, {**quota, "spec": {"hard": {"pods": "0"}}}, deployment())
        wire.line = lambda _request, line: _shifted(line, wrong)
        wire.body = lambda _request, body: _shifted(body, wrong)
        waiting = wait({"host": wire.url})
        waiting.until(lambda: any("quota_exceeded" in line for line in waiting.lines))
        time.sleep(5)
        apply(kubectl, namespace, {**quota, "spec": {"hard": {"pods": "9"}}})
        assert waiting.result()["phase"] == "complete"

    def test_annotations_of_100_kilobytes(self, namespace: str, wait: Wait, wire: Wire) -> None:
        heavy = deployment(f"sleep 5; {SERVE}")
        heavy["spec"]["template"]["metadata"]["annotations"] = {"note": "x" * 100_000}
        kubectl("-n", namespace, "create", "-f", "-", input=json.dumps(heavy))
        self.complete(wait, wire)

    def test_bytes_that_are_no_text(self, late: str, wait: Wait, wire: Wire) -> None:
        hit: list[bytes] = []

        def line(_request: Request, sent: bytes) -> bytes:
            changed = sent.replace(b'"message":"', b'"message":"\xff\xfe')
            hit.extend([changed] * (changed != sent))
            return changed

        wire.line = line
        wire.body = lambda _request, body: body.replace(b'"message":"', b'"message":"\xff\xfe')
        self.complete(wait, wire)
        assert hit

    def test_a_token_that_is_rotated(self, late: str, wait: Wait, wire: Wire, tmp_path: Path) -> None:
        """The first token dies with its account; the file has the second by then."""
        for name in ("first", "second"):
            kubectl("-n", late, "create", "serviceaccount", name)
            kubectl("-n", late, "create", "rolebinding", name, "--clusterrole=admin", f"--serviceaccount={late}:{name}")
        token = tmp_path / "token"
        token.write_text(kubectl("-n", late, "create", "token", "first").strip())
        content = {
            "current-context": "wire",
            "contexts": [{"name": "wire", "context": {"cluster": "wire", "user": "robot", "namespace": late}}],
            "clusters": [{"name": "wire", "cluster": {"server": wire.url}}],
            "users": [{"name": "robot", "user": {"tokenFile": str(token)}}],
        }
        wire.watch_seconds = 2.0
        waiting = wait({"kubeconfig": content}).until_watching()
        fresh = kubectl("-n", late, "create", "token", "second").strip()
        token.write_text(fresh)
        kubectl("-n", late, "delete", "serviceaccount", "first")
        assert waiting.result()["phase"] == "complete"


def _without_items(body: bytes) -> bytes:
    return json.dumps({**json.loads(body), "items": []}).encode()


def _shifted(text: bytes, seconds: float) -> bytes:
    """JSON with the times that controllers and kubelets write moved; creation and managedFields are the server's."""
    from datetime import datetime, timedelta

    def moved(match: re.Match[bytes]) -> bytes:
        when = datetime.fromisoformat(match[2].decode().replace("Z", "+00:00")) - timedelta(seconds=seconds)
        return match[1] + when.strftime("%Y-%m-%dT%H:%M:%SZ").encode() + b'"'

    keys = rb'("(?:lastTransitionTime|lastUpdateTime|firstTimestamp|lastTimestamp|startedAt|finishedAt)":")'
    return re.sub(keys + rb'([0-9T:.+-]+Z)"', moved, text)


def on_a_terminal(command: list[str], columns: int) -> list[str]:
    """Run a command as in a terminal window so wide; return what it shows, without colours."""
    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    process = subprocess.Popen(
        command, cwd=ROOT, env={**environment, "ANSIBLE_NOCOLOR": "1"}, stdin=terminal, stdout=terminal, stderr=terminal
    )
    os.close(terminal)
    shown = b""
    with contextlib.suppress(OSError):  # the terminal is gone when the last that writes to it is
        while chunk := os.read(controller, 65536):
            shown += chunk
    os.close(controller)
    assert process.wait(30) == 0, shown
    return shown.decode().replace("\r", "").splitlines()


class TestLiveProgress:
    def prepare(self, namespace: str, folder: Path, **task: t.Any) -> None:
        status = {"name": "web", "namespace": namespace, "wait": True, "observe_for": 0, "stable_for": 2}
        tasks = [{"rescue.kubernetes.rollout_status": status, **task}]
        play = [{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]
        (folder / "play.yml").write_text(json.dumps(play))

    def play(self, namespace: str, folder: Path, **task: t.Any) -> str:
        self.prepare(namespace, folder, **task)
        done = subprocess.run(
            ["ansible-playbook", str(folder / "play.yml")],
            cwd=ROOT,
            env={**os.environ, "ANSIBLE_NOCOLOR": "1"},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    def test_a_log_file_has_one_line_a_change(self, namespace: str, tmp_path: Path) -> None:
        apply(kubectl, namespace, deployment())
        lines = [line for line in self.play(namespace, tmp_path).splitlines() if " web: " in line]
        assert re.fullmatch(r" +\d+\.\d s  web: 1/1 updated, 1 available; rollout complete", lines[-1])
        assert lines[-2].endswith("web: 1/1 updated, 1 available; not stable yet")

    def test_a_terminal_of_80_columns_breaks_no_word(self, namespace: str, tmp_path: Path) -> None:
        apply(kubectl, namespace, deployment(containers=[{"name": "web", "image": MISSING_IMAGE}]))
        self.prepare(namespace, tmp_path, ignore_errors=True)
        lines = on_a_terminal(["ansible-playbook", str(tmp_path / "play.yml")], columns=80)
        first = next(index for index, line in enumerate(lines) if "(image_tag_not_found)" in line or "ErrImage" in line)
        shown = lines[first - 2 : first + 2]
        assert all(len(line) <= 80 for line in shown), shown
        assert any(line.startswith(" " * 10) for line in shown), shown

    def test_nothing_is_shown_with_no_log(self, namespace: str, tmp_path: Path) -> None:
        apply(kubectl, namespace, deployment())
        assert " web: " not in self.play(namespace, tmp_path, no_log=True)

    def test_a_quiet_wait_says_that_it_lives(self, namespace: str, wait: Wait, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "HEARTBEAT_SECONDS", 1.0)
        apply(kubectl, namespace, deployment(probe={**NEVER_READY, "initialDelaySeconds": 60}))
        waiting = wait(wait_timeout=6)
        waiting.result()
        said = [line.split(" s  ")[1] for line in waiting.lines]
        assert said.count(said[-1]) >= 3


def test_threads_end_with_the_wait(namespace: str, wait: Wait) -> None:
    apply(kubectl, namespace, deployment())
    wait().result()
    names = [thread.name for thread in threading.enumerate()]
    assert not [name for name in names if name.startswith("watch ") and namespace in name]
