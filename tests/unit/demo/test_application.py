from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from demo import application
from demo.application import FAULTS, RELEASES, build_images, database_manifests, load_manifest, manifests

DEMO = Path(application.__file__).parent


class Cluster:
    """Remembers what it was asked to build, with the version in the source at that moment."""

    def __init__(self) -> None:
        self.built: dict[str, str] = {}

    def build_image(self, directory: Path, *references: str) -> None:
        assert (directory / "Dockerfile").is_file()
        package = directory / "package.json"
        version = json.loads(package.read_text())["version"] if package.is_file() else ""
        self.built.update(dict.fromkeys(references, version))


def by_kind(text: str) -> dict[str, dict[str, object]]:
    return {document["kind"]: document for document in yaml.safe_load_all(text)}


def test_every_release_is_built_but_the_missing_one() -> None:
    cluster = Cluster()
    build_images(cluster)
    tags = ["v2.0.0", "v2.0.2", "v2.1.0", "v2.2.0", "v2.3.0", "v2.4.0"]
    assert cluster.built == {
        **{f"myregistry.io/api-server:{tag}": tag[1:] for tag in tags},
        "myregistry.io/database:v1": "",
        "myregistry.io/load-generator:v1": "",
    }
    assert application.MISSING_TAG not in RELEASES


def test_manifests_move_to_another_namespace_as_a_whole() -> None:
    for text in (manifests("blue"), database_manifests("blue"), load_manifest("blue", rate=5, seconds=9)):
        assert "production" not in text
        assert {document["metadata"]["namespace"] for document in yaml.safe_load_all(text)} == {"blue"}
    assert by_kind(manifests("blue"))["ConfigMap"]["data"] == {"database_host": "database.blue.svc.cluster.local"}


def test_manifests_take_tag_and_replicas() -> None:
    deployment = yaml.safe_load_all(manifests("blue", tag="v2.3.0", replicas=5))
    (spec,) = [document["spec"] for document in deployment if document["kind"] == "Deployment"]
    assert spec["replicas"] == 5
    assert spec["template"]["spec"]["containers"][0]["image"] == "myregistry.io/api-server:v2.3.0"


def test_a_manifest_that_lost_its_place_holder_is_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "api-server.yaml").write_text("kind: Deployment\n")
    monkeypatch.setattr(application, "HERE", tmp_path)
    with pytest.raises(ValueError, match="0 times"):
        manifests("blue")


@pytest.mark.parametrize("name", ["api-server.yaml", "database.yaml", "load-generator.yaml"])
def test_the_files_are_whole_manifests(name: str) -> None:
    for document in yaml.safe_load_all((DEMO / "manifests" / name).read_text()):
        assert document["metadata"]["namespace"] == "production"
        assert document["apiVersion"] in {"v1", "apps/v1"}


def test_the_service_reaches_the_container() -> None:
    found = by_kind(manifests("blue"))
    template = found["Deployment"]["spec"]["template"]  # type: ignore[index]
    service = found["Service"]["spec"]
    assert service["selector"].items() <= template["metadata"]["labels"].items()  # type: ignore[index]
    assert service["ports"] == [{"name": "http", "port": 8080, "targetPort": 3000}]  # type: ignore[index]
    assert template["metadata"]["annotations"]["prometheus.io/scrape"] == "true"


def test_the_database_service_does_not_set_our_variables() -> None:
    spec = by_kind(manifests("blue"))["Deployment"]["spec"]
    assert spec["template"]["spec"]["enableServiceLinks"] is False  # type: ignore[index]


def test_a_fault_runs_its_commands_in_the_namespace() -> None:
    for fault in FAULTS.values():
        calls: list[tuple[str, ...]] = []

        def kubectl(*arguments: str, input: str | None = None, calls: list[tuple[str, ...]] = calls) -> str:
            calls.append(arguments)
            return ""

        fault.apply(kubectl, "blue")
        assert calls
        assert all(call[:2] == ("-n", "blue") for call in calls)


def test_the_faults_are_the_ones_of_the_runbook() -> None:
    assert FAULTS["tag"].commands("a")[0][-1] == "api-server=myregistry.io/api-server:v2.0.1"
    assert FAULTS["crash"].commands("a")[0][-1] == "api-server=myregistry.io/api-server:v2.2.0"
    assert "database-new.a.svc.cluster.local" in FAULTS["config"].commands("a")[0][-1]
    assert "restart" in FAULTS["config"].commands("a")[1]
    assert json.loads(FAULTS["probe"].commands("a")[0][-1])[0]["value"] == 8080


def test_the_probe_fault_meets_the_manifest() -> None:
    found = by_kind(manifests("blue"))["Deployment"]
    value: object = found
    for part in json.loads(FAULTS["probe"].commands("a")[0][-1])[0]["path"].split("/")[1:]:
        value = value[int(part)] if isinstance(value, list) else value[part]  # type: ignore[index]
    assert value == 3000
