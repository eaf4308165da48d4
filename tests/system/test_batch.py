"""BATCH mode with more data than memory: what waits to be sorted goes to files, and results stay the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from job_scripts import Scripts

SCRIPT = Path(__file__).resolve().parent / "jobs" / "sums_in_batch.py"
RECORDS = 60_000
RECORD_BYTES = 60


@pytest.mark.parametrize("parallelism", ["1", "2"])
def test_more_than_memory(tmp_path: Path, parallelism: str) -> None:
    scripts, files = Scripts(tmp_path), tmp_path / "files"
    files.mkdir()
    options = ["-p", parallelism, "-D", "taskmanager.memory.managed.size=1mb", "-D", f"io.tmp.dirs={files}"]
    script = (str(SCRIPT), str(RECORDS), "777")
    outcome = scripts.run("run", *options, *script, env={"PENSTOCK_LOG": "penstock_runtime=debug"}, timeout=200)
    assert outcome.succeeded() == "equal\nequal\n"
    assert RECORDS * RECORD_BYTES > 3 << 20, "more than memory"
    assert outcome.err.count("records go to a file in") > 3, outcome.err[-2000:]
    assert list(files.iterdir()) == [], "nothing is left"


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    options = ["-D", "taskmanager.memory.managed.size=1mb", "-D", "io.tmp.dirs=/dev/null/below"]
    said = Scripts(tmp_path).run("run", *options, str(SCRIPT), str(RECORDS), "7").failed()
    assert "/dev/null/below" in said and "io.tmp.dirs" in said
