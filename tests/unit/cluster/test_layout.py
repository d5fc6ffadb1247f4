"""Names and paths: short enough, unique, and refused where they cannot be."""

from __future__ import annotations

import multiprocessing
import multiprocessing.synchronize
import time
from pathlib import Path

import pytest

from tests.cluster.configuration import _kubelet, _pod_network
from tests.cluster.layout import Layout, lock, state_home
from tests.cluster.output import ClusterError


@pytest.mark.parametrize("name", ["", "Default", "a_b", "-a", "a-", "a" * 21, "../default", "a b"])
def test_a_name_that_could_break_a_path_or_an_interface_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match="cannot be a cluster's name"):
        Layout(name, tmp_path)


def test_sockets_stay_below_the_limit_of_108_characters_however_deep_the_state_folder(tmp_path: Path) -> None:
    layout = Layout("a" * 20, tmp_path / ("deep" * 60))
    shim = layout.run / "containerd" / "io.containerd.runtime.v2.task"
    assert len(str(layout.containerd_socket) + ".ttrpc") < 108
    assert len(str(shim)) < 108


def test_two_homes_may_have_a_cluster_of_the_same_name(tmp_path: Path) -> None:
    one, other = Layout("default", tmp_path / "one"), Layout("default", tmp_path / "other")
    for shared in ("network_namespace", "control_group", "run"):
        assert getattr(one, shared) != getattr(other, shared)


def test_two_clusters_share_nothing_that_their_kubelets_would_fight_over(tmp_path: Path) -> None:
    one, other = _kubelet(Layout("one", tmp_path)), _kubelet(Layout("other", tmp_path))
    for shared in ("cgroupRoot", "podLogsDir", "containerRuntimeEndpoint", "volumePluginDir"):
        assert one[shared] != other[shared]
    assert _pod_network(Layout("one", tmp_path))["name"] != _pod_network(Layout("other", tmp_path))["name"]


def test_the_state_folder_follows_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("RESCUE_KUBERNETES_HOME", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert state_home() == tmp_path / "cache" / "rescue-kubernetes"
    monkeypatch.setenv("RESCUE_KUBERNETES_HOME", str(tmp_path / "given"))
    assert state_home() == tmp_path / "given"


def test_a_cluster_that_was_never_made_is_named_with_the_way_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match=r"no cluster 'default'.* up"):
        _ = Layout("default", tmp_path).node_address


def test_facts_are_added_to(tmp_path: Path) -> None:
    layout = Layout("default", tmp_path)
    layout.write_facts(slot=3, extras=[])
    layout.write_facts(extras=["prometheus"])
    assert layout.facts() == {"slot": 3, "extras": ["prometheus"]}
    assert layout.node_address == "10.199.3.2"


def _hold(path: Path, held: multiprocessing.synchronize.Event, let_go: multiprocessing.synchronize.Event) -> None:
    with lock(path, "something"):
        held.set()
        let_go.wait(10)


def test_a_lock_waits_and_says_so(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    context = multiprocessing.get_context("spawn")
    held, let_go, path = context.Event(), context.Event(), tmp_path / "locks" / "some.lock"
    holder = context.Process(target=_hold, args=(path, held, let_go))
    holder.start()
    try:
        assert held.wait(20)
        releaser = context.Process(target=_release_soon, args=(let_go,))
        began = time.monotonic()
        releaser.start()
        with lock(path, "something"):
            assert time.monotonic() - began > 0.1
        releaser.join()
    finally:
        let_go.set()
        holder.join()
    assert "somebody else is at work on something" in capfd.readouterr().err


def _release_soon(let_go: multiprocessing.synchronize.Event) -> None:
    time.sleep(0.2)
    let_go.set()
