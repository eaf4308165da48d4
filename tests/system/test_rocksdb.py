"""RocksDB with incremental checkpoints: no count is lost whenever the process dies; a full disk is an error."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from services import S3Server
from system.job_process import COMPLETED, KILL_POINT, RESTORING, JobProcess, settings
from system.realtime_sessions.lives import s3_options

SCRIPT = Path(__file__).resolve().parent / "jobs" / "count_in_rocksdb.py"
ROCKSDB = {
    "state.backend.type": "rocksdb",
    "state.backend.incremental": "true",
    "taskmanager.memory.managed.size": "16mb",
    "python.state.object-cache.max-bytes": "200kb",
}
POINTS = (
    "incremental-after-links:5",
    "incremental-before-file:7",
    "incremental-after-file:7",
    "checkpoint-before-metadata:3",
    "checkpoint-after-metadata:3",
    "checkpoint-half-removed:2",
)
ENDLESS = 10**12


def options(tmp_path: Path, checkpoints: str, *more: str) -> list[str]:
    keys = {
        **ROCKSDB,
        "io.tmp.dirs": str(tmp_path / "tmp"),
        "execution.checkpointing.interval": "200 ms",
        "execution.checkpointing.dir": checkpoints,
    }
    return [*settings(keys), *more]


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("on_s3", [False, True], ids=["disk", "s3"])
def test_nothing_is_lost_whenever_the_process_dies(
    on_s3: bool, tmp_path: Path, request: pytest.FixtureRequest, seed: int
) -> None:
    rng = random.Random(seed)
    checkpoints, storage = (tmp_path / "checkpoints").as_uri(), list[str]()
    if on_s3:
        s3: S3Server = request.getfixturevalue("s3")
        checkpoints, storage = f"s3://{s3.bucket('rocksdb')}/checkpoints", s3_options(s3)
    points = [*rng.sample(POINTS, 3 if on_s3 else len(POINTS)), None]
    for life, point in enumerate(points):
        parallelism = str(rng.randint(1, 3))
        more = options(tmp_path, checkpoints, "-s", "latest", "-p", parallelism, *storage)
        environment = {KILL_POINT: point} if point else {}
        log = tmp_path / f"life-{life + 1}.log"
        with JobProcess(SCRIPT, log, more, [str(ENDLESS), "5000"], environment) as job:
            if point is None:
                for _ in range(3):
                    job.wait_for(COMPLETED, after=job.last_line)
                time.sleep(rng.uniform(0, 0.3))  # the moment of a crash is nobody's choice
                job.kill()
            else:
                assert job.wait(60) == -9, job.last_words()
            assert not job.matches("is counted as|comes after|panicked"), job.last_words()
            assert bool(job.matches(RESTORING)) == (life > 0), job.last_words()


def test_a_full_disk_fails_the_job_and_names_the_setting(tmp_path: Path) -> None:
    more = options(tmp_path, (tmp_path / "checkpoints").as_uri())
    more += settings({"restart-strategy.type": "none", "taskmanager.memory.managed.size": "2mb"})
    with JobProcess(SCRIPT, tmp_path / "job.log", more, [str(ENDLESS), "100000", "40000"]) as job:
        assert job.wait(60) == 1, job.last_words()
        text = "\n".join(job.lines())
    assert "RocksDB state backend" in text and "io.tmp.dirs" in text, text
    assert "panicked" not in text, text
    assert not files(tmp_path / "tmp"), "local files go with the job"
