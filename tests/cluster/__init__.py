"""A real one-node Kubernetes on this machine, for tests, benchmark and demo. See README.md."""

from __future__ import annotations

from .cluster import Cluster
from .output import ClusterError

__all__ = ["Cluster", "ClusterError"]
