"""Resident memory of a process and everything it started, read from /proc."""

from __future__ import annotations

import os
import threading
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")


def resident_bytes(root: int) -> int:
    """Sum over `root`, its descendants, and whatever else lives in the session it leads.

    The session catches children whose parent has gone. Pages shared between processes count once for each.
    """
    processes = dict(_processes())
    members = {pid for pid, (_, session, _) in processes.items() if session == root or pid == root}
    grown = True
    while grown:
        children = {pid for pid, (parent, _, _) in processes.items() if parent in members} - members
        members |= children
        grown = bool(children)
    return sum(processes[pid][2] for pid in members if pid in processes)


def _processes() -> list[tuple[int, tuple[int, int, int]]]:
    """Every process as (pid, (parent, session, resident bytes)); one that ends meanwhile is left out."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            stat = (folder / "stat").read_text(errors="replace")
        except OSError:
            continue
        fields = stat.rpartition(")")[2].split()
        found.append((int(folder.name), (int(fields[1]), int(fields[3]), int(fields[21]) * PAGE)))
    return found


class PeakMemory:
    """Samples `resident_bytes` from a thread until it is closed."""

    INTERVAL = 0.1

    def __init__(self, root: int) -> None:
        self.peak = 0
        self._root = root
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._sample, name="peak-memory", daemon=True)
        self._thread.start()

    def _sample(self) -> None:
        while True:
            self.peak = max(self.peak, resident_bytes(self._root))
            if self._closed.wait(self.INTERVAL):
                return

    def close(self) -> int:
        """Stops sampling and gives the peak in bytes."""
        self._closed.set()
        self._thread.join()
        return self.peak
