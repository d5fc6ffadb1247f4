"""A second cluster that the tests in this folder share: what breaks it breaks nobody else's."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import Cluster
from tests.cluster.daemons import start_time
from tests.cluster.storage import mounts_under

_WEB = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata:
      labels: {app: web}
      annotations: {prometheus.io/scrape: "true"}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - name: web
          image: registry.local/busybox:1
          command: [httpd, -f, -p, "8080", -h, /]
          ports: [{containerPort: 8080}]
          readinessProbe: {httpGet: {path: /etc/passwd, port: 8080}, periodSeconds: 1, timeoutSeconds: 1}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
"""


def _traces(cluster: Cluster) -> dict[str, list[str]]:
    """Return all that the machine shows of a cluster, and what belongs to no cluster in particular."""
    identity = cluster.layout.identity
    groups = [str(path) for path in Path("/sys/fs/cgroup").glob(f"**/*{identity}*") if path.is_dir()]
    links = json.loads(_printed("ip", "-json", "link"))
    return {
        "processes": [str(pid) for pid in _processes_of(cluster)],
        "mounts": mounts_under(cluster.layout.run, cluster.layout.state),
        "namespaces": [path.name for path in Path("/run/netns").glob("*") if identity in path.name],
        "interfaces": sorted(link["ifname"] for link in links if link["ifname"].startswith("rescue")),
        "control groups": groups,
        "sockets": sorted(str(path) for path in Path("/run/containerd/s").glob("*")),
        "network results": [path.name for path in Path("/var/lib/cni/results").glob(f"*{identity}*")],
        "log links": [str(path) for path in Path("/var/log/containers").glob("*.log") if not path.exists()],
        "files": [str(path) for path in (cluster.layout.run, cluster.layout.state) if path.exists()],
    }


def _processes_of(cluster: Cluster) -> list[int]:
    """Return the processes that are in the cluster's control group or name it in their command line."""
    identity, own, found = cluster.layout.identity, str(cluster.layout.state), []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            group, command = (entry / "cgroup").read_text(), (entry / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        # What has ended and only waits for its parent, the machine's first process, to notice is not running.
        if (identity in group or identity in command or f"{own}/" in command) and start_time(int(entry.name)):
            found.append(int(entry.name))
    return found


def _machine() -> dict[str, str]:
    """Return what a cluster must not change for the rest of the machine: firewall, routes, kernel settings."""
    settings = ("vm/overcommit_memory", "vm/panic_on_oom", "net/ipv4/ip_forward")
    return {
        "firewall": "\n".join(line for line in _printed("iptables-save").splitlines() if not line.startswith("#")),
        "default route": _printed("ip", "route", "show", "default"),
        **{name: Path("/proc/sys", name).read_text() for name in settings},
    }


def _printed(*command: str) -> str:
    from tests.cluster.commands import run

    return run(command)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A cluster of this folder's own, and at its end the proof that nothing of it is left.

    Once a worker: all tests here are in the xdist group "second-cluster".
    """
    if os.geteuid() != 0:
        pytest.skip("looks into other processes, which needs root")
    second = Cluster(f"second-{os.getpid()}")
    default_runs = Cluster().status()["up"]
    machine_before, traces_before = _machine(), _traces(second)
    second.up()
    try:
        second.kubectl("apply", "-f", "-", input=_WEB)
        second.kubectl("rollout", "status", "deployment/web", "--timeout=60s")
        during, interface = _traces(second), second.layout.host_interface
        # The comparison below would prove nothing if it did not see a cluster that runs.
        for kind in ("processes", "mounts", "namespaces", "interfaces", "control groups", "files", "sockets"):
            assert set(during[kind]) - set(traces_before[kind]), f"no {kind} of a running cluster seen"
        yield second
    finally:
        second.down()
    after = _traces(second)
    # Other clusters' pods come and go meanwhile; this one's shims are known by the processes that had the sockets.
    for kind in ("sockets", "log links"):
        own = set(during[kind]) - set(traces_before[kind])
        assert not own & set(after[kind]) or default_runs, f"{kind} left"
        traces_before.pop(kind), after.pop(kind)
    # Other clusters come and go too: only this one's interface must be gone.
    assert interface in during["interfaces"]
    assert interface not in after.pop("interfaces"), "its interface is left"
    traces_before.pop("interfaces")
    assert after == traces_before
    if default_runs:
        machine_before.pop("vm/overcommit_memory"), machine_before.pop("vm/panic_on_oom")
    assert machine_before.items() <= _machine().items()
