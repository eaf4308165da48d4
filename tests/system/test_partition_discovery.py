"""Partitions that appear while a job runs are read, and one without records does not hold event time for ever."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from services import KafkaBroker
from system.job_process import JobProcess

SCRIPT = Path(__file__).resolve().parent / "jobs" / "timers_of_topic.py"
IDLENESS = 2.0
# A watermark is emitted every 200 ms, and the machine may be busy.
AND_A_LITTLE = 3.0


def read(value: str) -> str:
    return rf"read {value} of "


@pytest.mark.parametrize("parallelism", [1, 2])
def test_new_partitions_are_read(kafka: KafkaBroker, tmp_path: Path, parallelism: int) -> None:
    topic = kafka.create_topic(f"discovery.{parallelism}", partitions=1)
    kafka.produce(topic, ["old"])
    with JobProcess(SCRIPT, tmp_path / "log", ["-p", str(parallelism)], [kafka.bootstrap, topic]) as job:
        job.wait_for(read("old"))
        kafka.add_partitions(topic, 3)
        for partition in (1, 2):
            # Whether they are there before the partition is found or come after does not matter.
            kafka.produce(topic, [f"new-{partition}"], partition=partition)
        for partition in (1, 2):
            job.wait_for(read(f"new-{partition}"))
        assert len(job.matches(read("old"))) == 1


def test_an_idle_partition_holds_the_watermark_no_longer_than_allowed(kafka: KafkaBroker, tmp_path: Path) -> None:
    topic = kafka.create_topic("idleness", partitions=2, config={"retention.ms": "-1"})
    kafka.produce(topic, ["a"], partition=0, timestamps=[1_000])
    kafka.produce(topic, ["b"], partition=1, timestamps=[2_000])
    arguments = [kafka.bootstrap, topic, str(int(IDLENESS * 1000))]
    with JobProcess(SCRIPT, tmp_path / "log", ["-p", "1"], arguments) as job:
        job.wait_for(read("a"))
        job.wait_for(read("b"))
        began = time.monotonic()
        for tick in range(1, 1_000):
            kafka.produce(topic, [f"tick-{tick}"], partition=0, timestamps=[2_000 + tick])
            job.wait_for(read(f"tick-{tick}"))
            if job.matches("passed 2001$"):
                break
            assert time.monotonic() - began < IDLENESS + AND_A_LITTLE, job.last_words()
        assert time.monotonic() - began > IDLENESS / 2, "the partition was never waited for"


def test_the_log_names_the_partition_that_holds_the_watermark(kafka: KafkaBroker, tmp_path: Path) -> None:
    topic = kafka.create_topic("holding", partitions=2)
    kafka.produce(topic, ["a"], partition=0)
    with JobProcess(SCRIPT, tmp_path / "log", ["-p", "1"], [kafka.bootstrap, topic]) as job:
        job.wait_for(read("a"))
        job.wait_for(rf"{topic}-1 holds the watermark")
        assert not job.matches(rf"{topic}-0 holds the watermark")
