# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection, may change at any time. Asks running pods through the API server's proxy.

The API server looks the pod's address up, so no other address can be reached. Its right is `get` on `pods/proxy`.
"""

from __future__ import annotations

import time
import typing as t
from concurrent.futures import ThreadPoolExecutor

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.client import Client
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.errors import InvalidOptionError, RescueError
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.paths import check_path, proxy_path
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.results import ProxyAnswer
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.evidence import (
    NOT_ASKED,
    MetricsReading,
    ProbeAnswer,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.metrics import reading_of
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.questions import (
    MAX_QUESTIONS,
    MetricsRequest,
    Question,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.redaction import clean

# An answer says nothing about later, but a look at every event must not ask at every event.
ANSWER_LIFE = 5.0
# A probe waits 1 s by default: an answer that takes longer than this is none.
QUESTION_TIMEOUT = 3.0
QUESTION_BYTES = 1024
METRICS_BYTES = 512 * 1024
_PROBLEM = 200


class Asker:
    """Asks and remembers. Once the right is missing, it asks no more and says so in `unseen`."""

    def __init__(self, client: Client, clock: t.Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._answers: dict[Question, tuple[float, ProbeAnswer]] = {}
        self._readings: dict[MetricsRequest, tuple[float, MetricsReading | None]] = {}
        self.unseen: list[str] = []

    def answers(self, namespace: str, questions: t.Sequence[Question]) -> list[ProbeAnswer]:
        """The answers to these questions, asked at the same time where none is fresh."""
        stale = [entry for entry in questions if not self._fresh(self._answers.get(entry)) and _plain(entry.path)]
        asked = self._ask_all([(self._path(namespace, entry), QUESTION_BYTES) for entry in stale])
        for question, (answer, seconds) in zip(stale, asked, strict=False):
            self._answers[question] = (self._clock(), _recorded(question, answer, seconds))
        return [self._answers[question][1] for question in questions if question in self._answers]

    def readings(self, namespace: str, requests: t.Sequence[MetricsRequest]) -> list[MetricsReading]:
        """The counts of these pods, and the last ones of pods that were asked earlier and may be gone."""
        stale = [entry for entry in requests if not self._fresh(self._readings.get(entry)) and _plain(entry.path)]
        asked = self._ask_all([(self._path(namespace, entry), METRICS_BYTES) for entry in stale])
        for request, (answer, _seconds) in zip(stale, asked, strict=False):
            read = answer.asked and answer.status == 200
            found = reading_of(request.pod, request.pod_uid, request.revision, answer.body) if read else None
            self._readings[request] = (self._clock(), found)
        return [reading for _taken, reading in self._readings.values() if reading is not None]

    def _fresh(self, known: tuple[float, t.Any] | None) -> bool:
        return known is not None and self._clock() - known[0] < ANSWER_LIFE

    def _path(self, namespace: str, question: Question | MetricsRequest) -> str:
        scheme = question.scheme if isinstance(question, Question) else "http"
        return proxy_path("Pod", namespace, question.pod, question.port, question.path, scheme=scheme)

    def _ask_all(self, asked: list[tuple[str, int]]) -> list[tuple[ProxyAnswer, float]]:
        """The answers in the same order with the seconds they took; none where the right is missing."""
        if self.unseen or not asked:
            return []
        with ThreadPoolExecutor(MAX_QUESTIONS) as pool:
            found = list(pool.map(lambda entry: self._ask(*entry), asked))
        refused = next((answer for answer, _seconds in found if not answer.asked and answer.status == 403), None)
        if refused is not None:
            self.unseen.append(f"{NOT_ASKED}{clean(refused.problem, 600)}")
            return []
        return found

    def _ask(self, path: str, limit: int) -> tuple[ProxyAnswer, float]:
        began = time.monotonic()
        try:
            answer = self._client.proxy(path, timeout=QUESTION_TIMEOUT, limit_bytes=limit)
        except RescueError as error:
            answer = ProxyAnswer(0, {}, "", asked=False, problem=error.message)
        return answer, time.monotonic() - began


def _recorded(question: Question, answer: ProxyAnswer, seconds: float) -> ProbeAnswer:
    return ProbeAnswer(
        pod=question.pod,
        pod_uid=question.pod_uid,
        container=question.container,
        restarts=question.restarts,
        scheme=question.scheme,
        port=question.port,
        path=question.path,
        status=answer.status if answer.asked else 0,
        problem="" if answer.asked else clean(answer.problem, _PROBLEM),
        seconds=round(seconds, 3),
    )


def _plain(path: str) -> bool:
    """Whether the path leads to the pod and nowhere else: it comes from the cluster."""
    try:
        check_path(path)
    except InvalidOptionError:
        return False
    return True
