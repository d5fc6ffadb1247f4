# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the diagnosis asks for: no more than decides, and never Secrets."""

from __future__ import annotations

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.engine import logs_wanted, objects_wanted
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.evidence import Evidence, LogRequest

from .records import RECORDS, record


def test_the_log_of_the_instance_that_ended_is_wanted_once() -> None:
    evidence = record("module_missing")
    taken = evidence.logs.pop()
    request = LogRequest(taken.pod, taken.container, taken.previous)
    assert logs_wanted(evidence) == [request]
    evidence.logs.append(taken)
    assert logs_wanted(evidence) == []


def test_the_configmap_of_a_failing_template_is_wanted_until_it_is_known() -> None:
    evidence = record("config_host")
    settings = evidence.related.pop(0)
    assert ("ConfigMap", "settings") in [(entry.kind, entry.name) for entry in objects_wanted(evidence)]
    evidence.related.append(settings)
    assert objects_wanted(evidence) == []


def test_nothing_is_wanted_where_nothing_is_wrong() -> None:
    assert logs_wanted(record("healthy")) == []
    wanted = [(entry.kind, entry.name) for entry in objects_wanted(record("healthy"))]
    assert wanted == [("Service", ""), ("EndpointSlice", "")], "nothing but whether its Services lead to it"


def test_no_log_is_wanted_for_what_never_ran() -> None:
    for name in ("tag_missing", "quota", "cpu", "configmap_missing", "command"):
        assert logs_wanted(record(name)) == [], name


def test_secrets_are_neither_wanted_nor_kept() -> None:
    assert all(entry.kind != "Secret" for name in RECORDS for entry in objects_wanted(record(name)))
    kept = Evidence.from_dict({"related": [{"kind": "Secret", "data": {"a": "b"}}, {"kind": "Node"}]})
    assert kept.related == [{"kind": "Node"}]
