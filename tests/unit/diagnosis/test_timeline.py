# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happened when: sorted, bounded, merged, whatever the record holds."""

from __future__ import annotations

import copy
import typing as t

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.evidence import Evidence
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.model import TimelineEntry
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.situation import arrange
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.timeline import MAX_ENTRIES, timeline

from .records import RECORDS, record
from .test_noise import _JSON as ANY_JSON

_QUICK = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def told(evidence: Evidence) -> list[TimelineEntry]:
    found = timeline(arrange(evidence))
    assert [entry.time for entry in found] == sorted(entry.time for entry in found)
    assert len(found) <= MAX_ENTRIES
    assert len({(entry.time, entry.object, entry.text) for entry in found}) == len(found)
    assert all("\x1b" not in entry.text and "\n" not in entry.text for entry in found)
    return found


@_QUICK
@given(ANY_JSON)
def test_any_json_has_a_timeline(source: t.Any) -> None:
    told(Evidence.from_dict(source))


@_QUICK
@given(st.sampled_from(sorted(RECORDS)), st.integers(1, 60), st.randoms())
def test_many_events_are_bounded_and_their_order_says_nothing(name: str, copies: int, random: t.Any) -> None:
    evidence = record(name)
    for number in range(copies):
        for event in copy.deepcopy(evidence.events[:3]):
            event["message"] = f"{event['message']} {number}\x1b[31m\n"
            evidence.events.append(event)
    first = told(evidence)
    random.shuffle(evidence.events)
    assert told(evidence) == first


def test_it_tells_the_story_of_a_bad_release() -> None:
    texts = [entry.text for entry in told(record("config_host"))]
    order = [
        next(index for index, text in enumerate(texts) if sign in text)
        for sign in ("revision 1 was made", "was written by", "revision 2 was made", "ended with exit code 1")
    ]
    assert order[0] < order[2] < order[3]


def test_what_happened_to_several_pods_alike_is_one_entry() -> None:
    evidence = record("module_missing")
    before = told(evidence)
    pod = max(evidence.pods, key=lambda entry: entry["metadata"]["creationTimestamp"])
    twin = copy.deepcopy(pod)
    twin["metadata"].update(name="twin", uid="twin")
    evidence.pods.append(twin)
    after = told(evidence)
    assert len(after) == len(before)
    assert any("ended with exit code 1 (Error) (2 times)" in entry.text for entry in after)


def test_secrets_do_not_pass() -> None:
    evidence = record("module_missing")
    for event in evidence.events:
        event["message"] = "password=hunter2hunter2"
    assert "hunter2" not in repr(told(evidence))
