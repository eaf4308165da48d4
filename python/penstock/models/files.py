"""Files at URLs: which version they have, and how a copy is made of them."""

from __future__ import annotations

import os
import urllib.error
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import unquote, urlsplit

_TIMEOUT = 30.0
_PIECE = 1 << 20
_BUCKETS = frozenset({"s3", "s3a", "s3n", "s3p", "gs", "abfs", "abfss", "wasb", "wasbs", "az", "azure"})


class RemoteFile(ABC):
    """A file that may change. Two contents never have the same version."""

    def __init__(self, url: str) -> None:
        self.url = url

    @property
    def name(self) -> str:
        """The file's own name, of letters, digits and `.-_` only."""
        last = unquote(urlsplit(self.url).path).rpartition("/")[2]
        kept = "".join(letter if letter.isascii() and (letter.isalnum() or letter in "-_.") else "_" for letter in last)
        return kept.lstrip(".")[-100:] or "model"

    def __str__(self) -> str:
        """The URL without what may be secret in it."""
        parts = urlsplit(self.url)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()

    @abstractmethod
    def version(self) -> str:
        """The version that is there now. Raises OSError, FileNotFoundError if there is no file."""

    @abstractmethod
    def copy(self, version: str, to: Path, max_bytes: int) -> bool:
        """Copy the file; False if it has another version now. Raises OSError, also if it is larger than `max_bytes`."""

    def _copied(self, source: BinaryIO, to: Path, max_bytes: int) -> None:
        left = max_bytes
        with to.open("wb") as target:
            while piece := source.read(_PIECE):
                left -= len(piece)
                if left < 0:
                    raise self.too_large(max_bytes)
                target.write(piece)
            target.flush()
            os.fsync(target.fileno())

    def too_large(self, max_bytes: int) -> OSError:
        """The error of a file for which there is no room."""
        return OSError(f"{self} is larger than the {max_bytes} bytes that PENSTOCK_MODELS_CACHE_BYTES allows")

    def missing(self) -> FileNotFoundError:
        """The error of a file that is not there."""
        return FileNotFoundError(f"there is no file {self}")


class LocalFile(RemoteFile):
    """A file of this machine, or of a file system that is mounted."""

    def __init__(self, url: str, path: Path) -> None:
        super().__init__(url)
        self._path = path

    def version(self) -> str:
        """When it was written, its length and its place on the disk."""
        try:
            stat = self._path.stat()
        except FileNotFoundError:
            raise self.missing() from None
        return f"{stat.st_mtime_ns:x}-{stat.st_size:x}-{stat.st_ino:x}"

    def copy(self, version: str, to: Path, max_bytes: int) -> bool:
        """Copy the file; it must not change meanwhile."""
        if self.version() != version:
            return False
        with self._path.open("rb") as source:
            self._copied(source, to, max_bytes)
        return self.version() == version


class HttpFile(RemoteFile):
    """A file of a web server, which tells versions by `ETag` or `Last-Modified`."""

    def version(self) -> str:
        """What the server calls the version."""
        with self._asked("HEAD") as response:
            return self._version_in(response.headers)

    def copy(self, version: str, to: Path, max_bytes: int) -> bool:
        """Copy the file."""
        with self._asked("GET") as response:
            if self._version_in(response.headers) != version:
                return False
            self._copied(response, to, max_bytes)
            expected = response.headers.get("Content-Length")
        if expected is not None and int(expected) != to.stat().st_size:
            raise OSError(f"{self}: the connection ended after {to.stat().st_size} of {expected} bytes")
        return True

    def _asked(self, method: str) -> Any:
        request = urllib.request.Request(self.url, method=method)
        try:
            return urllib.request.urlopen(request, timeout=_TIMEOUT)
        except urllib.error.HTTPError as error:
            error.close()
            if error.code in (404, 410):
                raise self.missing() from None
            raise OSError(f"{self}: the server answered {error.code} {error.reason}") from None

    def _version_in(self, headers: Mapping[str, str]) -> str:
        tag = headers.get("ETag") or headers.get("Last-Modified")
        if not tag:
            raise OSError(f"{self}: the server tells no version, neither by ETag nor by Last-Modified")
        return str(tag).strip().removeprefix("W/").strip('"')


class BucketFile(RemoteFile):
    """An object of a bucket. The engine fetches it, with the job's configuration."""

    def version(self) -> str:
        """The object's ETag."""
        from penstock import _native

        found = _native.stored_file_version(self.url, self._config())
        if found is None:
            raise self.missing()
        return found[0]

    def copy(self, version: str, to: Path, max_bytes: int) -> bool:
        """Copy the object."""
        from penstock import _native

        found = _native.stored_file_version(self.url, self._config())
        if found is None or found[0] != version:
            return False
        if found[1] > max_bytes:
            raise self.too_large(max_bytes)
        return _native.copy_stored_file(self.url, version, os.fspath(to), self._config())

    @staticmethod
    def _config() -> dict[str, str]:
        from penstock._build import defaults

        return defaults.BASE_CONFIGURATION


def file_at(url: str) -> RemoteFile:
    """The file that a URL or a path means. Raises ValueError for a URL of another kind."""
    scheme = urlsplit(url).scheme.lower()
    if scheme in ("", "file"):
        path = unquote(urlsplit(url).path) if scheme else url
        return LocalFile(url, Path(path))
    if scheme in ("http", "https"):
        return HttpFile(url)
    if scheme in _BUCKETS:
        return BucketFile(url)
    known = "a path, file://, http://, https://, s3://, gs:// or abfs://"
    raise ValueError(f"{scheme}:// is no place for a model that Penstock knows; use {known}")
