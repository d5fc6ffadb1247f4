# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is made of a registry's answers: the module's result, and the hint in a verdict."""

from __future__ import annotations

import dataclasses
import json
import threading
import typing as t
from pathlib import Path

import pytest

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.errors import InvalidOptionError
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.engine import diagnose
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.image_hint import (
    WantedImage,
    wanted_image,
    with_similar,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.model import Change, Diagnosis, Remedy
from ansible_collections.rescue.kubernetes.plugins.module_utils._module import registry_hint
from ansible_collections.rescue.kubernetes.plugins.module_utils._module.image_tags import (
    Examination,
    RegistryOptions,
    examine,
    last_good_tag,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._registry.manifest import parse_platform
from ansible_collections.rescue.kubernetes.plugins.module_utils._registry.reference import parse
from tests.unit.cluster_client.api_server import ApiServer, answer
from tests.unit.diagnosis.records import record
from tests.unit.registry.conftest import Connect

IMAGE = "registry.test/app:v2.0.1"
CONFIG = f"sha256:{'c' * 64}"
AMD64 = parse_platform("linux/amd64")


def manifest(*architectures: str) -> dict[str, t.Any]:
    entries = [{"platform": {"os": "linux", "architecture": architecture}} for architecture in architectures]
    return {"schemaVersion": 2, "manifests": entries}


def serve(server: ApiServer, tags: dict[str, tuple[str, ...]], *dangling: str) -> None:
    """Tags with the architectures of their images, and tags that are listed and lead nowhere."""
    absent = answer(404, {"errors": [{"code": "MANIFEST_UNKNOWN"}]})
    for tag in ("v2.0.1", *dangling):
        server.on_get(f"/v2/app/manifests/{tag}", absent)
    for tag, architectures in tags.items():
        server.on_get(f"/v2/app/manifests/{tag}", answer(200, manifest(*architectures)))
    server.on_get("/v2/app/tags/list", answer(200, {"tags": [*tags, *dangling]}))


def examined(server: ApiServer, connect: Connect, image: str = IMAGE) -> Examination:
    return examine(connect(server.url), parse(image), "v2.0.0", AMD64)


def test_the_tag_that_was_meant_is_named(server: ApiServer, connect: Connect) -> None:
    serve(server, {"v2.0.0": ("amd64",), "v2.0.2": ("amd64",), "v2.1.0": ("amd64",)})
    found = examined(server, connect)
    assert (found.exists, found.reason, found.suggestion, found.platform_ok) == ("no", "tag_not_found", "v2.1.0", None)
    assert [entry.tag for entry in found.candidates] == ["v2.1.0", "v2.0.2"]
    assert found.message == f"{IMAGE} does not exist in the registry (similar: v2.1.0)."


@pytest.mark.parametrize(
    ("tags", "dangling"),
    [({"v2.1.0": ("arm64",), "v2.0.2": ("amd64",)}, ()), ({"v2.0.2": ("amd64",)}, ("v2.1.0",))],
)
def test_a_tag_that_cannot_run_is_no_suggestion(
    server: ApiServer, connect: Connect, tags: dict[str, tuple[str, ...]], dangling: tuple[str, ...]
) -> None:
    serve(server, tags, *dangling)
    found = examined(server, connect)
    assert (found.suggestion, [entry.tag for entry in found.candidates]) == ("v2.0.2", ["v2.0.2"])


def test_a_tag_that_could_not_be_looked_at_is_no_suggestion(server: ApiServer, connect: Connect) -> None:
    serve(server, {"v2.1.0": ("amd64",)})
    server.on_get("/v2/app/manifests/v2.1.0", answer(403, ""))
    found = examined(server, connect)
    assert (found.suggestion, found.similar) == ("", ["v2.1.0"])


def test_an_image_that_is_there(server: ApiServer, connect: Connect) -> None:
    serve(server, {"v2.1.0": ("arm64", "amd64")})
    found = examined(server, connect, "registry.test/app:v2.1.0")
    assert (found.exists, found.platform_ok, found.reason, found.suggestion) == ("yes", True, "", "")
    assert found.message == "registry.test/app:v2.1.0 exists and is built for linux/amd64."


def test_an_image_for_other_machines(server: ApiServer, connect: Connect) -> None:
    serve(server, {"v2.1.0": ("arm64", "s390x")})
    found = examined(server, connect, "registry.test/app:v2.1.0")
    assert (found.exists, found.platform_ok, found.reason) == ("yes", False, "platform_not_available")
    assert found.message.endswith("exists, but not for linux/amd64: it is built for linux/arm64, linux/s390x.")


def test_a_configuration_that_cannot_be_read_leaves_the_platform_unknown(server: ApiServer, connect: Connect) -> None:
    config = {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": CONFIG}
    server.on_get("/v2/app/manifests/v2.0.1", answer(200, {"schemaVersion": 2, "config": config}))
    server.on_get("/v2/app/tags/list", answer(200, {"tags": []}))
    found = examined(server, connect)
    assert (found.exists, found.platform_ok, found.reason) == ("yes", None, "")
    assert "what it is built for is not known" in found.message


def test_a_repository_that_is_not_there(server: ApiServer, connect: Connect) -> None:
    server.on_get("/v2/app/manifests/v2.0.1", answer(404, {"errors": [{"code": "MANIFEST_UNKNOWN"}]}))
    server.on_get("/v2/app/tags/list", answer(404, {"errors": [{"code": "NAME_UNKNOWN"}]}))
    found = examined(server, connect)
    assert (found.exists, found.reason) == ("no", "repository_not_found")
    assert found.message == "The registry has no repository app."


def test_tags_that_may_not_be_listed_are_said(server: ApiServer, connect: Connect) -> None:
    server.on_get("/v2/app/manifests/v2.0.1", answer(404, {"errors": [{"code": "MANIFEST_UNKNOWN"}]}))
    server.on_get("/v2/app/tags/list", answer(403, ""))
    found = examined(server, connect)
    assert (found.exists, found.candidates, found.tags) == ("no", [], None)
    assert "Its tags cannot be listed. The registry" in found.message


def test_a_digest_has_no_similar_tags(server: ApiServer, connect: Connect) -> None:
    digest = f"sha256:{'d' * 64}"
    serve(server, {"v2.1.0": ("amd64",)})
    server.on_get(f"/v2/app/manifests/{digest}", answer(200, manifest("amd64")))
    found = examined(server, connect, f"registry.test/app@{digest}")
    assert (found.exists, found.candidates) == ("yes", [])


@pytest.mark.parametrize("status", [401, 403, 418, 503])
def test_an_answer_that_says_nothing_is_unknown(server: ApiServer, connect: Connect, status: int) -> None:
    server.on_get("/v2/app/manifests/v2.0.1", answer(status, ""))
    found = examined(server, connect)
    assert (found.exists, found.platform_ok) == ("unknown", None)
    assert found.message.startswith(f"Whether {IMAGE} exists is not known. ")


@pytest.mark.parametrize(
    ("last_good", "tag"),
    [("v2.0.0", "v2.0.0"), ("registry.test/app:v2.0.0", "v2.0.0"), (f"registry.test/app@{CONFIG}", "")],
)
def test_the_last_good_one_is_a_tag_or_an_image(last_good: str, tag: str) -> None:
    assert last_good_tag(parse(IMAGE), last_good) == tag


def test_the_last_good_one_of_another_repository_is_refused() -> None:
    with pytest.raises(InvalidOptionError, match="of another repository"):
        last_good_tag(parse(IMAGE), "registry.test/other:v1")


# The hint.


def verdict(**rest: t.Any) -> Diagnosis:
    remedies = [Remedy("roll_back", "Roll back to revision 6."), Remedy("fix_image", "Push the tag.")]
    return Diagnosis(
        category="image",
        cause="image_tag_not_found",
        confidence=0.98,
        summary="Image registry.test/app:v2.0.1 does not exist in the registry.",
        container="app",
        container_role=rest.pop("container_role", "main"),
        remedies=remedies,
        changed=[Change("spec.containers[app].image", "registry.test/app:v2.0.0", IMAGE, "image")],
        message="It does not exist.\nNew in revision 7.\nRoll back to revision 6. Push the tag.",
        **rest,
    )


def workload(kind: str = "Deployment", listing: str = "containers", image: str = IMAGE) -> dict[str, t.Any]:
    pod = {listing: [{"name": "sidecar", "image": "other"}, {"name": "app", "image": image}]}
    return {"kind": kind, "spec": pod if kind == "Pod" else {"template": {"spec": pod}}}


@pytest.mark.parametrize(
    ("kind", "role", "listing", "pointer"),
    [
        ("Deployment", "main", "containers", "/spec/template/spec/containers/1/image"),
        ("StatefulSet", "init", "initContainers", "/spec/template/spec/initContainers/1/image"),
        ("DaemonSet", "sidecar", "initContainers", "/spec/template/spec/initContainers/1/image"),
        ("Pod", "main", "containers", "/spec/containers/1/image"),
        ("Job", "main", "containers", ""),
    ],
)
def test_the_image_is_found_where_it_stands(kind: str, role: str, listing: str, pointer: str) -> None:
    found = wanted_image(verdict(container_role=role), workload(kind, listing))
    earlier = "registry.test/app:v2.0.0" if listing == "containers" else ""
    assert found == WantedImage(IMAGE, earlier, pointer)


@pytest.mark.parametrize("source", [{}, {"spec": 1}, workload("Deployment", "initContainers"), workload(image="")])
def test_a_workload_that_does_not_have_the_container_has_no_image(source: dict[str, t.Any]) -> None:
    assert wanted_image(verdict(), source) is None


def test_other_causes_ask_no_registry() -> None:
    assert wanted_image(dataclasses.replace(verdict(), cause="registry_unreachable"), workload()) is None


def test_a_verdict_names_the_tag_that_was_meant_and_how_to_set_it() -> None:
    wanted = WantedImage(IMAGE, "", "/spec/x")
    found = with_similar(verdict(), wanted, ["v2.1.0"], "registry.test/app:v2.1.0")
    assert found.message.endswith("\nRoll back to revision 6. Push the tag (similar: v2.1.0).")
    assert [remedy.action for remedy in found.remedies] == ["roll_back", "fix_image", "set_image"]
    assert found.remedies[1].summary == "Push the tag (similar: v2.1.0)."
    assert found.remedies[2].patch == [
        {"op": "test", "path": "/spec/x", "value": IMAGE},
        {"op": "replace", "path": "/spec/x", "value": "registry.test/app:v2.1.0"},
    ]
    assert (found.cause, found.confidence, found.terminal) == ("image_tag_not_found", 0.98, False)


def test_where_none_stands_out_there_is_nothing_to_set() -> None:
    found = with_similar(verdict(), WantedImage(IMAGE, "", "/spec/x"), ["v2.0.3", "v2.0.2"], "")
    assert found.message.endswith("Push the tag (similar: v2.0.3, v2.0.2).")
    assert [remedy.action for remedy in found.remedies] == ["roll_back", "fix_image"]


def test_nothing_similar_changes_nothing() -> None:
    given = verdict()
    assert with_similar(given, WantedImage(IMAGE, "", "/spec/x"), [], "") == given


def test_a_template_that_cannot_be_changed_gets_no_patch() -> None:
    found = with_similar(verdict(), WantedImage(IMAGE, "", ""), ["v2.1.0"], "registry.test/app:v2.1.0")
    assert all(remedy.patch is None for remedy in found.remedies)


def test_a_recorded_verdict_gets_the_hint(server: ApiServer) -> None:
    evidence = record("tag_missing")
    diagnosis = diagnose(evidence)
    wanted = wanted_image(diagnosis, evidence.workload)
    assert wanted is not None
    asked = parse(wanted.image)
    near = f"{asked.tag[:-1]}0"
    server.on_get(
        f"/v2/{asked.repository}/manifests/{asked.tag}", answer(404, {"errors": [{"code": "MANIFEST_UNKNOWN"}]})
    )
    server.on_get(f"/v2/{asked.repository}/manifests/{near}", answer(200, manifest("amd64")))
    server.on_get(f"/v2/{asked.repository}/tags/list", answer(200, {"tags": [near, "v1.0.0"]}))
    found = registry_hint.hinted(diagnosis, evidence.workload, RegistryOptions(registry_url=server.url))
    assert f"(similar: {near})" in found.message
    assert found.message.count("\n") <= 2
    assert found.remedies[-1].action == "set_image"


@pytest.mark.parametrize("image", ["localhost:5000/app:v2.0.1", "127.0.0.1/app:v2.0.1", "169.254.169.254/app:v2.0.1"])
def test_a_name_in_a_cluster_makes_nobody_ask_this_machine(monkeypatch: pytest.MonkeyPatch, image: str) -> None:
    monkeypatch.setattr(registry_hint, "connect", lambda *_arguments: pytest.fail("asked"))
    given = verdict()
    assert registry_hint.hinted(given, workload(image=image), RegistryOptions()) == given


@pytest.mark.parametrize("image", ["registry.invalid/app:v2.0.1", "{{ 7 * 7 }}", "app:\x1b[31m"])
def test_a_registry_that_cannot_be_asked_changes_nothing(image: str) -> None:
    given = verdict()
    assert registry_hint.hinted(given, workload(image=image), RegistryOptions()) == given


def test_a_silent_registry_is_not_waited_for(server: ApiServer) -> None:
    done = threading.Event()
    server.on_get("/v2/app/manifests/v2.0.1", lambda _handler: (done.wait(10), None)[1])
    given = verdict()
    options = RegistryOptions(registry_url=server.url, timeout=0.2)
    assert registry_hint.hinted(given, workload(), options) == given
    done.set()


def test_an_image_that_is_there_by_now_gets_no_hint(server: ApiServer) -> None:
    serve(server, {"v2.0.1": ("amd64",), "v2.1.0": ("amd64",)})
    given = verdict()
    assert registry_hint.hinted(given, workload(), RegistryOptions(registry_url=server.url)) == given


def test_an_earlier_image_of_another_repository_says_nothing_of_the_tags(server: ApiServer) -> None:
    serve(server, {"v2.1.0": ("amd64",)})
    change = Change("spec.containers[app].image", "elsewhere.test/app:v9.0.0", IMAGE, "image")
    given = dataclasses.replace(verdict(), changed=[change])
    found = registry_hint.hinted(given, workload(), RegistryOptions(registry_url=server.url))
    assert "(similar: v2.1.0)" in found.message


class Module:
    """As much of an AnsibleModule as the hint uses."""

    def __init__(self, **params: t.Any) -> None:
        self.params = {**dict.fromkeys(registry_hint.ARGUMENT_SPEC), "registry_hint": True, **params}
        self.warnings: list[str] = []

    def warn(self, text: str) -> None:
        self.warnings.append(text)


def test_an_option_that_cannot_be_used_is_a_warning_and_the_verdict_stands(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps({"auths": []}))
    module = Module(registry_auth_file=str(file))
    assert registry_hint.from_module(t.cast(t.Any, module))(verdict(), workload()) == verdict()
    assert len(module.warnings) == 1
    assert str(file) in module.warnings[0]


def test_nobody_is_asked_where_no_hint_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry_hint, "hinted", lambda *_arguments: pytest.fail("asked"))
    module = Module(registry_hint=False)
    assert registry_hint.from_module(t.cast(t.Any, module))(verdict(), workload()) == verdict()
