"""Rows of files to files of rows: after any number of crashes each is there once."""

from __future__ import annotations

import csv
import random
import signal
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import fastavro
import pyarrow.parquet as pq
import pytest

from system.job_process import KILL_POINT, RESTORING, JobProcess, settings

SCRIPT = Path(__file__).resolve().parent / "jobs" / "copy_rows.py"
AVRO = {
    "type": "record",
    "name": "R",
    "fields": [{"name": "id", "type": "long"}, {"name": "s", "type": "string"}],
}
FILES, ROWS_PER_FILE, LIVES = 4, 3_000, 5
EXPECTED = Counter((file * ROWS_PER_FILE + row, f"row\n{row}") for file in range(FILES) for row in range(ROWS_PER_FILE))


def write_input(folder: Path, format: str) -> None:
    """Files whose rows have line ends and quotes in them."""
    folder.mkdir()
    for file in range(FILES):
        if format == "avro":
            numbers = range(file * ROWS_PER_FILE, (file + 1) * ROWS_PER_FILE)
            records = [{"id": number, "s": f"row\n{number % ROWS_PER_FILE}"} for number in numbers]
            with (folder / f"{file}.avro").open("wb") as avro:
                fastavro.writer(avro, fastavro.parse_schema(AVRO), records, "deflate", sync_interval=5_000)
            continue
        rows = "".join(f'{file * ROWS_PER_FILE + row},"row\n{row}"\n' for row in range(ROWS_PER_FILE))
        (folder / f"{file}.csv").write_text(f"id,s\n{rows}", encoding="utf-8")


def kill_on_the_way(
    tmp_path: Path, seed: int, rows_from: str, rows_to: str, format: str, options: Sequence[str] = ()
) -> None:
    """Kills lives of the job around their commits until one comes through."""
    rng = random.Random(seed)
    words = settings(
        {
            "execution.checkpointing.interval": "150 ms",
            "execution.checkpointing.dir": (tmp_path / "cp").as_uri(),
        }
    )
    restored = 0
    for life in range(LIVES):
        last = life == LIVES - 1
        point = rng.choice(["file-before-commit", "file-after-commit"])
        environment = {} if last else {KILL_POINT: f"{point}:{rng.randint(2, 4)}"}
        arguments, words_of_life = [rows_from, rows_to, format], ["-s", "latest", *words, *options]
        with JobProcess(SCRIPT, tmp_path / f"life-{life}.log", words_of_life, arguments, environment) as job:
            status = job.wait()
            assert status == 0 or (status == -signal.SIGKILL and not last), job.last_words()
            restored += len(job.matches(RESTORING))
        if status == 0:
            break
    assert restored, "no life went on from one that was killed"


def rows_of_csv(part: Path) -> list[tuple[int, str]]:
    """The rows of a CSV file, as Python's own reader has them."""
    with part.open(encoding="utf-8", newline="") as file:
        return [(int(row["id"]), row["s"]) for row in csv.DictReader(file)]


def rows_of_text(part: Path) -> list[tuple[int, str]]:
    """The rows in lines of text."""
    lines = part.read_text(encoding="utf-8").splitlines()
    return [(int(number), text.strip("'").replace("\\n", "\n")) for number, text in (line.split(",") for line in lines)]


def rows_of_parquet(part: Path) -> list[tuple[int, str]]:
    """The rows of a Parquet file."""
    return [(row["id"], row["s"]) for row in pq.read_table(part).to_pylist()]


READERS = {
    "csv": rows_of_csv,
    "parquet": rows_of_parquet,
    "text": rows_of_text,
    "joined": rows_of_text,
    "avro": rows_of_text,
}


@pytest.mark.parametrize("format", READERS)
def test_rows_are_there_once(tmp_path: Path, seed: int, format: str) -> None:
    write_input(tmp_path / "in", format)
    kill_on_the_way(tmp_path, seed, str(tmp_path / "in"), str(tmp_path / "out"), format)
    parts = [path for path in (tmp_path / "out").iterdir() if not path.name.startswith(".")]
    assert len(parts) > 1
    assert Counter(row for part in parts for row in READERS[format](part)) == EXPECTED
