"""How each part of the cluster is started, and how one sees that it is ready."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import registry
from .api import Api
from .layout import NODE_NAME, POD_RANGE, SERVICE_RANGE, Layout


@dataclass(frozen=True)
class Component:
    """One process of the cluster.

    command: its command line, from the layout and the folder of the built programs.
    ready: says whether it does its work; None where its process running is all that can be asked from outside.
    """

    command: Callable[[Layout, Path], list[str]]
    ready: Callable[[Layout], bool] | None = None
    timeout: float = 60.0


def _etcd(layout: Layout, programs: Path) -> list[str]:
    return [
        f"{programs}/etcd", "--data-dir", f"{layout.state}/etcd", "--log-level", "warn",
        "--listen-client-urls", "http://127.0.0.1:2379", "--advertise-client-urls", "http://127.0.0.1:2379",
        "--listen-peer-urls", "http://127.0.0.1:2380", "--unsafe-no-fsync",
    ]  # fmt: skip


def _apiserver(layout: Layout, programs: Path) -> list[str]:
    certificates = layout.certificates
    layout.audit_log.parent.mkdir(parents=True, exist_ok=True)
    layout.audit_log.touch(mode=0o644)
    return [
        f"{programs}/kube-apiserver", "--etcd-servers", "http://127.0.0.1:2379", "--bind-address", "0.0.0.0",
        "--advertise-address", layout.node_address, "--secure-port", "6443",
        "--tls-cert-file", f"{certificates}/apiserver.crt", "--tls-private-key-file", f"{certificates}/apiserver.key",
        "--client-ca-file", f"{certificates}/ca.crt",
        "--kubelet-client-certificate", f"{certificates}/apiserver-kubelet.crt",
        "--kubelet-client-key", f"{certificates}/apiserver-kubelet.key",
        "--kubelet-certificate-authority", f"{certificates}/ca.crt", "--kubelet-preferred-address-types", "InternalIP",
        "--service-account-key-file", f"{certificates}/service-account.pub",
        "--service-account-signing-key-file", f"{certificates}/service-account.key",
        "--service-account-issuer", "https://kubernetes.default.svc",
        "--service-cluster-ip-range", SERVICE_RANGE, "--authorization-mode", "Node,RBAC", "--allow-privileged",
        "--audit-policy-file", f"{layout.configuration}/audit.json", "--audit-log-path", str(layout.audit_log),
        "--audit-log-maxsize", "500", "--audit-log-maxbackup", "1", "--event-ttl", "3h", "--profiling=false",
    ]  # fmt: skip


def _with_kubeconfig(layout: Layout, name: str) -> list[str]:
    path = f"{layout.configuration}/{name}.kubeconfig"
    return [
        "--kubeconfig", path, "--authentication-kubeconfig", path, "--authorization-kubeconfig", path,
        "--leader-elect=false", "--bind-address", "127.0.0.1", "--kube-api-qps", "200", "--kube-api-burst", "300",
        "--profiling=false",
    ]  # fmt: skip


def _controller_manager(layout: Layout, programs: Path) -> list[str]:
    return [
        f"{programs}/kube-controller-manager", *_with_kubeconfig(layout, "controller-manager"),
        "--service-account-private-key-file", f"{layout.certificates}/service-account.key",
        "--root-ca-file", f"{layout.certificates}/ca.crt", "--cluster-cidr", POD_RANGE,
        "--use-service-account-credentials", "--concurrent-deployment-syncs", "10",
        "--concurrent-replicaset-syncs", "10", "--concurrent-namespace-syncs", "20",
    ]  # fmt: skip


def _scheduler(layout: Layout, programs: Path) -> list[str]:
    return [f"{programs}/kube-scheduler", *_with_kubeconfig(layout, "scheduler")]


def _kubelet(layout: Layout, programs: Path) -> list[str]:
    return [
        f"{programs}/kubelet", "--config", f"{layout.configuration}/kubelet.json",
        "--kubeconfig", f"{layout.configuration}/kubelet.kubeconfig", "--hostname-override", NODE_NAME,
        "--node-ip", layout.node_address, "--root-dir", f"{layout.state}/kubelet",
        "--cert-dir", f"{layout.state}/kubelet-certificates",
    ]  # fmt: skip


def _proxy(layout: Layout, programs: Path) -> list[str]:
    return [
        f"{programs}/kube-proxy", "--config", f"{layout.configuration}/kube-proxy.json",
        "--hostname-override", NODE_NAME,
    ]  # fmt: skip


def _containerd_answers(layout: Layout) -> bool:
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(str(layout.containerd_socket))
        except OSError:
            return False
    return True


# In the order in which they start. The kubelet loses the race against containerd's socket under load: it waits.
COMPONENTS: dict[str, Component] = {
    "registry": Component(
        lambda layout, _programs: ["docker-registry", "serve", f"{layout.configuration}/registry.yml"],
        registry.answers,
    ),
    "containerd": Component(
        lambda layout, _programs: ["containerd", "--config", f"{layout.configuration}/containerd.toml"],
        _containerd_answers,
    ),
    "etcd": Component(_etcd),
    "apiserver": Component(_apiserver, lambda layout: Api(layout).ready(), timeout=120.0),
    "controller-manager": Component(_controller_manager),
    "scheduler": Component(_scheduler),
    "kubelet": Component(_kubelet),
    "proxy": Component(_proxy),
}
