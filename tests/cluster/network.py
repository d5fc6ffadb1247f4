"""The cluster's network namespace and the one cable that joins it to the machine.

The namespace has no default route: nothing reaches out of it, and the machine's routes and firewall stay as they were.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

from .commands import run, succeeds
from .layout import RUN_FOLDER, SERVICE_RANGE, Layout, lock
from .output import ClusterError

# The kubelet sets these for the whole machine; the last cluster to go puts the earlier values back.
_MACHINE_SETTINGS = (
    "vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops",
    "kernel/keys/root_maxkeys", "kernel/keys/root_maxbytes",
)  # fmt: skip
_SAVED_SETTINGS = RUN_FOLDER / "machine-settings.json"


def inside(layout: Layout, *command: str | Path) -> list[str]:
    """Return `command` as it is run in the cluster's network namespace.

    Not `ip netns exec`: that mounts a fresh /sys, which hides the control groups from the kubelet.
    """
    return ["nsenter", f"--net=/run/netns/{layout.network_namespace}", "--", *map(str, command)]


def exists(layout: Layout) -> bool:
    return Path("/run/netns", layout.network_namespace).exists()


@contextlib.contextmanager
def free_slot() -> Iterator[int]:
    """Give the first subnet that nobody on this machine uses; it is taken once `create` has run in the block."""
    with lock(RUN_FOLDER / "slots.lock", "the choice of a subnet"):
        addresses = json.loads(run(["ip", "-json", "address"]))
        used = {entry["local"] for interface in addresses for entry in interface.get("addr_info", ())}
        names = {interface["ifname"] for interface in addresses}
        for slot in range(256):
            if f"10.199.{slot}.1" not in used and f"rescue{slot}" not in names:
                yield slot
                return
    raise ClusterError("all 256 subnets of 10.199.0.0/16 are in use on this machine")


def create(layout: Layout) -> None:
    space, cable = layout.network_namespace, layout.host_interface
    _save_machine_settings()
    run(["ip", "netns", "add", space])
    try:
        run(["ip", "link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", space])
    except ClusterError:
        run(["ip", "netns", "delete", space])
        raise
    run(["ip", "address", "add", f"{layout.host_address}/30", "dev", cable])
    run(["ip", "link", "set", cable, "up"])
    run(["ip", "-n", space, "link", "set", "lo", "up"])
    run(["ip", "-n", space, "address", "add", f"{layout.node_address}/30", "dev", "eth0"])
    run(["ip", "-n", space, "link", "set", "eth0", "up"])
    # Service addresses are translated on their way out; without any route to them they would be refused before that.
    run(["ip", "-n", space, "route", "add", SERVICE_RANGE, "dev", "lo", "src", layout.node_address])
    run(inside(layout, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"))


def remove(layout: Layout) -> None:
    if exists(layout):
        run(["ip", "netns", "delete", layout.network_namespace])
    # The cable goes with the namespace, but only after the kernel has let go of it: do not leave that to chance.
    if succeeds(["ip", "link", "show", layout.host_interface]):
        succeeds(["ip", "link", "delete", layout.host_interface])


def _save_machine_settings() -> None:
    if not _SAVED_SETTINGS.exists():
        values = {
            name: Path("/proc/sys", name).read_text().strip()
            for name in _MACHINE_SETTINGS
            if Path("/proc/sys", name).exists()
        }
        _SAVED_SETTINGS.write_text(json.dumps(values))


def restore_machine_settings() -> None:
    """Put the machine-wide kernel settings back, if this was the last cluster."""
    with lock(RUN_FOLDER / "slots.lock", "the choice of a subnet"):
        if any(path.is_dir() for path in RUN_FOLDER.iterdir()) or not _SAVED_SETTINGS.exists():
            return
        for name, value in json.loads(_SAVED_SETTINGS.read_text()).items():
            with contextlib.suppress(OSError):  # a container may not be allowed to: then the kubelet was not either
                Path("/proc/sys", name).write_text(value)
        _SAVED_SETTINGS.unlink()


def cut(layout: Layout, address: str, label: str) -> None:
    """Drop everything from and to a pod's `address`, as if its cable were pulled; `label` names the cut."""
    restore(layout, label)
    for chain, side in (("PREROUTING", "-s"), ("POSTROUTING", "-d")):
        run(inside(layout, *_IPTABLES, "-I", chain, side, address, "-m", "comment", "--comment", label, "-j", "DROP"))


def restore(layout: Layout, label: str) -> bool:
    """Take back the cut that is called `label`; say whether there was one."""
    found = False
    for rule in run(inside(layout, *_IPTABLES, "-S")).splitlines():
        words = [word.strip('"') for word in rule.split()]
        if words[:1] == ["-A"] and label in words:
            run(inside(layout, *_IPTABLES, "-D", *words[1:]))
            found = True
    return found


_IPTABLES = ("iptables", "-w", "10", "-t", "mangle")
