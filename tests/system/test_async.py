"""Asynchronous calls: their records are in checkpoints, and no call holds a checkpoint up."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from penstock import state_reader
from system.job_process import COMPLETED, RESTORING, JobProcess, settings

SCRIPT = Path(__file__).resolve().parent / "jobs" / "ask.py"
LAST = 7_999


def options(folder: Path, mode: str, **more: str) -> list[str]:
    keys = {
        "python.execution-mode": mode,
        "execution.checkpointing.dir": (folder / "checkpoints").as_uri(),
        **{f"execution.checkpointing.{key.replace('_', '-')}": value for key, value in more.items()},
    }
    return settings(keys)


def waiting_records(folder: Path) -> list[int]:
    """How many records waited for their result, in each checkpoint that is there."""
    found = []
    for metadata in sorted(folder.rglob("_metadata")):
        states = state_reader.open(str(metadata.parent)).operator("ask").states
        found += [state.size()[0] for state in states if state.name == "_async_wait_state"]
    return found


@pytest.mark.parametrize("order", ["ordered", "unordered"])
def test_nothing_is_lost_or_doubled_whenever_the_process_dies(order: str, tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    arguments = [str(LAST), str(tmp_path / "out"), order]
    lives = [("process", 2), ("thread", 2), ("process", 3), ("thread", 2)]
    waited: list[int] = []
    for life, (mode, parallelism) in enumerate(lives):
        more = options(tmp_path, mode, interval="100 ms", unaligned=rng.choice(["true", "false"]))
        more += ["-s", "latest", "-p", str(parallelism)]
        with JobProcess(SCRIPT, tmp_path / f"life-{life + 1}.log", more, arguments) as job:
            if life + 1 == len(lives):
                assert job.wait() == 0, job.last_words()
            else:
                first = job.wait_for(COMPLETED)
                job.wait_for(COMPLETED, after=first)
                time.sleep(rng.uniform(0, 0.2))  # the moment of a crash is nobody's choice
                job.kill()
                waited += waiting_records(tmp_path / "checkpoints")
            assert bool(job.matches(RESTORING)) == (life > 0), job.last_words()
            assert not job.matches("panicked"), job.last_words()
    assert max(waited) > 0, "no checkpoint had a record that waited"
    parts = [path for path in (tmp_path / "out").rglob("*") if path.is_file() and not path.name.startswith(".")]
    written = Counter(int(line) for part in parts for line in part.read_text(encoding="utf-8").splitlines())
    assert written == Counter(-number if number % 200 == 8 else number for number in range(LAST + 1))


@pytest.mark.parametrize("parallelism", [1, 2])
@pytest.mark.parametrize("mode", ["thread", "process"])
def test_calls_that_wait_hold_no_checkpoint_up(mode: str, parallelism: int, tmp_path: Path) -> None:
    runtime, gate = tmp_path / "runtime", tmp_path / "gate"
    runtime.mkdir(mode=0o700)
    environment = {"XDG_RUNTIME_DIR": str(runtime)}
    arguments = [str(10**9), str(tmp_path / "out"), "unordered", str(gate)]
    # One task reads and calls; of two, the second has to pass a barrier that stands behind more than it takes.
    unaligned = {"unaligned": "true"} if parallelism > 1 else {}
    more = ["-p", str(parallelism), *options(tmp_path, mode, **unaligned)]
    with JobProcess(SCRIPT, tmp_path / "job.log", more, arguments, environment) as job:
        job.wait_for("5 waits")
        job_id = job.matches(r"Job ask \((\w+)\)")[0][1]
        line = [sys.executable, "-m", "penstock", "checkpoint", job_id]
        subprocess.run(line, env={**os.environ, **environment}, check=True, timeout=60, stdout=subprocess.DEVNULL)
        job.wait_for(COMPLETED)
        assert max(waiting_records(tmp_path / "checkpoints")) >= 20
