"""The configuration files of the components, written anew whenever the cluster is made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .layout import DNS_SERVICE_ADDRESS, POD_RANGE, Layout
from .storage import overlay_works

REGISTRY_PORT = 5000
# Image names that are answered by the cluster's own registry, whatever they are called. `serve_registry` adds more;
# a name that is not among them cannot be reached, as it would be behind a broken firewall.
SERVED_REGISTRIES = ("registry.local", "myregistry.io", "docker.io", "ghcr.io", "quay.io", "registry.k8s.io")
PAUSE_IMAGE = "registry.local/pause:1"


def write(layout: Layout) -> None:
    folder = layout.configuration
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "containerd.toml").write_text(_containerd(layout))
    (folder / "cni").mkdir(exist_ok=True)
    (folder / "cni" / "pods.conflist").write_text(json.dumps(_pod_network(layout), indent=2))
    for name in SERVED_REGISTRIES:
        serve_registry(layout, name)
    (folder / "registry.yml").write_text(
        f"version: 0.1\nstorage: {{filesystem: {{rootdirectory: {layout.state / 'registry'}}}}}\n"
        f'http: {{addr: ":{REGISTRY_PORT}"}}\nlog: {{level: warn}}\n'
    )
    for name, content in {"kubelet": _kubelet(layout), "kube-proxy": _proxy(layout), "audit": _AUDIT}.items():
        (folder / f"{name}.json").write_text(json.dumps(content, indent=2))


def serve_registry(layout: Layout, name: str) -> None:
    """Let image names that begin with registry `name` be answered by the cluster's registry, from the next pull on."""
    folder = layout.configuration / "registries" / name
    folder.mkdir(parents=True, exist_ok=True)
    address = f"http://127.0.0.1:{REGISTRY_PORT}"
    (folder / "hosts.toml").write_text(
        f'server = "{address}"\n[host."{address}"]\n  capabilities = ["pull", "resolve"]\n'
    )


def _containerd(layout: Layout) -> str:
    folder = layout.configuration
    snapshotter = "overlayfs" if overlay_works(layout.state) else "native"
    # restrict_oom_score_adj: without CAP_SYS_RESOURCE, usual in sandboxes, a pod's first process asks for a score
    # that it may not have, and runc dies with "can't get final child's PID from pipe: EOF".
    return f"""version = 2
root = "{layout.state / "containerd"}"
state = "{layout.run / "containerd"}"
[grpc]
  address = "{layout.containerd_socket}"
[plugins."io.containerd.grpc.v1.cri"]
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  sandbox_image = "{PAUSE_IMAGE}"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "{folder / "cni"}"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "{folder / "registries"}"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "{snapshotter}"
    default_runtime_name = "runc"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
"""


def _pod_network(layout: Layout) -> dict[str, Any]:
    """A cable from each pod to the node and no bridge: all traffic is then routed, and kube-proxy's rules see it."""
    return {
        "cniVersion": "0.4.0",
        "name": layout.network_namespace,
        "plugins": [
            {
                "type": "ptp",
                "ipMasq": False,
                "ipam": {
                    "type": "host-local",
                    "ranges": [[{"subnet": POD_RANGE}]],
                    "routes": [{"dst": "0.0.0.0/0"}],
                    "dataDir": str(layout.run / "pod-addresses"),
                },
            },
            {"type": "portmap", "capabilities": {"portMappings": True}},
        ],
    }


def _kubelet(layout: Layout) -> dict[str, Any]:
    certificates: Path = layout.certificates
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(certificates / "ca.crt")},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": str(certificates / "kubelet-server.crt"),
        "tlsPrivateKeyFile": str(certificates / "kubelet-server.key"),
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{layout.control_group}",
        "enforceNodeAllocatable": [],
        "failCgroupV1": False,
        # Two kubelets on /var/log/pods delete each other's logs.
        "podLogsDir": str(layout.state / "pod-logs"),
        "volumePluginDir": str(layout.state / "volume-plugins"),
        "containerRuntimeEndpoint": f"unix://{layout.containerd_socket}",
        "clusterDNS": [DNS_SERVICE_ADDRESS],
        "clusterDomain": "cluster.local",
        "resolvConf": "",
        "failSwapOn": False,
        "oomScoreAdj": 0,
        "maxPods": 500,
        "syncFrequency": "10s",
        "nodeStatusUpdateFrequency": "5s",
        "evictionHard": {
            "memory.available": "100Mi",
            "nodefs.available": "1%",
            "imagefs.available": "1%",
            "nodefs.inodesFree": "1%",
        },
        "imageGCHighThresholdPercent": 100,
        "serializeImagePulls": False,
        "registryPullQPS": 0,
        # 0 would not be "no limit" but the client's default of 5 a second: events would come minutes late
        "eventRecordQPS": 500,
        "eventBurst": 1000,
        "kubeAPIQPS": 100,
        "kubeAPIBurst": 200,
        "shutdownGracePeriod": "0s",
    }


def _proxy(layout: Layout) -> dict[str, Any]:
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "clientConnection": {"kubeconfig": str(layout.configuration / "proxy.kubeconfig")},
        "hostnameOverride": "",
        "mode": "iptables",
        "clusterCIDR": POD_RANGE,
        "metricsBindAddress": "127.0.0.1:10249",
        "oomScoreAdj": 0,
        # These would be written for the whole machine.
        "conntrack": {"maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"},
        "iptables": {"minSyncPeriod": "0s"},
    }


# The cluster talks to itself all the time: only what people and workloads ask for is kept, writes with what was sent.
_AUDIT: dict[str, Any] = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [
        {
            "level": "None",
            "users": [
                "system:apiserver",
                "system:kube-controller-manager",
                "system:kube-scheduler",
                "system:kube-proxy",
                "system:monitoring",
                "system:anonymous",
            ],
        },
        {"level": "None", "userGroups": ["system:nodes", "system:serviceaccounts:kube-system"]},
        {"level": "Metadata", "resources": [{"group": "", "resources": ["secrets", "serviceaccounts/token"]}]},
        {"level": "Request", "verbs": ["create", "update", "patch", "delete", "deletecollection"]},
        {"level": "Metadata"},
    ],
}
