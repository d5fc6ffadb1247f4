"""A sweep of a large cluster beside `kubectl get`, and a look at one Deployment there beside one in an empty cluster.

The pods are kwok's: they are placed by their template, so the scheduler and kubelets are no part of it. Each sweep and
each look is a process of its own, which runs the module as Ansible would, without Ansible's own start.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.benchmark.report import aligned
from tests.cluster import Cluster

ROOT = Path(__file__).resolve().parents[2]
CLUSTER = "sweep"
NODE = "large"
NAMESPACES = 50
REPLICAS = 5
# Controllers, kwok and the API server share this machine's processors with whoever else uses it.
POPULATE_SECONDS = 1800
LOOKS = 10

WALL_LIMIT, RSS_LIMIT, LOOK_LIMIT = 1.0, 100.0, 1.3

MODULE = """
import json, sys
from ansible.module_utils import basic
from ansible.module_utils.testing import patch_module_args
from ansible_collections.rescue.kubernetes.plugins.module_utils._module.rollout_status import main
with patch_module_args(json.loads(sys.argv[1])):
    main()
"""


@dataclass(frozen=True)
class Cost:
    """What one process took: seconds by the clock, of its own computing, and its largest resident size in MB."""

    what: str
    wall: float
    cpu: float
    rss: float


def cost_of(what: str, command: Sequence[str | Path], environment: dict[str, str]) -> tuple[Cost, str]:
    """Run a command. Returns what it took and what it printed; raises RuntimeError when it fails."""
    began = time.monotonic()
    with subprocess.Popen(
        [str(word) for word in command], env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        printed = process.stdout.read()
        _pid, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - began
    if process.returncode != 0:
        raise RuntimeError(f"{what} failed: {printed[-500:]}")
    return Cost(what, wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024), printed


def workload(name: str, *, runs: bool) -> dict[str, Any]:
    """A Deployment as people write them; one that does not run asks for a node that is not there."""
    container = {
        "name": "app",
        "image": f"registry.local/{name}:v1",
        "ports": [{"containerPort": 8080, "name": "http"}],
        "env": [{"name": f"SETTING_{number}", "value": f"value of setting {number}"} for number in range(8)],
        "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"memory": "64Mi"}},
        "readinessProbe": {"httpGet": {"path": "/ready", "port": "http"}},
        "livenessProbe": {"httpGet": {"path": "/health", "port": "http"}},
    }
    placed: dict[str, Any] = {"nodeName": NODE} if runs else {"nodeSelector": {"disk": "none-has-this"}}
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "replicas": REPLICAS,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container], **placed}},
        },
    }


def populate(cluster: Cluster, deployments: int, failing: int) -> None:
    """Make the Deployments and wait until all that can be complete are. Raises TimeoutError."""
    items = [workload(f"app-{number:04}", runs=number >= failing) for number in range(deployments)]
    for place in range(NAMESPACES):
        namespace = f"team-{place:02}"
        cluster.kubectl("create", "namespace", namespace)
        bundle = {"apiVersion": "v1", "kind": "List", "items": items[place::NAMESPACES]}
        cluster.kubectl("-n", namespace, "create", "-f", "-", input=json.dumps(bundle), timeout=600)
        say(f"{namespace}: {len(bundle['items'])} Deployments made")
    ends_at = time.monotonic() + POPULATE_SECONDS
    available = "jsonpath={range .items[*]}{.status.availableReplicas}{'\\n'}{end}"
    while True:
        lines = cluster.kubectl("get", "deployments", "-A", "-o", available, timeout=300).splitlines()
        ready = sum(int(line or 0) for line in lines)
        say(f"{ready} of {(deployments - failing) * REPLICAS} pods available")
        if ready >= (deployments - failing) * REPLICAS:
            return
        if time.monotonic() > ends_at:
            raise TimeoutError(f"only {ready} pods became available within {POPULATE_SECONDS} s")
        time.sleep(10)


def module(cluster: Cluster, what: str, **options: Any) -> tuple[Cost, dict[str, Any]]:
    """Run rollout_status in a process of its own. Returns what it took and its result."""
    arguments = json.dumps({"kubeconfig": str(cluster.kubeconfig), **options})
    environment = {"PYTHONPATH": str(ROOT / ".collections")}
    cost, printed = cost_of(what, [sys.executable, "-c", MODULE, arguments], environment)
    return cost, json.loads(printed)


def kubectl_get(cluster: Cluster) -> Cost:
    """What reading the same with kubectl takes; nobody parses its output."""
    command = ("get", "deploy,rs,pods", "-A", "-o", "json")
    shell = ["sh", "-c", '"$@" > /dev/null', "sh", str(cluster.programs / "kubectl"), *command]
    return cost_of("kubectl get deploy,rs,pods -A -o json", shell, {"KUBECONFIG": str(cluster.kubeconfig)})[0]


def run(deployments: int, failing: int, repeat: int, *, keep: bool) -> dict[str, Any]:
    """Measure, print a table and the figures that have a limit; the returned document is what a program reads."""
    cluster = Cluster(CLUSTER)
    began = time.time()
    try:
        cluster.up(with_=("kwok",))
        cluster.add_fake_node(NODE, kwok=True, capacity={"pods": "20000", "cpu": "4000", "memory": "4000Gi"})
        cluster.kubectl("create", "-f", "-", input=json.dumps(workload("alone", runs=True)))
        cluster.kubectl("rollout", "status", "deployment/alone", "--timeout=60s")
        costs = [module(cluster, "look, empty cluster", name="alone")[0] for _time in range(LOOKS)]
        populate(cluster, deployments, failing)
        found: dict[str, Any] = {}
        for number in range(repeat):
            say(f"measuring, {number + 1} of {repeat}")
            costs.append(kubectl_get(cluster))
            swept, found = module(cluster, "sweep", all_namespaces=True)
            costs.append(swept)
            costs.append(module(cluster, "sweep, every row", all_namespaces=True, only="all")[0])
        one = {"name": f"app-{deployments - 1:04}", "namespace": f"team-{(deployments - 1) % NAMESPACES:02}"}
        costs += [module(cluster, "look, large cluster", **one)[0] for _time in range(LOOKS)]
    finally:
        if not keep:
            cluster.down()
    say(found["message"])
    for lines in (table(costs), verdicts(costs)):
        print("\n" + "\n".join(lines))
    about = {
        "started": round(began), "repeat": repeat, "cpus": os.cpu_count(), "load_average": os.getloadavg()[0],
        "deployments": deployments, "failing": failing, "pods": deployments * REPLICAS,
        "calls": found["calls"], "classified": found["classified"], "counts": found["counts"],
    }  # fmt: skip
    return document(costs, about)


def middle(costs: Sequence[Cost], what: str, of: Callable[[Cost], float]) -> float:
    """The median of one figure."""
    return statistics.median(of(cost) for cost in costs if cost.what == what)


def figures(costs: Sequence[Cost]) -> dict[str, float]:
    """The figures that have a limit: ratios of medians, and the largest resident size of any sweep in MB."""
    wall = {what: middle(costs, what, lambda cost: cost.wall) for what in {cost.what for cost in costs}}
    return {
        "sweep_to_kubectl": wall["sweep"] / wall["kubectl get deploy,rs,pods -A -o json"],
        "sweep_rss": max(cost.rss for cost in costs if cost.what.startswith("sweep")),
        "look_large_to_empty": wall["look, large cluster"] / wall["look, empty cluster"],
    }


def table(costs: Sequence[Cost]) -> list[str]:
    """Lines: medians of each, in the order of their first appearance."""
    rows: list[tuple[str, ...]] = [("what", "times", "wall s", "CPU s", "RSS MB")]
    for what in dict.fromkeys(cost.what for cost in costs):
        same = [cost for cost in costs if cost.what == what]
        medians = (middle(same, what, lambda cost: cost.wall), middle(same, what, lambda cost: cost.cpu))
        rss = max(cost.rss for cost in same)
        rows.append((what, str(len(same)), *(f"{value:.2f}" for value in medians), f"{rss:.0f}"))
    return aligned(rows)


def verdicts(costs: Sequence[Cost]) -> list[str]:
    """Lines: each figure beside its limit."""
    found = figures(costs)
    limits = {"sweep_to_kubectl": WALL_LIMIT, "sweep_rss": RSS_LIMIT, "look_large_to_empty": LOOK_LIMIT}
    rows = [("figure", "measured", "limit", "")]
    for name, limit in limits.items():
        rows.append((name, f"{found[name]:.2f}", f"{limit:.2f}", "kept" if found[name] <= limit else "MISSED"))
    return aligned(rows)


def document(costs: Sequence[Cost], about: dict[str, Any]) -> dict[str, Any]:
    """Shape: `{...about, figures, measurements: [{what, wall, cpu, rss}]}`."""
    rounded = [
        {key: round(value, 3) if isinstance(value, float) else value for key, value in asdict(cost).items()}
        for cost in costs
    ]
    figures_rounded = {name: round(value, 3) for name, value in figures(costs).items()}
    return {**about, "figures": figures_rounded, "measurements": rounded}


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
