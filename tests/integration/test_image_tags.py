# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""image_tags and the hint of classify_failure, asked as a user asks them, on the cluster's own registry."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo import application
from extensions.molecule.application import kubectl
from tests.cluster import Cluster
from tests.integration.conftest import ROOT, image
from tests.unit.cluster_client import certificates
from tests.unit.cluster_client.api_server import ApiServer, answer

MISSING = f"{application.REPOSITORY}:{application.MISSING_TAG}"
PASSWORD = "a-pass-word-of-the-test"


def ad_hoc(module: str, **options: str) -> dict[str, t.Any]:
    """The result of one module, run with everything that Ansible says; `output` is all of it."""
    arguments = " ".join(f"{name}={value}" for name, value in options.items())
    done = subprocess.run(
        ["ansible", "localhost", "-vvv", "-m", f"rescue.kubernetes.{module}", "-a", arguments, "--one-line"],
        cwd=ROOT,
        env={**os.environ, "ANSIBLE_NOCOLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
    )
    match = re.search(r"=> (\{.*\})", done.stdout)
    assert match, done.stdout
    assert "Traceback" not in done.stdout
    found: dict[str, t.Any] = json.loads(match.group(1))
    return {**found, "output": done.stdout}


@pytest.fixture
def registry_url(images: None) -> str:
    """The address of the cluster's registry, which holds the demo's images, as this machine sees it."""
    ours = Cluster()
    if os.environ.get("KUBECONFIG") != str(ours.kubeconfig):
        pytest.skip("only our own cluster's registry is known to be reached from here")
    return ours.registry_url


def test_a_mistyped_tag_is_found_missing_and_the_one_that_was_meant_is_named(registry_url: str) -> None:
    found = ad_hoc("image_tags", image=MISSING, last_good=application.GOOD_TAG, registry_url=registry_url)
    assert (found["exists"], found["reason"], found["suggestion"]) == ("no", "tag_not_found", "v2.1.0")
    assert [entry["tag"] for entry in found["candidates"]][:2] == ["v2.1.0", "v2.0.2"]
    assert found["message"] == f"{MISSING} does not exist in the registry (similar: v2.1.0)."
    assert found["tags_seen"] == len(application.RELEASES)
    assert found["changed"] is False


def test_an_image_that_is_there_has_its_digest_and_platform(registry_url: str) -> None:
    good = f"{application.REPOSITORY}:{application.GOOD_TAG}"
    found = ad_hoc("image_tags", image=good, registry_url=registry_url)
    assert (found["exists"], found["platform_ok"], found["reason"]) == ("yes", True, "")
    again = ad_hoc("image_tags", image=f"{good}@{found['digest']}", registry_url=registry_url, platform="linux/s390x")
    assert (again["exists"], again["platform_ok"], again["digest"]) == ("yes", False, found["digest"])
    assert again["message"].endswith("but not for linux/s390x: it is built for linux/amd64.")


def test_a_repository_that_is_not_there(registry_url: str) -> None:
    found = ad_hoc("image_tags", image="myregistry.io/no-such-repository:v1", registry_url=registry_url)
    assert (found["exists"], found["reason"]) == ("no", "repository_not_found")


def test_the_verdict_names_the_tag_and_its_patch_ships_it(registry_url: str, deployed: str) -> None:
    application.FAULTS["tag"].apply(kubectl, deployed)
    target = {"name": application.DEPLOYMENT, "namespace": deployed}
    ad_hoc("rollout_status", **target, wait="true", fail_on="[]")

    found = ad_hoc("classify_failure", **target, registry_url=registry_url)
    assert found["cause"] == "image_tag_not_found"
    assert "(similar: v2.1.0)" in found["message"]
    assert len(found["message"].splitlines()) <= 3
    remedy = next(entry for entry in found["remedies"] if entry["action"] == "set_image")

    kubectl(
        "-n", deployed, "patch", "deployment", application.DEPLOYMENT, "--type=json", "-p", json.dumps(remedy["patch"])
    )
    application.wait_for_rollout(kubectl, deployed, application.DEPLOYMENT)
    assert image(deployed) == f"{application.REPOSITORY}:v2.1.0"


def test_a_registry_that_is_not_reached_leaves_the_verdict_as_it_is(registry_url: str, deployed: str) -> None:
    application.FAULTS["tag"].apply(kubectl, deployed)
    target = {"name": application.DEPLOYMENT, "namespace": deployed}
    ad_hoc("rollout_status", **target, wait="true", fail_on="[]")

    for options in ({"registry_url": f"http://127.0.0.1:{free_port()}"}, {"registry_hint": "false"}):
        found = ad_hoc("classify_failure", **target, **options)
        assert found["cause"] == "image_tag_not_found"
        assert "similar" not in found["message"]
        assert "warnings" not in found


# What a user sees when the registry is not what they think. It needs no cluster.


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def locked() -> Iterator[ApiServer]:
    """A registry that lets nobody in."""
    server = ApiServer().start()
    server.on_get("/v2/library/app/manifests/v1", answer(401, "", {"WWW-Authenticate": 'Basic realm="lab"'}))
    yield server
    server.stop()


@pytest.fixture
def untrusted(tmp_path: Path) -> Iterator[ApiServer]:
    """A registry whose certificate nobody signed that we know."""
    server = ApiServer(certificates.make(tmp_path / "certificates")).start()
    yield server
    server.stop()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"image": "App//x:v1"}, '"App//x:v1" is not the name of an image'),
        ({"image": "app:v1", "platform": "amd64"}, "write it as linux/amd64"),
        ({"image": "app:v1", "registry_url": "registry.test"}, "is not the address of a registry"),
        ({"image": "app:v1", "registry_auth_file": "/no/such/file"}, "/no/such/file cannot be used: No such file"),
        ({"image": "app:v1", "ca_cert": "/no/such/file"}, "/no/such/file cannot be used: No such file"),
        ({"image": "app:v1", "last_good": "other:v1"}, "last_good is of another repository"),
        ({"image": "app:v1", "timeout": "0"}, "timeout is 0.0: give more than 0 and at most 600"),
        ({"image": "app:v1", "timeout": "inf"}, "timeout is inf: give more than 0"),
        ({"image": "app:v1", "username": "somebody"}, "password"),
    ],
)
def test_an_option_that_cannot_work_fails_with_one_sentence(options: dict[str, str], said: str) -> None:
    found = ad_hoc("image_tags", **options)
    assert said in found["msg"]
    assert "FAILED" in found["output"]
    assert "\n" not in found["msg"]


def unknown(reason: str, said: str, **options: str) -> None:
    found = ad_hoc("image_tags", **{"image": "app:v1", **options})
    assert (found["exists"], found["reason"]) == ("unknown", reason)
    assert found["message"].startswith("Whether app:v1 exists is not known. ")
    assert said in found["message"]
    assert PASSWORD not in found["output"]


def test_nobody_listens() -> None:
    unknown("registry_unreachable", "connection refused", registry_url=f"https://127.0.0.1:{free_port()}")


def test_no_such_host() -> None:
    unknown("registry_unreachable", "its name does not resolve", registry_url="https://registry.invalid")


def test_a_wrong_password(locked: ApiServer) -> None:
    login = {"username": "somebody", "password": PASSWORD}
    said = "refuses the login given with username and password"
    unknown("registry_login_refused", said, registry_url=locked.url, **login)
    assert locked.seen[-1].headers["Authorization"]


def test_no_password(locked: ApiServer) -> None:
    unknown("registry_login_refused", "Give one with username= and password=", registry_url=locked.url)


def test_a_registry_without_tls_asked_with_it(locked: ApiServer) -> None:
    url = locked.url.replace("http", "https")
    unknown(
        "registry_unreachable", f"does not speak TLS (if it is meant to: registry_url={locked.url}", registry_url=url
    )


def test_a_certificate_that_nobody_signed(untrusted: ApiServer) -> None:
    unknown("registry_tls_untrusted", "Name the authority that signed it with ca_cert=", registry_url=untrusted.url)
