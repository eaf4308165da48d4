"""Records that no Python code sees travel as columns; what arrives is what arrives when they are Python objects."""

from __future__ import annotations

import random
import signal
from pathlib import Path

import pytest

from services import KafkaBroker
from system.job_process import KILL_POINT, RESTORING, JobProcess, settings

SCRIPT = Path(__file__).resolve().parent / "jobs" / "copy_topic.py"
HOUR_MS = 3_600_000
NOW_MS = 1_790_000_000_000
# Text, no text, nothing, and what is no text: Java's decoder puts U+FFFD in its place.
VALUES: list[str | bytes | None] = ["a", "zwölf", "", None, b"\xff", b"cut \xc3", "line\nbreak", "last"]
ARRIVING = [b"a", "zwölf".encode(), b"", "\ufffd".encode(), "cut \ufffd".encode(), b"line\nbreak", b"last"]


@pytest.mark.parametrize("lane", ["true", "false"], ids=["columns", "objects"])
def test_values_and_their_times_are_the_same_in_both_lanes(kafka: KafkaBroker, tmp_path: Path, lane: str) -> None:
    topic_from = kafka.create_topic(f"lane.{lane}.in", config={"retention.ms": "-1"})
    topic_to = kafka.create_topic(f"lane.{lane}.out", config={"retention.ms": "-1"})
    times = [NOW_MS + number * HOUR_MS for number in range(len(VALUES))]
    kafka.produce(topic_from, VALUES, timestamps=times, keys=["k"] * len(VALUES), headers=[("h", b"v")])
    options = settings({"penstock.testing.column-lane": lane})
    with JobProcess(SCRIPT, tmp_path / "log", options, [kafka.bootstrap, topic_from, topic_to]) as job:
        assert job.wait() == 0, job.last_words()
    copied = kafka.consume(topic_to)
    assert [record.value for record in copied] == ARRIVING
    arriving = [time for time, value in zip(times, VALUES, strict=True) if value is not None]
    assert [record.timestamp for record in copied] == arriving
    assert all(record.key is None and not record.headers for record in copied), "a schema of values makes nothing else"


def test_a_killed_copy_is_exactly_once(kafka: KafkaBroker, tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    topic_from = kafka.create_topic("lane.killed.in", partitions=2)
    topic_to = kafka.create_topic("lane.killed.out", partitions=2)
    values = [f"value {number}" for number in range(400_000)]
    for partition in (0, 1):
        kafka.produce(topic_from, values[partition::2], partition=partition)
    checkpoints = {
        "execution.checkpointing.interval": "50 ms",
        "execution.checkpointing.dir": (tmp_path / "checkpoints").as_uri(),
    }
    arguments = [kafka.bootstrap, topic_from, topic_to]
    killed, restored = 0, 0
    for life in range(4):
        point = rng.choice(["kafka-before-commit", "kafka-between-commits"])
        # However fast all is copied, there is a first commit.
        commits = rng.randint(1, 2) if life else 1
        environment = {} if life == 3 else {KILL_POINT: f"{point}:{commits}"}
        options = ["-p", "2", "-s", "latest", *settings(checkpoints)]
        with JobProcess(SCRIPT, tmp_path / f"life-{life}.log", options, arguments, environment) as job:
            # A life may find that all was copied before the last one was killed.
            status = job.wait()
            assert status == 0 or (status == -signal.SIGKILL and life < 3), job.last_words()
            killed += status != 0
            restored += len(job.matches(RESTORING))
        if status == 0:
            break
    assert killed and restored, "no life went on from one that was killed"
    copied = sorted(record.value or b"" for record in kafka.consume(topic_to))
    assert copied == sorted(value.encode() for value in values)
