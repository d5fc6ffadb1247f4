# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""rollout_status waiting beside a test that changes the cluster, and Deployments that start in a blink."""

from __future__ import annotations

import json
import threading
import time
import typing as t
from collections.abc import Callable
from pathlib import Path

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.client import Client
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.options import ConnectionOptions
from ansible_collections.rescue.kubernetes.plugins.module_utils._module.rollout_status import (
    ARGUMENT_SPEC,
    StatusOptions,
    rollout_status,
)

Json = dict[str, t.Any]
Kubectl = Callable[..., str]
AGENT = "rescue.kubernetes/test-waiting"
SERVE = "mkdir -p /www; echo ok > /www/index.html; exec httpd -f -p 8080 -h /www"


def deployment(
    script: str = SERVE, *, replicas: int = 1, probe: Json | None = None, kind: str = "Deployment", **pod: t.Any
) -> Json:
    """A workload `web` of one busybox container `web`, whose readiness probe asks every second."""
    asked = {"httpGet": {"path": "/", "port": 8080}} if probe is None else probe
    container = {
        "name": "web",
        "image": "registry.local/busybox:1",
        "command": ["sh", "-c", script],
        "ports": [{"containerPort": 8080}],
        "readinessProbe": {"periodSeconds": 1, "timeoutSeconds": 5, "failureThreshold": 3, **asked},
    }
    spec: Json = {"terminationGracePeriodSeconds": 0, "containers": [container], **pod}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": "web"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": spec},
        },
    }


def apply(kubectl: Kubectl, namespace: str, *objects: Json) -> None:
    for entry in objects:
        kubectl("-n", namespace, "apply", "-f", "-", input=json.dumps(entry))


class Waiting:
    """rollout_status with `wait: true` in a thread of its own."""

    def __init__(self, namespace: str, folder: Path, connection: Json | None = None, **options: t.Any) -> None:
        self.progress = folder / f"progress-{time.monotonic_ns()}"
        self.progress.touch()
        defaults = {name: entry.get("default") for name, entry in ARGUMENT_SPEC.items()}
        given = {
            **defaults,
            "kind": "Deployment",
            "name": "web",
            "namespace": namespace,
            "wait": True,
            "wait_timeout": 90,
            "observe_for": 0.0,
            "progress_file": str(self.progress),
            **options,
        }
        self._options = StatusOptions.from_params(given)
        self._client = Client.connect(ConnectionOptions(**(connection or {})), user_agent=AGENT)
        self._result: Json | Exception | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._result = rollout_status(self._client, self._options)
        except Exception as error:  # noqa: BLE001 - raised again where the result is asked for
            self._result = error
        finally:
            self._client.close()

    @property
    def lines(self) -> list[str]:
        return self.progress.read_text().splitlines()

    @property
    def calls(self) -> list[t.Any]:
        return self._client.calls

    def until_watching(self, within: float = 20.0) -> Waiting:
        """Return when the lists are read and the first line is said: what comes later arrives by a watch."""
        self.until(lambda: self.lines, within)
        return self

    def until(self, condition: Callable[[], t.Any], within: float = 60.0) -> None:
        """Look at something until it is so; the wait must still go on."""
        ends = time.monotonic() + within
        while not condition():
            assert time.monotonic() < ends, f"not within {within} s; said: {self.lines}"
            assert self._thread.is_alive() or condition(), f"ended early: {self._result}"
            time.sleep(0.05)

    def result(self, within: float = 120.0) -> Json:
        """What it returned; what it raised is raised here."""
        self._thread.join(within)
        assert not self._thread.is_alive(), f"still waiting after {within} s; said: {self.lines}"
        if isinstance(self._result, Exception):
            raise self._result
        assert self._result is not None
        return self._result
