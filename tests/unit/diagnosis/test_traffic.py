# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors and slow answers while the probes are green: named when they are sure, never for chance."""

from __future__ import annotations

import math
import random
import typing as t

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.comparison import (
    Share,
    binomial_tail,
    worse_than_before,
    worse_than_limit,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.engine import diagnose
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.evidence import Evidence, MetricsReading
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.metrics import reading_of
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.model import Diagnosis
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.questions import metrics_wanted

from .records import record

_BOUNDS = (0.01, 0.1, 0.5, 1.0, 5.0)


def exposition(requests: int, errors: int, slow: int = 0, label: str = "status") -> str:
    """Counts as the demo application writes them; slow requests took 0.6 to 1 s."""
    quick = requests - slow
    buckets = "\n".join(
        f'http_request_duration_seconds_bucket{{le="{bound}"}} {requests if bound >= 1 else quick}' for bound in _BOUNDS
    )
    return (
        "# HELP http_requests_total Requests.\n# TYPE http_requests_total counter\n"
        f'http_requests_total{{method="GET",{label}="200"}} {requests - errors}\n'
        f'http_requests_total{{method="GET",{label}="500"}} {errors}\n{buckets}\n'
        f'http_request_duration_seconds_bucket{{le="+Inf"}} {requests}\nother_total{{status="500"}} 99\n'
    )


def judged(new: str, old: str | None = None) -> Diagnosis:
    """The verdict on a release whose pods are ready and count so; `old` are the counts of the revision before."""
    evidence = record("healthy_second")
    number = evidence.workload["metadata"]["annotations"]["deployment.kubernetes.io/revision"]
    hashes = {
        entry["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == number: entry["metadata"]["labels"][
            "pod-template-hash"
        ]
        for entry in evidence.revisions
    }
    pod = next(entry for entry in evidence.pods if entry["metadata"]["labels"]["pod-template-hash"] == hashes[True])
    found = [reading_of(pod["metadata"]["name"], pod["metadata"]["uid"], hashes[True], new)]
    if old is not None:
        found.append(reading_of("gone", "gone", hashes[False], old))
    evidence.metrics = [entry for entry in found if entry]
    assert Evidence.from_dict(evidence.to_dict()) == evidence
    return diagnose(evidence)


# The format.


@pytest.mark.parametrize("label", ["status", "code"])
def test_the_counts_are_read(label: str) -> None:
    found = reading_of("pod", "uid", "hash", exposition(100, 7, slow=30, label=label))
    assert found is not None
    assert (found.requests, found.errors, found.timed) == (100, 7, 100)
    assert dict(found.buckets)[0.5] == 70


@settings(max_examples=100, deadline=None)
@given(st.text() | st.lists(st.sampled_from(exposition(9, 3).splitlines())).map("\n".join))
def test_any_text_is_read(text: str) -> None:
    found = reading_of("pod", "uid", "hash", text)
    assert found is None or 0 <= found.errors <= found.requests


def test_numbers_that_are_none_are_passed_over() -> None:
    text = 'http_requests_total{status="500"} NaN\nhttp_requests_total{status="500"} 1e400\nhttp_requests_total 5\n'
    assert reading_of("pod", "uid", "hash", text) is None


# The tests.


@given(st.integers(0, 60), st.integers(0, 60), st.floats(0, 1))
@settings(deadline=None)
def test_the_tail_is_the_binomials(least: int, trials: int, probability: float) -> None:
    exact = sum(
        math.comb(trials, k) * probability**k * (1 - probability) ** (trials - k)
        for k in range(max(0, least), trials + 1)
    )
    assert binomial_tail(least, trials, probability) == pytest.approx(min(1.0, exact), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("rate", [0.0, 0.01, 0.05, 0.3])
def test_chance_is_never_called_worse(rate: float) -> None:
    chance = random.Random(7)

    def share(total: int) -> Share:
        return Share(sum(chance.random() < rate for _ in range(total)), total)

    for _ in range(1000):
        assert not worse_than_before(share(chance.randint(50, 400)), share(chance.randint(50, 400)), margin=0.05)


def test_one_percent_is_below_every_limit() -> None:
    for total in (50, 100, 1_000, 100_000, 10**9):
        assert not worse_than_limit(Share(total // 100 + 10, total), 0.2)


def test_too_few_requests_decide_nothing() -> None:
    assert not worse_than_limit(Share(49, 49), 0.2)
    assert not worse_than_before(Share(30, 100), Share(0, 49), margin=0.05)
    assert not worse_than_before(Share(9, 60), Share(0, 10_000), margin=0.05)
    assert worse_than_before(Share(10**7, 10**8), Share(0, 10**8), margin=0.05), "and many take no time"


# The verdicts.


def test_errors_that_the_revision_before_did_not_have() -> None:
    found = judged(exposition(300, 90), exposition(5000, 50))
    assert (found.category, found.cause) == ("health", "service_error_rate")
    assert "30 % of its requests" in found.summary
    assert "the revision before 1 %" in found.summary


def test_errors_without_anything_to_compare_with() -> None:
    assert judged(exposition(200, 100)).cause == "service_error_rate"
    assert judged(exposition(200, 30)).cause == "healthy"


def test_slow_answers_that_the_revision_before_did_not_have() -> None:
    found = judged(exposition(300, 0, slow=300), exposition(5000, 0, slow=5))
    assert (found.category, found.cause) == ("health", "service_latency")
    assert "longer than 0.5 s for 100 %" in found.summary
    busy = judged(exposition(300, 0, slow=300), exposition(5000, 0, slow=250))
    assert busy.cause == "service_latency", "one of twenty was slow before: the machine was busy"


@pytest.mark.parametrize(
    ("new", "old"),
    [
        (exposition(5000, 50), exposition(5000, 50)),
        (exposition(5000, 100), exposition(5000, 50)),
        (exposition(500, 150), exposition(5000, 1500)),
        (exposition(300, 0, slow=300), exposition(5000, 0, slow=5000)),
        (exposition(300, 0, slow=20), exposition(5000, 0, slow=5)),
        (exposition(300, 0, slow=300), None),
        ("not found", exposition(5000, 50)),
        (exposition(20, 20), exposition(5000, 50)),
    ],
    ids=["1 % as ever", "2 % after 1 %", "30 % as ever", "as slow as ever", "a few slow", "0.8 s", "no counts", "few"],
)
def test_what_is_usual_or_unsure_is_not_called_failed(new: str, old: str | None) -> None:
    assert judged(new, old).category == "none"


def test_the_counts_of_pods_that_are_not_ready_say_nothing() -> None:
    evidence = record("healthy_second")
    evidence.metrics = [MetricsReading("gone", "gone", "gone", 1000, 1000)]
    assert diagnose(evidence).category == "none"


# What is asked.


def annotated(evidence: Evidence, **more: t.Any) -> Evidence:
    for pod in evidence.pods:
        pod["metadata"].setdefault("annotations", {})["prometheus.io/scrape"] = "true"
        pod["metadata"]["annotations"].update(more)
    return evidence


def test_counts_are_asked_where_the_pods_offer_them() -> None:
    assert metrics_wanted(record("healthy_second")) == []
    found = metrics_wanted(annotated(record("healthy_second")))
    assert [(entry.port, entry.path) for entry in found][:1] == [(3000, "/metrics")]
    told = {"prometheus.io/port": "9102", "prometheus.io/path": "/stats"}
    assert [(entry.port, entry.path) for entry in metrics_wanted(annotated(record("healthy_second"), **told))][:1] == [
        (9102, "/stats")
    ]
    assert metrics_wanted(annotated(record("tag_missing"))) == [], "only where a new pod is ready"
