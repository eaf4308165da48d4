"""Files in buckets, on a real S3 server: after any number of crashes every record is in one object, once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from services import S3Server
from system.job_process import JobProcess, settings
from system.realtime_sessions.lives import s3_options
from system.test_file_formats import EXPECTED, READERS, kill_on_the_way, write_input
from system.test_file_sink import SCRIPT, lives

FILES, LINES_PER_FILE, LINE_LENGTH = 5, 2_000, 2_000


def put_folder(s3: S3Server, bucket: str, folder: Path) -> None:
    """Upload the files of a folder under their names."""
    for file in folder.iterdir():
        s3.request("PUT", f"/{bucket}/in/{file.name}", file.read_bytes())


def lines_of_objects(s3: S3Server, bucket: str) -> Counter[str]:
    """The lines in what a job has written."""
    found: Counter[str] = Counter()
    for key in s3.keys(bucket, "out/"):
        found.update((s3.files(bucket) / key).read_text(encoding="utf-8").splitlines())
    return found


# One file for all that a subtask has, which is uploaded in several pieces; a file for each checkpoint.
@pytest.mark.parametrize("policy", ["100000000", "checkpoint"])
def test_every_line_is_uploaded_once(policy: str, s3: S3Server, tmp_path: Path, seed: int) -> None:
    bucket = s3.bucket(f"lines-{policy}")
    lines = [f"file {f} line {n} ".ljust(LINE_LENGTH, "x") for f in range(FILES) for n in range(LINES_PER_FILE)]
    (tmp_path / "in").mkdir()
    for file in range(FILES):
        own = lines[file * LINES_PER_FILE : (file + 1) * LINES_PER_FILE]
        (tmp_path / "in" / f"{file}.txt").write_text("\n".join(own) + "\n", encoding="utf-8")
    put_folder(s3, bucket, tmp_path / "in")
    checkpoints = {
        "execution.checkpointing.interval": "200 ms",
        "execution.checkpointing.dir": f"s3://{bucket}/checkpoints",
    }
    options = ["-s", "latest", "-p", "2", *settings(checkpoints), *s3_options(s3)]
    arguments = [f"s3://{bucket}/in", f"s3://{bucket}/out", policy]
    seen: Counter[str] = Counter()
    for _ in lives(tmp_path, seed, options, arguments):
        seen |= lines_of_objects(s3, bucket)

    written = lines_of_objects(s3, bucket)
    assert written == Counter(line.upper() for line in lines)
    assert seen <= written, "a line that was visible has gone"
    if policy != "checkpoint":
        sizes = [(s3.files(bucket) / key).stat().st_size for key in s3.keys(bucket, "out/")]
        assert max(sizes) > 8 << 20, "no file was uploaded in more than one piece"


@pytest.mark.parametrize("format", ["csv", "parquet", "avro"])
def test_rows_are_uploaded_once(s3: S3Server, tmp_path: Path, seed: int, format: str) -> None:
    bucket = s3.bucket(f"rows-{format}")
    write_input(tmp_path / "in", format)
    put_folder(s3, bucket, tmp_path / "in")
    kill_on_the_way(tmp_path, seed, f"s3://{bucket}/in", f"s3://{bucket}/out", format, s3_options(s3))
    parts = [s3.files(bucket) / key for key in s3.keys(bucket, "out/")]
    assert len(parts) > 1
    assert Counter(row for part in parts for row in READERS[format](part)) == EXPECTED


def test_wrong_buckets_and_keys_are_named_before_the_job_runs(s3: S3Server, tmp_path: Path) -> None:
    bucket = s3.bucket("named")
    s3.request("PUT", f"/{bucket}/in/a.txt", b"a\n")

    def said(rows_from: str, rows_to: str, options: list[str]) -> str:
        with JobProcess(SCRIPT, tmp_path / "job.log", options, [rows_from, rows_to, "checkpoint"]) as job:
            assert job.wait() == 1
        return (tmp_path / "job.log").read_text(encoding="utf-8")

    missing = said("s3://no-such-bucket/in", f"s3://{bucket}/out", s3_options(s3))
    assert "s3://no-such-bucket/in" in missing and "create the bucket" in missing
    missing = said(f"s3://{bucket}/in", "s3://no-such-bucket/out", s3_options(s3))
    assert "s3://no-such-bucket/out" in missing and "create the bucket" in missing
    wrong_key = said(f"s3://{bucket}/in", f"s3://{bucket}/out", [*s3_options(s3), "-D", "s3.secret-key=wrong-secret"])
    assert "check s3.secret-key" in wrong_key and "wrong-secret" not in wrong_key
