"""Making a cluster and starting its parts, each when what it needs is ready."""

from __future__ import annotations

from pathlib import Path

from . import build, certificates, configuration, groups, network
from .api import Api, ApiError
from .commands import run
from .components import COMPONENTS
from .daemons import Daemon
from .images import ImageStore
from .layout import NODE_NAME, Layout
from .output import step
from .versions import CLUSTER_SHAPE

_DNS = Path(__file__).parent / "manifests" / "dns.yaml"


def present() -> str:
    """Return a name for what a cluster would be made of now."""
    return f"{CLUSTER_SHAPE}-{build.key()}"


def create(layout: Layout, programs: Path) -> None:
    """Make all that the components need; `made_of` is noted last, so that a half-made cluster is not taken for one."""
    with network.free_slot() as slot:
        layout.write_facts(slot=slot, extras=[], programs=programs.name)
        layout.run.mkdir(parents=True, exist_ok=True)
        network.create(layout)
    groups.create(layout)
    certificates.create(layout)
    configuration.write(layout)
    layout.write_facts(made_of=present())


def start(layout: Layout, programs: Path) -> None:
    """Start what is not running; when all of it is, that is known within a few milliseconds."""
    if all(Daemon(layout, name).pid for name in COMPONENTS) and Api(layout).ready():
        return
    with step(f"starting cluster {layout.name!r}"):
        started = [name for name in COMPONENTS if Daemon(layout, name).pid is None]
        for name in ("registry", "containerd", "etcd", "apiserver"):
            start_component(layout, name, programs)
        wait_for(layout, "registry")
        ImageStore(layout.home).ensure_base_images(layout, programs)
        for name in COMPONENTS:
            start_component(layout, name, programs)
            wait_for(layout, name)
        if started:
            _wait_for_node(layout)
            run([programs / "kubectl", "--kubeconfig", layout.kubeconfig, "apply", "-f", _DNS])
            _wait_for_dns(layout)
        for name in COMPONENTS:
            Daemon(layout, name).check()


def start_component(layout: Layout, name: str, programs: Path) -> None:
    daemon = Daemon(layout, name)
    if daemon.pid is None:
        daemon.start(COMPONENTS[name].command(layout, programs), {"GOGC": "200"})


def wait_for(layout: Layout, name: str) -> None:
    component, daemon = COMPONENTS[name], Daemon(layout, name)

    def ready() -> bool:
        if name == "apiserver":
            Daemon(layout, "etcd").check()  # without it the API server only says that it cannot connect
        return component.ready is None or component.ready(layout)

    daemon.check()
    daemon.wait(ready, component.timeout)


def _wait_for_node(layout: Layout) -> None:
    api = Api(layout)

    def ready() -> bool:
        try:
            node = api.request("GET", f"/api/v1/nodes/{NODE_NAME}")
            api.request("GET", "/api/v1/namespaces/default/serviceaccounts/default")
        except ApiError:
            return False
        return any(entry["type"] == "Ready" and entry["status"] == "True" for entry in node["status"]["conditions"])

    Daemon(layout, "kubelet").wait(ready, 120)


def _wait_for_dns(layout: Layout) -> None:
    api = Api(layout)

    def ready() -> bool:
        try:
            found = api.request("GET", "/apis/apps/v1/namespaces/kube-system/deployments/coredns")
        except ApiError:
            return False
        return bool(found["status"].get("availableReplicas"))

    Daemon(layout, "kubelet").wait(ready, 120)
