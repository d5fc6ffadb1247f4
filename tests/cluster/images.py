"""Images: built by buildah from real Dockerfiles, without a daemon, and pushed to a cluster's registry."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from . import registry
from .commands import run, succeeds
from .layout import Layout, lock
from .output import ClusterError, say, step
from .storage import overlay_works, unmount_under

# Base images, each made of one program and the shared libraries it needs. The node image has busybox for a shell.
BASE_IMAGES = ("pause", "coredns", "busybox", "node")
_BASE_REFERENCES = {"pause": "pause:1", "coredns": "coredns:1", "busybox": "busybox:1", "node": "node:20"}


def base_reference(name: str) -> str:
    return f"registry.local/{_BASE_REFERENCES[name]}"


class ImageStore:
    """The images that this machine has built, for all clusters of one state folder."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._folder = home / "images"

    def _buildah(self, *arguments: str | Path, timeout: float = 600) -> str:
        self._folder.mkdir(parents=True, exist_ok=True)
        configuration = {
            "policy.json": '{"default": [{"type": "insecureAcceptAnything"}]}\n',
            "registries.conf": 'unqualified-search-registries = []\nshort-name-mode = "disabled"\n',
            "storage.conf": "[storage]\n",
        }
        for name, content in configuration.items():
            if not (self._folder / name).exists():
                (self._folder / name).write_text(content)
        driver = "overlay" if overlay_works(self._folder) else "vfs"
        environment = {
            **os.environ,
            "CONTAINERS_REGISTRIES_CONF": str(self._folder / "registries.conf"),
            "CONTAINERS_STORAGE_CONF": str(self._folder / "storage.conf"),
            "BUILDAH_ISOLATION": "chroot",
            "TMPDIR": str(self._folder),
        }
        return run(
            [
                "buildah", "--root", self._folder / "root", "--runroot", self._folder / "run",
                "--storage-driver", driver, *arguments,
            ],
            environment=environment, timeout=timeout,
        )  # fmt: skip

    @contextlib.contextmanager
    def _exclusive(self) -> Iterator[None]:
        """One at a time, and afterwards nothing is mounted: under load buildah leaves a layer behind now and then."""
        with lock(self._home / "locks" / "images.lock", "the images"):
            try:
                yield
            finally:
                unmount_under(self._folder)

    def build(self, directory: Path, arguments: dict[str, str] | None = None, file: Path | None = None) -> str:
        """Build `directory` unless this very content was built before; return the name it has in the store.

        arguments: build arguments. file: a Dockerfile that is not the one in `directory`.
        Raises ClusterError with the last lines of a failed build.
        """
        dockerfile = file or directory / "Dockerfile"
        if not dockerfile.is_file():
            raise ClusterError(f"there is no {dockerfile}")
        digest = content_hash(directory, arguments or {}, dockerfile, self._bases_of(dockerfile))
        name = f"localhost/built:{digest}"
        if self._has(name):
            return name
        with self._exclusive():
            command: list[str | Path] = ["bud", "--pull-never", "--layers", "--quiet", "--file", dockerfile]
            for key, value in (arguments or {}).items():
                command += ["--build-arg", f"{key}={value}"]
            self._buildah(*command, "--signature-policy", self._folder / "policy.json", "--tag", name, directory)
            self._remember(name)
        return name

    def _bases_of(self, dockerfile: Path) -> str:
        """Return what the Dockerfile's own bases were made of: a new base makes a new image."""
        made = self._built()
        names = re.findall(r"^FROM\s+(?:--\S+\s+)*(\S+)", dockerfile.read_text(), re.MULTILINE | re.IGNORECASE)
        return " ".join(made.get(name, name) for name in names)

    def push(self, layout: Layout, name: str, *references: str) -> None:
        """Put the image `name` of the store into the cluster's registry under every one of `references`."""
        wanted = [":".join(registry.split(reference)) for reference in references]
        if all(self._is_pushed(layout, name, where) for where in wanted):
            return
        with self._exclusive():
            self._push(layout, name, wanted)

    def _is_pushed(self, layout: Layout, name: str, where: str) -> bool:
        repository, _colon, tag = where.rpartition(":")
        return _pushed(layout).get(where) == name and tag in registry.tags(layout, repository)

    def _push(self, layout: Layout, name: str, wanted: list[str]) -> None:
        address = registry.url(layout).removeprefix("http://")
        for where in wanted:
            if not self._is_pushed(layout, name, where):
                # Uncompressed: the registry is on the same disk.
                self._buildah(
                    "push", "--quiet", "--tls-verify=false", "--disable-compression", "--signature-policy",
                    self._folder / "policy.json", name, f"docker://{address}/{where}",
                )  # fmt: skip
                content = json.dumps({**_pushed(layout), where: name}, indent=2)
                _pushed_file(layout).write_text(content)

    def ensure_base_images(self, layout: Layout, programs: Path) -> None:
        """Have the base images in the store and in the cluster's registry."""
        with self._exclusive():
            built = {name: self._base_image(name, programs) for name in BASE_IMAGES}
            key = hashlib.sha256(json.dumps(built, sort_keys=True).encode()).hexdigest()[:16]
            seed = self._home / "registry" / key
            if seed.exists() and not (layout.state / "registry" / "docker").exists():
                run(["cp", "--archive", "--reflink=auto", f"{seed}/.", layout.state / "registry"])
                return
            if not seed.exists():
                with step("filling the registry with the base images"):
                    for name, image in built.items():
                        self._push(layout, image, [_BASE_REFERENCES[name]])
                fresh = seed.with_name(f"new-{os.getpid()}")
                fresh.parent.mkdir(parents=True, exist_ok=True)
                run(["cp", "--archive", "--reflink=auto", layout.state / "registry", fresh])
                fresh.replace(seed)

    def _base_image(self, name: str, programs: Path) -> str:
        files = _base_files(name, programs)
        parts = [f"{target} {os.stat(source).st_size} {os.stat(source).st_mtime_ns}" for target, source in files]
        digest = hashlib.sha256("\n".join([name, *parts]).encode()).hexdigest()[:24]
        image = f"localhost/base-{name}:{digest}"
        reference = base_reference(name)
        if self._has(image):
            return image
        say(f"making the base image {reference}")
        with tempfile.TemporaryDirectory(dir=self._folder_made(), prefix="base-") as temporary:
            folder = Path(temporary)
            for target, source in files:
                (folder / "root" / target).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, folder / "root" / target)
            (folder / "root" / "tmp").mkdir(mode=0o1777)
            (folder / "root" / "etc").mkdir(exist_ok=True)
            (folder / "root" / "etc" / "passwd").write_text("root:x:0:0:root:/:/bin/sh\nnode:x:1000:1000::/:/bin/sh\n")
            (folder / "Dockerfile").write_text("FROM scratch\nCOPY root/ /\n" + _BASE_COMMANDS[name])
            self._buildah(
                "bud", "--quiet", "--signature-policy", self._folder / "policy.json", "--tag", image,
                "--tag", reference, folder,
            )  # fmt: skip
        self._remember(image, reference)
        return image

    def _folder_made(self) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder

    # What was built is remembered in a file: asking buildah takes a quarter of a second an image.
    def _built(self) -> dict[str, str]:
        try:
            built: dict[str, str] = json.loads((self._folder / "built.json").read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return {}
        return built

    def _has(self, name: str) -> bool:
        return name in self._built()

    def _remember(self, name: str, alias: str | None = None) -> None:
        built = {**self._built(), name: name}
        if alias:
            built[alias] = name
        replacement = self._folder / "built.json.new"
        replacement.write_text(json.dumps(built, indent=2))
        replacement.replace(self._folder / "built.json")


def _pushed_file(layout: Layout) -> Path:
    return layout.state / "pushed-images.json"


def _pushed(layout: Layout) -> dict[str, str]:
    """Return which image of the store each tag of the cluster's registry is."""
    try:
        pushed: dict[str, str] = json.loads(_pushed_file(layout).read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return pushed


_BASE_COMMANDS = {
    "pause": 'ENTRYPOINT ["/pause"]\n',
    "coredns": 'ENTRYPOINT ["/coredns"]\n',
    "busybox": 'RUN ["/bin/busybox", "--install", "-s", "/bin"]\nENV PATH=/bin\nCMD ["sh"]\n',
    "node": 'RUN ["/bin/busybox", "--install", "-s", "/bin"]\nENV PATH=/usr/bin:/bin\nCMD ["node"]\n',
}


def _base_files(name: str, programs: Path) -> list[tuple[str, Path]]:
    """Return (path in the image, file on this machine) of what a base image is made of."""
    if name in ("pause", "coredns"):
        return [(name, programs / name)]
    files = _with_libraries("bin/busybox", _program("busybox"))
    if name == "node":
        files += _with_libraries("usr/bin/node", _program("node"))
    return sorted(set(files))


def _program(name: str) -> Path:
    found = shutil.which(name)
    if found is None:
        raise ClusterError(f"the program {name!r} is not installed")
    return Path(found).resolve()


def _with_libraries(target: str, program: Path) -> list[tuple[str, Path]]:
    files = [(target, program)]
    if succeeds(["ldd", program]):
        libraries = re.findall(r"(?:=> )?(/\S+) \(0x", run(["ldd", program]))
        files += [(path.lstrip("/"), Path(path).resolve()) for path in libraries]
    return files


def content_hash(directory: Path, arguments: dict[str, str], dockerfile: Path, bases: str) -> str:
    """Return a name for what a build would be made of."""
    digest = hashlib.sha256(json.dumps([arguments, bases], sort_keys=True).encode())
    digest.update(dockerfile.read_bytes())
    for path in sorted(directory.rglob("*")):
        digest.update(f"{path.relative_to(directory)} {path.lstat().st_mode:o}\n".encode())
        if path.is_symlink():
            digest.update(os.readlink(path).encode())
        elif path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()[:24]
