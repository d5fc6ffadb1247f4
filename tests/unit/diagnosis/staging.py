# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make a fault happen in a namespace of its own, and take away all that it needed."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import json
import time
from collections.abc import Callable, Iterator

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.cluster import ClusterError

from .faults import Fault, Json
from .faults.parts import API_SERVER, CERTIFICATE, EXPIRED_CERTIFICATE, KEY, NAMESPACE, NODE_PORT

Kubectl = Callable[..., str]

_CLUSTER_WIDE = (
    "CSINode",
    "Node",
    "PersistentVolume",
    "RuntimeClass",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration",
)
_PATIENCE = 30.0


class Stage:
    """One fault in one namespace. `kubectl` raises ClusterError or SystemExit for what fails."""

    def __init__(self, kubectl: Kubectl, fault: Fault, namespace: str) -> None:
        self._kubectl = kubectl
        self._fault = fault
        self._namespace = namespace
        self._words: dict[str, str] = {NAMESPACE: namespace}

    @contextlib.contextmanager
    def made(self) -> Iterator[None]:
        """The fault has been brought about: its last manifest was applied a moment ago."""
        fault = self._fault
        try:
            self._open()
            if fault.before is not None:
                self._apply(fault.before)
                self._rolled_out("web")
            if fault.patch_config is not None:
                time.sleep(1.1)  # managedFields tell whole seconds: the change must not seem as old as the creation
                change = json.dumps({"data": fault.patch_config})
                self._kubectl("-n", self._namespace, "patch", "configmap", "settings", "--type=merge", "-p", change)
            if fault.refuses:
                self._refused()
            self._apply(fault.broken)
            if fault.settle:
                self._rolled_out("web")
            yield
        finally:
            self._close()

    def _open(self) -> None:
        space = {"name": self._namespace, "labels": self._fault.labels}
        self._apply({"apiVersion": "v1", "kind": "Namespace", "metadata": space})
        # Without it no pod can be created, and that would be a fault of its own.
        self._kubectl("-n", self._namespace, "wait", "--for=create", "serviceaccount/default", "--timeout=30s")
        if self._fault.setup:
            self._apply(*self._fault.setup)
        for entry in self._fault.setup:
            if entry["kind"] == "Deployment":
                self._rolled_out(entry["metadata"]["name"])
            if entry["kind"] == "PersistentVolumeClaim" and "volumeName" in entry["spec"]:
                bound = "--for=jsonpath={.status.phase}=Bound"
                self._kubectl("-n", self._namespace, "wait", bound, "pvc/data", "--timeout=30s")

    def _close(self) -> None:
        wide = [entry for entry in self._fault.setup if entry["kind"] in _CLUSTER_WIDE]
        if wide:
            self._kubectl("delete", "--ignore-not-found", "--wait=false", "-f", "-", input=self._manifest(*wide))
        self._kubectl("delete", "namespace", self._namespace, "--wait=false", "--ignore-not-found")

    def _apply(self, *entries: Json) -> None:
        self._kubectl("-n", self._namespace, "apply", "-f", "-", input=self._manifest(*entries))

    def _rolled_out(self, name: str) -> None:
        self._kubectl("-n", self._namespace, "rollout", "status", f"deployment/{name}", "--timeout=110s")

    def _refused(self) -> None:
        """Wait until pods of the broken Deployment are refused: what refuses them is read with a delay."""
        template = self._fault.broken["spec"]["template"]
        metadata = {**template["metadata"], "generateName": "web-"}
        pod = self._manifest({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]})
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            try:
                self._kubectl("-n", self._namespace, "create", "--dry-run=server", "-f", "-", input=pod)
            except (ClusterError, SystemExit):
                return
            time.sleep(0.2)
        raise TimeoutError(f"pods of {self._namespace} are not refused")

    def _manifest(self, *entries: Json) -> str:
        """The manifests, with the words that stand for what is known now only."""
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": entries})
        for word in (NAMESPACE, NODE_PORT, API_SERVER, CERTIFICATE, EXPIRED_CERTIFICATE, KEY):
            if word in text:
                text = text.replace(word, self._meaning(word))
        return text

    def _meaning(self, word: str) -> str:
        if word not in self._words:
            if word == NODE_PORT:
                self._words[word] = self._asked(self._namespace, "registry", "{.spec.ports[0].nodePort}")
            elif word == API_SERVER:
                self._words[word] = self._asked("default", "kubernetes", "{.spec.clusterIP}")
            else:
                name = f"server.{self._namespace}.svc"
                self._words.update(_certificates(name))
        return self._words[word]

    def _asked(self, namespace: str, service: str, path: str) -> str:
        return self._kubectl("-n", namespace, "get", "service", service, "-o", f"jsonpath={path}").strip()


def _certificates(name: str) -> dict[str, str]:
    """A key, a certificate of it for `name` and one that has expired, each as PEM in base64."""
    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    today = dt.datetime.now(dt.UTC)
    found = {KEY: private}
    for word, days in ((CERTIFICATE, 1), (EXPIRED_CERTIFICATE, -1)):
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
        certificate = (
            x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
            .not_valid_before(today - dt.timedelta(days=2))
            .not_valid_after(today + dt.timedelta(days=days))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        found[word] = certificate.public_bytes(serialization.Encoding.PEM)
    return {word: base64.b64encode(content).decode() for word, content in found.items()}
