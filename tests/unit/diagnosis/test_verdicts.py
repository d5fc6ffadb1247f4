# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the diagnosis says of faults that were recorded on a real cluster."""

from __future__ import annotations

import copy
import dataclasses
import json
import random
import re
import typing as t

import pytest

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.causes import ALL, BY_NAME
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.engine import diagnose
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.evidence import Evidence, LogExcerpt
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.model import Diagnosis

from .live_records import LIVE_RECORDS
from .records import RECORDS, WRITTEN, record

Json = dict[str, t.Any]
HOST = "database-new.production.svc.cluster.local"


def judged(name: str, edit: t.Callable[[Evidence], object] | None = None) -> Diagnosis:
    evidence = record(name)
    if edit is not None:
        edit(evidence)
    return diagnose(evidence)


def newest_pod(evidence: Evidence) -> Json:
    return max(evidence.pods, key=lambda pod: (pod["metadata"]["creationTimestamp"], not ready(pod)))


def ready(pod: Json) -> bool:
    return any(entry["type"] == "Ready" and entry["status"] == "True" for entry in pod["status"].get("conditions", []))


@pytest.mark.parametrize("name", sorted(RECORDS))
def test_the_cause_is_named(name: str) -> None:
    found = judged(name)
    cause = BY_NAME[RECORDS[name]]
    assert (found.category, found.cause) == (cause.category, cause.name)
    assert found.evidence or found.category in ("none", "unknown")
    assert found.summary.endswith(".")
    assert 1 <= len(found.message.splitlines()) <= 3
    json.dumps(found.to_dict())


@pytest.mark.parametrize("name", sorted(RECORDS))
def test_order_and_strangers_change_nothing(name: str) -> None:
    """Reordered lists, other workloads' failing pods and their events: the same verdict."""

    def disturb(evidence: Evidence) -> None:
        shuffle = random.Random(1).shuffle
        stranger = copy.deepcopy(record("module_missing"))
        for entry in (*stranger.pods, *stranger.revisions):
            entry["metadata"]["uid"] += "-stranger"
            for owner in entry["metadata"].get("ownerReferences", []):
                owner["uid"] += "-stranger"
        for event in stranger.events:
            event["involvedObject"]["uid"] += "-stranger"
        evidence.pods.extend(stranger.pods)
        evidence.revisions.extend(stranger.revisions)
        evidence.events.extend(stranger.events)
        evidence.logs.extend(stranger.logs)
        for entries in (evidence.pods, evidence.revisions, evidence.events):
            shuffle(entries)

    assert judged(name, disturb).to_dict() == judged(name).to_dict()


# 1. The tag that was never pushed.


def test_missing_tag() -> None:
    found = judged("tag_missing")
    assert found.terminal
    assert found.grace == 0.0
    assert found.origin == "revision"
    assert found.rollback_helps is True
    assert found.changed[0].field == "spec.containers[web].image"
    assert found.changed[0].after == "myregistry.io/api-server:v9.9.9"
    assert "not found" in found.evidence[0].text
    assert found.remedies[0].action == "roll_back"
    assert "myregistry.io/api-server:v9.9.9" in found.message.splitlines()[0]


def test_a_first_revision_has_nothing_to_go_back_to() -> None:
    def forget(evidence: Evidence) -> None:
        kept = [
            entry
            for entry in evidence.revisions
            if entry["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "2"
        ]
        evidence.revisions[:] = kept

    found = judged("tag_missing", forget)
    assert found.cause == "image_tag_not_found"
    assert found.terminal
    assert found.rollback_helps is None
    assert "roll_back" not in [remedy.action for remedy in found.remedies]


def test_an_image_that_the_older_revision_uses_too_is_not_cured_by_going_back() -> None:
    def same_image(evidence: Evidence) -> None:
        old = min(evidence.revisions, key=lambda entry: entry["metadata"]["creationTimestamp"])
        container = old["spec"]["template"]["spec"]["containers"][0]
        container.update(image="myregistry.io/api-server:v9.9.9", env=[{"name": "LEVEL", "value": "info"}])

    assert judged("tag_missing", same_image).rollback_helps is False


# 2. The module that is not in the image.


def test_missing_module() -> None:
    found = judged("module_missing")
    assert found.terminal
    assert found.rollback_helps is True
    assert "'express'" in found.summary
    assert found.evidence[0].text == "Error: Cannot find module 'express'"
    assert found.evidence[0].field.endswith("log of web")
    assert found.container_role == "main"


def test_without_its_log_a_crash_is_not_explained() -> None:
    found = judged("module_missing", lambda evidence: evidence.logs.clear())
    assert found.cause == "exit_nonzero"
    assert found.confidence < 0.8
    assert not found.terminal


def test_an_init_container_is_called_one() -> None:
    assert judged("init_module").container_role == "init"


# 3. The host that a ConfigMap names.


def test_host_in_a_changed_configmap() -> None:
    found = judged("config_host")
    assert found.origin == "configuration"
    assert found.rollback_helps is False
    assert found.grace == 0.0
    change = found.changed[0]
    assert change.field == "ConfigMap/settings data.database_host"
    assert (change.before, change.after, change.kind) == ("localhost", HOST, "config")
    assert change.by == "kubectl-patch"
    assert change.time is not None
    assert "does not help" in found.summary
    assert "roll_back" not in [remedy.action for remedy in found.remedies]
    assert found.remedies[0].patch == [{"op": "replace", "path": "/data/database_host", "value": "localhost"}]


def test_earlier_content_that_nobody_kept_is_unknown() -> None:
    def forget(evidence: Evidence) -> None:
        del evidence.related[0]["metadata"]["annotations"]

    found = judged("config_host", forget)
    assert found.changed[0].before == "earlier content unknown"
    assert found.changed[0].by == "kubectl-patch"
    assert found.rollback_helps is False
    assert found.remedies[0].patch is None


def test_host_in_another_configmap_than_before_is_the_revisions() -> None:
    def other_map(evidence: Evidence) -> None:
        old = min(evidence.revisions, key=lambda entry: entry["metadata"]["creationTimestamp"])
        old["spec"]["template"]["spec"]["containers"][0]["env"][0]["valueFrom"]["configMapKeyRef"]["name"] = "older"

    found = judged("config_host", other_map)
    assert found.rollback_helps is True
    assert found.origin == "revision"


def test_host_in_the_template_is_the_revisions() -> None:
    found = judged("env_host")
    assert found.rollback_helps is True
    assert found.grace == 0.0
    assert found.changed[0].field == "spec.containers[web].env[DATABASE_HOST].value"
    assert (found.changed[0].before, found.changed[0].after) == ("database", "database-new")


def test_a_service_that_does_not_exist_is_evidence() -> None:
    found = judged("config_host")
    assert any("no Service database-new" in item.text for item in found.evidence)


# 4. The probe that asks on the wrong port.


@pytest.mark.parametrize("name", ["liveness_port", "liveness_port_killed"])
def test_liveness_probe_on_another_port(name: str) -> None:
    found = judged(name)
    assert found.rollback_helps is True
    assert found.grace == 0.0
    assert not found.terminal
    assert found.changed[0].field == "spec.containers[web].livenessProbe.httpGet.port"
    assert (found.changed[0].before, found.changed[0].after) == (3000, 8080)
    assert "8080" in found.summary
    assert "3000" in found.summary
    assert found.confidence >= 0.9
    assert "crash" not in [entry.category for entry in found.alternatives]
    assert found.remedies[1].patch == [
        {"op": "test", "path": "/spec/template/spec/containers/0/livenessProbe/httpGet/port", "value": 8080},
        {"op": "replace", "path": "/spec/template/spec/containers/0/livenessProbe/httpGet/port", "value": 3000},
    ]


def test_it_is_named_before_the_restart() -> None:
    evidence = record("liveness_port")
    assert newest_pod(evidence)["status"]["containerStatuses"][0]["restartCount"] == 0


def test_a_suspicious_port_that_nobody_refused_yet_is_only_an_alternative() -> None:
    def unasked(evidence: Evidence) -> None:
        evidence.events.clear()
        for pod in evidence.pods:
            pod["status"]["containerStatuses"][0]["lastState"] = {}

    found = judged("liveness_port", unasked)
    assert found.category == "none"
    assert [entry.cause for entry in found.alternatives] == ["liveness_probe_wrong_port"]


@pytest.mark.parametrize("code", [0, 137, 143])
def test_a_stop_that_no_event_explains_is_still_the_probes(code: int) -> None:
    """Events live an hour, and come late from a busy node."""

    def silent(evidence: Evidence) -> None:
        evidence.events[:] = [event for event in evidence.events if event["involvedObject"]["kind"] != "Pod"]
        status = newest_pod(evidence)["status"]["containerStatuses"][0]
        started, finished = "2026-11-23T10:00:00Z", "2026-11-23T10:01:30Z"
        ended = {"exitCode": code, "reason": "Error", "startedAt": started, "finishedAt": finished}
        status.update(restartCount=2, ready=True, lastState={"terminated": ended})
        status["state"] = {"running": {"startedAt": "2026-11-23T10:01:31Z"}}
        evidence.taken_at = "2026-11-23T10:01:40Z"

    assert judged("liveness_port_killed", silent).cause == "liveness_probe_wrong_port"


# Nothing wrong.


@pytest.mark.parametrize("name", ["healthy", "healthy_second", "scaled_to_zero", "slow_start"])
def test_nothing_wrong(name: str) -> None:
    found = judged(name)
    assert found.category == "none"
    assert found.rollback_helps is None
    assert found.remedies == []
    assert found.alternatives == []


def test_a_start_that_takes_too_long_is_named_but_given_time() -> None:
    def late(evidence: Evidence) -> None:
        started = "2026-11-23T10:00:00Z"
        newest_pod(evidence)["status"]["containerStatuses"][0]["state"] = {"running": {"startedAt": started}}
        evidence.taken_at = "2026-11-23T10:00:45Z"

    found = judged("slow_start", late)
    assert found.cause == "readiness_probe_failing"
    assert found.grace == 30.0
    assert found.since == "2026-11-23T10:00:30Z"


def test_one_unexplained_restart_that_is_over_is_no_failure() -> None:
    def restarted(evidence: Evidence) -> None:
        ended = {"exitCode": 137, "reason": "Error", "finishedAt": evidence.taken_at}
        for pod in evidence.pods:
            pod["status"]["containerStatuses"][0].update(restartCount=1, lastState={"terminated": ended})

    assert judged("healthy", restarted).cause == "healthy"


def test_pods_of_the_revision_before_do_not_count() -> None:
    """The old revision crashes beside a new one that is well."""

    def swap(evidence: Evidence) -> None:
        old = copy.deepcopy(record("exception"))
        crashing = newest_pod(old)
        crashing["metadata"]["uid"] = "old-pod"
        older = min(evidence.revisions, key=lambda entry: entry["metadata"]["creationTimestamp"])
        crashing["metadata"]["ownerReferences"][0].update(name=older["metadata"]["name"], uid=older["metadata"]["uid"])
        evidence.pods.append(crashing)
        evidence.logs.extend(old.logs)

    assert judged("healthy_second", swap).cause == "healthy"


def test_events_of_a_namesake_do_not_count() -> None:
    def namesake(evidence: Evidence) -> None:
        for event in evidence.events:
            if event["reason"] == "Unhealthy":
                event["involvedObject"]["uid"] = "another"

    assert judged("liveness_port", namesake).category == "none"


# What cannot be known.


def test_a_rollout_without_a_sign_is_unknown_and_never_sure() -> None:
    def mute(evidence: Evidence) -> None:
        evidence.events.clear()
        evidence.logs.clear()
        pod = newest_pod(evidence)
        pod["status"]["containerStatuses"][0]["state"] = {"waiting": {"reason": "ContainerCreating"}}
        evidence.taken_at = "2026-11-24T00:00:00Z"

    found = judged("tag_missing", mute)
    assert found.cause == "unknown"
    assert found.confidence <= 0.5


def test_an_empty_record_is_insufficient() -> None:
    assert diagnose(Evidence()).cause == "insufficient_evidence"


def test_what_could_not_be_read_lowers_the_confidence() -> None:
    def blind(evidence: Evidence) -> None:
        evidence.unseen.append("logs: forbidden")

    assert judged("module_missing", blind).confidence < judged("module_missing").confidence


def test_the_deadline_does_not_hide_its_cause() -> None:
    def passed(evidence: Evidence) -> None:
        name = newest_pod(evidence)["metadata"]["ownerReferences"][0]["name"]
        condition = {
            "type": "Progressing",
            "status": "False",
            "reason": "ProgressDeadlineExceeded",
            "message": f'ReplicaSet "{name}" has timed out progressing.',
        }
        status = evidence.workload["status"]
        status["conditions"] = [entry for entry in status["conditions"] if entry["type"] != "Progressing"] + [condition]

    assert judged("module_missing", passed).cause == "missing_dependency"


# Text from the cluster is hostile.


def test_planted_secrets_and_escapes_are_not_in_the_verdict() -> None:
    planted = "hunter2hunter2"

    def plant(evidence: Evidence) -> None:
        excerpt = evidence.logs[0]
        text = f"\x1b[2JError: Cannot find module 'x' token={planted}\x07 {{{{ lookup('pipe', 'id') }}}}\n"
        evidence.logs[0] = LogExcerpt(excerpt.pod, "", excerpt.container, excerpt.previous, text)
        template = evidence.workload["spec"]["template"]["spec"]["containers"][0]
        template["env"] = [
            {"name": "API_TOKEN", "value": planted},
            {"name": "URL", "value": f"redis://:{planted}@cache"},
        ]
        template["args"] = [f"--password={planted}"]
        newest = max(evidence.revisions, key=lambda entry: entry["metadata"]["creationTimestamp"])
        newest["spec"]["template"]["spec"]["containers"][0].update(env=template["env"], args=template["args"])

    found = judged("module_missing", plant)
    told = json.dumps(found.to_dict())
    assert found.cause == "missing_dependency"
    assert planted not in told
    assert "\\u001b" not in told
    assert "\\u0007" not in told
    assert any(change.field.endswith("env[API_TOKEN]") for change in found.changed)


def test_a_record_is_not_changed_by_judging_it() -> None:
    evidence = record("config_host")
    before = copy.deepcopy(dataclasses.asdict(evidence))
    diagnose(evidence)
    assert dataclasses.asdict(evidence) == before


# The records are of every cause.


def test_every_cause_has_a_record() -> None:
    # That there is no evidence is what the one that is left says.
    recorded = {*RECORDS.values(), *LIVE_RECORDS.values()}
    assert {cause.name for cause in ALL} - recorded == {"insufficient_evidence"}


def test_few_records_are_written_and_not_those_of_what_can_be_made_to_happen() -> None:
    happened = {cause for name, cause in RECORDS.items() if name not in WRITTEN}
    written = {edited.cause for edited in WRITTEN.values()} - happened
    assert len(written) <= 30
    # No container runtime that this cluster could have checks signatures.
    ours = {cause for cause in written if BY_NAME[cause].category in ("image", "crash", "config", "health")}
    assert ours == {"image_signature_invalid"}


@pytest.mark.parametrize("name", sorted(RECORDS))
def test_records_hold_nothing_of_the_machine(name: str) -> None:
    told = json.dumps(record(name).to_dict())
    assert "PRIVATE KEY" not in told
    assert not re.search(r"(?:/root/|/work/(?!program))", told)


# Faults that only a live cluster showed.


def test_a_taint_that_the_scheduler_does_not_name_is_read_from_the_nodes() -> None:
    assert "untolerated taint(s)" in json.dumps(record("taint").pods)
    assert "dedicated: batch" in judged("taint").summary


@pytest.mark.parametrize("name", ["taint", "cordoned", "node_lost", "node_full"])
def test_without_the_nodes_nothing_is_sure_of_what_the_scheduler_does_not_name(name: str) -> None:
    """The message holds for nodes that the pod does not select, too."""
    assert judged(name).confidence > 0.9
    blind = judged(name, lambda evidence: evidence.related.clear())
    assert blind.category in ("scheduling", "node")


def test_what_is_asked_after_the_selector_speaks_of_nodes_that_match_it() -> None:
    assert "didn't match Pod's node affinity/selector" in json.dumps(record("crowded").pods)
    found = judged("crowded")
    assert "node_selector_mismatch" not in [entry.cause for entry in found.alternatives]


def test_an_evicted_pod_counts_until_its_successor_is_ready() -> None:
    def recovered(evidence: Evidence) -> None:
        for pod in evidence.pods:
            if pod["status"]["phase"] != "Failed":
                pod["status"]["phase"] = "Running"
                pod["status"]["conditions"] = [{"type": "Ready", "status": "True"}]
        evidence.workload["status"].update(readyReplicas=1, availableReplicas=1, updatedReplicas=1, replicas=1)

    assert judged("evicted").cause == "evicted"
    assert judged("evicted", recovered).cause == "healthy"


def test_an_eviction_of_long_ago_explains_nothing_of_now() -> None:
    def later(evidence: Evidence) -> None:
        evidence.taken_at = "2026-11-25T17:00:00Z"

    assert judged("evicted", later).cause != "evicted"
