"""Wrong configurations are found before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from job_scripts import Outcome, Scripts

FILE_JOB = """
from pyflink.datastream.connectors.file_system import FileSink
from pyflink.common.serialization import Encoder
sink = FileSink.for_row_format("out", Encoder.simple_string_encoder()).build()
env.from_collection(["a"], Types.STRING()).sink_to(sink)
env.from_collection([1]).print()
env.execute()
"""


def run(scripts: Scripts, *options: str) -> Outcome:
    """A job that writes a file and prints: neither has happened when it fails."""
    outcome = scripts.job(FILE_JOB, *(part for option in options for part in ("-D", option)))
    if outcome.code:
        assert outcome.out == ""
        assert not [path for path in (scripts.folder / "out").rglob("*") if path.is_file()]
    return outcome


def test_the_job_itself_is_fine(scripts: Scripts) -> None:
    assert run(scripts).succeeded() == "1\n"
    assert [file.read_text() for file in (scripts.folder / "out").rglob("part-*")] == ["a\n"]


@pytest.mark.parametrize(
    ("option", "expected"),
    {
        "state.backend.type=redis": ["state.backend.type", "'redis'", "hashmap", "rocksdb"],
        "state.backend=filesystm": ["state.backend", "'filesystm'", "hashmap"],
        "execution.checkpointing.interval=soon": ["execution.checkpointing.interval", "soon"],
        "execution.runtime-mode=STREEMING": ["execution.runtime-mode", "STREEMING", "STREAMING"],
        "restart-strategy.type=sometimes": ["restart-strategy", "sometimes", "fixed-delay"],
        "parallelism.default=many": ["parallelism.default", "many"],
        "pipeline.max-parallelism=100000": ["max", "100000", "32768"],
        "execution.savepoint.path=/no/such/savepoint": ["/no/such/savepoint"],
    }.items(),
)
def test_wrong_options(scripts: Scripts, option: str, expected: list[str]) -> None:
    said = run(scripts, option).failed()
    assert all(part in said for part in expected), said


def test_an_unknown_backend_of_the_script(scripts: Scripts) -> None:
    said = scripts.job("""
        config = Configuration()
        config.set_string("state.backend.type", "redis")
        env.configure(config)
        env.from_collection([1]).print()
        env.execute()
    """).failed()
    assert "state.backend.type" in said and "redis" in said and "rocksdb" in said


def test_a_checkpoint_folder_that_cannot_be_written(scripts: Scripts, tmp_path: Path) -> None:
    occupied = tmp_path / "occupied"
    occupied.write_text("a file")
    said = run(
        scripts,
        "execution.checkpointing.interval=1 s",
        f"execution.checkpointing.dir=file://{occupied}/checkpoints",
    ).failed()
    assert f"{occupied}/checkpoints" in said and "execution.checkpointing.dir" in said
    assert occupied.read_text() == "a file"


def test_a_checkpoint_folder_of_an_unknown_kind(scripts: Scripts) -> None:
    said = run(scripts, "execution.checkpointing.interval=1 s", "state.checkpoints.dir=ftp://host/checkpoints").failed()
    assert "ftp" in said and "file" in said and "s3" in said


def test_a_file_sink_that_cannot_write(scripts: Scripts) -> None:
    scripts.write("a file", "out")
    said = scripts.job(FILE_JOB).failed()
    assert "the output directory out cannot be written to" in said


def test_a_missing_input_file(scripts: Scripts) -> None:
    said = scripts.job("""
        env.read_text_file("no/such/file.txt").print()
        env.execute()
    """).failed()
    assert "no/such/file.txt" in said
