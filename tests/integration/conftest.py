# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests on a real cluster share: namespaces of their own, the demo application, runs of the playbook."""

from __future__ import annotations

import dataclasses
import fcntl
import json
import os
import subprocess
import typing as t
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from demo import application
from extensions.molecule.application import kubectl
from tests.cluster import Cluster

ROOT = Path(__file__).resolve().parents[2]


@dataclasses.dataclass(frozen=True)
class Run:
    """An ended run of ansible-playbook; `result` is what result_file holds."""

    code: int
    output: str
    result: dict[str, t.Any]

    @property
    def lines(self) -> list[str]:
        """What a person sees, without empty lines."""
        return [line for line in self.output.splitlines() if line.strip()]

    @property
    def summary(self) -> list[str]:
        """The lines of one target's summary: the headline and what is indented below it."""
        lines = self.output.splitlines()
        start = next(index for index, line in enumerate(lines) if line.startswith(self.result["target"]))
        end = next(index for index in range(start, len(lines)) if not lines[index].strip())
        return lines[start:end]


def playbook(
    *arguments: str, folder: Path = ROOT, name: str = "playbooks/recover.yml", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run ansible-playbook as a user does, in a folder of the checkout."""
    return subprocess.run(
        ["ansible-playbook", name, *arguments],
        cwd=folder,
        env={**os.environ, "ANSIBLE_NOCOLOR": "1", "COLUMNS": "80", **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )


@pytest.fixture
def recover(tmp_path: Path) -> Callable[..., Run]:
    """Run recover.yml on the api-server of a namespace."""

    def run(namespace: str, *arguments: str, folder: Path = ROOT, name: str = "playbooks/recover.yml") -> Run:
        result_file = tmp_path / "result.json"
        result_file.unlink(missing_ok=True)
        target = ("-e", f"deployment={application.DEPLOYMENT}", "-e", f"deployment_namespace={namespace}")
        done = playbook(*target, "-e", f"result_file={result_file}", *arguments, folder=folder, name=name)
        assert "Traceback" not in done.stdout
        return Run(done.returncode, done.stdout, json.loads(result_file.read_text()))

    return run


@pytest.fixture(scope="session")
def images() -> None:
    """The demo's images in our own cluster's registry; a cluster that KUBECONFIG names must have them."""
    ours = Cluster()
    if os.environ.get("KUBECONFIG") == str(ours.kubeconfig):
        with (ours.kubeconfig.parent / "images.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            application.build_images(ours)


@pytest.fixture
def namespace() -> Iterator[str]:
    """A namespace for one test."""
    name = f"test-{uuid.uuid4().hex[:8]}"
    kubectl("create", "namespace", name)
    yield name
    kubectl("delete", "namespace", name, "--wait=false", "--ignore-not-found")


@pytest.fixture
def deployed(images: None, namespace: str) -> str:
    """A namespace in which the good api-server runs."""
    application.deploy(kubectl, namespace)
    return namespace


def deployment(namespace: str) -> dict[str, t.Any]:
    """The api-server's Deployment as it stands."""
    found: dict[str, t.Any] = json.loads(
        kubectl("-n", namespace, "get", "deployment", application.DEPLOYMENT, "-o", "json")
    )
    return found


def image(namespace: str) -> str:
    """The api-server's image as its template says."""
    name: str = deployment(namespace)["spec"]["template"]["spec"]["containers"][0]["image"]
    return name
