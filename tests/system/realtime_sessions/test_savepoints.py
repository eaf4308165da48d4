"""The published script is stopped with savepoints, killed while it stops, and cancelled: each event is counted once."""

from __future__ import annotations

import random
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from services import KafkaBroker, S3Server
from system.job_process import COMPLETED, JobProcess
from system.realtime_sessions.events import check, make_events
from system.realtime_sessions.lives import (
    Lives,
    committed_output,
    hidden_behind_open_transactions,
    s3_options,
    wait_for_checkpoints,
)
from system.realtime_sessions.producer import PacedProducer
from system.realtime_sessions.script import IN

EVENTS, USERS, PER_SECOND = 24_000, 200, 2_000
STOP_POINTS = [
    "stop-triggered",
    "stop-before-metadata",
    "stop-before-note",
    "stop-after-metadata",
    "stop-after-notify",
    "kafka-between-commits",
]
SAVEPOINT_POINTS = ["savepoint-before-metadata", "savepoint-after-metadata"]


def command(job: JobProcess, *words: str) -> subprocess.CompletedProcess[str]:
    """A command about the job."""
    job_id = job.matches(r"Job ([0-9a-f]{32}) is submitted")[-1][1]
    line = [sys.executable, "-m", "penstock", *words, job_id]
    return subprocess.run(line, capture_output=True, text=True, timeout=60)


@pytest.mark.timeout(600)
def test_savepoints_keep_the_promise(broker: KafkaBroker, s3: S3Server, tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    events = make_events(EVENTS, USERS, rng)
    bucket = s3.bucket("savepoints")
    directory = f"s3://{bucket}/savepoints"
    options = [*s3_options(s3), "-D", f"execution.checkpointing.savepoint-dir={directory}"]
    lives = Lives(tmp_path, broker, f"s3://{bucket}/checkpoints", options, interval=1)
    points = [*STOP_POINTS, *SAVEPOINT_POINTS]
    rng.shuffle(points)
    with PacedProducer(broker.bootstrap, IN, events, PER_SECOND) as producer:
        share = EVENTS // (len(points) + 3)
        for point in points:
            producer.allow(share)
            # Commits are made at every checkpoint too: then the process is dead when the command comes.
            with lives.begin(kill_point=point) as job:
                if point.startswith(("stop-", "savepoint-")):
                    wait_for_checkpoints(job, 1)
                    assert command(job, "savepoint" if point.startswith("savepoint-") else "stop").returncode == 1
                assert job.wait() == -signal.SIGKILL, job.last_words()
                lives.restored.append(None)

        producer.allow(share)
        with lives.begin() as job:
            wait_for_checkpoints(job, 1)
            stopped = command(job, "stop")
            assert stopped.returncode == 0, stopped.stderr
            assert hidden_behind_open_transactions(broker) == 0, "all is committed when the command has ended"
            assert job.wait() == 0, job.last_words()
            lives.restored.append(None)

        producer.allow(share)
        with lives.begin() as job:
            # The newest state is the savepoint that the job was stopped with.
            job.wait_for("Restoring job .* from Savepoint ")
            wait_for_checkpoints(job, 1)
            cancelled = command(job, "cancel", "-s", directory)
            assert cancelled.returncode == 0, cancelled.stderr
            path = re.search(r"Savepoint stored in (\S+)\.$", cancelled.stdout, re.MULTILINE)
            assert path is not None
            assert job.wait() == 1
            lives.restored.append(None)

        # What was prepared for that savepoint is committed by the run that goes on from it.
        with lives.begin("-s", path[1]) as last:
            producer.finish(60)
            lives.until_all_are_in_a_checkpoint(last, EVENTS)
            assert last.matches(COMPLETED)
            status, _seconds = last.stop(signal.SIGTERM, within=2)
    assert status == 128 + signal.SIGTERM
    check(events, committed_output(broker))
    assert hidden_behind_open_transactions(broker) == 0
