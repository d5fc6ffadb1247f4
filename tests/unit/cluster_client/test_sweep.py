# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A sweep at the wire: what it asks, page by page, and what it makes of refusals."""

from __future__ import annotations

import json
import typing as t
from urllib.parse import parse_qs, urlsplit

import pytest

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster import errors
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster import sweep as sweep_module
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.client import Client
from ansible_collections.rescue.kubernetes.plugins.module_utils._module.sweep import (
    SWEEP_ARGUMENT_SPEC,
    SweepOptions,
    refuse_sweep_options,
    sweep,
    sweep_failure,
)
from tests.unit.cluster_client.api_server import ApiServer, Handler, Reply, answer, failure
from tests.unit.rollout.factory import deployment, pod, replica_set, stateful_set, waiting

JsonObject = dict[str, t.Any]
APPS = "/apis/apps/v1"
PARAMS: JsonObject = {
    "namespace": None,
    "wait": False,
    "wait_timeout": None,
    "observe_for": None,
    "classify": False,
    "grace": None,
    "max_restarts": 2,
    "progress_file": None,
    **{name: option.get("default") for name, option in SWEEP_ARGUMENT_SPEC.items()},
}


def options(**given: t.Any) -> SweepOptions:
    return SweepOptions.from_params({**PARAMS, **given}, "default")


def collection(kind: str, *objects: JsonObject) -> Reply:
    """Reply with the page that is asked for; the continue token is where it begins."""

    def reply(handler: Handler) -> None:
        query = parse_qs(urlsplit(handler.path).query)
        start, limit = int(query.get("continue", ["0"])[0]), int(query["limit"][0])
        following = str(start + limit) if start + limit < len(objects) else ""
        # lists leave the kind of their items out
        items = [{key: value for key, value in entry.items() if key != "kind"} for entry in objects]
        page = {"kind": f"{kind}List", "metadata": {"continue": following}, "items": items[start : start + limit]}
        answer(200, page)(handler)

    return reply


def placed(source: JsonObject, name: str, namespace: str) -> JsonObject:
    """A copy of the object by another name."""
    copy: JsonObject = json.loads(json.dumps(source))
    copy["metadata"] |= {"name": name, "namespace": namespace, "uid": f"uid-{namespace}-{name}"}
    return copy


def serve(server: ApiServer, where: str = "", **objects: t.Sequence[JsonObject]) -> None:
    for kind in ("Deployment", "StatefulSet", "DaemonSet"):
        server.on_get(f"{APPS}{where}/{kind.lower()}s", collection(kind, *objects.get(kind, ())))


def failing_pod(name: str, namespace: str) -> JsonObject:
    """A pod of the Deployment `name` that has not got its image since long."""
    owner = {"kind": "ReplicaSet", "metadata": {"name": f"{name}-hash2", "uid": "u"}}
    about = {"labels": {"pod-template-hash": "hash2"}, "creationTimestamp": "2020-01-01T00:00:00Z"}
    made = pod(owner, f"{name}-hash2-x", ready=False, namespace=namespace, **about)
    return waiting(made, "ErrImagePull")


@pytest.mark.parametrize("page_size", [1, 2, 3, 500])
def test_the_result_does_not_depend_on_the_pages(
    page_size: int, server: ApiServer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep_module, "PAGE_SIZE", page_size)
    rolling = deployment(updated=1, available=2)
    serve(
        server,
        Deployment=[
            placed(rolling, "stuck", "a"), placed(deployment(), "well", "a"), placed(rolling, "slow", "b"),
            placed(rolling, "dns", "kube-system"),
        ],
        StatefulSet=[placed(stateful_set(), "database", "b")],
    )  # fmt: skip
    server.on_get("/api/v1/namespaces/a/pods", collection("Pod", failing_pod("other", "a"), failing_pod("stuck", "a")))
    server.on_get("/api/v1/namespaces/b/pods", collection("Pod"))

    result = sweep(client, options(all_namespaces=True, query="[].name"))

    assert [(row["name"], row["phase"]) for row in result["workloads"]] == [
        ("stuck", "failed"), ("slow", "progressing"),
    ]  # fmt: skip
    assert result["workloads"][0]["message"].endswith("stuck-hash2-x: ErrImagePull")
    assert result["counts"] == {"failed": 1, "progressing": 1, "paused": 0, "complete": 2}
    assert (result["checked"], result["namespaces"], result["hidden"]) == (4, 2, 1)
    assert (result["classified"], result["unclassified"]) == (0, 2)
    assert result["query_result"] == ["stuck", "slow"]
    assert result["message"] == (
        "4 workloads in 2 namespaces: 1 failed, 1 progressing, 2 complete; 1 in system namespaces not shown"
    )


def test_where_all_is_complete_no_pod_is_listed(server: ApiServer, client: Client) -> None:
    serve(server, "/namespaces/default", Deployment=[placed(deployment(), "well", "default")])
    result = sweep(client, options(label_selectors=["team=payments", "tier in (web,api)"]))
    assert result["calls"] == 3
    assert result["workloads"] == []
    assert {seen.query["labelSelector"] for seen in server.seen} == {"team=payments,tier in (web,api)"}
    everything = sweep(client, options(only="all"))
    assert [row["name"] for row in everything["workloads"]] == ["well"]


def test_the_system_is_shown_where_it_is_asked_for(server: ApiServer, client: Client) -> None:
    dns = [placed(deployment(), "dns", "kube-system")]
    serve(server, Deployment=dns)
    serve(server, "/namespaces/kube-system", Deployment=dns)
    assert sweep(client, options(all_namespaces=True))["hidden"] == 1
    for given in ({"all_namespaces": True, "system_namespaces": True}, {"namespace": "kube-system"}):
        result = sweep(client, options(only="all", **given))
        assert [row["name"] for row in result["workloads"]] == ["dns"]
        assert result["hidden"] == 0


def test_pods_of_many_namespaces_are_one_list(server: ApiServer, client: Client) -> None:
    names = [f"n{number}" for number in range(sweep_module.NAMESPACES_ONE_BY_ONE + 1)]
    serve(server, Deployment=[placed(deployment(updated=1, available=2), "web", name) for name in names])
    server.on_get("/api/v1/pods", collection("Pod", *(failing_pod("web", name) for name in names)))
    result = sweep(client, options(all_namespaces=True))
    assert result["counts"]["failed"] == len(names)
    assert result["calls"] == 4


def test_only_the_worst_are_diagnosed_and_it_says_so(server: ApiServer, client: Client) -> None:
    rolling = deployment(updated=1, available=2)
    stuck = placed(rolling, "stuck", "default")
    owned = placed(replica_set(stuck, 2), "stuck-hash2", "default")
    serve(server, "/namespaces/default", Deployment=[placed(rolling, "slow", "default"), stuck])
    server.on_get(
        f"{APPS}/namespaces/default/deployments",
        collection("Deployment", placed(rolling, "slow", "default"), stuck),
        collection("Deployment", stuck),
    )
    server.on_get(f"{APPS}/namespaces/default/replicasets", collection("ReplicaSet", owned))
    server.on_get("/api/v1/namespaces/default/pods", collection("Pod", failing_pod("stuck", "default")))
    server.on_get("/api/v1/namespaces/default/events", failure(403, "Forbidden", 'User "u" cannot list resource'))
    result = sweep(client, options(classify=True, classify_limit=1))
    assert (result["classified"], result["unclassified"]) == (1, 1)
    diagnosed = {row["name"]: row["category"] for row in result["workloads"]}
    assert diagnosed["stuck"] is not None
    assert diagnosed["slow"] is None
    assert any('resources: ["events"]' in sentence for sentence in result["unseen"])


def test_what_was_deleted_meanwhile_is_no_row(server: ApiServer, client: Client) -> None:
    serve(server, "/namespaces/default", Deployment=[])
    gone = placed(deployment(updated=1, available=2), "gone", "default")
    server.on_get(
        f"{APPS}/namespaces/default/deployments", collection("Deployment", gone), collection("Deployment")
    )  # fmt: skip
    result = sweep(client, options(classify=True))
    assert (result["checked"], result["workloads"]) == (0, [])


def test_a_list_that_outlived_its_history_is_read_again_once(
    server: ApiServer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep_module, "PAGE_SIZE", 1)
    serve(server)
    two = collection("Deployment", placed(deployment(), "a", "x"), placed(deployment(), "b", "x"))
    expired = failure(410, "Expired", "The provided continue parameter is too old")
    server.on_get(f"{APPS}/deployments", two, expired, two)
    assert sweep(client, options(all_namespaces=True))["checked"] == 2
    server.on_get(f"{APPS}/deployments", two, expired, two, expired)
    with pytest.raises(errors.GoneError):
        sweep(client, options(all_namespaces=True))


def forbidden(kind: str) -> Reply:
    return failure(403, "Forbidden", f'{kind}.apps is forbidden: User "u" cannot list resource "{kind}"')


def test_a_kind_that_may_not_be_listed_is_said_not_to_be_seen(server: ApiServer, client: Client) -> None:
    serve(server)
    server.on_get(f"{APPS}/daemonsets", forbidden("daemonsets"))
    result = sweep(client, options(all_namespaces=True))
    assert len(result["unseen"]) == 1
    assert '- {apiGroups: ["apps"], resources: ["daemonsets"], verbs: ["list"]}' in result["unseen"][0]


def test_who_may_not_look_at_all_is_told_the_rule_and_where_he_may(server: ApiServer, client: Client) -> None:
    for kind in ("deployments", "statefulsets", "daemonsets"):
        server.on_get(f"{APPS}/{kind}", forbidden(kind))
    server.on_get("/api/v1/namespaces", collection("Namespace", *({"metadata": {"name": name}} for name in "abc")))
    for namespace, reply in {"default": None, "a": forbidden("deployments"), "b": collection("Deployment")}.items():
        server.on_get(f"{APPS}/namespaces/{namespace}/deployments", reply or forbidden("deployments"))
    server.on_get(f"{APPS}/namespaces/c/deployments", forbidden("deployments"))
    with pytest.raises(errors.ForbiddenError) as caught:
        sweep(client, options(all_namespaces=True))
    assert "ClusterRole" in caught.value.message
    assert "These namespaces you may look at: b." in caught.value.message
    assert caught.value.details["namespaces"] == ["b"]


def test_an_empty_namespace_is_not_one_that_does_not_exist(server: ApiServer, client: Client) -> None:
    serve(server, "/namespaces/typo")
    server.on_get("/api/v1/namespaces/typo", failure(404, "NotFound", 'namespaces "typo" not found'))
    with pytest.raises(errors.NotFoundError, match='There is no Namespace "typo"'):
        sweep(client, options(namespace="typo"))
    server.on_get("/api/v1/namespaces/typo", answer(200, {"kind": "Namespace"}))
    assert sweep(client, options(namespace="typo"))["checked"] == 0
    server.on_get("/api/v1/namespaces/typo", failure(403, "Forbidden", 'User "u" cannot get resource "namespaces"'))
    assert sweep(client, options(namespace="typo"))["checked"] == 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"wait": True}, "wait needs a name"),
        ({"wait_timeout": 5}, "wait_timeout needs a name"),
        ({"observe_for": 5.0}, "observe_for needs a name"),
        ({"namespace": "a", "all_namespaces": True}, "exclude each other"),
        ({"classify_limit": -1}, "below 0"),
        ({"query": "[?"}, "query is not a JMESPath expression"),
        ({"namespace": "My Team"}, 'Did you mean "my-team"'),
    ],
)
def test_options_that_cannot_work_are_refused_before_anything_is_asked(given: JsonObject, said: str) -> None:
    with pytest.raises(errors.RescueError, match=said):
        options(**given)


def test_a_query_that_does_not_fit_is_refused(server: ApiServer, client: Client) -> None:
    serve(server)
    with pytest.raises(errors.InvalidOptionError, match="query does not fit"):
        sweep(client, options(all_namespaces=True, query="abs(@)"))


@pytest.mark.parametrize(
    "given",
    [
        {"all_namespaces": True},
        {"system_namespaces": True},
        {"label_selectors": ["a=b"]},
        {"only": "all"},
        {"query": "[]"},
    ],
)
def test_a_sweeps_options_beside_a_name_are_refused(given: JsonObject) -> None:
    refuse_sweep_options(PARAMS)
    with pytest.raises(errors.InvalidOptionError, match="belongs to a sweep"):
        refuse_sweep_options({**PARAMS, **given})


def test_a_sweep_fails_by_what_it_counted_whatever_it_shows() -> None:
    rows = [{"namespace": "a", "name": f"w{number}", "phase": "failed"} for number in range(7)]
    result = {"message": "9 workloads", "counts": {"failed": 7, "paused": 2}, "workloads": rows}
    assert sweep_failure(result, ()) is None
    assert sweep_failure(result, ("progressing",)) is None
    assert sweep_failure(result, ("failed",)) == "9 workloads (a/w0, a/w1, a/w2, a/w3, a/w4 and 2 more)"
    assert sweep_failure({**result, "workloads": []}, ("paused",)) == "9 workloads"
