"""Removing all that a cluster has put on the machine."""

from __future__ import annotations

import shutil
from pathlib import Path

from . import groups, network
from .layout import Layout
from .output import ClusterError, say
from .storage import unmount_under


def take_down(layout: Layout) -> None:
    """End every process, unmount, and remove namespace, cable, control groups and files outside the state folder.

    Raises ClusterError naming the processes that would not end. Safe where there is nothing, or only a part.
    """
    if network.exists(layout) or layout.run.exists():
        say(f"taking cluster {layout.name!r} down")
    left = groups.kill_all(layout)
    if left:
        raise ClusterError(f"these processes of cluster {layout.name!r} would not end: {sorted(left)}")
    shim_sockets = _shim_sockets(layout)
    unmount_under(layout.run, layout.state)
    if layout.facts():
        network.remove(layout)
    groups.remove(layout)
    for path in (*shim_sockets, *_strays(layout)):
        path.unlink(missing_ok=True)
    shutil.rmtree(layout.run, ignore_errors=True)
    # A cluster is made anew each time: nothing of the last one is in the next.
    shutil.rmtree(layout.state, ignore_errors=True)
    if layout.run.parent.exists():
        network.restore_machine_settings()


def _shim_sockets(layout: Layout) -> list[Path]:
    """Return the sockets that containerd's shims made in a folder that all containerds share."""
    addresses = layout.run.glob("containerd/io.containerd.runtime.v2.task/*/*/address")
    return [Path(address.read_text().removeprefix("unix://")) for address in addresses]


def _strays(layout: Layout) -> list[Path]:
    """Return what kubelet and the network plugins leave in folders that cannot be configured."""
    logs = Path("/var/log/containers")
    links = [path for path in logs.glob("*.log") if path.is_symlink() and _points_into(path, layout.state)]
    return [*links, *Path("/var/lib/cni/results").glob(f"{layout.network_namespace}-*")]


def _points_into(link: Path, folder: Path) -> bool:
    return link.readlink().is_relative_to(folder)
