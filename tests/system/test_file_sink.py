"""Files in, files out: after any number of crashes every line is in one finished part file, once."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from system.job_process import COMPLETED, RESTORING, JobProcess, settings

SCRIPT = Path(__file__).resolve().parent / "jobs" / "copy_lines.py"
FILES, LINES_PER_FILE, CRASHES = 5, 4_000, 3


def write_input(folder: Path) -> list[str]:
    folder.mkdir()
    lines = []
    for file in range(FILES):
        own = [f"file {file} line {line}" for line in range(LINES_PER_FILE)]
        (folder / f"{file}.txt").write_text("\n".join(own) + "\n", encoding="utf-8")
        lines += own
    return lines


def finished_parts(folder: Path) -> dict[Path, str]:
    """What is in the files that readers look at: not in those that are hidden by a dot."""
    return {path: path.read_text(encoding="utf-8") for path in folder.rglob("*") if is_finished(path)}


def is_finished(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".")


def lives(folder: Path, seed: int, options: list[str], arguments: list[str]) -> Iterator[int]:
    """Runs the job until it ends by itself; before that it is killed a few times, and gives way to a look each time."""
    rng = random.Random(seed)
    for life in range(CRASHES):
        with JobProcess(SCRIPT, folder / f"life-{life + 1}.log", options, arguments) as job:
            first = job.wait_for(COMPLETED)
            job.wait_for(COMPLETED, after=first)
            time.sleep(rng.uniform(0, 0.3))  # the moment of a crash is nobody's choice
            job.kill()
            assert len(job.matches(RESTORING)) == min(life, 1)
        yield life
    with JobProcess(SCRIPT, folder / "last-life.log", options, arguments) as job:
        assert job.wait() == 0, job.last_words()


@pytest.mark.parametrize("policy", ["20000", "checkpoint"])
def test_every_line_is_written_once(policy: str, tmp_path: Path, seed: int) -> None:
    lines = write_input(tmp_path / "in")
    checkpoints = {
        "execution.checkpointing.interval": "200 ms",
        "execution.checkpointing.dir": (tmp_path / "checkpoints").as_uri(),
    }
    options = ["-s", "latest", "-p", "2", *settings(checkpoints)]
    arguments = [str(tmp_path / "in"), str(tmp_path / "out"), policy]
    final: dict[Path, str] = {}
    for _ in lives(tmp_path, seed, options, arguments):
        final |= finished_parts(tmp_path / "out")

    parts = finished_parts(tmp_path / "out")
    written = Counter(line for part in parts.values() for line in part.splitlines())
    assert written == Counter(line.upper() for line in lines)
    assert final.items() <= parts.items(), "a part file that was finished has changed"
