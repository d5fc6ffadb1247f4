# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may be stored of whole objects."""

from __future__ import annotations

import json
import typing as t

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.object_redaction import ObjectRedactor
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.redaction import REDACTED

PLANTED = "hunter2hunter2"
APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["name", "value", "data", "annotations", "fieldsV1", "password", APPLIED]) | st.text(),
            inner,
        )
    ),
    max_leaves=12,
)


def cleaned(source: t.Any) -> t.Any:
    return ObjectRedactor().value(source)


@pytest.mark.parametrize(
    "source",
    [
        {"env": [{"name": "DB_PASSWORD", "value": PLANTED}]},
        {"env": [{"value": PLANTED, "name": "SIGNING_KEY"}]},
        {"httpGet": {"httpHeaders": [{"name": "Authorization", "value": PLANTED}]}},
        {"args": ["--api-token", PLANTED]},
        {"command": ["sh", "-c", f"export SECRET={PLANTED}; run"]},
        {"data": {"DATABASE_PASSWORD": PLANTED}},
        {"data": {"application.yml": f"spring:\n  datasource:\n    password: {PLANTED}\n"}},
        {"binaryData": {"keystore": PLANTED}},
        {"stringData": {"anything": PLANTED}},
        {"metadata": {"annotations": {"example.net/token": PLANTED}}},
        {"metadata": {"annotations": {APPLIED: json.dumps({"data": {"SENTRY_DSN": PLANTED}})}}},
        {"metadata": {"annotations": {APPLIED: json.dumps({"env": [{"value": PLANTED, "name": "API_KEY"}]})}}},
        {"metadata": {"annotations": {APPLIED: f"no JSON {PLANTED}"}}},
        {"csi": {"volumeAttributes": {"password": PLANTED}}},
        {"message": f"dial postgres://app:{PLANTED}@database"},
        {"managedFields": [{"fieldsV1": {"f:spec": {"f:finalizers": {f'v:"{PLANTED}"': {}}}}}]},
    ],
)
def test_secrets_are_not_kept(source: t.Any) -> None:
    assert PLANTED not in json.dumps(cleaned(source))


@pytest.mark.parametrize(
    "source",
    [
        {"env": [{"name": "DATABASE_HOST", "value": "database-new"}]},
        {"env": [{"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "password"}}}]},
        {"volumes": [{"name": "keys", "secret": {"secretName": "keys"}}]},
        {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": ["a"]}]},
        {"imagePullSecrets": [{"name": "registry"}], "automountServiceAccountToken": False},
        {"args": ["--verbose", "--port", "8080"]},
        {"metadata": {"annotations": {"deployment.kubernetes.io/revision": "3"}}},
        {"metadata": {"annotations": {APPLIED: '{"data":{"DATABASE_HOST":"database"}}'}}},
        {"data": {"DATABASE_HOST": "database"}},
        {"tolerations": [{"key": "dedicated", "value": "gpu"}]},
        {"fieldsV1": {"f:data": {"f:DATABASE_HOST": {}}, "f:spec": {"f:template": {}}}},
    ],
)
def test_what_a_cause_is_read_from_stays(source: t.Any) -> None:
    assert cleaned(source) == source


def test_secrets_that_differ_go_on_differing() -> None:
    found = cleaned([{"name": "DB_PASSWORD", "value": value} for value in ("one-1", "two-2", "one-1")])
    assert [entry["value"] for entry in found] == [REDACTED, "[redacted 2]", REDACTED]
    told = cleaned([f"postgres://app:{value}@database" for value in ("one-1", "two-2")])
    assert told == ["postgres://[redacted]@database", "postgres://[redacted 2]@database"]


@example({"password": float("inf")})
@given(JSON)
def test_any_value_is_cleaned_and_cleaning_twice_changes_nothing(source: t.Any) -> None:
    once = cleaned(source)
    json.dumps(once, allow_nan=False)
    assert cleaned(once) == once


def test_what_nests_too_deep_is_cut() -> None:
    nested: t.Any = PLANTED
    for _level in range(200):
        nested = [nested]
    assert PLANTED not in json.dumps(cleaned(nested))
