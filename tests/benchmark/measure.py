"""One measurement: a fresh api-server under load, one fault, one contender."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from demo import application
from demo.application import Fault, Kubectl
from demo.load import LoadGenerator
from demo.outcome import Service, ask_health
from tests.benchmark.contenders import Phase, Run
from tests.benchmark.observer import Observer, Timeline

REPLICAS = 3
REQUESTS_A_SECOND = 50
LOAD_SECONDS = 400
# A rollback that was written has this long until the pods are as before.
RESTORE_SECONDS = 60


class Contender(Protocol):
    name: str

    def recover(self, namespace: str) -> Run: ...


class ObserverOf(Protocol):
    def __call__(self, namespace: str) -> Observer: ...


@dataclass(frozen=True)
class Measurement:
    """Times are seconds after the change was visible at the API, None where it never came to that."""

    fault: str
    contender: str
    signal: float | None
    signal_text: str
    verdict: float | None
    said: str
    patch: float | None
    restored: float | None  # all pods as before and ready
    answering: float | None  # and then /health answered through the Service
    requests: int
    failed_requests: int
    exit_code: int
    cpu_seconds: float
    configuration_bad: bool
    phases: tuple[Phase, ...]

    def from_signal(self, when: float | None) -> float | None:
        """Seconds from the fault's first sign at the API until `when`."""
        return None if when is None or self.signal is None else when - self.signal


def measure(
    kubectl: Kubectl, observer_of: ObserverOf, fault: Fault, contender: Contender, namespace: str
) -> Measurement:
    """Break and let recover once, in a namespace that is made for it and deleted afterwards."""
    application.deploy(kubectl, namespace, replicas=REPLICAS)
    try:
        with (
            LoadGenerator(kubectl, namespace, rate=REQUESTS_A_SECOND, seconds=LOAD_SECONDS) as load,
            observer_of(namespace) as observer,
            ThreadPoolExecutor() as pool,
        ):
            observer.arm(REPLICAS)
            fault.apply(kubectl, namespace)
            over = threading.Event()
            answering = pool.submit(first_answer, kubectl, namespace, observer, over)
            try:
                run = contender.recover(namespace)
                if "patch" in observer.timeline.marks:
                    observer.wait_for("restored", RESTORE_SECONDS)
            finally:
                over.set()
            # Long enough for the slowest answer to be counted.
            time.sleep(2)
            counts = load.counts().since(observer.timeline.marks["change"])
            service = Service.look(kubectl, namespace)
            return summarise(
                fault,
                contender.name,
                run,
                observer.timeline,
                answering=answering.result(),
                requests=counts.requests,
                failed_requests=counts.failed,
                configuration_bad=service.database_host != application.database_host(namespace),
            )
    finally:
        kubectl("delete", "namespace", namespace, "--wait=false")


def first_answer(kubectl: Kubectl, namespace: str, observer: Observer, over: threading.Event) -> float | None:
    """When /health answered first after the pods were restored, to about a quarter of a second.

    Asked beside the contender, which may have more to do by then; None when all was `over` before.
    """
    while True:
        last = over.is_set()
        if observer.wait_for("restored", 0.1):
            break
        if last:
            return None
    ends = time.monotonic() + RESTORE_SECONDS
    while time.monotonic() < ends:
        if ask_health(kubectl, namespace):
            return time.time()
    return None


def summarise(
    fault: Fault,
    contender: str,
    run: Run,
    timeline: Timeline,
    *,
    answering: float | None,
    requests: int,
    failed_requests: int,
    configuration_bad: bool,
) -> Measurement:
    zero = timeline.marks["change"]

    def since(when: float | None) -> float | None:
        return None if when is None else when - zero

    return Measurement(
        fault=fault.name,
        contender=contender,
        signal=since(timeline.marks.get("signal")),
        signal_text=timeline.signal_text,
        verdict=since(run.verdict),
        said=run.said,
        patch=since(timeline.marks.get("patch")),
        restored=since(timeline.marks.get("restored")),
        answering=since(answering),
        requests=requests,
        failed_requests=failed_requests,
        exit_code=run.exit_code,
        cpu_seconds=run.cpu_seconds,
        configuration_bad=configuration_bad,
        phases=run.phases,
    )
