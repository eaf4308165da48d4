"""Wrong uses of the API are found when the job is built."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from penstock.common import Duration, Types, WatermarkStrategy
from penstock.datastream import (
    FlatMapFunction,
    MapFunction,
    OutputTag,
    ProcessFunction,
    StreamExecutionEnvironment,
)


class Flat(FlatMapFunction):
    def flat_map(self, value: Any) -> Any:
        yield value


class Each(ProcessFunction):
    def process_element(self, value: Any, ctx: Any) -> Any:
        yield value


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda s: s.map(3), "must be a MapFunction or a callable"),
        (lambda s: s.map(Flat()), "must be a MapFunction or a callable"),
        (lambda s: s.filter("x"), "FilterFunction"),
        (lambda s: s.map(len, output_type=int), "Types.STRING"),
        (lambda s: s.process(lambda value: value), "must be a ProcessFunction"),
        (lambda s: s.process(Each), "must be a ProcessFunction"),
        (lambda s: s.key_by(1), "key_selector"),
        (lambda s: s.key_by(len).process(Each()), "KeyedProcessFunction is required for KeyedStream"),
        (lambda s: s.key_by(len).reduce(4), "ReduceFunction"),
        (lambda s: s.key_by(len).sum(1.5), "position or the name"),
        (lambda s: s.partition_custom(1, len), "Partitioner"),
        (lambda s: s.connect(s).map(len), "CoMapFunction"),
        (lambda s: s.connect(3), "takes a stream"),
        (lambda s: s.union(3), "takes streams"),
        (lambda s: s.sink_to(3), "takes a Sink"),
        (lambda s: s.add_sink(3), "sink function"),
        (lambda s: s.broadcast(3), "MapStateDescriptors"),
        (lambda s: s.get_side_output("x"), "OutputTag"),
        (lambda s: s.assign_timestamps_and_watermarks(None), "WatermarkStrategy"),
    ],
)
def test_type_errors(env: StreamExecutionEnvironment, call: Callable[[Any], Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        call(env.from_collection(["a"]))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda s: s.map(len).set_parallelism(0), "at least 1"),
        (lambda s: s.set_parallelism(2), "1 is the most"),
        (lambda s: s.map(len).force_non_parallel().set_parallelism(3), "1 is the most"),
        (lambda s: s.set_uid_hash("xx"), "32 hexadecimal"),
        (lambda s: s.uid(""), "not empty"),
        (lambda s: s.project(0), "needs a stream of Types.TUPLE"),
        (lambda s: s.union(s.map(len, output_type=Types.INT())), "streams of the same type"),
        (lambda s: s.execute_and_collect(limit=0), "limit"),
    ],
)
def test_value_errors(
    env: StreamExecutionEnvironment, fake_engine: Any, call: Callable[[Any], Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        call(env.from_collection(["a"]))


@pytest.mark.parametrize(
    ("setting", "arguments"),
    [
        ("name", ("1",)),
        ("get_name", ()),
        ("uid", ("1",)),
        ("set_uid_hash", ("0" * 32,)),
        ("set_parallelism", (1,)),
        ("set_max_parallelism", (1,)),
        ("force_non_parallel", ()),
        ("set_buffer_timeout", (1,)),
        ("set_description", ("1",)),
        ("start_new_chain", ()),
        ("disable_chaining", ()),
        ("slot_sharing_group", ("1",)),
    ],
)
def test_a_keyed_stream_has_no_settings(
    env: StreamExecutionEnvironment, setting: str, arguments: tuple[Any, ...]
) -> None:
    with pytest.raises(Exception, match=f"{setting} is not for a keyed stream"):
        getattr(env.from_collection([1]).key_by(len), setting)(*arguments)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda s: s.rebalance(), "stay where their keys"),
        (lambda s: s.rescale(), "stay where their keys"),
        (lambda s: s.shuffle(), "stay where their keys"),
        (lambda s: s.forward(), "stay where their keys"),
        (lambda s: s.partition_custom(lambda key, number: 0, len), "stay where their keys"),
        (lambda s: s.broadcast(), "cannot be broadcast"),
        (lambda s: s.cache(), "cache comes after an operator"),
    ],
)
def test_a_keyed_stream_is_handed_on_by_key(
    env: StreamExecutionEnvironment, call: Callable[[Any], Any], message: str
) -> None:
    with pytest.raises(Exception, match=message):
        call(env.from_collection(["a"]).key_by(len))


def test_a_union_has_no_settings(env: StreamExecutionEnvironment) -> None:
    stream = env.from_collection([1])
    for made in (stream.union(stream), stream.rebalance(), stream.get_side_output(OutputTag("x"))):
        with pytest.raises(Exception, match="name concerns an operator"):
            made.name("x")


def test_collections(env: StreamExecutionEnvironment) -> None:
    with pytest.raises(TypeError, match="from_collection, element 1: 'x'"):
        env.from_collection([1, "x"], type_info=Types.INT())
    with pytest.raises(TypeError, match="takes a list of values"):
        env.from_collection(5)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="takes a Source"):
        env.from_source(None, WatermarkStrategy.no_watermarks(), "x")  # type: ignore[arg-type]


def test_watermark_strategies() -> None:
    with pytest.raises(TypeError, match=r"Duration.of_seconds\(10\)"):
        WatermarkStrategy.for_bounded_out_of_orderness(10)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="above zero"):
        WatermarkStrategy.no_watermarks().with_idleness(Duration.of_millis(0))
    with pytest.raises(TypeError, match="TimestampAssigner"):
        WatermarkStrategy.no_watermarks().with_timestamp_assigner(len)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="whole number"):
        Duration.of_millis(1.5)  # type: ignore[arg-type]


def test_abstract_functions() -> None:
    with pytest.raises(TypeError):
        MapFunction()  # type: ignore[abstract]
    with pytest.raises(ValueError, match="not empty"):
        OutputTag("")
    with pytest.raises(TypeError, match="type_info"):
        OutputTag("x", 3)  # type: ignore[arg-type]
