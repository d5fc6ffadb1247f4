from __future__ import annotations

import threading
import time
from pathlib import Path

from tests.benchmark.measure import first_answer
from tests.benchmark.observer import Observer


def observer() -> Observer:
    return Observer(Path("kubectl"), Path("kubeconfig"), "blue")


def test_the_service_is_asked_as_soon_as_the_pods_are_back() -> None:
    asked: list[tuple[str, ...]] = []

    def kubectl(*arguments: str, input: str | None = None) -> str:
        asked.append(arguments)
        return "ok" if len(asked) == 3 else ""

    watching = observer()
    watching.timeline.marks["restored"] = time.time()
    found = first_answer(kubectl, "blue", watching, threading.Event())
    assert found is not None
    assert found >= watching.timeline.marks["restored"]
    assert len(asked) == 3
    assert asked[0][-1].startswith("/api/v1/namespaces/blue/services/")


def test_nothing_is_asked_when_the_pods_never_came_back() -> None:
    over = threading.Event()
    over.set()

    def kubectl(*arguments: str, input: str | None = None) -> str:
        raise AssertionError

    assert first_answer(kubectl, "blue", observer(), over) is None
