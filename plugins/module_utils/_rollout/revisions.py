# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which revision to go back to.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

`kubectl rollout undo` takes the second highest number, whatever its health, and toggles back to the bad version
when run twice. Here every kept revision is a candidate and says why it is taken or refused.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.objects import (
    JsonObject,
    containers_of,
    is_ready,
    pod_template,
    pods_of,
    previous_revisions,
    revision_number,
    template_hash,
    text,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.progress import pod_trouble


@dataclasses.dataclass(frozen=True)
class Candidate:
    """A revision that could be gone back to.

    `evidence` is `serving` (its pods are ready now), `failing` (its pods are in trouble now: refused) or `number`
    (only its place in the history speaks for it: the API keeps no record of past completion).
    """

    revision: int
    template_hash: str
    images: dict[str, str]
    ready_pods: int
    evidence: t.Literal["serving", "failing", "number"]
    why: str

    def to_dict(self) -> JsonObject:
        """Shape: `{revision, template_hash, images: {container: image}, ready_pods, evidence, why}`."""
        return dataclasses.asdict(self)


def images_of(source: t.Any) -> dict[str, str]:
    """Images of the main containers of a workload or revision, by container name."""
    return {
        text(container.get("name")): text(container.get("image"))
        for role, container in containers_of(pod_template(source))
        if role == "main"
    }


def candidates(workload: t.Any, revisions: t.Sequence[t.Any], pods: t.Sequence[t.Any]) -> list[Candidate]:
    """Every kept older revision, best first: serving ones, then by number; failing ones last."""
    rank = {"serving": 0, "number": 1, "failing": 2}
    found = [_judge(workload, entry, pods) for entry in previous_revisions(workload, revisions)]
    return sorted(found, key=lambda entry: (rank[entry.evidence], -entry.revision))


def _judge(workload: t.Any, revision: JsonObject, pods: t.Sequence[t.Any]) -> Candidate:
    own = pods_of(workload, revision, pods)
    ready = sum(1 for pod in own if is_ready(pod))
    trouble = next((reason for reason in map(pod_trouble, own) if reason), "")

    def candidate(evidence: t.Literal["serving", "failing", "number"], why: str) -> Candidate:
        return Candidate(revision_number(revision), template_hash(revision), images_of(revision), ready, evidence, why)

    if ready:
        return candidate("serving", f"{ready} of its pods {'is' if ready == 1 else 'are'} ready now")
    if trouble:
        return candidate("failing", f"its own pods fail: {trouble}")
    return candidate("number", "it is an earlier revision; nothing recorded says that it worked")


def choose(found: t.Sequence[Candidate], to_revision: int | None = None) -> Candidate | None:
    """The candidate to go back to, or None. A person's `to_revision` is taken whatever its evidence."""
    if to_revision is not None:
        return next((entry for entry in found if entry.revision == to_revision), None)
    return next((entry for entry in found if entry.evidence != "failing"), None)
