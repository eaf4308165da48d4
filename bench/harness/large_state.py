"""What a state that is large costs: memory, checkpoints, their restore."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Protocol

from .process import Run, SideError
from .row import OURS

MIB = 1 << 20
CACHE, MANAGED = 64 * MIB, 256 * MIB
CHECKPOINTS = 10
MOST_WRITTEN, LONGEST_PAUSE = 10.0, 50.0
"""In per cent of a full checkpoint, and in milliseconds."""

Figures = dict[str, float]


class Once(Protocol):
    """Runs one of the workload's scripts to its end."""

    def __call__(
        self, script: str, *arguments: str, options: Sequence[str] = (), watch_memory: bool = False
    ) -> Run: ...


@dataclass(frozen=True)
class Large:
    """How to run, and by how much to make everything smaller."""

    once: Once
    scale: int


def memory_limit(large: Large) -> dict[str, Figures]:
    """Peak memory with 2 GB of state and 256 MB for RocksDB, and what it may be."""
    keys, characters = 2_000_000 // large.scale, 1_000
    settings = ["state.backend.type=rocksdb", f"taskmanager.memory.managed.size={MANAGED}b"]

    def peak(n: int) -> float:
        arguments = (str(n), str(keys), str(characters), *settings)
        return large.once("penstock_job.py", *arguments, watch_memory=True).peak_bytes

    idle, most = peak(1_000), peak(keys + keys // 2)
    limit = idle + 1.5 * CACHE + 1.2 * MANAGED + 100 * MIB
    return {OURS: {"peak": most / 1_000_000}, "limit": {"peak": limit / 1_000_000}}


def checkpoints_and_restore(large: Large, notes: list[str]) -> dict[str, Figures]:
    """Bytes and pauses of incremental checkpoints of 1 GB, and how fast the last one is restored."""
    keys, characters = 5_000_000 // large.scale, 184
    with tempfile.TemporaryDirectory(prefix="penstock-bench-state-") as folder:
        typed = _checkpoints(large, Path(folder, "typed"), keys, characters, "typed")
        restored = _restore(large, Path(folder, "typed"), keys, characters)
        pickled = _checkpoints(large, Path(folder, "pickled"), keys // 5, characters, "pickled")
    full = typed["first"]["written"]
    written = [100 * one["written"] / full for one in typed["others"]]
    pauses, pickled_pauses = ([1_000 * one["pause"] for one in of["others"]] for of in (typed, pickled))
    notes.append(f"incremental_bytes: maximum {max(written):.1f} %; full: {full / 1e6:,.0f} MB")
    for name, of, all_ in (("typed", typed, pauses), ("pickled", pickled, pickled_pauses)):
        without = 1_000 * of["without"]
        notes.append(f"incremental_pause {name}: maximum {max(all_):.0f} ms; {without:.0f} ms without a checkpoint")
    ours = {"bytes": median(written), "pause": median(pauses), "pickled_pause": median(pickled_pauses)}
    limit = {"bytes": MOST_WRITTEN, "pause": LONGEST_PAUSE, "pickled_pause": LONGEST_PAUSE}
    return {OURS: {**ours, "restore": restored["ours"]}, "limit": limit, "plain-copy": {"restore": restored["copy"]}}


def _settings(folder: Path) -> list[str]:
    return [
        "state.backend.type=rocksdb",
        "execution.checkpointing.incremental=true",
        # Asked for one by one.
        "execution.checkpointing.interval=1h",
        f"execution.checkpointing.dir={folder}",
        "execution.checkpointing.externalized-checkpoint-retention=RETAIN_ON_CANCELLATION",
    ]


def _checkpoints(large: Large, folder: Path, keys: int, characters: int, kind: str) -> dict[str, Any]:
    arguments = (str(folder), str(keys), str(characters), kind, str(CHECKPOINTS))
    done = large.once("checkpoints.py", *arguments, *_settings(folder))
    found: dict[str, Any] = json.loads(done.lines[-1][1])
    return found


def _restore(large: Large, folder: Path, keys: int, characters: int) -> dict[str, float]:
    """Bytes a second of a restore: what a job of one record takes longer than without one."""
    metadata = max(folder.glob("*/chk-*/_metadata"), key=lambda path: path.stat().st_mtime, default=None)
    if metadata is None:
        raise SideError(f"there is no checkpoint in {folder} to restore")
    job = metadata.parent.parent
    files = [path for path in job.rglob("*") if path.is_file()]
    bytes_ = sum(path.stat().st_size for path in files)
    arguments = ("1", str(keys), str(characters), "state.backend.type=rocksdb", "uid=restore")
    options = ("-s", str(metadata.parent), "-n")
    with_, without = [], []
    for _ in range(2):
        with_.append(large.once("penstock_job.py", *arguments, options=options).wall)
        without.append(large.once("penstock_job.py", *arguments).wall)
    copies = []
    for _ in range(2):
        with tempfile.TemporaryDirectory(dir=folder.parent) as target:
            began = time.perf_counter()
            for number, path in enumerate(files):
                with path.open("rb") as source, Path(target, str(number)).open("wb") as copy:
                    shutil.copyfileobj(source, copy, 4 * MIB)
            copies.append(time.perf_counter() - began)
    return {"ours": bytes_ / 1e6 / (min(with_) - min(without)), "copy": bytes_ / 1e6 / min(copies)}
