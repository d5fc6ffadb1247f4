# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the live cases happen on the real cluster, and asks the real modules."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import typing as t
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout import objects as o
from tests.cluster import Cluster, ClusterError

from . import ROOT
from .cases import CaseError, Expected, case_folders, expected_of, read_objects
from .images import Image, StandIns, parsed, standin_for
from .judging import Answer
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

# The cluster's registry knows every user and refuses nobody.
_OTHER_REGISTRIES = {
    "image_repo_denied_or_missing",
    "image_auth_failed",
    "registry_rate_limited",
    "registry_tls_untrusted",
}
# What a person wrote about an image that was left out on purpose when the case was recorded.
_ABSENT = re.compile(r"not in the registry|no such|does not (resolve|exist)|never|missing|unreachable", re.IGNORECASE)


@dataclass
class LiveExam:
    """What became of the live cases; `not_run` tells why some could not be made to happen here."""

    cases: int = 0
    marked: list[Marked] = field(default_factory=list)
    not_run: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class LiveCase:
    """One case, ready to be applied: manifests in a namespace of its own, and the images that must be there."""

    id: str
    expected: Expected
    namespace: str
    kind: str
    name: str
    manifest: str
    baseline: str
    images: tuple[Image, ...]


class NotHereError(Exception):
    """A case that this cluster cannot make happen; the text says why."""


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


def live_case(folder: Path, namespace: str) -> LiveCase:
    """The case in a namespace of its own. Raises CaseError, and NotHereError where it cannot happen here."""
    expected = expected_of(folder)
    other = _OTHER_REGISTRIES & set(expected.causes)
    if other:
        raise NotHereError(f"the cluster's registry cannot answer so that it is {sorted(other)[0]}")
    objects = read_objects(folder / "manifest.yaml")
    spaces = {o.namespace_of(entry) for entry in objects} | {
        o.name_of(entry) for entry in objects if entry.get("kind") == "Namespace"
    }
    named = sorted((spaces | {o.text(expected.target.get("namespace")), expected.namespace}) - {""})
    if len(named) > 1:
        raise NotHereError(f"it needs more than one namespace: {', '.join(named)}")
    kind, name = o.text(expected.target.get("kind")), o.text(expected.target.get("name"))
    if not kind or not name:
        raise NotHereError("it names no target")
    texts = []
    for file in ("manifest.yaml", "baseline.yaml"):
        text = (folder / file).read_text(encoding="utf-8") if (folder / file).is_file() else ""
        texts.append(renamed(without_digests(text), named[0], namespace) if named else without_digests(text))
    images = tuple(_images(folder, objects))
    return LiveCase(folder.name, expected, namespace, kind, name, texts[0], texts[1], images)


def renamed(manifest: str, old: str, new: str) -> str:
    """The manifest with a namespace's name replaced where it stands by itself or in a Service's domain name."""
    alone = rf"(?<![\w./-]){re.escape(old)}(?![\w./-])"
    return re.sub(rf"{alone}|(?<=\.){re.escape(old)}(?=\.svc\b)", new, manifest)


def without_digests(manifest: str) -> str:
    """The manifest with images by tag: what stands in cannot have the original's digest."""
    return re.sub(r"(image:\s*\S+:[\w.-]+)@sha256:[0-9a-f]{64}", r"\1", manifest)


def _images(folder: Path, objects: Sequence[o.JsonObject]) -> Iterator[Image]:
    """The images that must be in the registry: all but those that were left out when the case was recorded."""
    noted = o.mapping(_noted(folder).get("images"))
    references = set(_references(objects))
    if (folder / "baseline.yaml").is_file():
        references |= set(_references(read_objects(folder / "baseline.yaml")))
    for reference in sorted(references):
        image = parsed(reference)
        note = next((o.text(value) for key, value in noted.items() if _same(o.text(key), reference)), "")
        if image is None or _ABSENT.search(note) or (noted and not note):
            continue
        if standin_for(image) is None:
            raise NotHereError(f"nothing can stand in for {reference}")
        yield image


def _noted(folder: Path) -> o.JsonObject:
    """What the recorder noted of its stand-ins; it is no input to a diagnosis."""
    path = folder / "recorded" / "meta.yaml"
    try:
        return o.mapping(yaml.safe_load(path.read_text(encoding="utf-8"))) if path.is_file() else {}
    except yaml.YAMLError:
        return {}


def _same(noted: str, reference: str) -> bool:
    """Whether a note is about the reference; digests and the tag `latest` may be left off in either."""
    first, second = parsed(noted), parsed(reference)
    return first is not None and first == second


def _references(source: t.Any) -> Iterator[str]:
    if isinstance(source, dict):
        for key, value in source.items():
            if key == "image" and isinstance(value, str):
                yield value
            else:
                yield from _references(value)
    elif isinstance(source, list):
        for entry in source:
            yield from _references(entry)


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
