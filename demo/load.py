"""Users of the api-server: a pod that asks the Service at a steady rate and counts what comes back."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass

from demo.application import Kubectl, load_manifest

POD = "load-generator"


@dataclass(frozen=True)
class Second:
    """What became of the requests sent in one second; a failure is all but a 200 within two seconds."""

    second: int  # Unix time
    requests: int
    failures: dict[str, int]  # status or error code -> how often
    slowest_milliseconds: int


@dataclass(frozen=True)
class Counts:
    """What users have seen, second by second."""

    seconds: tuple[Second, ...]

    @classmethod
    def parse(cls, text: str) -> Counts:
        """Read the load generator's JSON; raises ValueError, KeyError or TypeError when it is something else."""
        return cls(tuple(Second(**second) for second in json.loads(text)["seconds"]))

    def since(self, time: float) -> Counts:
        """Only what was sent in or after the second that holds this Unix time."""
        return Counts(tuple(second for second in self.seconds if second.second >= int(time)))

    @property
    def requests(self) -> int:
        return sum(second.requests for second in self.seconds)

    @property
    def failed(self) -> int:
        return sum(self.failures.values())

    @property
    def failures(self) -> Counter[str]:
        """How often each status or error code was seen."""
        total: Counter[str] = Counter()
        for second in self.seconds:
            total.update(second.failures)
        return total

    @property
    def failing_seconds(self) -> int:
        """In how many different seconds somebody was sent away."""
        return sum(1 for second in self.seconds if second.failures)

    @property
    def slowest_milliseconds(self) -> int:
        return max((second.slowest_milliseconds for second in self.seconds), default=0)


class LoadGenerator:
    """The load generator's pod in one namespace. As a context manager it is gone at the end."""

    def __init__(self, kubectl: Kubectl, namespace: str, *, rate: int = 50, seconds: int = 600) -> None:
        """`rate` in requests a second; the pod stops asking by itself after `seconds`."""
        self._kubectl = kubectl
        self._namespace = namespace
        self._manifest = load_manifest(namespace, rate=rate, seconds=seconds)

    def __enter__(self) -> LoadGenerator:
        self.start()
        return self

    def __exit__(self, *unused: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start asking, from zero; returns when the pod answers."""
        self.stop()
        self._kubectl("apply", "-f", "-", input=self._manifest)
        self._kubectl("-n", self._namespace, "wait", f"pod/{POD}", "--for=condition=Ready", "--timeout=60s")

    def counts(self) -> Counts:
        """What users have seen until now, asked from the pod through the API server."""
        path = f"/api/v1/namespaces/{self._namespace}/pods/{POD}:9000/proxy/counts"
        return Counts.parse(self._kubectl("get", "--raw", path))

    def stop(self) -> None:
        self._kubectl("-n", self._namespace, "delete", "pod", POD, "--ignore-not-found", "--wait=true", "--timeout=30s")
