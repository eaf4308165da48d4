"""Unaligned checkpoints pass records that aligned ones wait for, and what was on its way counts once."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from system.job_process import COMPLETED, RESTORING, TRIGGERING, JobProcess, settings

SCRIPT = Path(__file__).resolve().parent / "jobs" / "slow_count.py"
NUMBERS = SCRIPT.with_name("numbers_to_sink.py")
KEYS = 100
# Far fewer than the records that lie in the channels before a barrier.
RECORDS = 8
LAST = 15_999
IN_FLIGHT = b"PSTKCHAN"


def options(tmp_path: Path, mode: str, **more: str) -> list[str]:
    keys = {
        "python.execution-mode": mode,
        "execution.checkpointing.dir": (tmp_path / "checkpoints").as_uri(),
        **{f"execution.checkpointing.{key.replace('_', '-')}": value for key, value in more.items()},
    }
    return settings(keys)


def open_gate(gate: Path, records: int) -> None:
    new = gate.with_suffix(".new")
    new.write_text(str(records))
    new.replace(gate)


@pytest.mark.parametrize("mode", ["thread", "process"])
@pytest.mark.parametrize(
    ("unaligned", "timeout"),
    [("false", "0 ms"), ("true", "0 ms"), ("true", "200 ms")],
    ids=["aligned", "at-once", "later"],
)
def test_a_checkpoint_passes_what_an_aligned_one_waits_for(
    mode: str, unaligned: str, timeout: str, tmp_path: Path
) -> None:
    runtime, gate = tmp_path / "runtime", tmp_path / "gate"
    runtime.mkdir(mode=0o700)
    open_gate(gate, 0)
    environment = {"XDG_RUNTIME_DIR": str(runtime)}
    more = options(tmp_path, mode, unaligned=unaligned, aligned_checkpoint_timeout=timeout)
    arguments = [str(10**9), str(KEYS), str(tmp_path / "out"), "0", str(gate)]
    with JobProcess(SCRIPT, tmp_path / "job.log", ["-p", "2", *more], arguments, environment) as job:
        for subtask in (0, 1):
            job.wait_for(f"subtask {subtask} has passed 0")
        job.wait_for("emitted")
        job_id = job.matches(r"Job count slowly \((\w+)\)")[0][1]
        line = [sys.executable, "-m", "penstock", "checkpoint", job_id]
        with subprocess.Popen(line, env={**os.environ, **environment}, stdout=subprocess.PIPE) as asked:
            job.wait_for(TRIGGERING)
            complete = any(passes(job, gate, number, asked) for number in range(1, RECORDS + 1))
            assert complete == (unaligned == "true"), job.last_words()
            if not complete:
                open_gate(gate, 10**9)
                job.wait_for(COMPLETED)
            assert asked.wait(60) == 0


def passes(job: JobProcess, gate: Path, records: int, asked: subprocess.Popen[bytes]) -> bool:
    """Let each subtask count so many records in all; whether the checkpoint was complete then."""
    open_gate(gate, records)
    for subtask in (0, 1):
        job.wait_for(f"subtask {subtask} has passed {records}$")
    try:
        return asked.wait(0.7) == 0
    except subprocess.TimeoutExpired:
        return False


def test_what_was_on_its_way_counts_once_whenever_the_process_dies(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    arguments = [str(LAST), str(KEYS), str(tmp_path / "out"), "0.0005"]
    lives = [("process", 2), ("thread", 2), ("process", 3), ("thread", 1), ("process", 2)]
    stored = 0
    for life, (mode, parallelism) in enumerate(lives):
        more = options(tmp_path, mode, interval="100 ms", unaligned="true")
        more += ["-s", "latest", "-p", str(parallelism)]
        with JobProcess(SCRIPT, tmp_path / f"life-{life + 1}.log", more, arguments) as job:
            if life + 1 == len(lives):
                assert job.wait() == 0, job.last_words()
            else:
                first = job.wait_for(COMPLETED)
                job.wait_for(COMPLETED, after=first)
                time.sleep(rng.uniform(0, 0.2))  # the moment of a crash is nobody's choice
                job.kill()
                files = [path for path in (tmp_path / "checkpoints").rglob("*") if path.is_file()]
                stored += any(IN_FLIGHT in path.read_bytes() for path in files)
            assert bool(job.matches(RESTORING)) == (life > 0), job.last_words()
            assert not job.matches("is counted as|panicked"), job.last_words()
    assert stored > 0, "no checkpoint had records on their way"
    assert written(tmp_path) == Counter(f"{number % KEYS} {number // KEYS + 1}" for number in range(LAST + 1))


def written(tmp_path: Path) -> Counter[str]:
    """The lines of all finished files."""
    parts = [path for path in (tmp_path / "out").rglob("*") if path.is_file() and not path.name.startswith(".")]
    return Counter(line for part in parts for line in part.read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize("way", ["forward", "rescale"])
def test_what_was_on_its_way_to_a_certain_subtask_stays_there(way: str, tmp_path: Path) -> None:
    last = 5_999
    more = options(tmp_path, "process", interval="100 ms", unaligned="true")

    def life(name: str, parallelism: int) -> JobProcess:
        start = ["-s", "latest", "-p", str(parallelism), *more]
        return JobProcess(NUMBERS, tmp_path / name, start, [str(last), "0.001", way, "file", str(tmp_path / "out")])

    with life("first.log", 2) as job:
        first = job.wait_for(COMPLETED)
        job.wait_for(COMPLETED, after=first)
        job.kill()
    with life("refused.log", 3) as job:
        assert job.wait() == 1, job.last_words()
        said = "\n".join(job.lines())
    assert re.search(
        rf"is unaligned and has records on their way from '.*numbers' to 'slowly', and {way} leaves open", said
    )
    assert "Start the job with the parallelism of that checkpoint (2)" in said
    with life("last.log", 2) as job:
        assert job.wait() == 0, job.last_words()
        assert job.matches(RESTORING)
    assert written(tmp_path) == Counter(str(number) for number in range(last + 1))
