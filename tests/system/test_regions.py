"""A slot process that dies takes the regions of its tasks with it; the others go on, and every record counts once."""

from __future__ import annotations

import os
import random
import re
import signal
import time
from pathlib import Path

import pytest

from services import KafkaBroker
from system.job_process import COMPLETED, JobProcess, settings

SCRIPT = Path(__file__).resolve().parent / "jobs" / "numbers_to_sink.py"
OPENED = r"subtask (\d) is opened in attempt (\d) by process (\d+)"
LAST = 5_999
KILLS = 3


def opened(job: JobProcess) -> list[tuple[int, int, int]]:
    """Subtask, attempt and process of every function that was opened."""
    return [(int(found[1]), int(found[2]), int(found[3])) for found in job.matches(OPENED)]


def start(tmp_path: Path, strategy: str, *sink: str) -> JobProcess:
    keys = {
        "jobmanager.execution.failover-strategy": strategy,
        "execution.checkpointing.interval": "250 ms",
        "execution.checkpointing.dir": (tmp_path / "checkpoints").as_uri(),
        "restart-strategy.type": "fixed-delay",
        "restart-strategy.fixed-delay.attempts": str(KILLS),
        "restart-strategy.fixed-delay.delay": "10 ms",
    }
    return JobProcess(SCRIPT, tmp_path / "log", ["-p", "2", *settings(keys)], [str(LAST), "0.001", "chained", *sink])


def kill_second_slot(job: JobProcess, rng: random.Random) -> None:
    """Let a checkpoint complete, and kill the process that subtask 1 runs in."""
    job.wait_for(COMPLETED, after=job.last_line)
    time.sleep(rng.uniform(0, 0.15))  # the moment of a crash is nobody's choice
    before = len(opened(job))
    os.kill(next(pid for subtask, _, pid in reversed(opened(job)) if subtask == 1), signal.SIGKILL)
    job.until(lambda: any(subtask == 1 for subtask, _, _ in opened(job)[before:]), 60)


@pytest.mark.parametrize("kind", ["file", "kafka"])
def test_only_the_region_of_a_killed_slot_starts_again(
    kafka: KafkaBroker, tmp_path: Path, seed: int, kind: str
) -> None:
    rng = random.Random(seed)
    topic = kafka.create_topic(f"regions.{kind}")
    sink = ["file", str(tmp_path / "out")] if kind == "file" else ["kafka", kafka.bootstrap, topic, "EXACTLY_ONCE"]
    with start(tmp_path, "region", *sink) as job:
        job.until(lambda: len(opened(job)) == 2, 60)
        for _ in range(KILLS):
            kill_second_slot(job, rng)
        assert job.wait() == 0, job.last_words()
        attempts = sorted((subtask, attempt) for subtask, attempt, _ in opened(job))
        assert attempts == [(0, 0), *((1, attempt) for attempt in range(KILLS + 1))]
        assert len(job.matches(r"1 tasks will be restarted to recover the failed task .*\(2/2\)\.")) == KILLS
        assert len(job.matches(r"Restoring 1 tasks of job \w+ from Checkpoint")) == KILLS
    if kind == "file":
        parts = [path for path in (tmp_path / "out").rglob("*") if path.is_file() and not path.name.startswith(".")]
        written = [line for part in parts for line in part.read_text(encoding="utf-8").splitlines()]
    else:
        written = [(record.value or b"").decode() for record in kafka.consume(topic)]
    assert sorted(written, key=int) == [str(number) for number in range(LAST + 1)]


def test_with_full_all_tasks_start_again(tmp_path: Path, seed: int) -> None:
    with start(tmp_path, "full", "file", str(tmp_path / "out")) as job:
        job.until(lambda: len(opened(job)) == 2, 60)
        kill_second_slot(job, random.Random(seed))
        job.until(lambda: len(opened(job)) == 4, 60)
        assert job.matches(r"2 tasks will be restarted to recover the failed task"), job.last_words()
        assert {attempt for _, attempt, _ in opened(job)[2:]} == {1}
        processes = [{pid for _, _, pid in part} for part in (opened(job)[:2], opened(job)[2:])]
        assert len(processes[0] & processes[1]) == 1, "the other process goes on"
        assert re.search(r"was killed by SIGKILL", "\n".join(job.lines()))
