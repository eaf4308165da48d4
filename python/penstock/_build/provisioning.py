"""What a job brings along for its functions: packages of a requirements file, and archives.

Packages become importable in this process and, with its path, in the slot processes. Archives are unpacked into a folder
that is the working directory while functions run, as in PyFlink, so that `open("data/words.txt")` finds what was packed.
"""

from __future__ import annotations

import atexit
import hashlib
import logging
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

# A line that says exactly which version is to be had, so that an earlier installation is as good as a new one.
_PINNED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(\[[^\]]*\])?==[^*;\s]+(\s+--hash=\S+)*")
_LINES_OF_PIP = 15
_log = logging.getLogger("penstock")

# What this process has provided already, by the option's value.
_packages: dict[str, str] = {}
_archives: dict[str, str] = {}


def provide(configuration: Mapping[str, str], *, enter: bool = False) -> None:
    """Install `python.requirements`, unpack `python.archives`, and go to the latter's folder where functions are to run.

    What is there already is not provided again. Raises ValueError for an archive that cannot be unpacked where it should be,
    and RuntimeError when pip fails.
    """
    requirements = configuration.get("python.requirements")
    if requirements:
        if requirements not in _packages:
            _packages[requirements] = _install(*_split(requirements))
        folder = _packages[requirements]
        if folder not in sys.path:
            sys.path.insert(0, folder)
    archives = configuration.get("python.archives")
    if archives:
        if archives not in _archives:
            _archives[archives] = _unpack_all(archives)
        if enter:
            os.chdir(_archives[archives])


@contextmanager
def back_in_this_folder() -> Iterator[None]:
    """Be in the same working directory afterwards."""
    before = os.getcwd()
    try:
        yield
    finally:
        os.chdir(before)


def _split(text: str) -> tuple[str, str | None]:
    path, separator, second = text.strip().partition("#")
    return path, second if separator else None


def _install(file: str, packages: str | None) -> str:
    try:
        text = Path(file).read_text(encoding="utf-8")
    except OSError as error:
        raise RuntimeError(f"python.requirements: {file}: {error.strerror}") from error
    kept = _kept_folder(text, packages)
    if kept is not None and os.path.isdir(kept):
        return kept
    folder = _temporary("requirements")
    _log.info("installing the packages of %s", file)
    _pip(file, packages, folder)
    if kept is None:
        return folder
    try:
        os.rename(folder, kept)
    except OSError:  # another process was faster, or it is on another disk
        return kept if os.path.isdir(kept) else folder
    return kept


def _kept_folder(text: str, packages: str | None) -> str | None:
    """Where packages are kept for the next run, if the file says exactly which; nobody else can write there."""
    lines = (line.split(" #")[0].strip().rstrip("\\").strip() for line in text.splitlines())
    if not all(_PINNED.fullmatch(line) for line in lines if line and not line.startswith(("#", "--hash="))):
        return None
    parent = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "penstock", "requirements")
    try:
        os.makedirs(parent, mode=0o700, exist_ok=True)
        owned = os.stat(parent).st_uid == os.geteuid() and not os.stat(parent).st_mode & 0o022
    except OSError:
        return None
    name = hashlib.sha256(f"{sys.version}\0{packages}\0{text}".encode()).hexdigest()[:32]
    return os.path.join(parent, name) if owned else None


def _pip(file: str, packages: str | None, folder: str) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    command += ["--target", folder, "-r", file]
    if packages is not None:
        command += ["--no-index", "--find-links", packages]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = "\n".join((done.stderr or done.stdout).strip().splitlines()[-_LINES_OF_PIP:])
        raise RuntimeError(f"python.requirements: the packages of {file} cannot be installed: {said}")


def _unpack_all(archives: str) -> str:
    folder = _temporary("archives")
    for text in archives.split(","):
        path, target = _split(text)
        _unpack(path, _inside(folder, target or os.path.basename(path), path))
    _log.info("functions run in %s, where the archives are", folder)
    return folder


def _inside(folder: str, target: str, archive: str) -> str:
    place = os.path.normpath(os.path.join(folder, target))
    if os.path.isabs(target) or not place.startswith(folder + os.sep):
        raise ValueError(f"python.archives: {archive}: the target {target!r} is not a folder below the working directory")
    return place


def _unpack(path: str, folder: str) -> None:
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                for member in archive.infolist():
                    unpacked = archive.extract(member, folder)
                    mode = member.external_attr >> 16 & 0o777
                    if mode and not member.is_dir():
                        os.chmod(unpacked, mode | 0o600)
        elif tarfile.is_tarfile(path):
            with tarfile.open(path) as archive:
                # Refuses members that would lie outside of the folder.
                archive.extractall(folder, filter="data")
        else:
            raise ValueError(f"python.archives: {path} is neither a zip nor a tar archive")
    except (OSError, tarfile.TarError, zipfile.BadZipFile) as error:
        raise ValueError(f"python.archives: {path} cannot be unpacked: {error}") from error


def _temporary(what: str) -> str:
    folder = os.path.realpath(tempfile.mkdtemp(prefix=f"penstock-{what}-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
