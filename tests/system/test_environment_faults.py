"""What is around a job fails: the broker is killed, the bucket refuses, the disk is full, a checkpoint is damaged."""

from __future__ import annotations

import json
import random
import re
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from services import KafkaBroker, S3Server
from services.missing import end_for_lack_of
from system.job_process import RESTORING, JobProcess, settings
from system.realtime_sessions.events import check, make_events
from system.realtime_sessions.lives import (
    Lives,
    committed_output,
    s3_options,
    until_output_is_visible,
    wait_for_checkpoints,
)
from system.realtime_sessions.producer import PacedProducer
from system.realtime_sessions.script import IN
from system.test_file_sink import finished_parts, write_input

JOBS = Path(__file__).resolve().parent / "jobs"
CHECKPOINT_FAILED = r"Checkpoint \d+ of job \w+ failed: "
RESTARTS = r"Job .* failed: restart \d+"
ENDLESS = 10**12
SECONDS_OF_REFUSAL = 10


@pytest.mark.timeout(300)
def test_a_broker_that_is_killed_and_comes_back(broker: KafkaBroker, tmp_path: Path, seed: int) -> None:
    events = make_events(20_000, 200, random.Random(seed))
    lives = Lives(tmp_path, broker, (tmp_path / "checkpoints").as_uri(), interval=2)
    with PacedProducer(broker.bootstrap, IN, events, 1_000) as producer, lives.begin() as job:
        producer.allow(len(events))
        wait_for_checkpoints(job, 2)
        for _ in range(2):
            # A lone broker that dies on the way of a commit to the partitions may lose it, through no fault of the job.
            until_output_is_visible(broker, job)
            broker.kill()
            broker.start()
            wait_for_checkpoints(job, 2, after=job.last_line)
        producer.finish(60)
        lives.until_all_are_in_a_checkpoint(job, len(events))
        job.stop(signal.SIGTERM, within=10)
    check(events, committed_output(broker))


@pytest.fixture
def own_s3(tmp_path: Path) -> Iterator[S3Server]:
    """An S3 server that the test may kill."""
    if (reason := S3Server.lacking()) is not None:
        end_for_lack_of(reason)
    server = S3Server(tmp_path / "s3")
    server.start()
    try:
        yield server
    finally:
        server.kill()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("tolerable", [1_000, 0])
def test_a_bucket_that_refuses(own_s3: S3Server, tmp_path: Path, tolerable: int) -> None:
    lines = write_input(tmp_path / "in")
    keys = {
        "execution.checkpointing.dir": f"s3://{own_s3.bucket('refusing')}/checkpoints",
        "execution.checkpointing.interval": "300 ms",
        "execution.checkpointing.tolerable-failed-checkpoints": str(tolerable),
        "restart-strategy.type": "fixed-delay",
        "restart-strategy.fixed-delay.attempts": "1000",
        "restart-strategy.fixed-delay.delay": "500 ms",
    }
    # Lines are slow, so that there are lines left when the bucket is there again.
    arguments = [str(tmp_path / "in"), str(tmp_path / "out"), "checkpoint", "0.0012"]
    options = [*settings(keys), *s3_options(own_s3)]
    with JobProcess(JOBS / "copy_lines.py", tmp_path / "job.log", options, arguments) as job:
        wait_for_checkpoints(job, 2)
        own_s3.kill()
        until, line = time.monotonic() + SECONDS_OF_REFUSAL, job.last_line
        while time.monotonic() < until:
            line = job.wait_for(f"{CHECKPOINT_FAILED}|{RESTARTS}", after=line)
        own_s3.start()
        wait_for_checkpoints(job, 2, after=job.last_line)
        assert job.wait(120) == 0, job.last_words()
        assert bool(job.matches(RESTARTS)) == (tolerable == 0), job.last_words()
        if tolerable == 0:
            assert job.matches(r"tolerable-failed-checkpoints is 0: .*cannot be reached"), job.last_words()
    written = Counter(line for part in finished_parts(tmp_path / "out").values() for line in part.splitlines())
    assert written == Counter(line.upper() for line in lines)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 48 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if mounted.returncode != 0:
        end_for_lack_of(f"a small file system cannot be mounted here: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """A file that takes all there is."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(1 << 16))
        except OSError:
            return ballast


@pytest.mark.timeout(300)
def test_a_disk_that_is_full_and_then_is_not(small_disk: Path, tmp_path: Path) -> None:
    keys = {
        "io.tmp.dirs": str(small_disk),
        "state.backend.type": "rocksdb",
        "state.backend.incremental": "true",
        "taskmanager.memory.managed.size": "4mb",
        "python.state.object-cache.max-bytes": "200kb",
        "execution.checkpointing.dir": (tmp_path / "checkpoints").as_uri(),
        "execution.checkpointing.interval": "300 ms",
        "restart-strategy.type": "fixed-delay",
        "restart-strategy.fixed-delay.attempts": "1000",
        "restart-strategy.fixed-delay.delay": "300 ms",
    }
    arguments = [str(ENDLESS), "3000"]
    with JobProcess(JOBS / "count_in_rocksdb.py", tmp_path / "job.log", settings(keys), arguments) as job:
        wait_for_checkpoints(job, 2)
        ballast = fill(small_disk)
        failed = job.wait_for(RESTARTS)
        # The next attempt finds no room either.
        job.wait_for(RESTARTS, after=failed)
        text = "\n".join(job.lines())
        assert re.search(rf"RocksDB state backend in {small_disk}\S* could not|cannot \w+ {small_disk}", text), text
        assert "check the space" in text and "name another directory in io.tmp.dirs" in text, text
        ballast.unlink()
        restored = job.wait_for(RESTORING, after=job.last_line)
        wait_for_checkpoints(job, 2, after=restored)
        status, _ = job.stop(signal.SIGTERM, within=20)
        assert status == 128 + signal.SIGTERM
        # The script looks at every count itself.
        assert not job.matches("is counted as|comes after|panicked"), job.last_words()
    assert [path for path in small_disk.rglob("*") if path.is_file()] == [], "local files go with the job"
    left = [path.parent for path in (tmp_path / "checkpoints").glob("*/chk-*/*")]
    assert all((folder / "_metadata").exists() for folder in left), "half a checkpoint is left"


@pytest.mark.timeout(300)
def test_a_damaged_checkpoint_of_a_job_with_transactions(broker: KafkaBroker, tmp_path: Path, seed: int) -> None:
    events = make_events(6_000, 100, random.Random(seed))
    keys = {
        "execution.checkpointing.num-retained": "2",
        "execution.checkpointing.data-inline-threshold": "0",
    }
    lives = Lives(tmp_path, broker, (tmp_path / "checkpoints").as_uri(), settings(keys), interval=1)
    with PacedProducer(broker.bootstrap, IN, events, 1_000) as producer:
        producer.allow(len(events))
        with lives.begin() as job:
            wait_for_checkpoints(job, 3)
            job.kill()
        complete = [path.parent for path in (tmp_path / "checkpoints").glob("*/chk-*/_metadata")]
        folder = max(complete, key=lambda path: int(path.name.removeprefix("chk-")))
        file = next(path for path in folder.iterdir() if path.name != "_metadata")
        damaged = bytearray(file.read_bytes())
        damaged[len(damaged) // 2] ^= 1
        file.write_bytes(damaged)
        with lives.begin() as refused:
            assert refused.wait() == 1, refused.last_words()
            text = "\n".join(refused.lines())
        assert f"{file} is damaged: its checksum" in text or f"{file} is damaged: the checksum" in text, text
        assert "already final" in text and "start anew without '-s'" in text, text
        older = re.search(r"go on from the one before with '-s (\S+)'", text)
        assert older is not None, text
        with lives.begin("-s", older[1]) as told:
            producer.finish(60)
            lives.until_all_are_in_a_checkpoint(told, len(events))
            told.stop(signal.SIGTERM, within=10)
    seen = Counter(json.loads(output)["number"] for output in committed_output(broker))
    assert seen.keys() == {event.number for event in events}, "what was said to come twice is lost"
    assert max(seen.values()) <= 2, "only what followed the one before comes again"
