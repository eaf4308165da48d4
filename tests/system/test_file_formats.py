"""Rows of files to files of rows, on a disk and in a bucket: after any number of crashes each is there once."""

from __future__ import annotations

import random
import signal
from collections import Counter
from pathlib import Path
from uuid import uuid4

import pyarrow.parquet as pq
import pytest

from services import S3Server
from system.job_process import KILL_POINT, RESTORING, JobProcess, settings

SCRIPT = Path(__file__).resolve().parent / "jobs" / "copy_rows.py"
FILES, ROWS_PER_FILE = 4, 3_000


def csv_files() -> dict[str, str]:
    """Files whose rows have line ends and quotes in them."""
    return {
        f"{file}.csv": "id,s\n"
        + "".join(f'{file * ROWS_PER_FILE + row},"row\n{row}"\n' for row in range(ROWS_PER_FILE))
        for file in range(FILES)
    }


EXPECTED = Counter((file * ROWS_PER_FILE + row, f"row\n{row}") for file in range(FILES) for row in range(ROWS_PER_FILE))


def run_and_kill(tmp_path: Path, seed: int, options: dict[str, str], arguments: list[str]) -> None:
    """Kills lives of the job around their commits until one comes through."""
    rng = random.Random(seed)
    checkpoints = {
        "execution.checkpointing.interval": "150 ms",
        "execution.checkpointing.dir": (tmp_path / "cp").as_uri(),
    }
    restored = 0
    for life in range(5):
        point = rng.choice(["file-before-commit", "file-after-commit"])
        environment = {} if life == 4 else {KILL_POINT: f"{point}:{rng.randint(2, 4)}"}
        words = ["-s", "latest", *settings({**checkpoints, **options})]
        with JobProcess(SCRIPT, tmp_path / f"life-{life}.log", words, arguments, environment) as job:
            status = job.wait()
            assert status == 0 or (status == -signal.SIGKILL and life < 4), job.last_words()
            restored += len(job.matches(RESTORING))
        if status == 0:
            break
    assert restored, "no life went on from one that was killed"


def test_parquet_on_a_disk(tmp_path: Path, seed: int) -> None:
    (tmp_path / "in").mkdir()
    for name, text in csv_files().items():
        (tmp_path / "in" / name).write_text(text, encoding="utf-8")
    run_and_kill(tmp_path, seed, {}, [str(tmp_path / "in"), str(tmp_path / "out"), "parquet"])
    parts = [path for path in (tmp_path / "out").iterdir() if not path.name.startswith(".")]
    assert len(parts) > 1
    assert Counter(row for part in parts for row in rows_of(part)) == EXPECTED


def rows_of(part: Path) -> list[tuple[int, str]]:
    """The rows of a Parquet file."""
    return [(row["id"], row["s"]) for row in pq.read_table(part).to_pylist()]


@pytest.mark.parametrize("format", ["parquet", "text"])
def test_a_bucket(s3: S3Server, tmp_path: Path, seed: int, format: str) -> None:
    bucket = s3.bucket(f"bucket-{uuid4().hex[:12]}")
    for name, text in csv_files().items():
        s3.request("PUT", f"/{bucket}/in/{name}", text.encode())
    options = {
        "s3.endpoint": s3.endpoint,
        "s3.path.style.access": "true",
        "s3.access-key": s3.access_key,
        "s3.secret-key": s3.secret_key,
    }
    run_and_kill(tmp_path, seed, options, [f"s3://{bucket}/in", f"s3://{bucket}/out", format])
    parts = [s3.files(bucket) / key for key in s3.keys(bucket, "out/")]
    assert len(parts) > 1
    if format == "parquet":
        assert Counter(row for part in parts for row in rows_of(part)) == EXPECTED
    else:
        lines = "".join(part.read_text(encoding="utf-8") for part in parts)
        assert sorted(lines.splitlines()) == sorted(line for i, s in EXPECTED for line in f"{i},{s}".splitlines())
