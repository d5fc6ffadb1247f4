"""Prometheus, Alertmanager, kube-state-metrics and kwok beside the cluster, in its network namespace."""

from __future__ import annotations

import json
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import build
from .components import Component
from .daemons import Daemon
from .layout import NODE_NAME, Layout
from .output import say
from .privilege import CHECKOUT

_PROMETHEUS_PORT, _ALERTMANAGER_PORT, _STATE_METRICS_PORT = 9090, 9093, 8085


def prometheus_url(layout: Layout) -> str:
    return f"http://{layout.node_address}:{_PROMETHEUS_PORT}"


def alertmanager_url(layout: Layout) -> str:
    return f"http://{layout.node_address}:{_ALERTMANAGER_PORT}"


def components_of(extra: str) -> tuple[str, ...]:
    return ("prometheus", "discovery") if extra == "prometheus" else (extra,)


def start(layout: Layout, extra: str) -> None:
    for name in components_of(extra):
        start_component(layout, name)


def start_component(layout: Layout, name: str) -> None:
    daemon, component = Daemon(layout, name), COMPONENTS[name]
    if daemon.pid is not None:
        return
    programs = build.ensure(layout.home, name if name in build.MODULES else ".")
    say(f"starting {name}")
    environment = {"PYTHONPATH": str(CHECKOUT), "RESCUE_KUBERNETES_HOME": str(layout.home)}
    daemon.start(component.command(layout, programs), environment)
    if component.ready is not None:
        daemon.wait(lambda: component.ready is None or component.ready(layout), component.timeout)


def targets_file(layout: Layout) -> Path:
    return layout.state / "prometheus" / "pods.json"


def _prometheus(layout: Layout, _programs: Path) -> list[str]:
    folder = layout.state / "prometheus"
    folder.mkdir(parents=True, exist_ok=True)
    if not targets_file(layout).exists():
        targets_file(layout).write_text("[]")
    (folder / "prometheus.yml").write_text(json.dumps(_prometheus_configuration(layout), indent=2))
    return [
        "prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
        f"--web.listen-address=:{_PROMETHEUS_PORT}", "--storage.tsdb.retention.time=1d", "--log.level=warn",
        "--web.enable-lifecycle",
    ]  # fmt: skip


def _prometheus_configuration(layout: Layout) -> dict[str, Any]:
    """Every second for pods, as a recovery takes seconds; less often for what costs the API server or kubelet work."""
    certificates = layout.certificates
    secured = {
        "scheme": "https",
        "tls_config": {
            "ca_file": str(certificates / "ca.crt"),
            "cert_file": str(certificates / "monitoring.crt"),
            "key_file": str(certificates / "monitoring.key"),
        },
    }
    node = layout.node_address

    def static(port: int, **labels: str) -> list[dict[str, Any]]:
        return [{"targets": [f"{node}:{port}"], "labels": labels}]

    return {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(layout.state / "prometheus" / "rules" / "*.json")],
        "alerting": {
            "alertmanagers": [{"static_configs": [{"targets": [f"{node}:{_ALERTMANAGER_PORT}"]}]}]
        },
        "scrape_configs": [
            {"job_name": "pods", "file_sd_configs": [{"files": [str(targets_file(layout))]}]},
            {
                "job_name": "kube-state-metrics",
                "honor_labels": True,
                "file_sd_configs": [{"files": [str(layout.state / "prometheus" / "kube-state-metrics.json")]}],
            },
            {
                "job_name": "apiserver",
                "scrape_interval": "15s",
                "scrape_timeout": "10s",
                "static_configs": static(6443),
                **secured,
            },
            {
                "job_name": "cadvisor",
                "scrape_interval": "5s",
                "scrape_timeout": "5s",
                "metrics_path": "/metrics/cadvisor",
                "static_configs": static(10250, node=NODE_NAME),
                **secured,
            },
        ],
    }  # fmt: skip


def _alertmanager(layout: Layout, _programs: Path) -> list[str]:
    folder = layout.state / "alertmanager"
    folder.mkdir(parents=True, exist_ok=True)
    configuration = folder / "alertmanager.yml"
    if not configuration.exists():
        configuration.write_text("route: {receiver: nobody, group_wait: 0s}\nreceivers: [{name: nobody}]\n")
    return [
        "prometheus-alertmanager", f"--config.file={configuration}", f"--storage.path={folder}/data",
        f"--web.listen-address=:{_ALERTMANAGER_PORT}", "--cluster.listen-address=", "--log.level=warn",
    ]  # fmt: skip


def _discovery(layout: Layout, _programs: Path) -> list[str]:
    return [sys.executable, "-m", "tests.cluster.discovery", layout.name]


def _state_metrics(layout: Layout, programs: Path) -> list[str]:
    folder = layout.state / "prometheus"
    folder.mkdir(parents=True, exist_ok=True)
    target = [{"targets": [f"{layout.node_address}:{_STATE_METRICS_PORT}"]}]
    (folder / "kube-state-metrics.json").write_text(json.dumps(target))
    resources = (
        "configmaps,daemonsets,deployments,endpoints,horizontalpodautoscalers,jobs,namespaces,nodes,"
        "poddisruptionbudgets,pods,replicasets,resourcequotas,services,statefulsets"
    )
    return [
        f"{programs}/kube-state-metrics", f"--kubeconfig={layout.configuration}/monitoring.kubeconfig",
        f"--port={_STATE_METRICS_PORT}", "--telemetry-port=8086", f"--resources={resources}",
    ]  # fmt: skip


def _kwok(layout: Layout, programs: Path) -> list[str]:
    return [
        f"{programs}/kwok", f"--kubeconfig={layout.configuration}/monitoring.kubeconfig",
        "--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake", "--node-lease-duration-seconds=40",
        "--cidr=10.243.0.1/16", "--node-ip=10.199.255.254",
    ]  # fmt: skip


def _answers(url: Callable[[Layout], str]) -> Callable[[Layout], bool]:
    def ready(layout: Layout) -> bool:
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url(layout), timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    return ready


COMPONENTS: dict[str, Component] = {
    "prometheus": Component(_prometheus, _answers(lambda layout: f"{prometheus_url(layout)}/-/ready")),
    "discovery": Component(_discovery),
    "alertmanager": Component(_alertmanager, _answers(lambda layout: f"{alertmanager_url(layout)}/-/ready")),
    "kube-state-metrics": Component(
        _state_metrics, _answers(lambda layout: f"http://{layout.node_address}:{_STATE_METRICS_PORT}/healthz")
    ),
    "kwok": Component(_kwok),
}
