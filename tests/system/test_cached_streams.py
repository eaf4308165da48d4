"""Cached streams, files of a job, and records that are collected while the job runs."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from job_scripts import Scripts


@pytest.fixture
def scripts(tmp_path: Path) -> Scripts:
    return Scripts(tmp_path)


@pytest.mark.parametrize("parallelism", ["1", "2"])
def test_a_cached_stream_is_computed_once(scripts: Scripts, parallelism: str) -> None:
    out = scripts.job(
        """
        import os, tempfile
        def count(number):
            with open("calls", "a") as calls:
                calls.write("x")
            return number
        cached = env.from_collection(list(range(1000))).rebalance().map(count).cache()
        for _ in range(3):
            print(sum(cached.execute_and_collect()), len(open("calls").read()))
        cached.invalidate()
        print(sum(cached.execute_and_collect()), len(open("calls").read()))
        folders = [name for name in os.listdir(tempfile.gettempdir()) if name.startswith("penstock-cache-")]
        env.close()
        left = [name for name in folders if os.path.exists(os.path.join(tempfile.gettempdir(), name))]
        print(len(folders) > len(left))
        """,
        "-p",
        parallelism,
    ).succeeded()
    assert out.split() == ["499500", "1000"] * 3 + ["499500", "2000", "True"]


def test_a_failed_job_leaves_no_cache(scripts: Scripts) -> None:
    out = scripts.job("""
        import os
        def fail_once(number):
            if number == 5 and not os.path.exists("failed"):
                open("failed", "w").close()
                raise ValueError("five")
            return number
        cached = env.from_collection(list(range(10))).map(fail_once).cache()
        try:
            list(cached.execute_and_collect())
        except Exception as error:
            print("five" in str(error))
        print(sum(cached.execute_and_collect()), sum(cached.execute_and_collect()))
    """).succeeded()
    assert out.split() == ["True", "45", "45"]


def test_functions_find_the_files_of_the_job(scripts: Scripts) -> None:
    scripts.write("stop words", "words.txt")
    scripts.write("#!/bin/sh\necho hello", "tool.sh")
    outcome = scripts.job(
        """
        import os
        class Read(MapFunction):
            def open(self, runtime_context):
                self.cache = runtime_context.get_distributed_cache()
            def map(self, name):
                try:
                    path = self.cache.get_file(name)
                except KeyError as error:
                    return str(error)
                return open(path).read().strip(), oct(os.stat(path).st_mode & 0o777), os.path.basename(path)
        env.register_cached_file("words.txt", "words")
        env.register_cached_file("file://" + os.path.abspath("tool.sh"), "tool", True)
        for wrong in ("nothing.txt", "s3://bucket/words"):
            try:
                env.register_cached_file(wrong, "wrong")
            except (FileNotFoundError, ValueError) as error:
                print(error)
        env.from_collection(["words", "tool", "other"]).rebalance().map(Read()).set_parallelism(2).print()
        env.execute()
        """,
        "-p",
        "2",
    )
    lines = outcome.succeeded().splitlines()
    assert "there is no" in lines[0] and "s3://bucket/words" in lines[1]
    shown = sorted(line.partition("> ")[2] for line in lines[2:])
    assert shown[0].startswith("\"no file 'other'") and "'tool', 'words'" in shown[0]
    assert shown[1].endswith("'0o700', 'tool.sh')") and shown[2] == "('stop words', '0o600', 'words.txt')"
    assert stat.S_IMODE((scripts.folder / "tool.sh").stat().st_mode) != 0o700, "the file itself is left alone"


def test_records_are_collected_while_the_job_runs(scripts: Scripts) -> None:
    outcome = scripts.job(
        """
        from pyflink.datastream.connectors.number_seq import NumberSequenceSource
        source = NumberSequenceSource(1, 2**62)
        numbers = env.from_source(source, WatermarkStrategy.no_watermarks(), "numbers", Types.LONG())
        with numbers.map(lambda n: n).execute_and_collect("endless") as records:
            print(next(records) > 0, next(records) > 0)
        print("over")
        """,
        "-p",
        "2",
    )
    assert outcome.succeeded() == "True True\nover\n"
