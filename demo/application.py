"""The demo application for whoever needs it in a namespace of their own: images, manifests, faults.

Nothing here is tied to one namespace or to the demo's own run: integration tests and benchmarks deploy the same
application beside each other. Everything on the cluster goes through a `kubectl` callable, such as `Cluster.kubectl`.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

HERE = Path(__file__).resolve().parent
DEPLOYMENT = "api-server"
CONFIG_MAP = "api-server-config"
SERVICE = "api-server-service"
SERVICE_PORT = 8080
REPOSITORY = "myregistry.io/api-server"
DATABASE_IMAGE = "myregistry.io/database:v1"
LOAD_IMAGE = "myregistry.io/load-generator:v1"
GOOD_TAG = "v2.0.0"
MISSING_TAG = "v2.0.1"  # never pushed
RELEASES = {
    GOOD_TAG: "good",
    "v2.0.2": "good",
    "v2.1.0": "good",
    "v2.2.0": "does not start: needs a package that nobody installed",
    "v2.3.0": "answers 500 to 30 % of requests",
    "v2.4.0": "takes 0.6 to 1 s to answer",
}


class Kubectl(Protocol):
    """Runs kubectl with these arguments and returns what it printed; raises when it fails."""

    def __call__(self, *arguments: str, input: str | None = None) -> str: ...


class ImageBuilder(Protocol):
    """What can build a folder with a Dockerfile and push it under these references."""

    def build_image(self, directory: Path, *references: str) -> object: ...


def build_images(cluster: ImageBuilder) -> None:
    """Build and push every image of the demo; what is already there is left to `cluster` to skip."""
    for tag in RELEASES:
        with release_source(tag) as directory:
            cluster.build_image(directory, f"{REPOSITORY}:{tag}")
    cluster.build_image(HERE / "database", DATABASE_IMAGE)
    cluster.build_image(HERE / "load-generator", LOAD_IMAGE)


@contextlib.contextmanager
def release_source(tag: str) -> Iterator[Path]:
    """A folder with the source of one release: the common files, and over them what this release changed."""
    source = HERE / "api-server"
    with tempfile.TemporaryDirectory(prefix="api-server-") as folder:
        directory = Path(folder)
        for path in source.iterdir():
            if path.is_file():
                shutil.copy(path, directory)
        changed = source / "releases" / tag
        if changed.is_dir():
            shutil.copytree(changed, directory, dirs_exist_ok=True)
        package = json.loads((source / "package.json").read_text())
        package["version"] = tag.removeprefix("v")
        (directory / "package.json").write_text(json.dumps(package, indent=2) + "\n")
        yield directory


def database_host(namespace: str) -> str:
    return f"database.{namespace}.svc.cluster.local"


def database_manifests(namespace: str) -> str:
    """YAML of the database's Deployment and Service in `namespace`."""
    return _in_namespace("database.yaml", namespace)


def manifests(namespace: str, *, tag: str = GOOD_TAG, replicas: int = 3) -> str:
    """YAML of the api-server's ConfigMap, Deployment and Service in `namespace`."""
    text = _in_namespace("api-server.yaml", namespace)
    text = _replaced(text, f"image: {REPOSITORY}:{GOOD_TAG}", f"image: {REPOSITORY}:{tag}")
    return _replaced(text, "replicas: 3", f"replicas: {replicas}")


def load_manifest(namespace: str, *, rate: int, seconds: int) -> str:
    """YAML of the pod that asks the Service `rate` times a second, for at most `seconds`."""
    text = _in_namespace("load-generator.yaml", namespace)
    text = _replaced(text, 'value: "50"', f'value: "{rate}"')
    return _replaced(text, 'value: "600"', f'value: "{seconds}"')


def _in_namespace(name: str, namespace: str) -> str:
    # The files are whole manifests, so that `kubectl apply -f demo/manifests` works as well.
    return re.sub(r"\bproduction\b", namespace, (HERE / "manifests" / name).read_text())


def _replaced(text: str, old: str, new: str) -> str:
    if text.count(old) != 1:
        raise ValueError(f"the manifest has {text.count(old)} times {old!r}, expected once")
    return text.replace(old, new)


def deploy_database(kubectl: Kubectl, namespace: str, *, timeout: int = 120) -> None:
    """Make `namespace` and bring up the database in it; returns when it answers, `timeout` in seconds."""
    document = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
    kubectl("apply", "-f", "-", input=json.dumps(document))
    kubectl("apply", "-f", "-", input=database_manifests(namespace))
    wait_for_rollout(kubectl, namespace, "database", timeout=timeout)


def deploy(kubectl: Kubectl, namespace: str, *, tag: str = GOOD_TAG, replicas: int = 3, timeout: int = 120) -> None:
    """Bring up the database and the api-server in `namespace` and wait until both are complete.

    `timeout` is in seconds, for each of the two. Raises what `kubectl` raises when they do not get there.
    """
    # First the database: an api-server that starts before it answers crashes once, as a pod that needs one does.
    deploy_database(kubectl, namespace, timeout=timeout)
    kubectl("apply", "-f", "-", input=manifests(namespace, tag=tag, replicas=replicas))
    wait_for_rollout(kubectl, namespace, DEPLOYMENT, timeout=timeout)


def remove(kubectl: Kubectl, namespace: str) -> None:
    """Take the api-server out of `namespace`, history included; returns when its pods are gone."""
    arguments = ("--ignore-not-found", "--cascade=foreground", "--wait=true", "--timeout=60s")
    kubectl("-n", namespace, "delete", "deployment", DEPLOYMENT, *arguments)
    kubectl("-n", namespace, "delete", "configmap", CONFIG_MAP, "--ignore-not-found")


def wait_for_rollout(kubectl: Kubectl, namespace: str, deployment: str, *, timeout: int = 120) -> None:
    """Wait until the Deployment's rollout is complete; raises what `kubectl` raises after `timeout` seconds."""
    # A little less than the limit a caller may have set on each command.
    kubectl("-n", namespace, "rollout", "status", f"deployment/{deployment}", f"--timeout={timeout - 5}s")


@dataclass(frozen=True)
class Fault:
    """One way to break the api-server: commands as a person would type them, without the leading `kubectl`."""

    name: str
    title: str
    commands: Callable[[str], list[list[str]]]  # of a namespace
    rollback_helps: bool | None  # None: nothing is wrong

    def apply(self, kubectl: Kubectl, namespace: str) -> None:
        for command in self.commands(namespace):
            kubectl(*command)


def set_image(namespace: str, tag: str) -> list[str]:
    return ["-n", namespace, "set", "image", f"deployment/{DEPLOYMENT}", f"{DEPLOYMENT}={REPOSITORY}:{tag}"]


def set_database_host(namespace: str, host: str) -> list[list[str]]:
    """Commands that change the configuration and restart the pods, so that they read it."""
    patch = json.dumps({"data": {"database_host": host}})
    return [
        ["-n", namespace, "patch", "configmap", CONFIG_MAP, "--type=merge", "-p", patch],
        ["-n", namespace, "rollout", "restart", f"deployment/{DEPLOYMENT}"],
    ]


def _ship(tag: str) -> Callable[[str], list[list[str]]]:
    return lambda namespace: [set_image(namespace, tag)]


def _wrong_host(namespace: str) -> list[list[str]]:
    return set_database_host(namespace, f"database-new.{namespace}.svc.cluster.local")


def _wrong_probe(namespace: str) -> list[list[str]]:
    path = "/spec/template/spec/containers/0/livenessProbe/httpGet/port"
    patch = json.dumps([{"op": "replace", "path": path, "value": 8080}])
    return [["-n", namespace, "patch", "deployment", DEPLOYMENT, "--type=json", "-p", patch]]


FAULTS = {
    fault.name: fault
    for fault in (
        Fault("tag", f"ship {MISSING_TAG}, an image that was never pushed", _ship(MISSING_TAG), True),
        Fault("crash", "ship v2.2.0, which needs a package that nobody installed", _ship("v2.2.0"), True),
        Fault("config", "point the ConfigMap at a database that does not exist, and restart", _wrong_host, False),
        Fault("probe", "move the liveness probe to port 8080, where nothing listens", _wrong_probe, True),
        Fault("healthy", "ship v2.0.2, a good release", _ship("v2.0.2"), None),
    )
}
