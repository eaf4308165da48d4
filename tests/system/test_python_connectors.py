"""Sources and sinks in Python: in every mode, and over SIGKILL at every point of a commit."""

from __future__ import annotations

from pathlib import Path

import pytest

from job_scripts import ENVIRONMENT, Outcome, Scripts

KILL_POINT = "PENSTOCK_TESTING_KILL_POINT"
POINTS = ["python-before-prepare", "python-after-prepare", "python-before-commit", "python-after-commit"]
CONNECTORS = '''
import os, sqlite3, time
from penstock.connectors.python import *

class Numbers(Source):
    """Splits of numbers from 0, in steps of a few; the position is the next number."""
    def __init__(self, splits=3, count=400, step=7, pause=0.0):
        self.names, self.count, self.step, self.pause = [f"s{i}" for i in range(splits)], count, step, pause

    def splits(self):
        return self.names

    def create_reader(self, split, position, context):
        return Reader(self, split.id, position or 0)

class Reader(SplitReader):
    poll_interval = 0.001

    def __init__(self, source, name, position):
        self.source, self.name, self.position, self.turn = source, name, position, 0

    def poll(self, max_records):
        self.turn += 1
        if self.turn % 3 == 0:
            return None
        time.sleep(self.source.pause)
        last = min(self.position + self.source.step, self.source.count)
        records = [Record((self.name, n), n) for n in range(self.position, last)]
        self.position = last
        return records or END_OF_SPLIT

class Table(Sink):
    """Rows that wait in a table of their own until their checkpoint is complete."""
    def __init__(self, path):
        self.path = path

    def connect(self):
        self.db = sqlite3.connect(self.path, timeout=60, isolation_level=None)
        self.db.execute("create table if not exists rows (name, n)")
        self.db.execute("create table if not exists staged (batch, name, n)")
        self.db.execute("create table if not exists committed (id primary key)")

    def create_writer(self, context):
        return Writer(self, context)

    def commit(self, committables):
        self.connect()
        for done in committables:
            self.db.execute("begin immediate")
            if not self.db.execute("select 1 from committed where id = ?", (done.id,)).fetchone():
                self.db.execute("insert into committed values (?)", (done.id,))
                self.db.execute("insert into rows select name, n from staged where batch = ?", (done.value,))
                self.db.execute("delete from staged where batch = ?", (done.value,))
            self.db.execute("commit")

    def abort(self, context):
        self.connect()
        for (batch,) in self.db.execute("select distinct batch from staged").fetchall():
            subtask, began = map(int, batch.split("-")[:2])
            if subtask % context.parallelism == context.subtask and began >= (context.restored_checkpoint or 0):
                self.db.execute("delete from staged where batch = ?", (batch,))

class Writer(SinkWriter):
    def __init__(self, sink, context):
        self.sink, self.context, self.rows = sink, context, []
        self.began = context.restored_checkpoint or 0
        self.written = sum(context.restored_states)

    def write(self, value, timestamp):
        assert timestamp == value[1]
        self.rows.append(value)

    def prepare_commit(self, checkpoint_id):
        batch = f"{self.context.subtask}-{self.began}-{os.urandom(8).hex()}"
        self.began = checkpoint_id
        if not self.rows:
            return []
        self.sink.db.execute("begin immediate")
        self.sink.db.executemany("insert into staged values (?, ?, ?)", [(batch, *row) for row in self.rows])
        self.sink.db.execute("commit")
        self.written += len(self.rows)
        self.rows = []
        return [batch]

    def snapshot(self, checkpoint_id):
        return self.written

    def close(self):
        with open(f"{self.sink.path}.written-{self.context.subtask}", "w") as file:
            file.write(str(self.written))

PAIR = Types.TUPLE([Types.STRING(), Types.LONG()])
NONE = WatermarkStrategy.no_watermarks()
'''
JOB = """
source = Numbers(pause=0.002)
numbers = env.from_source(source, WatermarkStrategy.for_monotonous_timestamps(), "numbers", PAIR).uid("source")
numbers.rebalance().sink_to(Table("out.db")).uid("sink")
env.execute("numbers")
"""
COUNT = "import sqlite3; print(sqlite3.connect('out.db').execute('{}').fetchall())"


@pytest.fixture
def scripts(tmp_path: Path) -> Scripts:
    """Scripts in the test's folder."""
    return Scripts(tmp_path)


def run(scripts: Scripts, script: str, *options: str, env: dict[str, str] | None = None) -> Outcome:
    scripts.write(ENVIRONMENT + CONNECTORS + script)
    return scripts.run("run", *options, "job.py", env=env)


def rows(scripts: Scripts, query: str) -> list[tuple[int, ...]]:
    import sqlite3

    return sqlite3.connect(scripts.folder / "out.db").execute(query).fetchall()


@pytest.mark.parametrize("options", [("-p", "1"), ("-p", "2"), ("-p", "2", "-Dpython.execution-mode=thread")])
def test_every_record_counts_once_however_often_the_job_is_killed(scripts: Scripts, options: tuple[str, ...]) -> None:
    checkpoints = (
        "-Dexecution.checkpointing.interval=50 ms",
        f"-Dexecution.checkpointing.dir=file://{scripts.folder}/checkpoints",
        *("-s", "latest"),
    )
    for point in POINTS:
        killed = run(scripts, JOB, *options, *checkpoints, env={KILL_POINT: f"{point}:2"})
        assert killed.code == -9, killed.err
    assert 0 < rows(scripts, "select count(*) from rows")[0][0] < 1200, "some checkpoints were completed"
    run(scripts, JOB, "-p", "3", *checkpoints).succeeded()
    assert rows(scripts, "select count(*), count(distinct name || n), max(n) from rows") == [(1200, 1200, 399)]
    assert rows(scripts, "select count(*) from staged") == [(0,)], "what nobody commits is thrown away"
    written = sum(int(file.read_text()) for file in scripts.folder.glob("out.db.written-*"))
    assert written == 1200, "the writers' own counts come through restores and rescaling"


def test_without_commits_records_are_missing(scripts: Scripts) -> None:
    """Proves that the test above can fail."""
    run(scripts, JOB, "-Dpenstock.testing.sabotage=skip-commit", "-Dexecution.checkpointing.interval=50 ms").succeeded()
    assert rows(scripts, "select count(*) from staged where batch is not null")[0][0] == 1200


def test_without_checkpoints_all_is_committed_at_the_end(scripts: Scripts) -> None:
    run(scripts, JOB).succeeded()
    assert rows(scripts, "select count(*), count(distinct name || n) from rows") == [(1200, 1200)]


def test_each_split_has_a_watermark_of_its_own(scripts: Scripts) -> None:
    done = run(
        scripts,
        """
class Late(ProcessFunction):
    def process_element(self, value, ctx):
        if ctx.timestamp() <= ctx.timer_service().current_watermark():
            yield value
env.set_parallelism(1)
strategy = WatermarkStrategy.for_monotonous_timestamps()
env.from_source(Numbers(2, 2000, 500), strategy, "numbers", PAIR).process(Late(), PAIR).print()
env.execute()
""",
        "-Dpipeline.auto-watermark-interval=1 ms",
    )
    assert done.succeeded() == "", "a split that is read faster makes no record of another one late"


def test_splits_that_come_later_are_found(scripts: Scripts) -> None:
    done = run(
        scripts,
        """
class Growing(Numbers):
    boundedness = Boundedness.CONTINUOUS_UNBOUNDED
    discovery_interval = 0.01
    def splits(self):
        self.names.append(f"s{len(self.names)}")
        return self.names
env.set_parallelism(1)
numbers = env.from_source(Growing(0, 3), NONE, "numbers", PAIR)
with numbers.execute_and_collect() as records:
    seen = [next(records) for _ in range(60)]
print(len(set(seen)), [(f"s{i}", n) for i in range(5) for n in range(3) if (f"s{i}", n) not in seen])
""",
    )
    assert done.succeeded() == "60 []\n", "each split is found and read once"


def test_a_reader_waits_without_holding_others_up(scripts: Scripts) -> None:
    done = run(
        scripts,
        """
import threading
class Two(Source):
    def splits(self):
        return ["fast", "slow"]
    def create_reader(self, split, position, context):
        return Slow() if split.id == "slow" else Fast()
class Slow(SplitReader):
    def __init__(self):
        self.position, self.waited = 0, 0
    def poll(self, max_records):
        if os.path.exists("all of fast") and self.position == 0:
            self.position = 1
            return [f"slow after waiting: {self.waited > 0} {self.thread != threading.current_thread()}"]
        return END_OF_SPLIT if self.position else None
    def wait(self, timeout):
        self.waited, self.thread = self.waited + 1, threading.current_thread()
        time.sleep(min(timeout, 0.01))
class Fast(SplitReader):
    position = 0
    def poll(self, max_records):
        self.position += 1
        if self.position > 5:
            open("all of fast", "w").close()
            return END_OF_SPLIT
        return iter([f"fast {self.position}"])
env.set_parallelism(1)
env.from_source(Two(), NONE, "two", Types.STRING()).print()
env.execute()
""",
    )
    assert done.succeeded().splitlines() == [*(f"fast {i}" for i in range(1, 6)), "slow after waiting: True True"]


def test_what_goes_wrong_is_said_with_the_users_lines(scripts: Scripts) -> None:
    def failing(script: str) -> str:
        return run(scripts, script + "\nenv.set_parallelism(1)\nenv.execute()\n").failed()

    source = "env.from_source({}, NONE, 'numbers', {}).print()"
    error = failing(
        "class Bad(Numbers):\n    def splits(self):\n        return 1 / 0\n" + source.format("Bad()", "PAIR")
    )
    assert "ZeroDivisionError" in error and "return 1 / 0" in error
    bad = "class Bad(Numbers):\n    def create_reader(self, split, position, context):\n        return open('none')\n"
    error = failing(bad + source.format("Bad()", "PAIR"))
    assert "No such file or directory: 'none'" in error and "in operator 'Source: numbers', subtask 1/1" in error
    error = failing(source.format("Numbers(1, 1)", "Types.TUPLE([Types.STRING(), Types.STRING()])"))
    assert "('s0', 0) does not fit the declared type" in error and "in operator 'Source: numbers'" in error
    bad = "class Bad(Table):\n    def create_writer(self, context):\n        return 3\n"
    error = failing(bad + "env.from_source(Numbers(), NONE, 'n', PAIR).sink_to(Bad('out.db')).name('table')")
    assert "Bad.create_writer() returns a SinkWriter, not 3" in error and "in operator 'Sink: table'" in error
