# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.exam.cases import CaseError, case_folders, expected_of, read_objects, records_of, target_of
from tests.exam.record_evidence import evidence_of

from . import written


def test_times_stay_the_strings_that_the_api_writes(tmp_path: Path) -> None:
    path = tmp_path / "objects.yaml"
    path.write_text("kind: Pod\nmetadata: {name: till, creationTimestamp: 2026-01-05T10:00:00Z}\n")
    assert read_objects(path)[0]["metadata"]["creationTimestamp"] == "2026-01-05T10:00:00Z"


def test_a_list_within_a_stream_is_opened_and_secrets_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "objects.yaml"
    inner = {"kind": "PodList", "items": [{"metadata": {"name": "till"}}]}
    listed = {"kind": "List", "items": [{"kind": "Secret", "metadata": {"name": "key"}}, inner]}
    path.write_text(f"{json.dumps(listed)}\n---\nkind: Event\n---\n")
    assert [entry["kind"] for entry in read_objects(path)] == ["Pod", "Event"]


@pytest.mark.parametrize("text", ["a: [", "\x00", "just words", "", "- 1\n- 2\n"])
def test_what_is_no_record_is_one_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "objects.yaml"
    path.write_text(text)
    with pytest.raises(CaseError, match=r"objects\.yaml"):
        read_objects(path)


def test_an_answer_needs_category_and_cause(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="names no expected_category"):
        expected_of(written.write(tmp_path, "case", None, {"expected_category": "image"}))


def test_a_case_with_text_for_people_only_has_no_record(tmp_path: Path) -> None:
    case = written.write(tmp_path, "case", None, written.answer(), {"describe.txt": "Name: till"})
    assert list(records_of(case, expected_of(case))) == []


def test_of_what_was_watched_the_last_state_counts(tmp_path: Path) -> None:
    first, last = written.pod(waiting={"reason": "ContainerCreating"}), written.pod(ready=True)
    files = {"watch.json": json.dumps([first, last])}
    case = written.write(tmp_path, "case", None, written.answer(target={}), files)
    (found,) = records_of(case, expected_of(case))
    assert found.objects == [last]


def test_the_late_look_is_a_record_of_its_own(tmp_path: Path) -> None:
    files = {f"{name}/objects.yaml": json.dumps(written.deployment()) for name in ("recorded", "recorded_late")}
    case = written.write(tmp_path, "case", None, written.answer(), files)
    assert [entry.id for entry in records_of(case, expected_of(case))] == ["case", "case (late)"]


def test_hidden_folders_are_no_cases(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "a").mkdir()
    assert [path.name for path in case_folders(tmp_path)] == ["a"]


def test_the_target_is_the_named_one_of_its_namespace(tmp_path: Path) -> None:
    other = written.deployment()
    other["metadata"] = {**other["metadata"], "namespace": "elsewhere", "uid": "d2"}
    target = {"kind": "Deployment", "name": "till", "namespace": written.SHOP}
    found = written.record(tmp_path, [other, written.deployment()], written.answer(target=target))
    assert target_of(found)["metadata"]["uid"] == "d1"


def test_a_record_without_its_target_says_so(tmp_path: Path) -> None:
    found = written.record(tmp_path, [written.pod()])
    with pytest.raises(CaseError, match="does not hold Deployment/till"):
        target_of(found)


def test_evidence_holds_what_is_the_targets_and_the_rest_beside_it(tmp_path: Path) -> None:
    stranger = {"kind": "Pod", "metadata": written.metadata("other", "p9", labels={"app": "other"})}
    service = {"kind": "Service", "metadata": written.metadata("prices")}
    evidence = evidence_of(written.record(tmp_path, [*written.missing_tag(), stranger, service]))
    assert evidence.workload["kind"] == "Deployment"
    assert [entry["metadata"]["name"] for entry in evidence.revisions] == ["till-7d9f"]
    assert [entry["metadata"]["name"] for entry in evidence.pods] == ["till-7d9f-abcde"]
    assert [entry["metadata"]["name"] for entry in evidence.related] == ["prices"]
    assert evidence.taken_at == "2026-01-05T10:01:00Z"


def test_without_uids_owners_go_by_name(tmp_path: Path) -> None:
    objects = written.missing_tag()
    for entry in objects:
        entry["metadata"].pop("uid")
        for reference in entry["metadata"].get("ownerReferences", []):
            reference.pop("uid")
    evidence = evidence_of(written.record(tmp_path, objects))
    assert (len(evidence.revisions), len(evidence.pods)) == (1, 1)


def test_a_pod_whose_replica_set_was_not_recorded_goes_by_its_owners_name(tmp_path: Path) -> None:
    workload, _replica_set, pod = written.missing_tag()
    assert len(evidence_of(written.record(tmp_path, [workload, pod])).pods) == 1


def test_a_log_without_a_name_is_of_the_container_that_ended(tmp_path: Path) -> None:
    ended = {"name": "till", "state": {"waiting": {}}, "lastState": {"terminated": {"exitCode": 1}}}
    crashed = written.pod(containerStatuses=[{"name": "proxy", "state": {"running": {}}}, ended])
    objects = [written.deployment(), written.replica_set(), crashed]
    (log,) = evidence_of(written.record(tmp_path, objects, files={"logs.txt": "boom\x1b[31m"})).logs
    assert (log.container, log.previous, log.text) == ("till", True, "boom")


def test_logs_are_named_after_pod_and_container(tmp_path: Path) -> None:
    files = {
        "recorded/objects.yaml": "---\n".join(json.dumps(entry) + "\n" for entry in written.missing_tag()),
        "recorded/logs/till-7d9f-abcde__till.log": "now",
        "recorded/logs/till-7d9f-abcde__till.previous.log": "before",
        "recorded/logs/other__till.log": "of another pod",
    }
    case = written.write(tmp_path, "case", None, written.answer(), files)
    (found,) = records_of(case, expected_of(case))
    logs = [(log.container, log.previous, log.text) for log in evidence_of(found).logs]
    assert logs == [("till", False, "now"), ("till", True, "before")]
