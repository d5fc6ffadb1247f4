# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a pod's own counts in the Prometheus text format say of its users' requests.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

Read are the counter `http_requests_total` with a label `status` or `code`, and the histogram
`http_request_duration_seconds`: the names that Prometheus' own documentation uses. Anything else is passed over.
"""

from __future__ import annotations

import re

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.evidence import MetricsReading

_REQUESTS, _BUCKET = "http_requests_total", "http_request_duration_seconds_bucket"
_SAMPLE = re.compile(r"^([a-zA-Z_:][\w:]*)\{([^}\n]{0,1000})\}\s+([0-9.eE+]{1,30})", re.MULTILINE)
_LABEL = re.compile(r'(\w{1,100})="([^"\\\n]{0,200})"')
_MOST = 10**15
_MAX_BUCKETS = 50


def reading_of(pod: str, pod_uid: str, revision: str, exposition: str) -> MetricsReading | None:
    """The counts in a pod's answer, None where it counts no requests by status."""
    requests = errors = timed = 0
    counted = False
    buckets: dict[float, int] = {}
    for name, written, value in _SAMPLE.findall(exposition):
        if name not in (_REQUESTS, _BUCKET):
            continue
        labels, count = dict(_LABEL.findall(written)), _count(value)
        status = labels.get("status") or labels.get("code") or ""
        if count is None:
            continue
        if name == _REQUESTS and re.fullmatch(r"[1-5](?:\d\d|xx)", status):
            counted = True
            requests += count
            errors += count if status.startswith("5") else 0
        elif name == _BUCKET and labels.get("le") == "+Inf":
            timed += count
        elif name == _BUCKET and (bound := _bound(labels.get("le", ""))) is not None:
            buckets[bound] = buckets.get(bound, 0) + count
    if not counted:
        return None
    return MetricsReading(
        pod, pod_uid, revision, requests, errors, tuple(sorted(buckets.items())[:_MAX_BUCKETS]), timed
    )


def _count(value: str) -> int | None:
    bound = _bound(value)
    return int(bound) if bound is not None and bound < _MOST else None


def _bound(value: str) -> float | None:
    try:
        found = float(value)
    except ValueError:
        return None
    return found if 0 <= found < float("inf") else None
