"""One cluster: what tests, benchmark and demo call."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from . import (
    audit,
    build,
    configuration,
    faults,
    monitoring,
    network,
    packages,
    registry,
    startup,
)
from .commands import run
from .components import COMPONENTS
from .daemons import Daemon
from .images import ImageStore
from .layout import Layout, lock, state_home
from .output import ClusterError, say
from .privilege import CHECKOUT, as_root, is_root
from .teardown import take_down

EXTRAS = ("prometheus", "kube-state-metrics", "alertmanager", "kwok")
DEFAULT_EXTRAS = ("prometheus",)


class Cluster:
    """The cluster called `name`. Making the object does nothing; `up` is safe to call at any time.

    Methods that change the machine run as root: called by somebody else, they go through sudo. All of them raise
    ClusterError, whose text says in a sentence what went wrong.
    """

    def __init__(self, name: str = "default", home: Path | None = None) -> None:
        self.layout = Layout(name, home or state_home())
        self.name = name

    # What there is.

    @property
    def kubeconfig(self) -> Path:
        return self.layout.kubeconfig

    @property
    def network_namespace(self) -> str:
        return self.layout.network_namespace

    @property
    def node_ip(self) -> str:
        return self.layout.node_address

    @property
    def registry_url(self) -> str:
        return registry.url(self.layout)

    @property
    def prometheus_url(self) -> str:
        return monitoring.prometheus_url(self.layout)

    @property
    def alertmanager_url(self) -> str:
        return monitoring.alertmanager_url(self.layout)

    @property
    def audit_log(self) -> Path:
        return self.layout.audit_log

    @property
    def programs(self) -> Path:
        """The folder of the programs that the cluster was made from, kubectl among them."""
        return self.layout.home / "binaries" / str(self.layout.facts().get("programs") or build.key())

    @property
    def extras(self) -> tuple[str, ...]:
        return tuple(self.layout.facts().get("extras", ()))

    def daemon(self, component: str) -> Daemon:
        known = [*COMPONENTS, *monitoring.COMPONENTS, faults.HEARTBEAT]
        if component not in known:
            raise ClusterError(f"{component!r} is no component; there are {', '.join(known)}")
        return Daemon(self.layout, component)

    def status(self) -> dict[str, Any]:
        """Return `name`, `up`, `kubeconfig`, addresses, and for each component its pid or null."""
        facts = self.layout.facts()
        if "slot" not in facts:
            return {"name": self.name, "up": False}
        extras = [name for extra in self.extras for name in monitoring.components_of(extra)]
        components = {name: Daemon(self.layout, name).pid for name in [*COMPONENTS, *extras]}
        return {
            "name": self.name,
            "up": network.exists(self.layout) and all(components[name] for name in COMPONENTS),
            "kubeconfig": str(self.kubeconfig),
            "network_namespace": self.network_namespace,
            "node_ip": self.node_ip,
            "registry": self.registry_url,
            "prometheus": self.prometheus_url if "prometheus" in self.extras else None,
            "audit_log": str(self.audit_log),
            "logs": str(self.layout.logs),
            "components": components,
        }

    # Up and down.

    def up(self, with_: Iterable[str] = DEFAULT_EXTRAS) -> None:
        """Have the cluster running, with these extras beside those it has: see EXTRAS."""
        wanted = tuple(dict.fromkeys(with_))
        for extra in wanted:
            if extra not in EXTRAS:
                raise ClusterError(f"{extra!r} is nothing that a cluster can have; there are {', '.join(EXTRAS)}")
        if self._delegated("up", *(word for extra in wanted for word in ("--with", extra))) is not None:
            return
        with self._locked():
            programs = self._prepare(wanted)
            made_of = self.layout.facts().get("made_of")
            if made_of not in (None, startup.present()):
                say(f"cluster {self.name!r} was made from other sources: making it anew")
            if made_of != startup.present() or not network.exists(self.layout):
                take_down(self.layout)
                startup.create(self.layout, programs)
            extras = tuple(dict.fromkeys((*self.extras, *wanted)))
            startup.start(self.layout, programs)
            for extra in extras:
                monitoring.start(self.layout, extra)
            self.layout.write_facts(extras=extras)

    def down(self) -> None:
        """End the cluster and remove all of it; the built programs and images stay for the next one."""
        if self._delegated("down") is None:
            with self._locked():
                take_down(self.layout)
                shutil.rmtree(self.layout.state, ignore_errors=True)

    def prepare(self, extras: tuple[str, ...] = DEFAULT_EXTRAS) -> None:
        """Build and install what the cluster needs, and start nothing."""
        if self._delegated("build") is None:
            self._prepare(extras)

    def _prepare(self, extras: tuple[str, ...]) -> Path:
        """Install packages and build programs, both at a time: the one waits for the disk, the other computes."""
        failures: list[ClusterError] = []

        def install() -> None:
            try:
                packages.ensure(self.layout.home, extras)
            except ClusterError as error:
                failures.append(error)

        beside = threading.Thread(target=install, daemon=True)
        beside.start()
        programs = build.ensure(self.layout.home)
        for extra in extras:
            if extra in build.MODULES:
                build.ensure(self.layout.home, extra)
        beside.join()
        if failures:
            raise failures[0]
        return programs

    # Talking to it.

    def kubectl(self, *arguments: str, input: str | None = None, timeout: float = 120) -> str:
        """Return what `kubectl arguments` printed."""
        program = self.programs / "kubectl"
        environment = {**os.environ, "KUBECONFIG": str(self.kubeconfig)}
        return run([program, *arguments], text_in=input, environment=environment, timeout=timeout)

    def run(self, *command: str, timeout: float = 120, input: str | None = None) -> str:
        """Return what `command` printed, run where the cluster's own addresses can be reached."""
        if is_root():
            return run(network.inside(self.layout, *command), timeout=timeout, text_in=input)
        prefix = as_root(["--name", self.name, "run", "--"], self.layout.home)
        return run([*prefix, *command], timeout=timeout, text_in=input)

    def audit_position(self) -> int:
        """Return a mark: `audit_events(since=mark)` gives what was asked of the API server after it."""
        return audit.position(self.layout, self._audit_marker)

    def audit_events(self, since: int = 0, until: int | None = None) -> list[dict[str, Any]]:
        """Return the audit log's events after the mark `since`, oldest first, all that have been answered by now."""
        return audit.events(self.layout, self._audit_marker, since, until)

    def _audit_marker(self, marker: str) -> None:
        self.kubectl("get", "--raw", f"/version?{audit.MARKER}={marker}")

    # Images.

    def build_image(
        self, directory: Path | str, *references: str, arguments: dict[str, str] | None = None, file: Path | None = None
    ) -> str:
        """Build the Dockerfile in `directory` and push it under each of `references`; return its name in the store.

        Nothing is built or pushed twice. arguments: build arguments. file: another Dockerfile for the directory.
        """
        directory = Path(directory).resolve()
        words = [word for key, value in (arguments or {}).items() for word in ("--build-arg", f"{key}={value}")]
        words += ["--file", str(file)] if file else []
        printed = self._delegated("images", "build", *words, str(directory), *references)
        if printed is not None:
            return printed.strip()
        store = ImageStore(self.layout.home)
        image = store.build(directory, arguments, file)
        store.push(self.layout, image, *references)
        return image

    def push_image(self, image: str, *references: str) -> None:
        """Push an `image` that `build_image` returned under more names."""
        if self._delegated("registry", "push", image, *references) is None:
            ImageStore(self.layout.home).push(self.layout, image, *references)

    def registry_tags(self, repository: str) -> list[str]:
        return registry.tags(self.layout, repository)

    def delete_tag(self, reference: str) -> None:
        if self._delegated("registry", "delete", reference) is None:
            registry.delete_tag(self.layout, reference)

    def serve_registry(self, name: str) -> None:
        """Let images whose names begin with registry `name` be pulled from the cluster's registry."""
        if self._delegated("registry", "serve", name) is None:
            configuration.serve_registry(self.layout, name)

    # Faults.

    def pause(self, component: str) -> None:
        """Stop a component as it stands: it answers nobody, and its connections stay open."""
        if self._delegated("pause", component) is None:
            self.daemon(component).signal(signal.SIGSTOP)

    def resume(self, component: str) -> None:
        if self._delegated("resume", component) is None:
            self.daemon(component).signal(signal.SIGCONT)

    def restart(self, component: str) -> None:
        """End a component and start it again; returns when it is ready."""
        if self._delegated("restart", component) is None:
            self.stop(component)
            self.start(component)

    def stop(self, component: str) -> None:
        if self._delegated("stop", component) is None:
            self.daemon(component).stop()

    def start(self, component: str) -> None:
        """Start a component that was stopped; returns when it is ready."""
        if self._delegated("start", component) is None:
            self.daemon(component)
            if component in COMPONENTS:
                startup.start_component(self.layout, component, self.programs)
                startup.wait_for(self.layout, component)
            elif component in monitoring.COMPONENTS:
                monitoring.start_component(self.layout, component)
            else:
                faults.start_heartbeat(self.layout)

    def cut_pod(self, namespace: str, pod: str) -> None:
        """Drop every packet from and to a pod, the kubelet's probes among them."""
        if self._delegated("cut-pod", f"{namespace}/{pod}") is None:
            faults.cut_pod(self.layout, namespace, pod)

    def restore_pod(self, namespace: str, pod: str) -> None:
        if self._delegated("restore-pod", f"{namespace}/{pod}") is None:
            faults.restore_pod(self.layout, namespace, pod)

    def add_fake_node(
        self,
        name: str,
        labels: dict[str, str] | None = None,
        taints: Iterable[str] = (),
        capacity: dict[str, str] | None = None,
        kwok: bool = False,
    ) -> None:
        """Add a node that no machine stands behind, kept Ready: see `faults.fake_node` for the arguments."""
        node = faults.fake_node(name, labels or {}, tuple(taints), capacity or {}, kwok)
        words = [word for key, value in (labels or {}).items() for word in ("--label", f"{key}={value}")]
        words += [word for taint in taints for word in ("--taint", taint)]
        words += [word for key, value in (capacity or {}).items() for word in ("--capacity", f"{key}={value}")]
        words += ["--kwok"] if kwok else []
        if self._delegated("fake-node", "add", name, *words) is None:
            faults.add_fake_node(self.layout, node)

    def remove_fake_node(self, name: str) -> None:
        if self._delegated("fake-node", "remove", name) is None:
            faults.remove_fake_node(self.layout, name)

    def prometheus_up(self) -> None:
        self.up(with_=("prometheus",))

    def prometheus_down(self) -> None:
        """Stop Prometheus; what it has recorded stays for when it comes back."""
        if self._delegated("prometheus", "down") is None:
            for component in monitoring.components_of("prometheus"):
                Daemon(self.layout, component).stop()
            self.layout.write_facts(extras=[extra for extra in self.extras if extra != "prometheus"])

    # Root.

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with lock(self.layout.home / "locks" / f"{self.name}.lock", f"cluster {self.name!r}"):
            yield

    def _delegated(self, *arguments: str) -> str | None:
        """Run the command by that name as root, if we are not; None means that the work is ours to do."""
        if is_root():
            return None
        done = subprocess.run(
            as_root(["--name", self.name, *arguments], self.layout.home),
            cwd=CHECKOUT, stdout=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            raise ClusterError(f"`tests.cluster {' '.join(arguments)}` failed: its message stands above")
        return done.stdout

    @staticmethod
    def all(home: Path | None = None) -> list[Cluster]:
        """Return every cluster that the state folder knows."""
        folder = (home or state_home()) / "clusters"
        return [Cluster(path.name, home) for path in sorted(folder.glob("*")) if path.is_dir()]


def describe(status: dict[str, Any]) -> str:
    """Return a status for people to read."""
    if "components" not in status:
        return f"cluster {status['name']!r}: there is none"
    lines = [f"cluster {status['name']!r}: {'up' if status['up'] else 'not up'}"]
    keys = ("kubeconfig", "network_namespace", "node_ip", "registry", "prometheus", "audit_log", "logs")
    lines += [f"  {key.replace('_', ' ')}: {status[key]}" for key in keys if status[key]]
    components = status["components"].items()
    lines += [f"  {name}: {f'running, pid {pid}' if pid else 'not running'}" for name, pid in components]
    return "\n".join(lines)
