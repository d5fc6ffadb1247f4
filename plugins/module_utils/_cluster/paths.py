# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection, may change at any time.

URL paths of Kubernetes objects: built from a kind, and read back to say which right a request needs.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from urllib.parse import quote, unquote

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.errors import InvalidOptionError, one_line


class Resource(t.NamedTuple):
    """Where the API serves a kind."""

    group_version: str
    plural: str
    namespaced: bool = True


# Everything the collection ever asks for. Secrets are absent on purpose: they are never read.
RESOURCES: dict[str, Resource] = {
    "ConfigMap": Resource("v1", "configmaps"),
    "ControllerRevision": Resource("apps/v1", "controllerrevisions"),
    "DaemonSet": Resource("apps/v1", "daemonsets"),
    "Deployment": Resource("apps/v1", "deployments"),
    "EndpointSlice": Resource("discovery.k8s.io/v1", "endpointslices"),
    "Event": Resource("v1", "events"),
    "HorizontalPodAutoscaler": Resource("autoscaling/v2", "horizontalpodautoscalers"),
    "Job": Resource("batch/v1", "jobs"),
    "Lease": Resource("coordination.k8s.io/v1", "leases"),
    "LimitRange": Resource("v1", "limitranges"),
    "Namespace": Resource("v1", "namespaces", namespaced=False),
    "NetworkPolicy": Resource("networking.k8s.io/v1", "networkpolicies"),
    "Node": Resource("v1", "nodes", namespaced=False),
    "PersistentVolumeClaim": Resource("v1", "persistentvolumeclaims"),
    "Pod": Resource("v1", "pods"),
    "PodDisruptionBudget": Resource("policy/v1", "poddisruptionbudgets"),
    "ReplicaSet": Resource("apps/v1", "replicasets"),
    "ResourceQuota": Resource("v1", "resourcequotas"),
    "Service": Resource("v1", "services"),
    "ServiceAccount": Resource("v1", "serviceaccounts"),
    "StatefulSet": Resource("apps/v1", "statefulsets"),
    "StorageClass": Resource("storage.k8s.io/v1", "storageclasses", namespaced=False),
}


_KIND_OF = {(resource.group_version.rpartition("/")[0], resource.plural): kind for kind, resource in RESOURCES.items()}


def collection_path(kind: str, namespace: str | None = None) -> str:
    """Path of all objects of a kind, in one namespace or (None) in all. Raises KeyError for an unknown kind."""
    resource = RESOURCES[kind]
    root = "/api/v1" if resource.group_version == "v1" else f"/apis/{resource.group_version}"
    if namespace is not None and resource.namespaced:
        return f"{root}/namespaces/{quote(namespace, safe='')}/{resource.plural}"
    return f"{root}/{resource.plural}"


def object_path(kind: str, namespace: str | None, name: str, subresource: str | None = None) -> str:
    """Path of one object, or of its subresource ("log", "scale", ...)."""
    path = f"{collection_path(kind, namespace)}/{quote(name, safe='')}"
    return f"{path}/{subresource}" if subresource else path


def proxy_path(kind: str, namespace: str, name: str, port: str | int, path: str, *, scheme: str = "http") -> str:
    """Path that has the API server ask a Service or a Pod. `path` may hold a query ("/health?full=1").

    `port` is a number or, for a Service, a port's name.
    """
    target = quote(f"{scheme}:{name}:{port}", safe=":")
    asked = quote(path.lstrip("/"), safe="/:?&=%+,;@!$'()*~")
    return f"{collection_path(kind, namespace)}/{target}/proxy/{asked}"


def check_path(path: str) -> None:
    """Refuse a path that a client or server could resolve to another object than it names.

    Probe paths come from the cluster: "/../../secrets/token" would turn a question to an application into a question
    to the API server under our own rights. Raises InvalidOptionError.
    """
    segments = unquote(unquote(path.partition("?")[0])).replace("\\", "/").split("/")
    if any(segment in (".", "..") for segment in segments) or any(not character.isprintable() for character in path):
        raise InvalidOptionError(
            f'The path "{one_line(path, 200)}" is refused: it holds "." or ".." segments or control characters, '
            "which could lead the request to another object. Give a plain absolute path such as /health.",
            details={"option": "path"},
        )


@dataclass(frozen=True)
class ResourcePath:
    """What a URL path asks for, in the words of an RBAC rule. `resource` is None outside the resource API."""

    api_group: str = ""
    resource: str | None = None
    namespace: str | None = None
    name: str | None = None
    subresource: str | None = None

    @classmethod
    def parse(cls, path: str) -> ResourcePath:
        """Read "/apis/apps/v1/namespaces/x/deployments/y/scale" back; never raises."""
        parts = [unquote(part) for part in path.partition("?")[0].split("/") if part]
        if parts[:1] == ["api"]:
            group, rest = "", parts[2:]
        elif parts[:1] == ["apis"] and len(parts) > 2:
            group, rest = parts[1], parts[3:]
        else:
            return cls()
        namespace = None
        if rest[:1] == ["namespaces"] and len(rest) > 2:
            namespace, rest = rest[1], rest[2:]
        if not rest:
            return cls(api_group=group)
        name = rest[1] if len(rest) > 1 else None
        subresource = rest[2] if len(rest) > 2 else None
        return cls(group, rest[0], namespace, name, subresource)

    def verb(self, method: str, *, watch: bool = False) -> str:
        """RBAC verb of an HTTP method on this path."""
        if method == "GET":
            if watch:
                return "watch"
            return "get" if self.name else "list"
        if method == "DELETE" and not self.name:
            return "deletecollection"
        return {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}.get(method, method.lower())

    def rule(self, verb: str) -> str:
        """The line of a Role (one YAML list item) that allows `verb` here."""
        resource = self.resource or "*"
        if self.subresource:
            resource = f"{resource}/{self.subresource}"
        return f'- {{apiGroups: ["{self.api_group}"], resources: ["{resource}"], verbs: ["{verb}"]}}'

    def describe(self) -> str:
        """Short text for messages: `Deployment "api-server" in namespace "production"`, `the log of Pod "x" ...`."""
        kind = _KIND_OF.get((self.api_group, self.resource or ""))
        text = self.describe_collection() if kind is None or not self.name else kind
        if self.name:
            text += f' "{one_line(self.name, 253)}"'
        if self.subresource:
            text = f"the {one_line(self.subresource, 63)} of {text}"
        if self.namespace:
            text += f' in namespace "{one_line(self.namespace, 63)}"'
        return text

    def describe_collection(self) -> str:
        """The resource in RBAC's words: `deployments.apps`."""
        text = one_line(self.resource, 253) if self.resource else "the API"
        return f"{text}.{one_line(self.api_group, 253)}" if self.api_group else text
