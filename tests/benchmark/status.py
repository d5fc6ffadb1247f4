"""When rollout_status names a cause, fails and completes, beside `kubectl rollout status`.

Each fault is made on a Deployment that runs well. Watches of our own note when the API first shows the fault; the
module's code, without Ansible's start, and kubectl wait for the same rollout.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import math
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.benchmark.report import aligned
from tests.cluster import Cluster
from tests.integration.waiting import Waiting, apply
from tests.integration.waiting import deployment as serving
from tests.unit.diagnosis.faults import FAULTS, Fault
from tests.unit.diagnosis.faults.parts import deployment

Object = dict[str, Any]
KUBECTL_SECONDS = 75
# The share of a figure's samples that must keep it.
NAMED_LIMIT, VERDICT_LIMIT, GRACE_LIMIT, COMPLETE_LIMIT = 0.5, 0.5, 1.0, 0.3
# What a watch of our own may be behind the module's.
CLOCK_SLACK = 0.1


@dataclasses.dataclass(frozen=True)
class Case:
    """A fault by what people call it, and the text by which an object shows it. `at_once`: no grace."""

    name: str
    fault: Fault
    shown_by: str
    at_once: bool = False


_SECRET = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "keys"}, "stringData": {"other": "1"}}
_SECRET_KEY = {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "key"}}}
_ENDED = r'"exitCode": ?[1-9]'
CASES = (
    Case("tag not found", FAULTS["tag_missing"], "not found", at_once=True),
    Case("invalid image name", FAULTS["image_name"], "InvalidImageName", at_once=True),
    Case("missing ConfigMap", FAULTS["configmap_missing"], "CreateContainerConfigError|configmap .* not found"),
    Case(
        "missing Secret key",
        Fault("config_key_missing", deployment({"env": [_SECRET_KEY]}), (), None, (_SECRET,)),
        "CreateContainerConfigError|couldn't find key",
    ),
    Case("quota exceeded", FAULTS["quota"], "exceeded quota"),
    Case("admission denied", FAULTS["pod_security"], "violates PodSecurity"),
    Case("command not found", FAULTS["command"], "no such file or directory", at_once=True),
    Case("missing module", FAULTS["module_missing"], _ENDED, at_once=True),
    Case("crash", FAULTS["exception"], _ENDED),
    Case("OOM", FAULTS["memory"], "OOMKilled"),
    Case("no such node label", FAULTS["selector"], "FailedScheduling|Unschedulable"),
    Case("init container crash", FAULTS["init_module"], _ENDED),
    Case("changed ConfigMap's host", FAULTS["config_host"], _ENDED, at_once=True),
    Case("changed probe port", FAULTS["readiness_port"], "Readiness probe failed.*refused", at_once=True),
)


@dataclasses.dataclass(frozen=True)
class Failed:
    """One failed rollout. Seconds after the first object that showed the fault, None where it never came to that."""

    case: str
    cause: str
    expected: str
    named: float | None
    verdict: float | None
    grace: float
    restarts: bool
    at_once: bool
    kubectl: float | None
    kubectl_said: str = ""

    @property
    def late(self) -> float | None:
        """How long after the verdict was due it came; None where restarts decide."""
        if self.verdict is None or self.named is None or (self.restarts and not self.at_once):
            return None
        return self.verdict if self.at_once else self.verdict - self.named - self.grace

    @property
    def kept(self) -> bool:
        """Whether the figures are kept."""
        limit = VERDICT_LIMIT if self.at_once else GRACE_LIMIT
        in_time = self.late is None or self.late <= limit
        named = self.named is not None and self.named <= NAMED_LIMIT
        return self.cause == self.expected and named and self.verdict is not None and in_time


@dataclasses.dataclass(frozen=True)
class Completed:
    """One good rollout: seconds after `kubectl rollout status` said so, and after the object that is complete."""

    after_kubectl: float
    after_object: float

    @property
    def kept(self) -> bool:
        """Whether it was in time, and not before the object."""
        return self.after_kubectl <= COMPLETE_LIMIT and self.after_object >= -CLOCK_SLACK


class Witness:
    """Watches a namespace by kubectl and notes when an object first is as asked. A context manager."""

    PATHS = (
        "/api/v1/namespaces/{}/pods",
        "/api/v1/namespaces/{}/events",
        "/apis/apps/v1/namespaces/{}/replicasets",
        "/apis/apps/v1/namespaces/{}/deployments",
    )

    def __init__(self, cluster: Cluster, namespace: str, asked: Callable[[Object], bool]) -> None:
        self.first: float | None = None
        self._asked = asked
        base = [str(cluster.programs / "kubectl"), f"--kubeconfig={cluster.kubeconfig}", "get", "--raw"]
        self._commands = [[*base, f"{path.format(namespace)}?watch=true&timeoutSeconds=600"] for path in self.PATHS]
        self._processes: list[subprocess.Popen[str]] = []

    def __enter__(self) -> Witness:
        for command in self._commands:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            self._processes.append(process)
            threading.Thread(target=self._follow, args=(process,), daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        for process in self._processes:
            process.terminate()
            process.wait()

    def _follow(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            when = time.time()
            if self._asked(json.loads(line)["object"]) and (self.first is None or when < self.first):
                self.first = when


def shows(pattern: str, known: set[str]) -> Callable[[Object], bool]:
    """Whether an object shows a fault: none of those that were there before, nor an event about one of them."""
    compiled = re.compile(pattern, re.DOTALL)

    def asked(entry: Object) -> bool:
        about = (entry.get("involvedObject") or entry["metadata"]).get("uid")
        return entry["kind"] != "Deployment" and about not in known and bool(compiled.search(json.dumps(entry)))

    return asked


def is_complete(entry: Object) -> bool:
    """What `kubectl rollout status` calls a successful rollout of a Deployment."""
    if entry["kind"] != "Deployment":
        return False
    status, wanted = entry.get("status", {}), entry["spec"]["replicas"]
    counts = [status.get(field, 0) for field in ("updatedReplicas", "replicas", "availableReplicas")]
    return status.get("observedGeneration") == entry["metadata"]["generation"] and counts == [wanted] * 3


class Kubectl:
    """`kubectl rollout status` in the background; `ended` is when it printed its last line."""

    def __init__(self, cluster: Cluster, namespace: str, seconds: float) -> None:
        self.ended: float | None = None
        command = [str(cluster.programs / "kubectl"), f"--kubeconfig={cluster.kubeconfig}", "-n", namespace]
        command += ["rollout", "status", "deployment/web", f"--timeout={seconds:.0f}s"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._said: list[tuple[float, str]] = []
        self._thread.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        self._said.extend((time.time(), line) for line in self._process.stdout)

    def verdict(self, *, stop: bool = False) -> tuple[float | None, str]:
        """When it said what, "good" or "failed"; None where it was stopped or only ran out of time."""
        if stop:
            self._process.terminate()
        self._process.wait()
        self._thread.join()
        when, line = self._said[-1] if self._said else (0.0, "")
        if "successfully rolled out" in line:
            return when, "good"
        if "error" in line and "timed out waiting" not in line:
            return when, "failed"
        return None, ""


@contextlib.contextmanager
def prepared(cluster: Cluster, fault: Fault | None) -> Iterator[str]:
    """A namespace in which the good state of a fault runs."""
    namespace = f"status-{time.time_ns() // 1_000_000 % 10**9}"
    labels = fault.labels if fault else {}
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace, "labels": labels}}
    apply(cluster.kubectl, namespace, space)
    try:
        if fault:
            apply(cluster.kubectl, namespace, *fault.setup)
            if fault.before:
                apply(cluster.kubectl, namespace, fault.before)
                complete(cluster, namespace)
        yield namespace
    finally:
        cluster.kubectl("delete", "namespace", namespace, "--wait=false")


def complete(cluster: Cluster, namespace: str) -> None:
    cluster.kubectl("-n", namespace, "rollout", "status", "deployment/web", "--timeout=110s")


def known_uids(cluster: Cluster, namespace: str) -> set[str]:
    found = json.loads(cluster.kubectl("-n", namespace, "get", "pods,replicasets,events", "-o", "json"))["items"]
    return {entry["metadata"]["uid"] for entry in found}


def fail(cluster: Cluster, case: Case, folder: Path) -> Failed:
    """Make the fault and measure both."""
    fault = case.fault
    with prepared(cluster, fault) as namespace:
        if fault.patch_config is not None:
            time.sleep(1.1)  # managedFields tell whole seconds
            change = json.dumps({"data": fault.patch_config})
            cluster.kubectl("-n", namespace, "patch", "configmap", "settings", "--type=merge", "-p", change)
        with Witness(cluster, namespace, shows(case.shown_by, known_uids(cluster, namespace))) as witness:
            apply(cluster.kubectl, namespace, fault.broken)
            connection = {"kubeconfig": str(cluster.kubeconfig)}
            waiting = Waiting(namespace, folder, connection, wait_timeout=150, observe_for=None)
            beside = Kubectl(cluster, namespace, KUBECTL_SECONDS)
            result = waiting.result(200)
            ended, said = beside.verdict(stop=True)
        shown = max(witness.first or result["timing"]["started"], result["timing"]["started"])
        diagnosis, timing = result.get("diagnosis", {}), result["timing"]

        def since(when: float | None) -> float | None:
            return None if when is None else when - shown

        return Failed(
            case.name,
            diagnosis.get("cause", ""),
            fault.cause,
            since(timing.get("cause_named")),
            since(timing["decided"]) if result["phase"] == "failed" and not result["timed_out"] else None,
            float(diagnosis.get("grace", 0.0)),
            diagnosis.get("category") == "crash",
            case.at_once,
            since(ended),
            said,
        )


def succeed(cluster: Cluster, count: int, folder: Path) -> list[Completed]:
    """Good rollouts of one Deployment, one after the other."""
    found = []
    with prepared(cluster, None) as namespace:
        apply(cluster.kubectl, namespace, serving(replicas=3))
        complete(cluster, namespace)
        for number in range(count):
            generation = int(
                cluster.kubectl("-n", namespace, "get", "deployment", "web", "-o", "jsonpath={.metadata.generation}")
            )

            def renewed(entry: Object, before: int = generation) -> bool:
                return is_complete(entry) and entry["metadata"]["generation"] > before

            with Witness(cluster, namespace, renewed) as witness:
                cluster.kubectl("-n", namespace, "set", "env", "deployment/web", f"ROUND={number}")
                waiting = Waiting(namespace, folder, {"kubeconfig": str(cluster.kubeconfig)})
                beside = Kubectl(cluster, namespace, KUBECTL_SECONDS)
                decided = waiting.result(100)["timing"]["decided"]
                ended, _said = beside.verdict()
            if ended is None or witness.first is None:
                raise TimeoutError("a good rollout did not complete")
            found.append(Completed(decided - ended, decided - witness.first))
    return found


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def tables(failed: Sequence[Failed], completed: Sequence[Completed]) -> list[str]:
    """Lines for people."""
    rows = [("fault", "named as", "named", "verdict", "grace", "late", "kubectl", "kept")]
    rows += [
        (
            one.case,
            one.cause or "-",
            _seconds(one.named),
            _seconds(one.verdict),
            "at once" if one.at_once else "restarts" if one.restarts else f"{one.grace:g}",
            _seconds(one.late),
            f"{one.kubectl_said} {_seconds(one.kubectl)}" if one.kubectl is not None else "silent",
            "yes" if one.kept else "NO",
        )
        for one in failed
    ]
    lines = aligned(rows) if failed else []
    if completed:
        after = [one.after_kubectl for one in completed]
        spread = f"{min(after):+.2f} to {max(after):+.2f} s after kubectl, median {statistics.median(after):+.2f}"
        outside = sum(1 for one in completed if not one.kept)
        lines += ["", f"{len(completed)} good rollouts: complete {spread}; {outside} outside the limits"]
    return lines


def document(failed: Sequence[Failed], completed: Sequence[Completed]) -> Object:
    """Shape: `{benchmark, unit, named_p95, failed: [...], completed: [...], kept}`."""
    named = [one.named for one in failed if one.named is not None]
    return {
        "benchmark": "rollout_status",
        "unit": "seconds after the first API object that shows it",
        "named_p95": round(percentile(named, 0.95), 3) if named else None,
        "failed": [{**_rounded(dataclasses.asdict(one)), "late": _round(one.late), "kept": one.kept} for one in failed],
        "completed": [{**_rounded(dataclasses.asdict(one)), "kept": one.kept} for one in completed],
        "kept": all(one.kept for one in failed) and all(one.kept for one in completed),
    }


def _rounded(fields: Object) -> Object:
    return {key: _round(value) if isinstance(value, float) else value for key, value in fields.items()}


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def run(names: Sequence[str] | None, good: int) -> Object:
    """Measure and print a table; the returned document is what a program reads. `names` None is every case."""
    cases = [case for case in CASES if names is None or case.name in names]
    cluster = Cluster()
    cluster.up(with_=("prometheus",))
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        failed = []
        for case in cases:
            print(case.name, file=sys.stderr, flush=True)
            failed.append(fail(cluster, case, Path(folder)))
        print(f"{good} good rollouts", file=sys.stderr, flush=True)
        completed = succeed(cluster, good, Path(folder)) if good else []
    print("\n" + "\n".join(tables(failed, completed)))
    print(
        "\nSeconds after the first object that shows the fault; `late`: after the verdict was due. kubectl was stopped "
        "where it was still waiting when rollout_status had decided."
    )
    return document(failed, completed)
