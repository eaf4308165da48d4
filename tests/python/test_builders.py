"""HybridSource, JdbcSource, RedisSink and HttpSink: what the engine is told, and what is missing or wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from penstock._runtime import load
from penstock.common import Row, SimpleStringSchema, Types, WatermarkStrategy
from penstock.connectors.http import BatchFormat, HttpSink
from penstock.connectors.redis import RedisCommand, RedisSink
from penstock.datastream import StreamExecutionEnvironment
from penstock.datastream.connectors.file_system import FileSource, StreamFormat
from penstock.datastream.connectors.hybrid_source import HybridSource
from penstock.datastream.connectors.jdbc import (
    JdbcGenericParameterValuesProvider,
    JdbcNumericBetweenParametersProvider,
    JdbcSource,
)
from penstock.datastream.connectors.kafka import KafkaSource
from penstock.datastream.connectors.number_seq import NumberSequenceSource
from penstock.util.exceptions import NotInPenstockError

Nodes = Callable[[], list[dict[str, Any]]]
NONE = WatermarkStrategy.no_watermarks()
ROW = Types.ROW_NAMED(["id", "raw", "at"], [Types.LONG(), Types.PRIMITIVE_ARRAY(Types.BYTE()), Types.INSTANT()])


def kafka() -> Any:
    builder = KafkaSource.builder().set_bootstrap_servers("k:9092").set_topics("t")
    return builder.set_value_only_deserializer(SimpleStringSchema()).build()


def test_hybrid_source(env: StreamExecutionEnvironment, nodes: Nodes) -> None:
    files = FileSource.for_record_stream_format(StreamFormat.text_line_format(), "in").build()
    env.from_source(HybridSource.builder(files).add_source(kafka()).build(), NONE, "both").print()
    node = nodes()[0]
    operator = node["operator"]
    assert [part["connector"] for part in operator["options"]["sources"]] == ["file", "kafka"]
    assert operator["connector"] == "hybrid" and operator["options"]["bounded"] is False
    assert operator["decoder"] == {"kind": "hybrid", "codecs": [{"kind": "utf8"}, {"kind": "utf8"}]}
    assert node["output_type"] == {"type": "STRING"}
    mixed = HybridSource.builder(NumberSequenceSource(1, 2)).add_source(files).build()
    assert mixed._source_operator().produced_type is None
    with pytest.raises(ValueError, match="source 1 of the HybridSource never ends"):
        HybridSource.builder(kafka()).add_source(files)
    with pytest.raises(TypeError, match="takes Sources"):
        HybridSource.builder("in")  # type: ignore[arg-type]


def jdbc() -> Any:
    return JdbcSource.builder().set_db_url("jdbc:postgresql://h/d").set_sql("select ?").set_type_information(ROW)


def test_jdbc_source(env: StreamExecutionEnvironment, nodes: Nodes) -> None:
    provider = JdbcGenericParameterValuesProvider([[1], [None]])
    source = jdbc().set_username("me").set_password("hush").set_driver_name("d").set_result_set_fetch_size(9)
    env.from_source(source.set_jdbc_parameter_values_provider(provider).build(), NONE, "rows").print()
    operator = nodes()[0]["operator"]
    assert operator["connector"] == "postgres"
    assert operator["options"] == {
        "url": "jdbc:postgresql://h/d",
        "query": "select ?",
        "user": "me",
        "password": "hush",
        "parameters": [["1"], [None]],
        "columns": [
            {"name": "id", "form": "plain"},
            {"name": "raw", "form": "base64"},
            {"name": "at", "form": "utc"},
        ],
    }
    assert jdbc().build()._source_operator().options["parameters"] == [[]]


@pytest.mark.parametrize(
    ("low", "high", "batches", "expected"),
    [(1, 5, 2, [[1, 3], [4, 5]]), (-2, 0, 9, [[-2, -2], [-1, -1], [0, 0]]), (7, 7, 1, [[7, 7]])],
)
def test_ranges_of_numbers(low: int, high: int, batches: int, expected: list[list[int]]) -> None:
    assert JdbcNumericBetweenParametersProvider(low, high).of_batch_num(batches).get_parameter_values() == expected


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: JdbcSource.builder().build(), ValueError, "needs its query: call set_sql"),
        (lambda: JdbcSource.builder().set_sql("x").build(), ValueError, "needs its url"),
        (lambda: jdbc().set_db_url("jdbc:mysql://h/d"), NotInPenstockError, "PostgreSQL is there"),
        (lambda: jdbc().set_type_information(Types.LONG()), TypeError, "JdbcSource gives rows"),
        (lambda: jdbc().set_jdbc_parameter_values_provider([[1]]), TypeError, "JdbcNumericBetweenParametersProvider"),
        (lambda: JdbcNumericBetweenParametersProvider(2, 1), ValueError, "2 is more than 1"),
        (lambda: RedisSink.builder().build(), ValueError, "needs a URL"),
        (lambda: RedisSink.builder().set_url("redis://h").build(), ValueError, "set_commands"),
        (lambda: RedisSink.builder().set_batch_size(0), ValueError, "at least 1, not 0"),
        (lambda: RedisSink.builder().set_commands("SET"), TypeError, "takes a function"),
        (lambda: RedisCommand.hset("k", {}), ValueError, "at least one field"),
        (lambda: HttpSink.builder().build(), ValueError, "needs a URL"),
        (lambda: HttpSink.builder().set_url("ftp://h"), ValueError, "begins with http"),
        (lambda: HttpSink.builder().set_method("GET"), ValueError, "POST, PUT or PATCH"),
        (lambda: HttpSink.builder().set_serialization_schema(str), TypeError, "SerializationSchema"),
        (lambda: HttpSink.builder().set_batch_format("xml"), ValueError, "xml"),
    ],
)
def test_what_is_wrong_is_said_at_once(build: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        build()


def test_redis_sink(env: StreamExecutionEnvironment, nodes: Nodes) -> None:
    sink = RedisSink.builder().set_url("redis://h").set_commands(lambda v: RedisCommand.set("k", v)).set_max_retries(0)
    env.from_collection([1]).sink_to(sink.build())
    operator = nodes()[1]["operator"]
    assert operator["options"] == {
        "url": "redis://h",
        "batch_size": 500,
        "batch_interval_ms": 100,
        "max_retries": 0,
        "timeout_ms": 10_000,
    }
    schema: Any = load(env._graph().functions)[operator["encoder"]["function"]]
    assert schema.serialize("ü") == b"*1\r\n*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$2\r\n\xc3\xbc\r\n"
    with pytest.raises(ValueError, match="the command ZADD INCR has another effect"):
        redis_bytes(lambda v: RedisCommand("ZADD", "k", "incr", 1, "m"))
    with pytest.raises(TypeError, match="gives RedisCommands, not 'x'"):
        redis_bytes(lambda v: ["x"])
    assert redis_bytes(lambda v: []) == b"*0\r\n"


def redis_bytes(commands: Callable[[Any], Any]) -> bytes:
    from penstock._runtime.redis_commands import RedisCommands

    return RedisCommands(commands, True).serialize(1)


def test_http_sink(env: StreamExecutionEnvironment, nodes: Nodes) -> None:
    sink = HttpSink.builder().set_url("http://h/p").set_header("A", "b").set_batch_format(BatchFormat.LINES)
    env.from_collection([1]).sink_to(sink.set_batch_size(5).set_max_in_flight_requests(3).build())
    operator = nodes()[1]["operator"]
    assert operator["connector"] == "http"
    assert operator["options"] == {
        "url": "http://h/p",
        "method": "POST",
        "headers": [["A", "b"]],
        "format": "lines",
        "batch_size": 5,
        "max_batch_bytes": 1 << 20,
        "batch_interval_ms": 1000,
        "max_in_flight": 3,
        "max_retries": 8,
        "request_timeout_ms": 30_000,
    }
    schema: Any = load(env._graph().functions)[operator["encoder"]["function"]]
    assert schema.serialize(Row(a=1, b=Row(2, "ü"))) == '{"a":1,"b":[2,"ü"]}'.encode()
    with pytest.raises(TypeError, match="has no JSON form"):
        schema.serialize(object())
