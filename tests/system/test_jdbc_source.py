"""Jobs that read queries of a real PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import pytest

from job_scripts import ENVIRONMENT, Outcome, Scripts
from services import PostgresServer
from system.test_postgres import Table

IMPORTS = (
    ENVIRONMENT
    + """
import time
from penstock.datastream.connectors.jdbc import (
    JdbcGenericParameterValuesProvider, JdbcNumericBetweenParametersProvider, JdbcSource)
NONE = WatermarkStrategy.no_watermarks()
"""
)


@pytest.fixture
def table(postgres: PostgresServer, tmp_path: Path) -> Table:
    """A table that is not there yet."""
    return Table(postgres, Scripts(tmp_path))


def source(table: Table, sql: str, rows: str, more: str = "") -> str:
    return (
        f"JdbcSource.builder().set_db_url('jdbc:{table.server.url}').set_username({table.server.user!r})"
        f".set_password({table.server.password!r}).set_driver_name('org.postgresql.Driver')"
        f".set_sql({sql!r}).set_type_information({rows}){more}.build()"
    )


def run(table: Table, script: str, *options: str) -> Outcome:
    table._scripts.write(IMPORTS + script)
    return table._scripts.run("run", *options, "job.py")


def printing(source: str) -> str:
    return f"env.set_parallelism(1)\nenv.from_source({source}, NONE, 'rows').print()\nenv.execute()\n"


def test_values_of_many_types(table: Table) -> None:
    table.create(
        "i bigint, b bool, x float8, t text, raw bytea, d date, ts timestamp, tz timestamptz, n numeric, a int[]"
    )
    table.server.query(
        f"insert into {table.name} values (9007199254740993, true, 'Infinity', 'ü \"q\"', '\\x00ff', '2024-02-29', "
        "'2024-01-02 03:04:05.5', '2024-01-02 03:04:05+02', 1.50, '{1,2}'), (null, null, null, null, null, null, null, "
        "null, null, null)"
    )
    rows = (
        "Types.ROW_NAMED(['i', 'b', 'x', 't', 'raw', 'd', 'ts', 'tz', 'n', 'a'], [Types.LONG(), Types.BOOLEAN(), "
        "Types.DOUBLE(), Types.STRING(), Types.PRIMITIVE_ARRAY(Types.BYTE()), Types.SQL_DATE(), Types.SQL_TIMESTAMP(), "
        "Types.INSTANT(), Types.BIG_DEC(), Types.LIST(Types.INT())])"
    )
    script = f"""
env.set_parallelism(1)
rows = env.from_source({source(table, f"select * from {table.name} order by i", rows)}, NONE, "rows")
with rows.execute_and_collect() as records:
    for record in records:
        print(list(record))
"""
    first, second = run(table, script).succeeded().splitlines()
    assert first.startswith("[9007199254740993, True, inf, 'ü \"q\"', b'\\x00\\xff', datetime.date(2024, 2, 29), ")
    assert "datetime.datetime(2024, 1, 2, 3, 4, 5, 500000)" in first and first.endswith("Decimal('1.50'), [1, 2]]")
    assert "1704157445" in first
    assert second == str([None] * 10)


def test_parts_are_read_by_all_subtasks(table: Table) -> None:
    table.create("id bigint, word text")
    table.server.query(f"insert into {table.name} select n, 'w' || n from generate_series(1, 5000) n")
    rows = "Types.ROW_NAMED(['id', 'word'], [Types.LONG(), Types.STRING()])"
    sql = f"select id, word from {table.name} where id between ? and ? order by id -- '?'"
    parts = ".set_jdbc_parameter_values_provider(JdbcNumericBetweenParametersProvider(1, 5000).of_batch_num(7))"
    script = f"""
env.set_parallelism(3)
rows = env.from_source({source(table, sql, rows, parts)}, NONE, "rows")
with rows.execute_and_collect() as records:
    words = [(row.id, row.word) for row in records]
assert sorted(words) == [(n, f"w{{n}}") for n in range(1, 5001)], len(words)
"""
    run(table, script).succeeded()
    parts = ".set_jdbc_parameter_values_provider(JdbcGenericParameterValuesProvider([['w7', 9], ['w8', None]]))"
    sql = f"select id from {table.name} where word = ? and id < coalesce(?::bigint, 10)"
    out = run(table, printing(source(table, sql, "Types.ROW([Types.LONG()])", parts))).succeeded()
    assert sorted(out.split()) == ["+I[7]", "+I[8]"]


def test_each_row_counts_once_however_often_the_job_is_killed(table: Table, tmp_path: Path) -> None:
    table.create("id bigint")
    table.server.query(f"insert into {table.name} select n from generate_series(1, 4000) n")
    copy = Table(table.server, table._scripts)
    copy.create("id bigint")
    sql = f"select id from {table.name} where id between ? and ? order by id"
    parts = ".set_jdbc_parameter_values_provider(JdbcNumericBetweenParametersProvider(1, 4000).of_batch_num(4))"
    script = f"""
from penstock.datastream.connectors.postgres import PostgresSink
from pyflink.datastream.connectors.base import DeliveryGuarantee
class Slow(MapFunction):
    def map(self, row):
        time.sleep(0.0005)
        return (row[0],)
sink = {copy.builder()}.set_columns("id").set_delivery_guarantee(DeliveryGuarantee.EXACTLY_ONCE)
sink = sink.set_transactional_id_prefix({copy.name!r}).build()
rows = env.from_source({source(table, sql, "Types.ROW([Types.LONG()])", parts)}, NONE, "rows").uid("rows")
rows.map(Slow(), Types.TUPLE([Types.LONG()])).uid("slow").sink_to(sink).uid("sink")
env.execute("copy")
"""
    checkpoints = [
        "-Dexecution.checkpointing.interval=50 ms",
        f"-Dexecution.checkpointing.dir=file://{tmp_path}/checkpoints",
        *("-s", "latest", "-p", "1"),
    ]
    table._scripts.write(IMPORTS + script)
    for _ in range(3):
        running = table._scripts.start("run", *checkpoints, "job.py")
        running.wait_for(r"Completed checkpoint \d+ (?s:.*)Completed checkpoint \d+ ")
        running._process.kill()
        running.wait()
    assert 0 < int(copy.rows("count(*)")[0]) < 4000
    table._scripts.run("run", *checkpoints, "job.py").succeeded()
    assert copy.rows("count(*), count(distinct id)") == ["4000|4000"]


def test_what_is_wrong_is_said_before_the_job_runs(table: Table) -> None:
    one = "Types.ROW([Types.LONG()])"
    error = run(table, printing(source(table, f"select id from {table.name}", one))).failed()
    assert f'relation "{table.name}" does not exist' in error
    table.create("id bigint")
    two = "Types.ROW([Types.LONG(), Types.STRING()])"
    error = run(table, printing(source(table, f"select id from {table.name}", two))).failed()
    assert "has 1 columns available but 2 columns specified" in error
    error = run(table, printing(source(table, f"select id from {table.name} where id = ?", one))).failed()
    assert "has 1 '?', but a set of parameters has 0 values" in error
