# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading records from disk and writing bundles to it: the only file here that does either.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

A record is a folder, a file, or a compressed archive of a folder. Archives are read in memory and never unpacked; links
are not followed, so nothing outside of the record is read. All is bounded.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import shutil
import stat
import tarfile
import tempfile
import typing as t
import zlib

from ansible_collections.rescue.kubernetes.plugins.module_utils._evidence.bundle import (
    DIAGNOSIS,
    EVIDENCE,
    LOGS,
    MANIFEST,
    read_manifest,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._evidence.problems import (
    FORMATS,
    BundleError,
    EvidenceError,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.objects import JsonObject, text

MEGABYTE = 1024 * 1024
MAX_NAMES = 100_000
MAX_FILE = 64 * MEGABYTE
MAX_TOTAL = 256 * MEGABYTE
# Enough for the last lines of a log; a dump keeps the logs of all containers of a pod in one file.
LOG_TAIL = 1 * MEGABYTE
# What an archive may hold in all, for to find the next name one has to unpack what comes before it.
MAX_UNPACKED = 4096 * MEGABYTE
ARCHIVE_ENDINGS = (".tar.gz", ".tgz")
Files = t.Iterator[tuple[str, bytes]]


class Source(t.Protocol):
    """An opened record."""

    names: list[str]

    def open(self, name: str) -> t.IO[bytes]:
        """One of its files."""


class _Folder:
    def __init__(self, path: str) -> None:
        self._path = path
        self.names: list[str] = []
        for folder, folders, names in os.walk(path, onerror=_raise):
            folders.sort()
            for name in sorted(names):
                whole = os.path.join(folder, name)
                if stat.S_ISREG(os.lstat(whole).st_mode):
                    self.names.append(os.path.relpath(whole, path).replace(os.sep, "/"))
            _check_count(path, len(self.names))

    def open(self, name: str) -> t.IO[bytes]:
        return open(os.path.join(self._path, name), "rb")


class _File:
    def __init__(self, path: str) -> None:
        self._path = path
        self.names = [os.path.basename(path)]

    def open(self, name: str) -> t.IO[bytes]:
        return open(self._path, "rb")


class _Archive:
    def __init__(self, path: str, archive: tarfile.TarFile) -> None:
        self._archive = archive
        self._members: dict[str, tarfile.TarInfo] = {}
        size = 0
        for member in archive:
            size += member.size
            if size > MAX_UNPACKED:
                raise EvidenceError(
                    f"{path} is larger than {MAX_UNPACKED // MEGABYTE} MB unpacked: unpack it, and name the folder."
                )
            if member.isreg():
                self._members[os.path.normpath(member.name).lstrip("/")] = member
            _check_count(path, len(self._members))
        self.names = list(self._members)

    def open(self, name: str) -> t.IO[bytes]:
        found = self._archive.extractfile(self._members[name])
        return found if found is not None else io.BytesIO()


@contextlib.contextmanager
def open_record(path: str) -> t.Iterator[Source]:
    """The record at a path. Raises EvidenceError, also for what is found to be wrong while it is read."""
    try:
        if os.path.isdir(path):
            yield _Folder(path)
        elif os.path.getsize(path) == 0:
            raise EvidenceError(f"The file {path} is empty: name {FORMATS}.", details={"path": path})
        elif tarfile.is_tarfile(path):
            with tarfile.open(path) as archive:
                yield _Archive(path, archive)
        else:
            yield _File(path)
    except FileNotFoundError as error:
        raise EvidenceError(
            f"There is no {error.filename or path} on the machine where the module runs: name {FORMATS}.",
            details={"path": path},
        ) from error
    except (OSError, EOFError, tarfile.TarError, zlib.error) as error:
        problem = getattr(error, "strerror", None) or str(error) or "it is damaged"
        raise EvidenceError(f"{path} cannot be read: {problem}.", details={"path": path}) from error


def read(source: Source, names: t.Iterable[str]) -> Files:
    """The named files, unpacked where they end in .gz. Raises EvidenceError for what is too large."""
    total = 0
    for name in names:
        with _unpacked(source, name) as file:
            content = file.read(MAX_FILE + 1)
        total += len(content)
        if len(content) > MAX_FILE or total > MAX_TOTAL:
            limit = MAX_FILE if len(content) > MAX_FILE else MAX_TOTAL
            what = name if len(content) > MAX_FILE else "The record"
            raise EvidenceError(
                f"{what} is larger than {limit // MEGABYTE} MB: name the workload's namespace "
                "(deployment_namespace=), or leave only that namespace's files in the record."
            )
        yield name, content


def read_tails(source: Source, names: t.Iterable[str]) -> Files:
    """The ends of the named files, one megabyte of each at most."""
    for name in names:
        with _unpacked(source, name) as file:
            tail = _tail(file, name)
        yield name, tail


def _tail(file: t.IO[bytes], name: str) -> bytes:
    if name.endswith(".gz"):
        return file.read(MAX_FILE)[-LOG_TAIL:]
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - LOG_TAIL))
    return file.read(LOG_TAIL)


@contextlib.contextmanager
def _unpacked(source: Source, name: str) -> t.Iterator[t.IO[bytes]]:
    with source.open(name) as file:
        start = file.read(2)
        file.seek(0)
        if start != b"\x1f\x8b":
            yield file
            return
        with gzip.GzipFile(fileobj=file) as unpacked:
            yield t.cast("t.IO[bytes]", unpacked)


def _check_count(path: str, count: int) -> None:
    if count > MAX_NAMES:
        raise EvidenceError(f"{path} holds more than {MAX_NAMES} files: name the folder of the record itself.")


def _raise(error: OSError) -> t.NoReturn:
    raise error


def check_bundle_path(path: str, workload: JsonObject | None = None) -> None:
    """Refuse a path that holds anything but a bundle of the same workload. Raises BundleError.

    `workload` has `kind`, `name` and `namespace`; without it any bundle will do.
    """
    if not os.path.lexists(path):
        return
    if os.path.isdir(path) and not os.path.islink(path) and not os.listdir(path):
        return
    manifest = _manifest_at(path)
    if manifest is None:
        raise BundleError(
            f"{path} is there already and is not a bundle, so nothing is written over it: name another path with "
            "bundle=PATH.",
            details={"path": path},
        )
    if workload and any(manifest.get(key) != value for key, value in workload.items()):
        there = f"{text(manifest.get('kind'))} {text(manifest.get('name'))} in {text(manifest.get('namespace'))}"
        raise BundleError(
            f"{path} holds the bundle of {there}, which is not written over by that of another workload: name "
            "another path with bundle=PATH.",
            details={"path": path},
        )


def _manifest_at(path: str) -> JsonObject | None:
    """The manifest of the bundle at a path; None for anything else, a bundle with other files beside it included."""
    if os.path.islink(path):
        return None
    try:
        with open_record(path) as source:
            expected = {MANIFEST, EVIDENCE, DIAGNOSIS}
            if not all(name in expected or name.startswith(LOGS) for name in source.names):
                return None
            return next((read_manifest(content) for _name, content in read(source, [MANIFEST])), None)
    except (EvidenceError, KeyError):
        return None


def write_bundle(path: str, files: t.Mapping[str, bytes], workload: JsonObject) -> None:
    """Write a bundle whole or not at all: a folder, or an archive where the name ends in .tar.gz. Raises BundleError.

    Only the user who runs this can read it (modes 0700 and 0600).
    """
    check_bundle_path(path, workload)
    parent = os.path.dirname(os.path.abspath(path))
    try:
        os.makedirs(parent, mode=0o700, exist_ok=True)
        work = tempfile.mkdtemp(prefix=".rescue-bundle-", dir=parent)
        try:
            new = os.path.join(work, "new")
            if path.endswith(ARCHIVE_ENDINGS):
                _write_archive(new, files)
                os.replace(new, path)
            else:
                _write_folder(new, files)
                if os.path.lexists(path):
                    os.rename(path, os.path.join(work, "old"))
                os.rename(new, path)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    except OSError as error:
        raise BundleError(
            f"The bundle {path} cannot be written: {error.strerror}. Name another path with bundle=PATH.",
            details={"path": path},
        ) from error


def _write_folder(folder: str, files: t.Mapping[str, bytes]) -> None:
    os.mkdir(folder, 0o700)
    for name, content in files.items():
        whole = os.path.join(folder, *name.split("/"))
        os.makedirs(os.path.dirname(whole), mode=0o700, exist_ok=True)
        with open(os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)


def _write_archive(archive_path: str, files: t.Mapping[str, bytes]) -> None:
    with (
        open(os.open(archive_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file,
        tarfile.open(fileobj=file, mode="w:gz") as archive,
    ):
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o600
            archive.addfile(member, io.BytesIO(content))
