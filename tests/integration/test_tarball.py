# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection as a user gets it: built, installed without a network, called by its full name, from any folder."""

from __future__ import annotations

import json
import os
import subprocess
import tarfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPLICATION = ROOT / "extensions" / "molecule" / "application.py"
# All that ships: what ansible-core asks of a collection, and what describes it.
SHIPPED = {
    "CHANGELOG.md",
    "FILES.json",
    "LICENSE",
    "MANIFEST.json",
    "README.md",
    "changelogs",
    "docs",
    "meta",
    "playbooks",
    "plugins",
    "roles",
}


@pytest.fixture(scope="module")
def tarball(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("build")
    subprocess.run(["ansible-galaxy", "collection", "build", "--output-path", str(folder), str(ROOT)], check=True)
    (found,) = folder.glob("*.tar.gz")
    return found


@pytest.fixture(scope="module")
def elsewhere(tarball: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """Install it; return a folder that is not the checkout, and an environment that knows nothing of the checkout."""
    home = tmp_path_factory.mktemp("home")
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "PYTHON"))}
    variables |= {"HOME": str(home), "ANSIBLE_COLLECTIONS_PATH": str(home / "collections")}
    subprocess.run(
        ["ansible-galaxy", "collection", "install", "--offline", str(tarball)], cwd=home, env=variables, check=True
    )
    return home, variables


def output_of(elsewhere: tuple[Path, dict[str, str]], *command: str) -> str:
    folder, variables = elsewhere
    done = subprocess.run(
        command, cwd=folder, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_only_what_a_user_needs_ships(tarball: Path) -> None:
    with tarfile.open(tarball) as content:
        names = {Path(name).parts[0] for name in content.getnames()}
        links = [member.name for member in content.getmembers() if member.issym() or member.islnk()]
        caches = [name for name in content.getnames() if "__pycache__" in name or name.endswith(".pyc")]
    assert names <= SHIPPED
    assert {"LICENSE", "README.md", "meta", "playbooks", "plugins", "roles"} <= names
    assert not links
    assert not caches


def test_every_playbook_is_found_by_its_full_name(elsewhere: tuple[Path, dict[str, str]]) -> None:
    playbooks = sorted((ROOT / "playbooks").glob("*.yml"))
    assert playbooks
    for playbook in playbooks:
        name = f"rescue.kubernetes.{playbook.stem}"
        assert f"playbook: {elsewhere[0]}" in output_of(elsewhere, "ansible-playbook", name, "--syntax-check")


def test_every_module_and_role_is_documented(elsewhere: tuple[Path, dict[str, str]]) -> None:
    for kind, names in (
        ("module", [path.stem for path in (ROOT / "plugins" / "modules").glob("*.py")]),
        ("role", [path.name for path in (ROOT / "roles").iterdir() if path.is_dir()]),
    ):
        assert names
        full = [f"rescue.kubernetes.{name}" for name in sorted(names)]
        shown = json.loads(output_of(elsewhere, "ansible-doc", "--json", "--type", kind, *full))
        assert sorted(shown) == full


@pytest.fixture
def broken_application() -> Iterator[str]:
    """Deploy the demo application with an image tag that does not exist; return its namespace."""
    namespace = f"tarball-{uuid.uuid4().hex[:8]}"
    subprocess.run(["python", str(APPLICATION), "deploy", namespace, "--fault", "tag"], check=True)
    yield namespace
    subprocess.run(["python", str(APPLICATION), "remove", namespace], check=True)


@pytest.mark.smoke
def test_the_installed_collection_recovers(elsewhere: tuple[Path, dict[str, str]], broken_application: str) -> None:
    output = output_of(
        elsewhere,
        "ansible-playbook",
        "rescue.kubernetes.recover",
        "-e",
        "deployment=api-server",
        "-e",
        f"deployment_namespace={broken_application}",
    )
    looked_at = ["python", str(APPLICATION), "state", broken_application]
    state = json.loads(subprocess.run(looked_at, stdout=subprocess.PIPE, text=True, check=True).stdout)
    assert state["image"] == "myregistry.io/api-server:v2.0.0", output
    assert state["ready"] == state["updated"] == state["desired"], output
    assert "image_tag_not_found" in output or "does not exist" in output
