"""With `taskmanager.network.adaptive-partitioner.enabled`, `rebalance` sends records where there is the least to do."""

from __future__ import annotations

from collections import Counter

import pytest

from job_scripts import ENVIRONMENT, Scripts

RECORDS = 20_000

# Subtask 0 takes a millisecond for a record; the other takes next to nothing.
JOB = f"""
import time
from pyflink.datastream.connectors.number_seq import NumberSequenceSource
class Work(MapFunction):
    def open(self, context): self.subtask = context.get_index_of_this_subtask()
    def map(self, n):
        if self.subtask == 0: time.sleep(0.001)
        return self.subtask
numbers = env.from_source(NumberSequenceSource(1, {RECORDS}), WatermarkStrategy.no_watermarks(), "numbers")
numbers.set_parallelism(1).rebalance().map(Work()).print()
env.execute()
"""


def shares(scripts: Scripts, mode: str, adaptive: bool) -> Counter[str]:
    """How many records each subtask had."""
    options = [
        word
        for key in (
            f"taskmanager.network.adaptive-partitioner.enabled={str(adaptive).lower()}",
            f"python.execution-mode={mode}",
        )
        for word in ("-D", key)
    ]
    scripts.write(ENVIRONMENT + JOB)
    outcome = scripts.run("run", "-p", "2", *options, "job.py")
    outcome.succeeded()
    counts = Counter(line.split("> ")[1] for line in outcome.out.splitlines())
    assert sum(counts.values()) == RECORDS
    return counts


@pytest.mark.parametrize("mode", ["thread", "process"])
def test_a_slow_subtask_gets_less(scripts: Scripts, mode: str) -> None:
    assert shares(scripts, mode, adaptive=True)["0"] < RECORDS / 4


def test_otherwise_each_gets_a_record_in_its_turn(scripts: Scripts) -> None:
    assert shares(scripts, "thread", adaptive=False) == {"0": RECORDS / 2, "1": RECORDS / 2}
