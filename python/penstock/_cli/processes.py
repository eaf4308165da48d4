"""Finds the processes of this user on this machine that run jobs, by the files that their REST servers write.

The engine's side is `rust/cluster/src/rest/announce.rs`.
"""

from __future__ import annotations

import json
import os
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_LONGEST = 4096


@dataclass(frozen=True)
class Process:
    """A process with a REST server."""

    pid: int
    address: str


def running() -> list[Process]:
    """The processes that live. What a process that died has left behind is removed."""
    return sorted(_read(), key=lambda process: process.pid)


def folder() -> Path:
    """Where the processes of this user say where they are."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime and os.path.isdir(runtime):
        return Path(runtime, "penstock")
    return Path(tempfile.gettempdir(), f"penstock-{os.geteuid()}")


def _read() -> Iterator[Process]:
    directory = folder()
    try:
        info = directory.lstat()
    except OSError:
        return
    if not stat.S_ISDIR(info.st_mode) or info.st_uid != os.geteuid() or info.st_mode & 0o077:
        return
    for path in directory.glob("*.json"):
        process = _one(path)
        if process is None:
            path.unlink(missing_ok=True)
        else:
            yield process


def _one(path: Path) -> Process | None:
    """The process that wrote a file, if it lives."""
    try:
        with path.open(encoding="utf-8") as file:
            entry = json.loads(file.read(_LONGEST))
        pid, begun, address = int(entry["pid"]), entry["started"], str(entry["address"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Process(pid, address) if _lives(pid, begun) else None


def _lives(pid: int, begun: object) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return False
    return begun is None or begun == started(pid)


def started(pid: int) -> int | None:
    """When a process was started, in ticks since the machine's start; None where the system does not tell."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        # The second field, the command's name in brackets, may have blanks and brackets itself.
        return int(text.rpartition(")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return None
