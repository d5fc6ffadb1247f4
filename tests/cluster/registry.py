"""The cluster's image registry: what is in it, and taking tags out of it."""

from __future__ import annotations

import json
import shutil
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from .configuration import REGISTRY_PORT
from .layout import Layout
from .output import ClusterError


def url(layout: Layout) -> str:
    return f"http://{layout.node_address}:{REGISTRY_PORT}"


def split(reference: str) -> tuple[str, str]:
    """Return repository and tag as the registry knows them: without the registry's name, which may be any.

    Raises ClusterError for a reference without a tag.
    """
    path, colon, tag = reference.rpartition(":")
    if not colon or "/" in tag:
        raise ClusterError(f"{reference!r} names no tag")
    first, slash, rest = path.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        path = rest
    return path, tag


def repositories(layout: Layout) -> list[str]:
    return sorted(_get(layout, "/v2/_catalog?n=1000").get("repositories") or [])


def tags(layout: Layout, repository: str) -> list[str]:
    """Return the tags of `repository` (without a registry's name); none if there is no such repository."""
    return sorted(_get(layout, f"/v2/{urllib.parse.quote(repository)}/tags/list").get("tags") or [])


def delete_tag(layout: Layout, reference: str) -> None:
    """Take one tag away. The registry's own way deletes a digest, and every other tag that has it."""
    repository, tag = split(reference)
    folder = layout.state / "registry/docker/registry/v2/repositories" / repository / "_manifests/tags" / tag
    if not folder.is_dir():
        raise ClusterError(f"the registry has no {repository}:{tag}; it has {tags(layout, repository)}")
    shutil.rmtree(folder)


def answers(layout: Layout) -> bool:
    try:
        _get(layout, "/v2/")
    except ClusterError:
        return False
    return True


def _get(layout: Layout, path: str) -> dict[str, Any]:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(url(layout) + path, timeout=10) as answer:
            content: dict[str, Any] = json.load(answer)
            return content
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return {}
        raise ClusterError(f"the registry answered {error.code} to {path}") from None
    except OSError as error:
        raise ClusterError(f"the registry of cluster {layout.name!r} does not answer: {error}") from None
