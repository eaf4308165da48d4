"""`-s` and `-n`: a run goes on where an earlier one was interrupted."""

from __future__ import annotations

import re
import signal

import pytest

from job_scripts import ENVIRONMENT, Scripts, Started

JOB = (
    ENVIRONMENT
    + """
import sys, time
from pyflink.datastream.connectors.number_seq import NumberSequenceSource
from pyflink.datastream.state import ValueStateDescriptor
class Counts(KeyedProcessFunction):
    def open(self, context):
        self.count = context.get_state(ValueStateDescriptor("count", Types.LONG()))
    def process_element(self, value, ctx):
        time.sleep(0.0002)
        self.count.update((self.count.value() or 0) + 1)
        yield self.count.value()
numbers = env.from_source(NumberSequenceSource(1, 10**9), WatermarkStrategy.no_watermarks(), "numbers")
numbers.key_by(lambda n: 0).process(Counts(), Types.LONG()).uid(sys.argv[1]).print()
env.execute("counting")
"""
)


class Lives:
    """Runs of one job with checkpoints in one place."""

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts
        self.place = f"file://{scripts.folder}/checkpoints"
        self.last = ""
        scripts.write(JOB)

    def options(self) -> list[str]:
        return [
            "-Dexecution.checkpointing.interval=100 ms",
            f"-Dexecution.checkpointing.dir={self.place}",
        ]

    def start(self, *options: str, uid: str = "counts") -> Started:
        return self._scripts.start("run", *self.options(), *options, "job.py", uid)

    def interrupt(self, started: Started) -> list[int]:
        """End a run after a checkpoint or two; what it printed."""
        started.wait_for(r"Completed checkpoint \d+ (?s:.*)Completed checkpoint \d+ ")
        outcome = started.signal(signal.SIGTERM)
        assert outcome.code == 143
        self.last = outcome.err
        return [int(line) for line in outcome.out.split()]


@pytest.fixture
def lives(scripts: Scripts) -> Lives:
    """No run yet."""
    return Lives(scripts)


def test_the_latest_checkpoint(lives: Lives) -> None:
    first = lives.interrupt(lives.start("-s", "latest"))
    assert first[0] == 1, "there was none: a fresh start"
    second = lives.interrupt(lives.start("-s", "latest"))
    assert 1 < second[0] <= first[-1] + 1
    assert second == list(range(second[0], second[0] + len(second)))


def test_a_checkpoint_by_its_path(lives: Lives, scripts: Scripts) -> None:
    lives.interrupt(lives.start())
    (kept,) = [path.parent for path in (scripts.folder / "checkpoints").rglob("_metadata")]
    assert lives.interrupt(lives.start("-s", f"file://{kept}"))[0] > 1
    assert lives.interrupt(lives.start("--fromSavepoint", str(kept)))[0] > 1, "as a plain path, and once more"


def test_a_claimed_checkpoint_belongs_to_the_new_run(lives: Lives, scripts: Scripts) -> None:
    lives.interrupt(lives.start())
    (kept,) = [path.parent for path in (scripts.folder / "checkpoints").rglob("_metadata")]
    lives.interrupt(lives.start("-s", str(kept), "-claimMode", "no_claim"))
    assert kept.exists()
    lives.interrupt(lives.start("-s", str(kept), "-rm", "CLAIM"))
    assert not kept.exists(), "checkpoints of the new run have taken its place"
    assert "invalid choice: 'legacy'" in scripts.run("run", "-claimMode", "LEGACY", "job.py").failed(2)


def test_without_the_option_a_run_starts_afresh(lives: Lives) -> None:
    lives.interrupt(lives.start())
    assert lives.interrupt(lives.start())[0] == 1


def test_state_that_no_operator_claims(lives: Lives) -> None:
    lives.interrupt(lives.start())
    outcome = lives.start("-s", "latest", uid="renamed").wait()
    said = outcome.failed()
    assert "allowNonRestoredState" in said or "-n" in said.split() or "ignore-unclaimed-state" in said, said
    assert outcome.out == ""
    assert lives.interrupt(lives.start("-s", "latest", "-n", uid="renamed"))[0] == 1
    assert re.search("is dropped: the job has no such operator", lives.last)
