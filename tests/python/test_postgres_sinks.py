"""What PostgreSQL sinks and those of JDBC say to the engine, and what they refuse."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from penstock._runtime.column_texts import ColumnTexts, text_of
from penstock.common import Row, Types
from penstock.datastream import StreamExecutionEnvironment
from penstock.datastream.connectors.base import DeliveryGuarantee
from penstock.datastream.connectors.jdbc import JdbcConnectionOptions, JdbcExecutionOptions, JdbcSink
from penstock.datastream.connectors.postgres import PostgresSink, PostgresSinkBuilder
from penstock.util.exceptions import NotInPenstockError

Nodes = Callable[[], list[dict[str, Any]]]
URL = "jdbc:postgresql://h:5432/d"


def sink() -> PostgresSinkBuilder:
    return PostgresSink.builder().set_url("postgresql://h/d").set_table("t").set_columns("a", "b")


def test_the_options_of_a_sink(env: StreamExecutionEnvironment, nodes: Nodes) -> None:
    made = sink().set_key_columns("a").set_user("me").set_password("hush").set_batch_size(5).set_max_retries(0)
    made.set_delivery_guarantee(DeliveryGuarantee.EXACTLY_ONCE).set_transactional_id_prefix("p")
    env.from_collection([(1, 2)]).sink_to(made.set_batch_interval_ms(0).build())
    operator = nodes()[1]["operator"]
    assert operator["connector"] == "postgres"
    assert operator["options"] == {
        "url": "postgresql://h/d",
        "user": "me",
        "password": "hush",
        "table": "t",
        "columns": ["a", "b"],
        "key": ["a"],
        "delivery_guarantee": "exactly-once",
        "transactional_id_prefix": "p",
        "batch_size": 5,
        "batch_interval_ms": 0,
        "max_retries": 0,
    }
    assert operator["encoder"] == {"kind": "function", "function": "schema:2"}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: PostgresSink.builder().build(), "needs its url"),
        (lambda: PostgresSink.builder().set_url("postgresql://h/d").build(), "needs its table"),
        (lambda: PostgresSink.builder().set_url("u").set_table("t").build(), "needs its columns"),
        (lambda: sink().set_key_columns("c").build(), "key column 'c' is not among the columns"),
        (lambda: sink().set_delivery_guarantee(DeliveryGuarantee.EXACTLY_ONCE).build(), "set_transactional_id_prefix"),
        (lambda: sink().set_delivery_guarantee(DeliveryGuarantee.NONE), "AT_LEAST_ONCE or EXACTLY_ONCE"),
        (lambda: sink().set_batch_size(0), "batch_size is at least 1"),
        (lambda: sink().set_columns("a", 1), "columns has to be str"),  # type: ignore[arg-type]
        (lambda: JdbcConnectionOptions.JdbcConnectionOptionsBuilder().build(), "with_url"),
        (lambda: JdbcExecutionOptions.builder().with_batch_size(0), "at least 1"),
    ],
)
def test_what_is_missing_or_wrong_is_named(call: Any, message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        call()


def test_jdbc_says_what_pyflink_says(env: StreamExecutionEnvironment, nodes: Nodes) -> None:
    connection = JdbcConnectionOptions.JdbcConnectionOptionsBuilder().with_url(URL).with_user_name("me")
    options = connection.with_driver_name("org.postgresql.Driver").with_password("hush").build()
    assert (options.get_db_url(), options.get_driver_name(), options.get_user_name(), options.get_password()) == (
        URL,
        "org.postgresql.Driver",
        "me",
        "hush",
    )
    execution = JdbcExecutionOptions.defaults()
    assert (execution.get_batch_interval_ms(), execution.get_batch_size(), execution.get_max_retries()) == (0, 5000, 3)
    builder = JdbcExecutionOptions.builder().with_batch_interval_ms(20).with_batch_size(7).with_max_retries(0)
    execution = builder.build()
    assert (execution.get_batch_interval_ms(), execution.get_batch_size(), execution.get_max_retries()) == (20, 7, 0)
    row = Types.ROW([Types.INT()])
    stream = env.from_collection([(1,)])
    stream.add_sink(JdbcSink.sink("insert into t values (?)", row, options))
    stream.key_by(len).add_sink(JdbcSink.sink("insert into t values (?)", row, options, execution))
    said = nodes()[1]["operator"]["options"]
    assert said == {
        "url": URL,
        "user": "me",
        "password": "hush",
        "statement": "insert into t values (?)",
        "batch_size": 5000,
        "batch_interval_ms": 0,
        "max_retries": 3,
    }
    of_keys = nodes()[2]
    assert of_keys["inputs"][0]["partitioner"]["kind"] == "hash"
    assert of_keys["operator"]["options"] == {**said, "batch_size": 7, "batch_interval_ms": 20, "max_retries": 0}


def test_other_databases_are_named() -> None:
    with pytest.raises(NotInPenstockError, match=r"JDBC for 'jdbc:mysql' is not in Penstock yet.*PostgreSQL is there"):
        JdbcConnectionOptions.JdbcConnectionOptionsBuilder().with_url("jdbc:mysql://h/d")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        (float("nan"), "NaN"),
        (-float("inf"), "-Infinity"),
        (1.5, "1.5"),
        (Decimal("1.50"), "1.50"),
        (datetime(2024, 1, 2), "2024-01-02T00:00:00"),
        (timedelta(days=-1, seconds=5, microseconds=7), "-1 days 5.000007 seconds"),
        ([[1, 2], [3, None]], '{{"1","2"},{"3",NULL}}'),
        (['"\\'], '{"\\"\\\\"}'),
    ],
)
def test_texts_of_values(value: Any, text: str | None) -> None:
    assert text_of(value) == text


def test_fields_of_records() -> None:
    texts = ColumnTexts(["a", "b"])
    for record in (Row(1, "x"), (1, "x"), [1, "x"], {"b": "x", "a": 1}):
        assert texts.serialize(record) == b'["1", "x"]'
    assert ColumnTexts(["a"]).serialize("x") == b'["x"]'
    with pytest.raises(TypeError, match="a record for PostgreSQL is a Row"):
        texts.serialize("x")
    with pytest.raises(ValueError, match="NUL"):
        texts.serialize(("a\0", 1))
