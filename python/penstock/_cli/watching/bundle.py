"""The text of a script at one moment."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

LONGEST_FILE = 1 << 20
LONGEST_BUNDLE = 4 << 20


class Unreadable(Exception):
    """There is no script to be read."""


@dataclass(frozen=True)
class Bundle:
    """A script, with the modules beside it where a folder is watched."""

    main: str
    files: dict[str, str]

    @property
    def digest(self) -> str:
        """Two bundles with the same text have the same."""
        text = hashlib.sha256(self.main.encode())
        for name in sorted(self.files):
            for part in (name, self.files[name]):
                text.update(len(part.encode()).to_bytes(8, "little") + part.encode())
        return text.hexdigest()

    def write(self, folder: Path) -> Path:
        """Write the files into a folder of our own; the path of the script in it."""
        for name, text in self.files.items():
            (folder / name).write_text(text, encoding="utf-8")
        return folder / self.main


def read(path: str) -> Bundle:
    """Read a script, or all modules of a folder such as a mounted ConfigMap. Raises Unreadable."""
    try:
        if os.path.isdir(path):
            return _folder(Path(path))
        return Bundle(os.path.basename(path), {os.path.basename(path): _text(Path(path))})
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise Unreadable(f"{path}: not UTF-8: {error}") from None


def script_path(path: str) -> str:
    """The path of the script itself, as tracebacks name it."""
    if not os.path.isdir(path):
        return path
    return os.path.join(path, _main(path, [name for name in os.listdir(path) if name.endswith(".py")]))


def _folder(folder: Path) -> Bundle:
    # A ConfigMap's files change together when its `..data` link is replaced: all are read through one target of it.
    data = folder / "..data"
    source = data.resolve(strict=True) if data.is_symlink() else folder
    names = sorted(entry.name for entry in source.iterdir() if entry.name.endswith(".py") and entry.is_file())
    files = {name: _text(source / name) for name in names}
    if sum(map(len, files.values())) > LONGEST_BUNDLE:
        raise Unreadable(f"{folder}: its scripts have more than {LONGEST_BUNDLE} characters")
    return Bundle(_main(str(folder), names), files)


def _main(folder: str, names: list[str]) -> str:
    for name in ("job.py", "main.py"):
        if name in names:
            return name
    if len(names) == 1:
        return names[0]
    found = ", ".join(sorted(names)) or "none"
    raise Unreadable(f"{folder}: which script is the job? Name it job.py, or name the file itself (found: {found})")


def _text(path: Path) -> str:
    with path.open("rb") as file:
        data = file.read(LONGEST_FILE + 1)
    if len(data) > LONGEST_FILE:
        raise Unreadable(f"{path}: more than {LONGEST_FILE} bytes")
    return data.decode()
