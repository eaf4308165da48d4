"""Jobs that write to a real PostgreSQL, and are killed while they do."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from job_scripts import ENVIRONMENT, Outcome, Scripts
from services import PostgresServer

KILL_POINT = "PENSTOCK_TESTING_KILL_POINT"
POINTS = ["postgres-before-prepare", "postgres-after-prepare", "postgres-before-commit", "postgres-after-commit"]
IMPORTS = (
    ENVIRONMENT
    + """
import sys, time
from pyflink.datastream.connectors.base import DeliveryGuarantee
from pyflink.datastream.connectors.number_seq import NumberSequenceSource
from penstock.datastream.connectors.postgres import PostgresSink
"""
)


class Table:
    """A table of its own, and jobs that write to it."""

    def __init__(self, server: PostgresServer, scripts: Scripts) -> None:
        self.server = server
        self._scripts = scripts
        self.name = f"t_{uuid.uuid4().hex}"

    def create(self, columns: str) -> None:
        self.server.query(f"create table {self.name} ({columns})")

    def rows(self, what: str = "*", more: str = "") -> list[str]:
        return self.server.query(f"select {what} from {self.name} {more}")

    def builder(self) -> str:
        """The opening of a sink."""
        return (
            f"PostgresSink.builder().set_url({self.server.url!r}).set_user({self.server.user!r})"
            f".set_password({self.server.password!r}).set_table({self.name!r})"
        )

    def run(self, script: str, *options: str, env: dict[str, str] | None = None) -> Outcome:
        self._scripts.write(IMPORTS + script)
        return self._scripts.run("run", *options, "job.py", env=env, timeout=60)


@pytest.fixture
def table(postgres: PostgresServer, tmp_path: Path) -> Table:
    """A table that is not there yet."""
    return Table(postgres, Scripts(tmp_path))


def numbers(table: Table, sink: str, count: int) -> str:
    return f"""
class Row2(MapFunction):
    def map(self, n):
        time.sleep(0.0003)
        return n % 100, n
sink = {table.builder()}{sink}.build()
numbers = env.from_source(NumberSequenceSource(1, {count}), WatermarkStrategy.no_watermarks(), "numbers").uid("numbers")
numbers.map(Row2(), Types.TUPLE([Types.LONG(), Types.LONG()])).uid("map").sink_to(sink).uid("sink")
env.execute("numbers")
"""


def checkpoints(folder: Path) -> list[str]:
    return [
        "-Dexecution.checkpointing.interval=100 ms",
        f"-Dexecution.checkpointing.dir=file://{folder}/checkpoints",
        *("-s", "latest"),
    ]


def test_every_record_counts_once_however_often_the_job_is_killed(table: Table, tmp_path: Path) -> None:
    table.create("k bigint, n bigint")
    exactly_once = (
        '.set_columns("k", "n").set_delivery_guarantee(DeliveryGuarantee.EXACTLY_ONCE)'
        f".set_transactional_id_prefix({table.name!r}).set_batch_size(50)"
    )
    script = numbers(table, exactly_once, 5000)
    for point in POINTS:
        for pass_number in (1, 2):
            killed = table.run(script, *checkpoints(tmp_path), env={KILL_POINT: f"{point}:{pass_number}"})
            assert killed.code == -9, killed.err
    visible = int(table.rows("count(*)")[0])
    assert 0 < visible < 5000, "some checkpoints were completed"
    table.run(script, *checkpoints(tmp_path)).succeeded()
    assert table.rows("count(*), count(distinct n), min(n), max(n)") == ["5000|5000|1|5000"]
    left = table.server.query(f"select gid from pg_prepared_xacts where gid like '{table.name}%'")
    assert left == [], "no transaction waits for a commit that never comes"


def test_without_commits_records_are_missing(table: Table, tmp_path: Path) -> None:
    """Proves that the test above can fail: a job whose commits never come writes nothing that can be seen."""
    table.create("k bigint, n bigint")
    exactly_once = (
        '.set_columns("k", "n").set_delivery_guarantee(DeliveryGuarantee.EXACTLY_ONCE)'
        f".set_transactional_id_prefix({table.name!r})"
    )
    script = numbers(table, exactly_once, 500)
    assert table.run(script, *checkpoints(tmp_path), env={KILL_POINT: "postgres-before-commit:1"}).code == -9
    assert table.rows("count(*)") == ["0"]
    (prepared,) = table.server.query(f"select gid from pg_prepared_xacts where gid like '{table.name}%'")
    # A fresh start knows no checkpoint, and rolls back what an earlier run has left.
    fresh = [option for option in checkpoints(tmp_path) if option not in ("-s", "latest")]
    table.run(script, *fresh).succeeded()
    assert table.rows("count(*), count(distinct n)") == ["500|500"]
    assert prepared not in table.server.query("select gid from pg_prepared_xacts")


def test_an_upsert_shows_no_record_twice(table: Table, tmp_path: Path) -> None:
    table.create("k bigint primary key, n bigint")
    script = numbers(table, '.set_columns("k", "n").set_key_columns("k").set_batch_size(50)', 3000)
    seen = 0
    for _ in range(2):
        started = table._scripts
        started.write(IMPORTS + script)
        running = started.start("run", *checkpoints(tmp_path), "job.py")
        running.wait_for(r"Completed checkpoint \d+ (?s:.*)Completed checkpoint \d+ ")
        running._process.kill()
        running.wait()
        seen = max(seen, int(table.rows("coalesce(max(n), 0)")[0]))
    assert 0 < seen < 3000
    table.run(script, *checkpoints(tmp_path)).succeeded()
    assert table.rows("count(*), min(n), max(n)") == ["100|2901|3000"]


def test_a_server_that_comes_back_is_written_to_again(tmp_path: Path, postgres: PostgresServer) -> None:
    with PostgresServer(tmp_path / "other") as server:
        table = Table(server, Scripts(tmp_path))
        table.create("k bigint primary key, n bigint")
        sink = '.set_columns("k", "n").set_key_columns("k").set_batch_size(20).set_max_retries(8)'
        table._scripts.write(IMPORTS + numbers(table, sink, 4000))
        started = table._scripts.start("run", "job.py")
        while table.rows("count(*)") == ["0"]:
            assert started._process.poll() is None
        server.kill()
        server.start()
        started.wait(timeout=60).succeeded()
        assert table.rows("count(*), min(n), max(n)") == ["100|3901|4000"]
        assert "the connection was lost" in (tmp_path / "stderr").read_text()


def test_values_of_many_types(table: Table) -> None:
    table.create(
        "b bool, i int, x float8, t text, raw bytea, d date, ts timestamp, dec numeric, arr int[], j jsonb, none text"
    )
    table.run(
        f"""
from datetime import date, datetime
from decimal import Decimal
time = datetime(2024, 1, 2, 3, 4, 5, 6000)
row = Row(True, -3, float("inf"), "it's ü \\\\ \\"q\\"", b"\\x00\\xff", date(2024, 2, 29), time, Decimal("1.50"),
          [1, None, 3], {{"a": [1]}}, None)
columns = ["b", "i", "x", "t", "raw", "d", "ts", "dec", "arr", "j", "none"]
sink = {table.builder()}.set_columns(*columns).build()
env.from_collection([row]).sink_to(sink)
env.execute()
"""
    ).succeeded()
    assert table.rows() == [
        't|-3|Infinity|it\'s ü \\ "q"|\\x00ff|2024-02-29|2024-01-02 03:04:05.006|1.50|{1,NULL,3}|{"a": [1]}|'
    ]


def test_a_record_does_not_wait_for_a_full_batch(table: Table) -> None:
    table.create("n bigint")
    table._scripts.write(
        IMPORTS
        + f"""
class Slow(MapFunction):
    def map(self, n):
        if n == 2:
            open("waiting", "w").close()
            while not __import__("os").path.exists("go on"):
                time.sleep(0.01)
        return (n,)
sink = {table.builder()}.set_columns("n").set_batch_interval_ms(50).build()
env.from_source(NumberSequenceSource(1, 3), WatermarkStrategy.no_watermarks(), "n").map(Slow()).sink_to(sink)
env.execute()
"""
    )
    started = table._scripts.start("run", "job.py")
    try:
        while table.rows() != ["1"]:
            assert started._process.poll() is None
    finally:
        (table._scripts.folder / "go on").touch()
    assert started.wait().code == 0
    assert table.rows("count(*)") == ["3"]


def test_jdbc_by_pyflinks_names(table: Table) -> None:
    table.create("word text primary key, n int")
    table.run(
        f"""
from pyflink.datastream.connectors.jdbc import JdbcConnectionOptions, JdbcExecutionOptions, JdbcSink
words = env.from_collection([("a", 1), ("b", 2), ("a", 3)], Types.ROW([Types.STRING(), Types.INT()]))
words.add_sink(JdbcSink.sink(
    "insert into {table.name} values (?, ?) on conflict (word) do update set n = excluded.n -- why?",
    Types.ROW([Types.STRING(), Types.INT()]),
    JdbcConnectionOptions.JdbcConnectionOptionsBuilder().with_url("jdbc:{table.server.url}")
        .with_driver_name("org.postgresql.Driver").with_user_name({table.server.user!r})
        .with_password({table.server.password!r}).build(),
    JdbcExecutionOptions.builder().with_batch_size(2).with_max_retries(1).build(),
))
env.execute()
"""
    ).succeeded()
    assert table.rows("*", "order by word") == ["a|3", "b|2"]


def one_record(sink: str) -> str:
    return f"sink = {sink}.build()\nenv.from_collection([(1, 'x')]).sink_to(sink)\nenv.execute()\n"


def test_what_is_wrong_is_said_before_the_job_runs(table: Table) -> None:
    error = table.run(one_record(table.builder() + '.set_columns("a", "b")')).failed()
    assert f'relation "{table.name}" does not exist' in error
    table.create("a int, b text")
    error = table.run(one_record(table.builder() + '.set_columns("a", "c")')).failed()
    assert 'column "c"' in error and "does not exist" in error
    wrong = table.builder().replace(table.server.password, "hush-hush") + '.set_columns("a", "b")'
    error = table.run(one_record(wrong)).failed()
    assert "password authentication failed" in error and "hush-hush" not in error
    nowhere = table.builder().replace(table.server.url, "postgresql://127.0.0.1:1/d") + '.set_columns("a", "b")'
    assert "PostgreSQL at 127.0.0.1:1/d cannot be used" in table.run(one_record(nowhere)).failed()


def test_data_that_the_table_does_not_take_ends_the_job(table: Table) -> None:
    table.create("a int, b int")
    error = table.run(
        one_record(table.builder() + '.set_columns("a", "b")'), "-Drestart-strategy.type=fixed-delay"
    ).failed()
    assert 'invalid input syntax for type integer: "x"' in error and "SQLSTATE 22P02" in error
    assert "RESTARTING" not in error


def test_a_server_that_prepares_no_transactions_is_named(tmp_path: Path, postgres: PostgresServer) -> None:
    with PostgresServer(tmp_path / "other", "max_prepared_transactions = 0") as server:
        table = Table(server, Scripts(tmp_path))
        table.create("a int, b text")
        sink = table.builder() + '.set_columns("a", "b").set_delivery_guarantee(DeliveryGuarantee.EXACTLY_ONCE)'
        error = table.run(one_record(sink + '.set_transactional_id_prefix("p")')).failed()
        assert "max_prepared_transactions = 0" in error and "AT_LEAST_ONCE" in error
