# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Releases whose probes are green and whose users are not served: errors and slow answers, by the pods' own counts.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

Counters since the start do for new pods. They are compared with those of the revision before where its pods were still
asked, by the tests of `comparison`; without them only a limit that no service is meant to have counts: more than 20 %
errors (status 5xx), half of the answers slower than 5 s. A service that always has 1 % errors is never called broken,
nor one that has had 30 % all along, while the revision before can be asked.
"""

from __future__ import annotations

import typing as t

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.comparison import (
    Share,
    worse_than_before,
    worse_than_limit,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.evidence import MetricsReading
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.finding import Finding
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.model import EvidenceItem
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.situation import Situation
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout import objects as o

# The least that a release must add: 5 of 100 requests failed, 25 of 100 slower than usual.
_ADDED_ERRORS, _ADDED_SLOW = 0.05, 0.25
_MOST_ERRORS, _MOST_SLOW, _SLOWEST = 0.20, 0.5, 5.0
# What 9 of 10 requests took before is usual, on a busy machine too; what takes less than this nobody calls slow.
_USUAL, _NOTICED = 0.9, 0.25


def match(situation: Situation) -> t.Iterable[Finding]:
    """Error rate and latency of the new revision's ready pods."""
    ready = {o.uid_of(pod) for pod in situation.pods if o.is_ready(pod)}
    new = [reading for reading in situation.evidence.metrics if reading.pod_uid in ready]
    if not new:
        return
    hashed = o.template_hash(situation.previous) if situation.previous else ""
    old = [reading for reading in situation.evidence.metrics if hashed and reading.revision == hashed]
    yield from _errors(new, old)
    yield from _latency(new, old)


def _errors(new: list[MetricsReading], old: list[MetricsReading]) -> t.Iterable[Finding]:
    now, before = _errors_of(new), _errors_of(old)
    if before.total:
        worse = worse_than_before(now, before, margin=_ADDED_ERRORS)
    else:
        worse = worse_than_limit(now, _MOST_ERRORS)
    if worse:
        counter = "http_requests_total"
        line = f"answers {_percent(now)} of its requests with an error (status 5xx){_than(before)}"
        yield _finding("service_error_rate", line, 0.9 if before.total else 0.8, new, counter, now)


def _latency(new: list[MetricsReading], old: list[MetricsReading]) -> t.Iterable[Finding]:
    usual = _usual_bound(old)
    if usual is not None:
        now, before = _slower_than(new, usual), _slower_than(old, usual)
        worse = worse_than_before(now, before, margin=_ADDED_SLOW)
    else:
        usual, before = _SLOWEST, Share(0, 0)
        now = _slower_than(new, usual)
        worse = worse_than_limit(now, _MOST_SLOW)
    if worse:
        histogram = "http_request_duration_seconds"
        line = f"takes longer than {usual:g} s for {_percent(now)} of its requests{_than(before)}"
        yield _finding("service_latency", line, 0.9 if before.total else 0.8, new, histogram, now)


def _finding(cause: str, line: str, confidence: float, new: list[MetricsReading], metric: str, share: Share) -> Finding:
    items = tuple(EvidenceItem(f"Pod/{reading.pod}", metric, f"{share.bad} of {share.total}") for reading in new[:1])
    # The workload as a whole: its other pods run the same.
    return Finding(cause, confidence, words={"line": line}, evidence=items)


def _errors_of(readings: list[MetricsReading]) -> Share:
    return Share(sum(entry.errors for entry in readings), sum(entry.requests for entry in readings))


def _usual_bound(old: list[MetricsReading]) -> float | None:
    """The smallest bucket that holds the usual share of the revision before, None where that cannot be told."""
    total = sum(entry.timed for entry in old)
    for bound in sorted({bound for entry in old for bound, _count in entry.buckets if bound >= _NOTICED}):
        if total and total - _slower_than(old, bound).bad >= _USUAL * total:
            return bound
    return None


def _slower_than(readings: list[MetricsReading], seconds: float) -> Share:
    """Requests that took longer than a bound; a histogram without that bucket tells nothing."""
    told = [(entry, dict(entry.buckets)) for entry in readings]
    usable = [(entry, buckets[seconds]) for entry, buckets in told if seconds in buckets]
    return Share(
        sum(max(0, entry.timed - quick) for entry, quick in usable), sum(entry.timed for entry, _quick in usable)
    )


def _percent(share: Share) -> str:
    return f"{100 * share.rate:.0f} %"


def _than(before: Share) -> str:
    return f", and the revision before {_percent(before)}" if before.total else ""
