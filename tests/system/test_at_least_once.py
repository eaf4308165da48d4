"""With checkpoints that wait for nothing a record may count again after a crash, and none is lost."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from services import KafkaBroker
from system.job_process import COMPLETED, RESTORING, JobProcess, settings

SCRIPT = Path(__file__).resolve().parent / "jobs" / "numbers_to_sink.py"
LAST = 29_999
CRASHES = 3


@pytest.mark.parametrize("mode", ["thread", "process"])
def test_nothing_is_lost_whenever_the_process_dies(kafka: KafkaBroker, tmp_path: Path, seed: int, mode: str) -> None:
    rng = random.Random(seed)
    topic = kafka.create_topic(f"at-least-once.{mode}")
    keys = {
        "python.execution-mode": mode,
        "execution.checkpointing.mode": "AT_LEAST_ONCE",
        "execution.checkpointing.interval": "100 ms",
        "execution.checkpointing.dir": (tmp_path / "checkpoints").as_uri(),
    }
    options = ["-s", "latest", "-p", "2", *settings(keys)]
    arguments = [str(LAST), "0.001", "rebalance", "kafka", kafka.bootstrap, topic, "AT_LEAST_ONCE"]
    for life in range(CRASHES):
        with JobProcess(SCRIPT, tmp_path / f"life-{life + 1}.log", options, arguments) as job:
            job.wait_for(COMPLETED)
            time.sleep(rng.uniform(0, 0.3))  # the moment of a crash is nobody's choice
            job.kill()
            assert len(job.matches(RESTORING)) == min(life, 1), job.last_words()
    with JobProcess(SCRIPT, tmp_path / "last-life.log", options, arguments) as job:
        assert job.wait() == 0, job.last_words()
    written = [int(record.value or b"") for record in kafka.consume(topic)]
    assert set(written) == set(range(LAST + 1))
    assert len(written) > LAST + 1, "what was written after the last checkpoint is written again"
