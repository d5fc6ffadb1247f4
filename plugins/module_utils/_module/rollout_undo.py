# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the rollout_undo module does.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import dataclasses
import json
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.client import Client
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.follow import Follower
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.paths import object_path
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.workload import resolve_workload
from ansible_collections.rescue.kubernetes.plugins.module_utils._module.run import Stopwatch, run_module
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.assess import assess
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.objects import (
    JsonObject,
    comparable_template,
    dig,
    last_writer_of_template,
    metadata,
    name_of,
    namespace_of,
    pod_template,
    revision_number,
    text,
    uid_of,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.revisions import (
    Candidate,
    candidates,
    choose,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.snapshot import Snapshot

CHANGE_CAUSE = "kubernetes.io/change-cause"


@dataclasses.dataclass(frozen=True)
class UndoOptions:
    """The module's own options."""

    kind: str
    name: str
    namespace: str | None
    to_revision: int | None
    from_template_hash: str | None
    reason: str | None


def rollout_undo(client: Client, options: UndoOptions, check_mode: bool) -> JsonObject:
    """Write an earlier revision's template. Returns the module's result; what is refused changes nothing."""
    stopwatch = Stopwatch()
    workload = resolve_workload(client, options.kind, options.name, options.namespace)
    with Follower(client, workload, with_events=False) as follower:
        snapshot = follower.snapshot
    found = candidates(snapshot.workload, snapshot.revisions, snapshot.pods)
    result = _undo(client, snapshot, found, options, check_mode)
    return {
        "changed": False,
        "refused": False,
        "dry_run": False,
        "kind": text(workload.get("kind")),
        "name": name_of(workload),
        "namespace": namespace_of(workload),
        "from_revision": revision_number(snapshot.revision) if snapshot.revision else 0,
        "candidates": [entry.to_dict() for entry in found],
        **result,
        "calls": len(client.calls),
        "timing": stopwatch.to_dict(),
    }


def _undo(
    client: Client, snapshot: Snapshot, found: list[Candidate], options: UndoOptions, check_mode: bool
) -> JsonObject:
    workload = snapshot.workload
    present = assess(workload, snapshot.revisions, snapshot.pods)
    if options.to_revision is not None and present.revision == options.to_revision:
        return {"to_revision": present.revision, "message": f"Revision {present.revision} is already the present one."}
    if options.from_template_hash and present.template_hash != options.from_template_hash:
        return {"message": f"Nothing to undo: revision {present.revision} is another than the one to leave."}
    wanted = options.to_revision is not None or options.from_template_hash
    if not wanted and present.phase == "complete":
        return {"message": f"Nothing to undo: revision {present.revision} is complete ({present.message})."}
    if dig(workload, "spec", "paused") is True:
        return _refusal(f"{name_of(workload)} is paused; resume it first: kubectl rollout resume.")
    target = choose(found, options.to_revision)
    if target is None:
        return _refusal(_no_target(found, options.to_revision))
    revision = next(entry for entry in snapshot.older_revisions if revision_number(entry) == target.revision)
    template = {key: value for key, value in comparable_template(revision).items() if key != "$patch"}
    cause = f"rescue.kubernetes: rolled back from revision {present.revision} to revision {target.revision}"
    if options.reason:
        cause = f"{cause} ({' '.join(options.reason.split())[:200]})"
    operations = undo_patch(workload, template, cause)
    words = f"revision {target.revision} ({_images(target.images)}; {target.why})"
    answer: JsonObject = {
        "changed": True,
        "to_revision": target.revision,
        "template_hash": target.template_hash,
        "diff": {
            "before_header": f"{name_of(workload)} revision {present.revision}",
            "after_header": f"{name_of(workload)} revision {target.revision}",
            "before": _readable(comparable_template(workload)),
            "after": _readable(template),
        },
    }
    path = object_path(text(workload.get("kind")), namespace_of(workload), name_of(workload))
    if check_mode:
        checked = "the API server accepts it"
        try:
            client.json_patch(path, operations, dry_run=True)
        except ForbiddenError:
            checked = "not tried on the API server: this user may not patch it"
        return {**answer, "dry_run": True, "message": f"Would roll back to {words}; {checked}."}
    if not _write(client, path, operations, workload, template):
        manager, _when = last_writer_of_template(client.get(path))
        who = f" by {manager}" if manager else ""
        return _refusal(f"Somebody wrote another pod template{who} meanwhile; it was left alone.")
    return {**answer, "message": f"Rolled back to {words}."}


def _refusal(message: str) -> JsonObject:
    return {"changed": False, "refused": True, "message": message}


def _no_target(found: t.Sequence[Candidate], to_revision: int | None) -> str:
    if to_revision is not None:
        kept = ", ".join(str(entry.revision) for entry in found) or "none"
        return f"Revision {to_revision} is not in the history (kept: {kept})."
    if not found:
        return "No earlier revision is kept. Fix forward, or scale to zero until there is a fix."
    return "Every earlier revision fails now as well; none is worth going back to."


def undo_patch(workload: JsonObject, template: JsonObject, change_cause: str) -> list[JsonObject]:
    """JSON patch operations: tests of what was read, the template, and what happened in the change-cause.

    The template test is what stops us from overwriting a person's deploy; a test on resourceVersion would lose
    against every status update.
    """
    operations: list[JsonObject] = [
        {"op": "test", "path": "/metadata/uid", "value": uid_of(workload)},
        {"op": "test", "path": "/spec/template", "value": pod_template(workload)},
        {"op": "replace", "path": "/spec/template", "value": template},
    ]
    if not metadata(workload).get("annotations"):
        return [*operations, {"op": "add", "path": "/metadata/annotations", "value": {CHANGE_CAUSE: change_cause}}]
    key = CHANGE_CAUSE.replace("~", "~0").replace("/", "~1")
    return [*operations, {"op": "add", "path": f"/metadata/annotations/{key}", "value": change_cause}]


def _write(client: Client, path: str, operations: list[JsonObject], workload: JsonObject, template: JsonObject) -> bool:
    """Whether the template is ours now. A failed test (422) and a repeat after a torn connection look the same."""
    try:
        client.json_patch(path, operations)
    except (InvalidError, ConflictError):
        present = client.get(path)
        if uid_of(present) == uid_of(workload) and comparable_template(present) == template:
            return True
        if comparable_template(present) == comparable_template(workload):
            raise
        return False
    return True


def _images(images: t.Mapping[str, str]) -> str:
    return ", ".join(images.values())


def _readable(template: JsonObject) -> str:
    return json.dumps(template, indent=2, sort_keys=True) + "\n"


ARGUMENT_SPEC: dict[str, t.Any] = {
    "to_revision": {"type": "int"},
    "from_template_hash": {"type": "str"},
    "reason": {"type": "str"},
}


def main() -> None:
    """Run the module."""

    def body(client: Client, module: AnsibleModule) -> JsonObject:
        given = {field.name: module.params[field.name] for field in dataclasses.fields(UndoOptions)}
        options = UndoOptions(**given)
        return rollout_undo(client, options, module.check_mode)

    run_module(ARGUMENT_SPEC, body)
