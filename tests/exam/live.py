# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the live cases happen on the real cluster, and asks the real modules."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout import objects as o
from tests.cluster import Cluster, ClusterError

from . import ROOT
from .cases import CaseError, case_folders
from .images import StandIns
from .judging import Answer
from .live_cases import LiveCase, NotHereError, live_case
from .scoring import Marked

AT_ONCE = 4
# Seconds: for the run, for the revision before, for a verdict to be the same, for a verdict at all, between two looks.
_WHOLE_RUN = 900.0
_BASELINE = 60
_SAME = 30.0
_VERDICT = 120.0
_LOOK = 10.0
# rollout_status ends by itself; longer than any cause's grace and the observation of a young rollout.
_ROLLOUT = 45
_PROGRAM = 90.0


@dataclass
class LiveExam:
    """What became of the live cases; `not_run` tells why some could not be made to happen here."""

    cases: int = 0
    marked: list[Marked] = field(default_factory=list)
    not_run: dict[str, str] = field(default_factory=dict)


def examine_live(folder: Path, cluster: Cluster) -> LiveExam:
    """Run all live cases of the folder, some at a time. Raises ClusterError where the cluster does not come up."""
    found = LiveExam()
    ready: list[LiveCase] = []
    for path in case_folders(folder):
        if (path / "manifest.yaml").is_file():
            found.cases += 1
            try:
                ready.append(live_case(path, f"exam-{uuid.uuid4().hex[:8]}"))
            except (NotHereError, CaseError) as reason:
                found.not_run[path.name] = str(reason)
    cluster.up()
    standins = StandIns(cluster)
    end = time.monotonic() + _WHOLE_RUN
    try:
        standins.serve(image for case in ready for image in case.images)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            found.marked.extend(pool.map(lambda case: _run(case, cluster, end), ready))
    finally:
        standins.remove()
    return found


def _run(case: LiveCase, cluster: Cluster, end: float) -> Marked:
    """One case from its namespace to its marks; whatever happens, nothing of it stays."""
    if time.monotonic() > end:
        return Marked(case.id, case.expected, None, "the time for the whole run was over")
    print(f"{case.id}: in {case.namespace}", file=sys.stderr, flush=True)
    try:
        cluster.kubectl("create", "namespace", case.namespace)
        _make_happen(case, cluster)
        verdict = _settled_verdict(case, cluster)
        return Marked(case.id, case.expected, _answer(case, cluster, verdict))
    except (ClusterError, CaseError, subprocess.TimeoutExpired, ValueError) as error:
        return Marked(case.id, case.expected, None, " ".join(str(error).split())[-300:])
    finally:
        _remove(case, cluster)


def _make_happen(case: LiveCase, cluster: Cluster) -> None:
    def apply(manifest: str) -> None:
        cluster.kubectl("-n", case.namespace, "apply", "-f", "-", input=manifest)

    target = f"{case.kind}/{case.name}"
    before = ""
    if case.baseline:
        apply(case.baseline)
        cluster.kubectl("-n", case.namespace, "rollout", "status", target, f"--timeout={_BASELINE}s")
        before = _generation(case, cluster)
    apply(case.manifest)
    if before and _generation(case, cluster) == before:
        # What changed is what the pods meet, not the pods: it shows when one has to be made again.
        cluster.kubectl("-n", case.namespace, "delete", "pods", "--all", "--grace-period=1")


def _generation(case: LiveCase, cluster: Cluster) -> str:
    path = "jsonpath={.metadata.generation}"
    return cluster.kubectl("-n", case.namespace, "get", f"{case.kind}/{case.name}", "-o", path)


def _settled_verdict(case: LiveCase, cluster: Cluster) -> o.JsonObject:
    """The verdict that has been the same for a while, or the last one before the time is over."""
    end = time.monotonic() + _VERDICT
    since, known = time.monotonic(), ""
    while True:
        verdict = _module(case, cluster, "classify_failure", {})
        said = f"{verdict.get('category')}/{verdict.get('cause')}"
        now = time.monotonic()
        if said != known:
            since, known = now, said
        if now - since >= _SAME or now >= end:
            return verdict
        # The verdict must last: there is no event that says that nothing will change.
        time.sleep(_LOOK)


def _answer(case: LiveCase, cluster: Cluster, verdict: o.JsonObject) -> Answer:
    wait = {"wait": True, "wait_timeout": _ROLLOUT, "fail_on": []}
    rollout = _module(case, cluster, "rollout_status", wait)
    failed = rollout.get("phase") == "failed"
    return Answer(
        category=o.text(verdict.get("category")),
        cause=o.text(verdict.get("cause")),
        confidence=float(verdict.get("confidence") or 0.0),
        role=o.text(verdict.get("container_role")),
        failed=failed,
        failed_now=failed,
        summary=o.text(verdict.get("summary")),
    )


def _module(case: LiveCase, cluster: Cluster, name: str, more: o.JsonObject) -> o.JsonObject:
    """The result of one of our modules, run as a person would run it. Raises CaseError where it failed."""
    options = {"kind": case.kind, "name": case.name, "namespace": case.namespace, **more}
    environment = {
        "KUBECONFIG": str(cluster.kubeconfig),
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".collections"),
        "ANSIBLE_NOCOLOR": "1",
    }
    done = subprocess.run(
        ["ansible", "localhost", "-m", f"rescue.kubernetes.{name}", "-a", json.dumps(options)],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_PROGRAM,
    )
    _who, arrow, result = done.stdout.partition("=> ")
    if not arrow:
        raise CaseError(f"{name} said nothing that can be read: {done.stdout[-200:]}{done.stderr[-200:]}")
    found = o.mapping(json.loads(result))
    if done.returncode != 0:
        raise CaseError(f"{name}: {o.text(found.get('msg'))}")
    return found


def _remove(case: LiveCase, cluster: Cluster) -> None:
    """Remove the namespace and what the manifest made outside it."""
    arguments = ("delete", "--ignore-not-found", "--wait=false")
    for rest, manifest in ((("-f", "-"), case.manifest), (("namespace", case.namespace), None)):
        try:
            cluster.kubectl("-n", case.namespace, *arguments, *rest, input=manifest)
        except ClusterError as error:
            print(f"{case.id}: not all was removed: {error}", file=sys.stderr, flush=True)
