"""What really happened to the api-server, seen on watches of our own that no contender can influence."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from demo.application import DEPLOYMENT

Object = dict[str, Any]
CERTAIN_WAITING = frozenset(
    {"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "CrashLoopBackOff", "CreateContainerConfigError"}
)


def sign_of_failure(pod: Object) -> str | None:
    """The first certain sign of failure in a pod's status."""
    for container in pod.get("status", {}).get("containerStatuses", []):
        state = container.get("state", {})
        reason: str = state.get("waiting", {}).get("reason", "")
        if reason in CERTAIN_WAITING:
            return reason
        for ended in (state.get("terminated"), container.get("lastState", {}).get("terminated")):
            if ended and ended.get("exitCode"):
                return f"exit code {ended['exitCode']}"
    return None


def is_ready(pod: Object) -> bool:
    conditions = pod.get("status", {}).get("conditions", [])
    return any(entry["type"] == "Ready" and entry["status"] == "True" for entry in conditions)


def is_leaving(pod: Object) -> bool:
    return "deletionTimestamp" in pod["metadata"]


def template_hash(pod: Object) -> str:
    found: str = pod["metadata"].get("labels", {}).get("pod-template-hash", "")
    return found


class Timeline:
    """When each of these was first seen, in Unix time; fed with objects in the order of their arrival.

    change    the Deployment's pod template is another than before
    signal    a pod that was not there before shows a certain sign of failure, or its liveness probe fails
    patch     the pod template is again what it was before the change
    restored  after that: only pods of that template are left, and all of them are ready
    """

    def __init__(self) -> None:
        self.marks: dict[str, float] = {}
        self.signal_text = ""
        self._deployment: Object = {}
        self._pods: dict[str, Object] = {}
        self._armed = False
        self._good_template: Object = {}
        self._good_hashes: set[str] = set()
        self._old_pods: set[str] = set()

    def arm(self) -> None:
        """Take what is there now for the good state; nothing is marked before."""
        self._good_template = self._deployment["spec"]["template"]
        self._old_pods = set(self._pods)
        self._good_hashes = {template_hash(pod) for pod in self._pods.values() if is_ready(pod) and not is_leaving(pod)}
        self._armed = True

    @property
    def sees_deployment(self) -> bool:
        return bool(self._deployment)

    @property
    def ready_pods(self) -> int:
        return sum(1 for pod in self._pods.values() if is_ready(pod) and not is_leaving(pod))

    def see(self, when: float, kind: str, item: Object) -> None:
        """`kind` is the watch event's type, `when` the time of its arrival."""
        if item["kind"] == "Deployment":
            self._see_deployment(when, item)
        elif item["kind"] == "Pod":
            self._see_pod(when, kind, item)
        elif item["kind"] == "Event" and self._armed:
            self._see_event(when, item)

    def _mark(self, name: str, when: float) -> None:
        self.marks.setdefault(name, when)

    def _see_deployment(self, when: float, deployment: Object) -> None:
        if deployment["metadata"]["name"] != DEPLOYMENT:
            return
        self._deployment = deployment
        if not self._armed:
            return
        if deployment["spec"]["template"] != self._good_template:
            self._mark("change", when)
        elif "change" in self.marks:
            self._mark("patch", when)
            self._judge(when)

    def _see_pod(self, when: float, kind: str, pod: Object) -> None:
        uid = pod["metadata"]["uid"]
        if pod["metadata"].get("labels", {}).get("app") != DEPLOYMENT:
            return
        if kind == "DELETED":
            self._pods.pop(uid, None)
        else:
            self._pods[uid] = pod
            sign = sign_of_failure(pod)
            if self._armed and sign and uid not in self._old_pods and not is_leaving(pod):
                self._signal(when, sign)
        self._judge(when)

    def _see_event(self, when: float, event: Object) -> None:
        uid = event["involvedObject"].get("uid")
        if uid in self._old_pods or uid not in self._pods:
            return
        # Readiness fails for a moment in every start; liveness does not.
        if event.get("reason") == "Unhealthy" and event.get("message", "").startswith("Liveness"):
            self._signal(when, "liveness probe fails")

    def _signal(self, when: float, text: str) -> None:
        if "change" in self.marks and "patch" not in self.marks and "signal" not in self.marks:
            self.signal_text = text
            self._mark("signal", when)

    def _judge(self, when: float) -> None:
        if "patch" not in self.marks or "restored" in self.marks:
            return
        staying = [pod for pod in self._pods.values() if not is_leaving(pod)]
        good = [pod for pod in staying if template_hash(pod) in self._good_hashes and is_ready(pod)]
        if len(good) == len(staying) == self._deployment["spec"]["replicas"]:
            self._mark("restored", when)


class Observer:
    """Watches one namespace by kubectl and keeps a Timeline of it. A context manager: it ends its watches."""

    def __init__(self, kubectl: Path, kubeconfig: Path, namespace: str) -> None:
        self.timeline = Timeline()
        self._lock = threading.Lock()
        self._base = [str(kubectl), f"--kubeconfig={kubeconfig}", "get", "--raw"]
        self._paths = [
            f"/apis/apps/v1/namespaces/{namespace}/deployments",
            f"/api/v1/namespaces/{namespace}/pods",
            f"/api/v1/namespaces/{namespace}/events",
        ]
        self._processes: list[subprocess.Popen[str]] = []

    def __enter__(self) -> Observer:
        for path in self._paths:
            process = subprocess.Popen(
                [*self._base, f"{path}?watch=true&timeoutSeconds=900"],
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
            self._processes.append(process)
            threading.Thread(target=self._follow, args=(process,), daemon=True).start()
        return self

    def __exit__(self, *unused: object) -> None:
        for process in self._processes:
            process.terminate()
            process.wait()

    def _follow(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            when = time.time()
            event = json.loads(line)
            if event["type"] in ("ADDED", "MODIFIED", "DELETED"):
                with self._lock:
                    self.timeline.see(when, event["type"], event["object"])

    def arm(self, replicas: int, timeout: float = 30) -> None:
        """Start marking, as soon as the watches show the good state; raises TimeoutError."""

        def ready() -> bool:
            with self._lock:
                return self.timeline.ready_pods == replicas and self.timeline.sees_deployment

        self._wait(ready, timeout)
        with self._lock:
            self.timeline.arm()

    def wait_for(self, mark: str, timeout: float) -> bool:
        """Whether the mark was made within `timeout` seconds."""
        try:
            self._wait(lambda: mark in self.timeline.marks, timeout)
        except TimeoutError:
            return False
        return True

    @staticmethod
    def _wait(condition: Callable[[], bool], timeout: float) -> None:
        ends = time.monotonic() + timeout
        while not condition():
            if time.monotonic() > ends:
                raise TimeoutError
            time.sleep(0.02)
