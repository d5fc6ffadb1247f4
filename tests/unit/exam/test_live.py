# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The live half without a cluster: what is applied where, in which order, and what is left."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import yaml

from tests.cluster import Cluster, ClusterError
from tests.exam import live, live_cases
from tests.exam.images import Image, StandIn, StandIns, parsed, standin_for

from . import written

FAULT = {"category": "image", "cause": "image_tag_not_found", "confidence": 0.97, "container_role": "main"}


class FakeCluster:
    """Remembers what it was told; `generations` are the answers to "which generation", one after the other."""

    kubeconfig = Path("/nowhere")
    programs = Path("/nowhere")

    def __init__(self, *, broken: bool = False, generations: t.Sequence[str] = ("1", "2")) -> None:
        self.told: list[str] = []
        self.pushed: list[tuple[str, ...]] = []
        self.served: list[str] = []
        self._broken = broken
        self._generations = iter(generations)

    def up(self) -> None: ...

    def kubectl(self, *arguments: str, input: str | None = None) -> str:
        self.told.append(" ".join(arguments))
        if self._broken and "apply" in arguments:
            raise ClusterError("kubectl: no")
        return next(self._generations) if "get" in arguments else ""

    def build_image(self, _directory: Path, *references: str, arguments: dict[str, str]) -> None:
        self.pushed.append(references)

    def serve_registry(self, name: str) -> None:
        self.served.append(name)

    def delete_tag(self, reference: str) -> None:
        self.told.append(f"untag {reference}")


def as_cluster(fake: FakeCluster) -> Cluster:
    return t.cast(Cluster, fake)


@pytest.mark.parametrize(
    ("reference", "image"),
    [
        ("busybox", Image("docker.io", "library/busybox", "latest")),
        ("curlimages/curl:7.78.0", Image("docker.io", "curlimages/curl", "7.78.0")),
        ("registry.test:5000/shop/till:2", Image("registry.test:5000", "shop/till", "2")),
        (f"registry.test/till:2@sha256:{'0' * 64}", Image("registry.test", "till", "2")),
        ("Nginx:1", None),
        ("https://registry.test/till", None),
        (":1", None),
    ],
)
def test_references_are_read_as_the_runtime_does(reference: str, image: Image | None) -> None:
    found = parsed(reference)
    assert found == image or (image is None and found is not None and standin_for(found) is None)


def test_what_has_a_behaviour_of_its_own_has_no_stand_in() -> None:
    assert standin_for(Image("docker.io", "library/busybox", "1")) == StandIn("shell")
    assert standin_for(Image("registry.test", "shop/till", "1")) is None


def test_stand_ins_are_served_under_the_public_names_and_taken_away(tmp_path: Path) -> None:
    cluster = FakeCluster()
    standins = StandIns(as_cluster(cluster))
    standins.serve(Image(host, "library/nginx", "1") for host in ("docker.io", "registry.test", "docker.io"))
    assert cluster.pushed == [("docker.io/library/nginx:1", "registry.test/library/nginx:1")]
    assert sorted(cluster.served) == ["docker.io", "registry.test"]
    standins.remove()
    assert cluster.told == ["untag docker.io/library/nginx:1", "untag registry.test/library/nginx:1"]


def test_a_namespace_is_renamed_where_it_stands_by_itself() -> None:
    text = "namespace: shop\nimage: shop/till\nhost: till.shop.svc\nname: shop-db\nargs: [get, -n, shop]\n"
    assert live_cases.renamed(text, "shop", "new") == (
        "namespace: new\nimage: shop/till\nhost: till.new.svc\nname: shop-db\nargs: [get, -n, new]\n"
    )


def manifest(image: str = "busybox") -> dict[str, t.Any]:
    found = written.deployment()
    found["spec"]["template"]["spec"]["containers"][0]["image"] = image
    return found


def live_folder(folder: Path, expected: dict[str, t.Any], *objects: dict[str, t.Any], **files: str) -> Path:
    texts = {"manifest.yaml": yaml.safe_dump_all(objects), **{f"{name}.yaml": text for name, text in files.items()}}
    return written.write(folder, "case", None, expected, texts)


def test_a_case_gets_a_namespace_of_its_own(tmp_path: Path) -> None:
    case = live_cases.live_case(live_folder(tmp_path, written.answer(), manifest()), "exam-1")
    assert "namespace: exam-1" in case.manifest
    assert "shop" not in case.manifest
    assert case.images == (Image("docker.io", "library/busybox", "latest"),)


@pytest.mark.parametrize(
    ("expected", "objects", "reason"),
    [
        (written.answer(cause="image_auth_failed"), [manifest()], "cannot answer so"),
        (written.answer(), [manifest("registry.test/till:1")], "nothing can stand in"),
        (
            written.answer(),
            [manifest(), {"kind": "Namespace", "metadata": {"name": "more"}}],
            "more than one namespace",
        ),
        (written.answer(target={}), [manifest()], "names no target"),
    ],
)
def test_what_cannot_happen_here_is_not_run(
    tmp_path: Path, expected: dict[str, t.Any], objects: list[dict[str, t.Any]], reason: str
) -> None:
    with pytest.raises(live_cases.NotHereError, match=reason):
        live_cases.live_case(live_folder(tmp_path, expected, *objects), "exam-1")


def test_an_image_that_was_missing_stays_missing(tmp_path: Path) -> None:
    folder = live_folder(tmp_path, written.answer(), manifest("registry.test/till:1"))
    (folder / "recorded").mkdir()
    (folder / "recorded" / "meta.yaml").write_text("images: {'registry.test/till:1': not in the registry}\n")
    assert live_cases.live_case(folder, "exam-1").images == ()


@pytest.fixture
def verdicts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The modules that were run; classify_failure names the missing tag, rollout_status says failed."""
    run: list[str] = []

    def module(_case: live_cases.LiveCase, _cluster: Cluster, name: str, _more: dict[str, t.Any]) -> dict[str, t.Any]:
        run.append(name)
        return FAULT if name == "classify_failure" else {"phase": "failed"}

    monkeypatch.setattr(live, "_module", module)
    monkeypatch.setattr(live, "_LOOK", 0.01)
    monkeypatch.setattr(live, "_SAME", 0.02)
    return run


def test_a_case_is_applied_judged_and_removed(tmp_path: Path, verdicts: list[str]) -> None:
    live_folder(tmp_path, written.answer(), manifest())
    cluster = FakeCluster()
    found = live.examine_live(tmp_path, as_cluster(cluster))
    (marked,) = found.marked
    assert (marked.category, marked.leaf, marked.failed) == (True, True, True)
    assert verdicts.count("classify_failure") > 1, "one look is no lasting verdict"
    assert verdicts[-1] == "rollout_status"
    namespace = cluster.told[0].removeprefix("create namespace ")
    assert cluster.told[1] == f"-n {namespace} apply -f -"
    assert cluster.told[-2] == f"-n {namespace} delete --ignore-not-found --wait=false namespace {namespace}"
    assert cluster.told[-1] == "untag docker.io/library/busybox:latest"


@pytest.mark.parametrize(("generations", "made_again"), [(("1", "2"), False), (("1", "1"), True)])
def test_pods_are_made_again_where_only_what_they_meet_has_changed(
    tmp_path: Path, verdicts: list[str], generations: tuple[str, str], made_again: bool
) -> None:
    live_folder(tmp_path, written.answer(), manifest(), baseline=yaml.safe_dump(manifest()))
    cluster = FakeCluster(generations=generations)
    live.examine_live(tmp_path, as_cluster(cluster))
    order = [entry.split()[2] for entry in cluster.told if entry.startswith("-n")]
    assert order[:5] == ["apply", "rollout", "get", "apply", "get"]
    assert any("delete pods" in entry for entry in cluster.told) == made_again


def test_a_case_that_cannot_be_applied_is_an_error_and_is_removed(tmp_path: Path, verdicts: list[str]) -> None:
    live_folder(tmp_path, written.answer(), manifest())
    cluster = FakeCluster(broken=True)
    (marked,) = live.examine_live(tmp_path, as_cluster(cluster)).marked
    assert marked.error == "kubectl: no"
    assert any("delete --ignore-not-found --wait=false namespace" in entry for entry in cluster.told)


def test_the_whole_run_ends(tmp_path: Path, verdicts: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "_WHOLE_RUN", -1.0)
    live_folder(tmp_path, written.answer(), manifest())
    cluster = FakeCluster()
    (marked,) = live.examine_live(tmp_path, as_cluster(cluster)).marked
    assert marked.error == "the time for the whole run was over"
    assert not any("apply" in entry for entry in cluster.told)
