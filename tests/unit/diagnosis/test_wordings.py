# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every wording of runtimes, schedulers and the API server that the rules know (`wordings.json`)."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.engine import diagnose
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.matchers import (
    admission,
    image,
    scheduling,
    start,
)

from .build import deployed, event, pod, status, waiting

_WORDINGS: dict[str, t.Any] = json.loads((Path(__file__).parent / "wordings.json").read_text())


@pytest.mark.parametrize(
    "prefix", ["", "rpc error: code = Unknown desc = ", 'Failed to pull image "myregistry.io/a:1": ']
)
@pytest.mark.parametrize(("message", "cause"), _WORDINGS["pull"])
def test_pull_errors(prefix: str, message: str, cause: str) -> None:
    """Older kubelets put a prefix before what the runtime says."""
    found = image.classify(prefix + message)
    assert found is not None
    assert found[0] == cause


@pytest.mark.parametrize(("message", "cause"), _WORDINGS["image"])
def test_other_image_messages(message: str, cause: str | None) -> None:
    assert (image.classify(message) or (None,))[0] == cause


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("web:1", ("docker.io", "web")),
        ("team/web:1", ("docker.io", "team/web")),
        ("myregistry.io/team/web@sha256:abc", ("myregistry.io", "team/web")),
        ("localhost/web", ("localhost", "web")),
        ("registry:5000/web:1", ("registry:5000", "web")),
    ],
)
def test_the_place_of_an_image(name: str, place: tuple[str, str]) -> None:
    assert image.repository_of(name) == place


@pytest.mark.parametrize(("message", "clauses"), _WORDINGS["scheduler"])
def test_scheduler_messages(message: str, clauses: dict[str, int]) -> None:
    """Each clause counts for the nodes that it names; remarks on preemption count for none."""
    assert {clause.cause: clause.nodes for clause in scheduling.clauses_of(message)} == clauses


@pytest.mark.parametrize(("message", "cause", "name"), _WORDINGS["refusals"])
def test_refusals(message: str, cause: str, name: str | None) -> None:
    found, _confidence, words = admission.classify(message)
    assert found == cause
    assert words.get("name") == name


@pytest.mark.parametrize(("message", "cause", "name"), _WORDINGS["start"])
def test_start_errors(message: str, cause: str, name: str | None) -> None:
    found = start.classify(message)
    assert found is not None
    assert found[0] == cause
    assert found[2].get("name") == name


@pytest.mark.parametrize("message", _WORDINGS["transient"])
def test_caches_that_have_not_caught_up_are_no_cause(message: str) -> None:
    assert start.TRANSIENT.search(message)


@pytest.mark.parametrize(("reason", "message", "cause"), _WORDINGS["volumes"])
def test_volume_errors(reason: str, message: str, cause: str) -> None:
    source = pod(None, status(waiting("ContainerCreating")))
    assert diagnose(deployed(source, events=[event(source, reason, message)])).cause == cause


@pytest.mark.parametrize(("message", "cause"), _WORDINGS["sandbox"])
def test_sandbox_errors(message: str, cause: str) -> None:
    source = pod(None, status(waiting("ContainerCreating")))
    assert diagnose(deployed(source, events=[event(source, "FailedCreatePodSandBox", message)])).cause == cause
