"""The cluster's certificate authority, one identity for each component, and their kubeconfig files."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from pathlib import Path

from .commands import run
from .layout import API_SERVICE_ADDRESS, NODE_NAME, Layout
from .privilege import give_to_caller

# Each component has its own name: the audit policy tells people's calls from the cluster's own by it.
_CLIENTS = {
    "admin": "/O=system:masters/CN=admin",
    "apiserver-kubelet": "/O=system:masters/CN=system:kube-apiserver-kubelet",
    "kubelet": f"/O=system:nodes/CN=system:node:{NODE_NAME}",
    "controller-manager": "/CN=system:kube-controller-manager",
    "scheduler": "/CN=system:kube-scheduler",
    "proxy": "/CN=system:kube-proxy",
    "monitoring": "/O=system:masters/CN=system:monitoring",
}
_DAYS = "365"


def create(layout: Layout) -> None:
    folder = layout.certificates
    if (folder / "complete").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    run([
        "openssl", "req", "-x509", *_NEW_KEY, "-keyout", folder / "ca.key", "-out", folder / "ca.crt", "-days", _DAYS,
        "-subj", "/CN=rescue-kubernetes-test", "-addext", "keyUsage=critical,keyCertSign,cRLSign,digitalSignature",
    ])  # fmt: skip
    run(["openssl", "ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", folder / "service-account.key"])
    run([
        "openssl", "ec", "-in", folder / "service-account.key", "-pubout", "-out", folder / "service-account.pub",
    ])  # fmt: skip
    names = ["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"]
    addresses = ["127.0.0.1", layout.node_address, API_SERVICE_ADDRESS]
    _issue(folder, "apiserver", "/CN=kube-apiserver", "serverAuth", names, addresses)
    _issue(folder, "kubelet-server", f"/CN={NODE_NAME}", "serverAuth", [NODE_NAME], [layout.node_address])
    for name, subject in _CLIENTS.items():
        _issue(folder, name, subject, "clientAuth")
        write_kubeconfig(layout, name, layout.configuration / f"{name}.kubeconfig")
    write_kubeconfig(layout, "admin", layout.kubeconfig)
    give_to_caller(layout.kubeconfig)
    (folder / "complete").touch()


_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


def _issue(
    folder: Path, name: str, subject: str, usage: str, names: Sequence[str] = (), addresses: Sequence[str] = ()
) -> None:
    alternatives = [f"DNS:{entry}" for entry in names] + [f"IP:{entry}" for entry in addresses]
    extensions = [
        "basicConstraints=critical,CA:false",
        "keyUsage=critical,digitalSignature",
        f"extendedKeyUsage={usage}",
        "subjectKeyIdentifier=hash",
        "authorityKeyIdentifier=keyid",  # newer Pythons refuse a certificate without
        *([f"subjectAltName={','.join(alternatives)}"] if alternatives else []),
    ]
    extension_file = folder / f"{name}.extensions"
    extension_file.write_text("\n".join(extensions) + "\n")
    request = folder / f"{name}.request"
    run(["openssl", "req", *_NEW_KEY, "-keyout", folder / f"{name}.key", "-out", request, "-subj", subject])
    run([
        "openssl", "x509", "-req", "-in", request, "-CA", folder / "ca.crt", "-CAkey", folder / "ca.key",
        "-CAcreateserial", "-days", _DAYS, "-out", folder / f"{name}.crt", "-extfile", extension_file,
    ])  # fmt: skip


def write_kubeconfig(layout: Layout, identity: str, path: Path) -> None:
    """Write a kubeconfig for one of the identities, with everything in it, readable by its owner only."""

    def encoded(name: str) -> str:
        return base64.b64encode((layout.certificates / name).read_bytes()).decode()

    name = f"rescue-{layout.name}"
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": name,
                "cluster": {
                    "server": f"https://{layout.node_address}:6443",
                    "certificate-authority-data": encoded("ca.crt"),
                },
            }
        ],
        "users": [
            {
                "name": name,
                "user": {
                    "client-certificate-data": encoded(f"{identity}.crt"),
                    "client-key-data": encoded(f"{identity}.key"),
                },
            }
        ],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name, "namespace": "default"}}],
        "current-context": name,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.chmod(0o600)
    # JSON is YAML: kubectl, client libraries and people read it alike.
    path.write_text(json.dumps(content, indent=2) + "\n")
