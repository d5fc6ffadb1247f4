# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every unit test has in common."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

HIDDEN = {
    "kubeconfig",
    "kubernetes_service_host",
    "kubernetes_service_port",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
}


@pytest.fixture(autouse=True)
def no_cluster_of_the_developer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Hide every cluster and proxy that this machine knows: a unit test reaches only the server that it started."""
    for name in list(os.environ):
        if name.startswith("K8S_AUTH_") or name.lower() in HIDDEN:
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
