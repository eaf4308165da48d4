"""Copies of files, which the processes of a machine share: one folder for each URL and version.

A copy is written beside its place and renamed when it is whole. Whoever makes one holds a lock on it alone, whoever
reads one holds it together with others, and what nobody holds is removed when there is too much, the oldest use first.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from penstock.models.files import RemoteFile

_FOLDER = "PENSTOCK_MODELS_CACHE"
_BYTES = "PENSTOCK_MODELS_CACHE_BYTES"
_DEFAULT_BYTES = 10 << 30


class Changed(Exception):
    """The file has another version than the one that was asked for, of which there is no copy."""


class Cache:
    """The copies in a folder of the user's own."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes

    @classmethod
    def from_environment(cls) -> Cache:
        """The cache that the environment names. Raises ValueError for a size that is none."""
        home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        text = os.environ.get(_BYTES) or str(_DEFAULT_BYTES)
        if not text.isdecimal() or int(text) == 0:
            raise ValueError(f"{_BYTES}: {text!r} is no number of bytes")
        return cls(Path(os.environ.get(_FOLDER) or home / "penstock" / "models"), int(text))

    @contextmanager
    def copy_of(self, file: RemoteFile, version: str) -> Iterator[Path]:
        """A copy, made if there is none, which stays as long as the context. Raises Changed and OSError."""
        place = self._place(file, version)
        lock = place.with_suffix(".lock")
        self._make_folder(place.parent)
        while True:
            with _held(lock, fcntl.LOCK_SH):
                path = place / file.name
                if path.exists():
                    os.utime(path)
                    yield path
                    return
            with _held(lock, fcntl.LOCK_EX):
                if not path.exists():
                    self._fetch(file, version, path)
            self._make_room(place)

    def has(self, file: RemoteFile, version: str) -> bool:
        """Whether there is a copy."""
        return (self._place(file, version) / file.name).exists()

    def _place(self, file: RemoteFile, version: str) -> Path:
        # Digests are names that lead nowhere else.
        return self._folder / _digest(file.url) / _digest(version)

    def _make_folder(self, folder: Path) -> None:
        """Copies may be programs (a pickle is): nobody else may put them there."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        owner = self._folder.stat()
        if owner.st_uid != os.getuid() or owner.st_mode & 0o022:
            raise PermissionError(f"{self._folder} belongs to somebody else or others may write there: set {_FOLDER}")
        folder.mkdir(mode=0o700, exist_ok=True)

    def _fetch(self, file: RemoteFile, version: str, path: Path) -> None:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        # The lock is held, so whatever lies here was left by a process that has ended.
        part = path.parent / "part"
        try:
            if not file.copy(version, part, self._max_bytes):
                raise Changed(f"{file} has changed and there is no copy of its version {version}")
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)

    def _make_room(self, but: Path) -> None:
        copies = [(path.stat(), path) for path in self._folder.glob("*/*/*") if path.is_file()]
        total = sum(stat.st_size for stat, _ in copies)
        for stat, path in sorted(copies, key=lambda copy: copy[0].st_mtime_ns):
            if total <= self._max_bytes:
                return
            if path.parent != but and _removed(path):
                total -= stat.st_size


def _removed(path: Path) -> bool:
    try:
        with _held(path.parent.with_suffix(".lock"), fcntl.LOCK_EX | fcntl.LOCK_NB):
            path.unlink(missing_ok=True)
            return True
    except BlockingIOError:  # somebody reads it
        return False


@contextmanager
def _held(lock: Path, how: int) -> Iterator[None]:
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, how)
        yield
    finally:
        os.close(descriptor)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
