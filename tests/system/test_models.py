"""A model in a bucket, swapped while the job runs and is killed: every record once, by the version it names."""

from __future__ import annotations

import hashlib
import signal
from pathlib import Path
from uuid import uuid4

import pytest

from services import S3Server
from system.job_process import COMPLETED, KILL_POINT, JobProcess, settings

SCRIPT = Path(__file__).resolve().parent / "jobs" / "swapped_model.py"
COUNT = 60_000


class Model:
    """A factor in a bucket of the test's own, and the options of a job that reads it."""

    def __init__(self, s3: S3Server, folder: Path) -> None:
        self._s3, self.folder = s3, folder
        self._bucket = s3.bucket(f"models-{uuid4().hex[:12]}")
        self.url = f"s3://{self._bucket}/factor.txt"
        self.options = {
            "execution.checkpointing.interval": "100 ms",
            "execution.checkpointing.dir": (folder / "checkpoints").as_uri(),
            "s3.endpoint": s3.endpoint,
            "s3.path.style.access": "true",
            "s3.access-key": s3.access_key,
            "s3.secret-key": s3.secret_key,
        }

    def put(self, factor: int) -> None:
        self._s3.request("PUT", f"/{self._bucket}/factor.txt", str(factor).encode())

    def job(self, life: int, interval: float, parallelism: int, kill_point: str | None = None) -> JobProcess:
        environment = {"PENSTOCK_MODELS_CACHE": str(self.folder / "cache")}
        if kill_point is not None:
            environment[KILL_POINT] = kill_point
        options = ["-p", str(parallelism), "-s", "latest", *settings(self.options)]
        arguments = [self.url, str(interval), str(self.folder / "out"), str(COUNT)]
        return JobProcess(SCRIPT, self.folder / f"{life}.log", options, arguments, environment)

    def used(self) -> set[int]:
        """The factors that results were made with, each of which has to be that of the version it names."""
        numbers, used = [], set()
        for part in (self.folder / "out").rglob("part-*"):
            for line in part.read_text().splitlines():
                number, scaled, version = line.split()
                factor = int(scaled) // int(number)
                assert int(number) * factor == int(scaled)
                assert hashlib.md5(str(factor).encode()).hexdigest() == version
                numbers.append(int(number))
                used.add(factor)
        # Not one comparison of long lists, which pytest would explain for minutes.
        once = sorted(numbers) == list(range(1, COUNT + 1))
        assert once, f"{len(numbers)} results, of {len(set(numbers))} numbers"
        return used


@pytest.fixture
def model(s3: S3Server, tmp_path: Path) -> Model:
    """The factor 10."""
    model = Model(s3, tmp_path)
    model.put(10)
    return model


def test_swapped_and_killed(model: Model) -> None:
    with model.job(0, 0.05, 1, "task-after-barrier:6") as job:
        job.wait_for(COMPLETED)
        model.put(20)
        assert job.wait() == -signal.SIGKILL, job.last_words()
    with model.job(1, 0.05, 1) as job:
        assert job.wait() == 0, job.last_words()
    assert model.used() == {10, 20}


def test_swapped_in_slot_processes(model: Model) -> None:
    with model.job(0, 0.05, 2) as job:
        job.wait_for(COMPLETED)
        model.put(20)
        assert job.wait() == 0, job.last_words()
    assert model.used() == {10, 20}


def test_a_restored_job_goes_on_with_its_version(model: Model) -> None:
    with model.job(0, 3600, 1, "task-after-barrier:5") as job:
        assert job.wait() == -signal.SIGKILL, job.last_words()
    model.put(20)
    with model.job(1, 3600, 1) as job:
        assert job.wait() == 0, job.last_words()
    assert model.used() == {10}
