"""A process that tells Prometheus which pods to scrape: Debian's is built without Kubernetes service discovery.

Pods with the annotation `prometheus.io/scrape: "true"` are scraped at `prometheus.io/port` (the first container port
if not given) and `prometheus.io/path` (/metrics).
"""

from __future__ import annotations

import json
import re
import sys
import time
from typing import Any

from .api import Api, ApiError
from .layout import Layout, state_home
from .monitoring import targets_file

_PREFIX = "prometheus.io/"


def target(pod: dict[str, Any]) -> dict[str, Any] | None:
    """Return the scrape target of a pod as Prometheus's file discovery reads it, or None if it wants no scraping."""
    metadata, status = pod["metadata"], pod.get("status", {})
    annotations = metadata.get("annotations") or {}
    if annotations.get(f"{_PREFIX}scrape") != "true" or not status.get("podIP"):
        return None
    if status.get("phase") in ("Succeeded", "Failed"):
        return None
    ports = [port["containerPort"] for container in pod["spec"]["containers"] for port in container.get("ports") or ()]
    port = annotations.get(f"{_PREFIX}port") or (ports[0] if ports else None)
    if port is None:
        return None
    labels = {re.sub(r"[^a-zA-Z0-9_]", "_", key): value for key, value in (metadata.get("labels") or {}).items()}
    labels.update(namespace=metadata["namespace"], pod=metadata["name"], node=pod["spec"].get("nodeName", ""))
    if annotations.get(f"{_PREFIX}path"):
        labels["__metrics_path__"] = annotations[f"{_PREFIX}path"]
    return {"targets": [f"{status['podIP']}:{port}"], "labels": labels}


class Targets:
    """The file that Prometheus reads, rewritten when what stands in it changes."""

    def __init__(self, layout: Layout) -> None:
        self._file = targets_file(layout)
        self._pods: dict[str, dict[str, Any]] = {}
        self._written: list[dict[str, Any]] | None = None

    def replace(self, pods: list[dict[str, Any]]) -> None:
        self._pods = {}
        for pod in pods:
            self._set(pod)
        self._write()

    def change(self, kind: str, pod: dict[str, Any]) -> None:
        if kind == "DELETED":
            self._pods.pop(pod["metadata"]["uid"], None)
        else:
            self._set(pod)
        self._write()

    def _set(self, pod: dict[str, Any]) -> None:
        found = target(pod)
        if found is None:
            self._pods.pop(pod["metadata"]["uid"], None)
        else:
            self._pods[pod["metadata"]["uid"]] = found

    def _write(self) -> None:
        content = [self._pods[uid] for uid in sorted(self._pods)]
        if content != self._written:
            replacement = self._file.with_suffix(".new")
            replacement.write_text(json.dumps(content, indent=2))
            replacement.replace(self._file)
            self._written = content


def main() -> None:
    layout = Layout(sys.argv[1], state_home())
    api, targets = Api(layout), Targets(layout)
    while True:
        try:
            listed = api.request("GET", "/api/v1/pods")
            targets.replace(listed["items"])
            version = listed["metadata"]["resourceVersion"]
            while True:
                for kind, pod in api.watch("/api/v1/pods", version):
                    if kind == "ERROR":  # too old by now: list again
                        raise ApiError(410, str(pod.get("message")))
                    version = pod["metadata"]["resourceVersion"]
                    targets.change(kind, pod)
        except ApiError as error:
            print(error, flush=True)
            time.sleep(0.5)


if __name__ == "__main__":
    main()
