"""Takes checkpoints of a large state, each after 1 % of its keys were updated, and prints what they cost, as JSON.

Folder for checkpoints, number of keys, characters per value, `typed` or `pickled`, number of checkpoints, settings.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from large_state import GAUGE, build

from penstock._cli import targets

ENDLESS = 1 << 60


def wait_until(condition: Callable[[], bool]) -> None:
    while not condition():
        time.sleep(0.02)


class Watched:
    """The folder of the job's checkpoints."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.seen: set[Path] = set()

    def new_bytes(self) -> int:
        """Bytes of the files that were not there the last time."""
        files = {path: path.stat().st_size for path in self.folder.rglob("*") if path.is_file()}
        added = sum(size for path, size in files.items() if path not in self.seen)
        self.seen |= set(files)
        return added


def checkpoint(target: Any, watched: Watched) -> dict[str, float]:
    """One checkpoint: bytes that were written, seconds, and the longest pause while it was taken."""
    began = time.perf_counter()
    GAUGE.longest = 0.0
    path = f"/jobs/{target.job_id}/checkpoints"
    target.rest.operation(path, {"checkpointType": "CONFIGURED"}, path)
    longest, seconds = GAUGE.longest, time.perf_counter() - began
    return {"written": watched.new_bytes(), "pause": longest, "seconds": seconds}


def main(folder: Path, keys: int, characters: int, typed: bool, rounds: int, settings: dict[str, str]) -> None:
    env = build(ENDLESS, keys, characters, typed=typed, source="numbers", settings=settings)
    job = env.execute_async("large_state")
    wait_until(lambda: GAUGE.records >= keys)
    target = targets.job(str(job.get_job_id()), None)
    watched = Watched(folder)
    made = []
    for _ in range(rounds + 1):
        until = GAUGE.records + keys // 100
        made.append(checkpoint(target, watched))
        wait_until(lambda until=until: GAUGE.records >= until)
    GAUGE.longest = 0.0
    time.sleep(1)
    print(json.dumps({"first": made[0], "others": made[1:], "without": GAUGE.longest}), flush=True)
    # As a crash: what is in the folder stays.
    os._exit(0)


if __name__ == "__main__":
    given = [setting.split("=", 1) for setting in sys.argv[6:]]
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4] == "typed", int(sys.argv[5]), dict(given))
