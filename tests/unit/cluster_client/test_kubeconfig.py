# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kubeconfigs: found, merged, and said what is wrong with them."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster import errors, kubeconfig
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.connection import Connection
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.options import ConnectionOptions
from tests.unit.cluster_client.api_server import kubeconfig as content
from tests.unit.cluster_client.api_server import write_kubeconfig


def opened(**options: t.Any) -> Connection:
    return Connection.open(ConnectionOptions(**options))


def test_context_namespace_and_server_are_taken_from_it(folder: Path) -> None:
    path = write_kubeconfig(folder / "config", content("http://10.0.0.1:6443/"))
    connection = opened(kubeconfig=path)
    assert connection.server == "http://10.0.0.1:6443"
    assert (connection.context, connection.default_namespace, connection.warnings) == ("lab", "production", [])
    assert connection.describe() == 'http://10.0.0.1:6443 (context "lab")'


def test_it_may_be_given_as_content_list_or_joined_paths(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_kubeconfig(folder / "config", content("http://one"))
    missing = str(folder / "missing")
    monkeypatch.setenv("LAB", str(folder))
    for given in (content("http://one"), [missing, path], f"{missing}:{path}", "$LAB/config"):
        assert opened(kubeconfig=given).server == "http://one"
    monkeypatch.setenv("KUBECONFIG", f":{missing}:{path}")
    assert opened().server == "http://one"
    home = Path(os.environ["HOME"])
    (home / ".kube").mkdir(parents=True)
    write_kubeconfig(home / ".kube" / "config", content("http://home"))
    assert opened().server == "http://one"
    monkeypatch.delenv("KUBECONFIG")
    assert opened().server == "http://home"


def test_of_several_files_the_first_wins_as_with_kubectl(folder: Path) -> None:
    first = {**content("http://first"), "users": []}
    second = content("http://second", {"token": "second"})
    second["current-context"] = "other"
    second["contexts"].append({"name": "other", "context": {"cluster": "lab", "user": "operator"}})
    paths = [write_kubeconfig(folder / "a", first), write_kubeconfig(folder / "b", second)]
    connection = opened(kubeconfig=paths)
    assert (connection.context, connection.server) == ("lab", "http://first")
    assert connection.headers() == [("Authorization", "Bearer second")]
    assert opened(kubeconfig=paths, context="other").default_namespace == "default"


def test_relative_paths_start_at_the_file_that_names_them(folder: Path) -> None:
    (folder / "deep").mkdir()
    (folder / "deep" / "token").write_text("from-file\n")
    path = write_kubeconfig(folder / "deep" / "config", content("http://one", {"tokenFile": "token"}))
    assert opened(kubeconfig=path).headers() == [("Authorization", "Bearer from-file")]


def test_none_there(folder: Path) -> None:
    with pytest.raises(
        errors.KubeconfigError, match=r"There is no kubeconfig at .*\.kube/config\. Give its path"
    ) as caught:
        opened()
    assert caught.value.reason == "kubeconfig_not_found"
    with pytest.raises(errors.KubeconfigError, match=f"There is no kubeconfig at {folder}/nope"):
        opened(kubeconfig=str(folder / "nope"))


def test_a_wrong_context_lists_those_there_are(folder: Path) -> None:
    path = write_kubeconfig(folder / "config", content("http://one"))
    with pytest.raises(errors.ContextNotFoundError) as caught:
        opened(kubeconfig=path, context="prod")
    assert caught.value.message == (
        f'There is no context "prod" in the kubeconfig {path}. It has: lab. '
        "Choose one with context=NAME (or K8S_AUTH_CONTEXT)."
    )
    assert caught.value.details == {"context": "prod", "contexts": ["lab"], "paths": [path]}


def test_no_current_context(folder: Path) -> None:
    path = write_kubeconfig(folder / "config", {**content("http://one"), "current-context": ""})
    with pytest.raises(errors.ContextNotFoundError, match=r"names no current context\. It has: lab\. Choose one"):
        opened(kubeconfig=path)
    empty = write_kubeconfig(folder / "empty", {"contexts": None})
    with pytest.raises(errors.ContextNotFoundError, match="It has no context at all"):
        opened(kubeconfig=empty)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "it is empty"),
        ("- a\n- b\n", "it holds no mapping"),
        ("a: [\n", r"it is not YAML \(line 2\)"),
        ("\x00", "it is not YAML"),
        ("contexts: {a: b}\n", '"contexts" is not a list of named entries'),
        ("contexts: [a]\n", '"contexts" is not a list of named entries'),
        ({**content("http://one"), "clusters": []}, 'refers to the cluster "lab", which is not in it'),
        ({**content("http://one"), "users": []}, 'refers to the user "operator", which is not in it'),
        (content(""), 'cluster "lab" has no server address'),
        (content("https://one", **{"certificate-authority-data": "%"}), "certificate-authority-data is not base64"),
    ],
)
def test_what_is_wrong_with_it_is_said(folder: Path, text: t.Any, problem: str) -> None:
    path = write_kubeconfig(folder / "config", text)
    with pytest.raises(errors.KubeconfigError, match=problem) as caught:
        opened(kubeconfig=path)
    assert caught.value.reason == "kubeconfig_invalid"
    assert path in caught.value.message


def test_one_that_cannot_be_read(folder: Path) -> None:
    # A folder cannot be read as a file by anybody, root included.
    with pytest.raises(errors.KubeconfigError, match=r"cannot be read: Is a directory\.") as caught:
        opened(kubeconfig=str(folder))
    assert caught.value.reason == "kubeconfig_unreadable"


@pytest.mark.parametrize(("mode", "warned"), [(0o600, False), (0o400, False), (0o640, True), (0o644, True)])
def test_one_that_others_can_read_is_a_warning(folder: Path, mode: int, warned: bool) -> None:
    path = write_kubeconfig(folder / "config", content("http://one"), mode)
    warnings = opened(kubeconfig=path).warnings
    assert warnings == (
        [
            (
                f"The kubeconfig {path} is readable by others (mode {mode:04o}): they can act on the cluster in your "
                f"name. Close it with: chmod 600 {path}"
            )
        ]
        if warned
        else []
    )


def test_secrets_of_one_given_as_content_are_known() -> None:
    given = content(
        "https://one",
        {
            "token": "t0",
            "password": "p0",
            "client-key-data": "k0",
            "exec": {"env": [{"name": "A", "value": "e0"}]},
            "auth-provider": {"config": {"id-token": "i0", "refresh-token": "r0", "client-secret": "c0"}},
        },
    )
    assert kubeconfig.secret_values(given) == {"t0", "p0", "k0", "e0", "i0", "r0", "c0"}
    for other in (None, "path", {}, {"users": [None, {"user": 1}]}, {"users": 3}):
        assert kubeconfig.secret_values(other) == set()
