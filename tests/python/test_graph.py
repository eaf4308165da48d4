"""The graph of each operator, as the engine gets it."""

from __future__ import annotations

import base64
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from penstock.common import Duration, Types, WatermarkStrategy
from penstock.common.watermark_strategy import TimestampAssigner
from penstock.datastream import (
    BroadcastProcessFunction,
    CoFlatMapFunction,
    CoMapFunction,
    CoProcessFunction,
    KeyedBroadcastProcessFunction,
    KeyedCoProcessFunction,
    KeyedProcessFunction,
    KeySelector,
    OutputTag,
    Partitioner,
    ProcessFunction,
    SlotSharingGroup,
    StreamExecutionEnvironment,
)
from penstock.datastream.connectors.number_seq import NumberSequenceSource
from penstock.datastream.data_stream import DataStream
from penstock.datastream.state import MapStateDescriptor

Nodes = Callable[[], list[dict[str, Any]]]
FORWARD = {"kind": "forward"}


class Each(ProcessFunction):
    def process_element(self, value: Any, ctx: Any) -> Any:
        yield value


class EachOfKey(KeyedProcessFunction):
    def process_element(self, value: Any, ctx: Any) -> Any:
        yield value


def numbers(env: StreamExecutionEnvironment) -> DataStream:
    return env.from_collection([1, 2], type_info=Types.INT())


def identity(value: Any) -> Any:
    return value


def test_collection(env: StreamExecutionEnvironment, nodes: Nodes) -> None:
    numbers(env).print("here")
    source, sink = nodes()
    elements = source["operator"]["options"].pop("elements")
    assert [pickle.loads(base64.b64decode(element)) for element in elements] == [1, 2]
    assert source == {
        "id": 1,
        "name": "Source: Collection Source",
        "parallelism": 1,
        "operator": {"kind": "source", "connector": "collection", "options": {}, "decoder": {"kind": "pickle"}},
        "output_type": {"type": "INT"},
    }
    assert sink == {
        "id": 2,
        "name": "Sink: Print to Std. Out",
        "parallelism": 2,
        "operator": {"kind": "sink", "connector": "print", "options": {"identifier": "here", "to_stderr": False}},
        "inputs": [{"node": 1, "partitioner": FORWARD}],
    }


class Assigner(TimestampAssigner):
    def extract_timestamp(self, value: Any, record_timestamp: int) -> int:
        return int(value)


def test_sequence_with_watermarks(env: StreamExecutionEnvironment, nodes: Nodes) -> None:
    strategy = (
        WatermarkStrategy.for_bounded_out_of_orderness(Duration.of_seconds(2))
        .with_timestamp_assigner(Assigner())
        .with_idleness(Duration.of_minutes(1))
        .with_watermark_alignment("all", Duration.of_seconds(5))
    )
    env.from_source(NumberSequenceSource(1, 9), strategy, "numbers").print()
    assert nodes()[0] == {
        "id": 1,
        "name": "Source: numbers",
        "parallelism": 2,
        "operator": {
            "kind": "source",
            "connector": "sequence",
            "options": {"from": 1, "to": 9},
            "decoder": {"kind": "long"},
            "watermarks": {
                "generator": {"kind": "bounded_out_of_orderness", "millis": 2000},
                "assigner": "assigner:1",
                "idleness_ms": 60_000,
                "alignment": {"group": "all", "max_drift_ms": 5000, "update_interval_ms": 1000},
            },
        },
        "output_type": {"type": "LONG"},
    }


def function(name: str, shape: str, node: int, keyed: bool = False, **more: Any) -> dict[str, Any]:
    operator = {"kind": "function", "function": f"function:{node}", "shape": shape, "keyed": keyed}
    return {"id": node, "name": name, "parallelism": 2, "operator": {**operator, **more}}


@pytest.mark.parametrize(
    ("apply", "name", "shape"),
    [
        (lambda stream: stream.map(identity, output_type=Types.STRING()), "Map", "map"),
        (lambda stream: stream.flat_map(identity, output_type=Types.STRING()), "FlatMap", "flat_map"),
        (lambda stream: stream.process(Each(), output_type=Types.STRING()), "PROCESS", "process"),
    ],
)
def test_functions(
    env: StreamExecutionEnvironment, nodes: Nodes, apply: Callable[[DataStream], DataStream], name: str, shape: str
) -> None:
    apply(numbers(env))
    inputs = [{"node": 1, "partitioner": FORWARD}]
    assert nodes()[1] == {**function(name, shape, 2), "inputs": inputs, "output_type": {"type": "STRING"}}


def test_a_filter_keeps_the_type(env: StreamExecutionEnvironment, nodes: Nodes) -> None:
    numbers(env).filter(identity).map(identity)
    assert [node.get("output_type") for node in nodes()] == [{"type": "INT"}, {"type": "INT"}, None]


@pytest.mark.parametrize(
    ("apply", "name", "shape", "kept"),
    [
        (lambda keyed: keyed.map(identity), "Map", "map", False),
        (lambda keyed: keyed.filter(identity), "Filter", "filter", True),
        (lambda keyed: keyed.process(EachOfKey()), "KEYED PROCESS", "process", False),
        (lambda keyed: keyed.reduce(max), "Reduce", "reduce", True),
        (lambda keyed: keyed.sum(0), "Reduce", "reduce", True),
        (lambda keyed: keyed.max_by(), "Reduce", "reduce", True),
    ],
)
def test_keyed_functions(
    env: StreamExecutionEnvironment, nodes: Nodes, apply: Callable[[Any], DataStream], name: str, shape: str, kept: bool
) -> None:
    apply(numbers(env).key_by(identity, key_type=Types.LONG()))
    hashing = {"kind": "hash", "selector": "selector:2", "key_type": {"type": "LONG"}}
    expected = {**function(name, shape, 2, keyed=True), "inputs": [{"node": 1, "partitioner": hashing}]}
    assert nodes()[1] == (expected | {"output_type": {"type": "INT"}} if kept else expected)


def test_what_forgets_the_key(env: StreamExecutionEnvironment, nodes: Nodes) -> None:
    keyed = numbers(env).key_by(identity)
    keyed.print()
    keyed.union(numbers(env)).map(identity)
    hashing = {"kind": "hash", "selector": "selector:2"}
    _, printed, _, of_union = nodes()
    assert printed["inputs"] == [{"node": 1, "partitioner": hashing}]
    assert of_union["inputs"] == [
        {"node": 1, "partitioner": hashing | {"selector": "selector:4"}},
        {"node": 3, "partitioner": FORWARD},
    ]
    assert not of_union["operator"]["keyed"]


def test_a_projection_forgets_the_key(env: StreamExecutionEnvironment, nodes: Nodes) -> None:
    pairs = env.from_collection([(1, "a")], Types.TUPLE([Types.INT(), Types.STRING()])).key_by(identity)
    assert pairs.project(1).get_type() == Types.TUPLE([Types.STRING()])
    _, projected = nodes()
    assert projected["name"] == "Projection" and not projected["operator"]["keyed"]
    assert projected["inputs"][0]["partitioner"]["kind"] == "hash"


def test_settings_of_a_sink(env: StreamExecutionEnvironment, nodes: Nodes) -> None:
    sink = numbers(env).print()
    assert sink.set_uid_hash("0123456789abcdef" * 2).slot_sharing_group("slow") is sink
    printed = nodes()[1]
    assert (printed["uid_hash"], printed["slot_sharing_group"]) == ("0123456789abcdef" * 2, "slow")
    with pytest.raises(ValueError, match="32 hexadecimal digits"):
        sink.set_uid_hash("0123")


@pytest.mark.parametrize(
    ("apply", "partitioner"),
    [
        (DataStream.rebalance, {"kind": "rebalance"}),
        (DataStream.rescale, {"kind": "rescale"}),
        (DataStream.shuffle, {"kind": "shuffle"}),
        (DataStream.broadcast, {"kind": "broadcast"}),
        (DataStream.global_, {"kind": "global"}),
        (DataStream.forward, {"kind": "forward", "explicit": True}),
        (lambda stream: stream.rebalance().shuffle(), {"kind": "shuffle"}),
        (
            lambda stream: stream.partition_custom(lambda key, count: key % count, identity),
            {"kind": "custom", "partitioner": "partitioner:2", "selector": "selector:2"},
        ),
    ],
)
def test_partitioning(
    env: StreamExecutionEnvironment, nodes: Nodes, apply: Callable[[DataStream], DataStream], partitioner: Any
) -> None:
    apply(numbers(env)).map(identity)
    assert nodes()[1]["inputs"] == [{"node": 1, "partitioner": partitioner}]


class Modulo(Partitioner):
    def partition(self, key: Any, num_partitions: int) -> int:
        return int(key) % num_partitions


class Itself(KeySelector):
    def get_key(self, value: Any) -> Any:
        return value


def test_selectors_are_whole_for_they_are_opened(
    env: StreamExecutionEnvironment, functions: Callable[[], dict[str, Any]]
) -> None:
    numbers(env).partition_custom(Modulo(), Itself()).key_by(Itself()).reduce(max)
    given = functions()
    assert given["selector:2"].get_key(5) == 5


def test_watermarks(env: StreamExecutionEnvironment, nodes: Nodes) -> None:
    stream = numbers(env).assign_timestamps_and_watermarks(WatermarkStrategy.for_monotonous_timestamps())
    stream.map(identity)
    assert nodes()[1] == {
        "id": 2,
        "name": "Timestamps/Watermarks",
        "parallelism": 1,
        "operator": {"kind": "watermarks", "strategy": {"generator": {"kind": "monotonous"}}},
        "inputs": [{"node": 1, "partitioner": FORWARD}],
        "output_type": {"type": "INT"},
    }


class Both(CoMapFunction, CoFlatMapFunction, CoProcessFunction):
    def map1(self, value: Any) -> Any: ...
    def map2(self, value: Any) -> Any: ...
    def flat_map1(self, value: Any) -> Any: ...
    def flat_map2(self, value: Any) -> Any: ...
    def process_element1(self, value: Any, ctx: Any) -> Any: ...
    def process_element2(self, value: Any, ctx: Any) -> Any: ...


class BothOfKey(KeyedCoProcessFunction):
    def process_element1(self, value: Any, ctx: Any) -> Any: ...
    def process_element2(self, value: Any, ctx: Any) -> Any: ...


@pytest.mark.parametrize(
    ("method", "name", "shape"),
    [("map", "Co-Map", "co_map"), ("flat_map", "Co-Flat Map", "co_flat_map"), ("process", "Co-Process", "co_process")],
)
def test_connected(env: StreamExecutionEnvironment, nodes: Nodes, method: str, name: str, shape: str) -> None:
    getattr(numbers(env).connect(numbers(env)), method)(Both())
    inputs = [{"node": 1, "partitioner": FORWARD}, {"node": 2, "partitioner": FORWARD, "input": 1}]
    assert nodes()[2] == {**function(name, shape, 3), "inputs": inputs}


def test_connected_by_key(env: StreamExecutionEnvironment, nodes: Nodes) -> None:
    numbers(env).connect(numbers(env)).key_by(identity, Itself()).process(BothOfKey())
    node = nodes()[2]
    assert node["name"] == "Keyed Co-Process"
    assert node["operator"]["keyed"]
    assert [edge["partitioner"]["selector"] for edge in node["inputs"]] == ["selector:3", "selector:3.2"]


RULES = MapStateDescriptor("rules", Types.STRING(), None)  # type: ignore[arg-type]


class WithRules(BroadcastProcessFunction[Any, Any, Any]):
    def process_element(self, value: Any, ctx: Any) -> Any: ...
    def process_broadcast_element(self, value: Any, ctx: Any) -> Any: ...


class WithRulesOfKey(KeyedBroadcastProcessFunction[Any, Any, Any, Any]):
    def process_element(self, value: Any, ctx: Any) -> Any: ...
    def process_broadcast_element(self, value: Any, ctx: Any) -> Any: ...


def test_broadcast_state(env: StreamExecutionEnvironment, nodes: Nodes) -> None:
    rules = numbers(env).broadcast(RULES)
    numbers(env).connect(rules).process(WithRules())
    numbers(env).key_by(identity).connect(rules).process(WithRulesOfKey())
    states = [{"name": "rules", "key_type": {"type": "STRING"}}]
    unkeyed, keyed = nodes()[2], nodes()[4]
    assert unkeyed["operator"] == function("", "broadcast_process", 3, broadcast_states=states)["operator"]
    assert unkeyed["inputs"][1] == {"node": 1, "partitioner": {"kind": "broadcast"}, "input": 1}
    assert keyed["name"] == "Keyed-Co-Process-Broadcast"
    assert keyed["operator"]["keyed"]
    with pytest.raises(TypeError, match="takes a BroadcastProcessFunction"):
        numbers(env).connect(rules).process(WithRulesOfKey())


def test_side_outputs(env: StreamExecutionEnvironment, nodes: Nodes) -> None:
    main = numbers(env).process(Each())
    main.get_side_output(OutputTag("late", Types.INT())).print()
    main.get_side_output(OutputTag("untyped")).print()
    processed, late, _ = nodes()[1:]
    assert processed["side_outputs"] == [{"tag": "late", "output_type": {"type": "INT"}}, {"tag": "untyped"}]
    assert late["inputs"] == [{"node": 2, "side": "late", "partitioner": FORWARD}]
    with pytest.raises(ValueError, match="asked for as Integer before"):
        main.get_side_output(OutputTag("late", Types.STRING()))


def test_settings(env: StreamExecutionEnvironment, nodes: Nodes) -> None:
    group = SlotSharingGroup.builder("heavy").build()
    stream = numbers(env).map(identity).name("mine").uid("u1").set_parallelism(5).set_max_parallelism(64)
    stream.set_description("words").disable_chaining().slot_sharing_group(group).set_uid_hash("0" * 32)
    stream.set_buffer_timeout(-1).start_new_chain().print().name("out").uid("u2").set_parallelism(1).disable_chaining()
    mapped, sink = nodes()[1:]
    del mapped["operator"], mapped["inputs"]
    assert mapped == {
        "id": 2,
        "name": "mine",
        "uid": "u1",
        "uid_hash": "0" * 32,
        "parallelism": 5,
        "max_parallelism": 64,
        "description": "words",
        "chaining": "head",
        "slot_sharing_group": "heavy",
        "buffer_timeout_ms": -1,
    }
    with pytest.raises(ValueError, match="milliseconds from -1"):
        stream.set_buffer_timeout(-2)
    assert (sink["name"], sink["uid"], sink["parallelism"], sink["chaining"]) == ("Sink: out", "u2", 1, "never")


def test_projection(env: StreamExecutionEnvironment, nodes: Nodes, functions: Callable[[], dict[str, Any]]) -> None:
    pairs = env.from_collection([("a", 1)], type_info=Types.TUPLE([Types.STRING(), Types.INT()]))
    pairs.project(1)
    assert nodes()[1]["output_type"] == {"type": "TUPLE", "fields": [{"type": "INT"}]}
    assert functions()["function:2"](("a", 1)) == (1,)
    with pytest.raises(ValueError, match="positions from 0 to 1"):
        pairs.project(2)


def test_parallelism_is_that_of_the_call(env: StreamExecutionEnvironment, nodes: Nodes) -> None:
    first = numbers(env).map(identity)
    env.set_parallelism(7)
    first.map(identity)
    assert [node["parallelism"] for node in nodes()] == [1, 2, 7]


def test_operators_without_a_sink_run_and_others_do_not(env: StreamExecutionEnvironment, nodes: Nodes) -> None:
    numbers(env)
    with pytest.raises(RuntimeError, match="No operators defined"):
        nodes()
    numbers(env).map(identity)
    assert [node["name"] for node in nodes()] == ["Source: Collection Source", "Map"]


def test_uids_differ(env: StreamExecutionEnvironment, nodes: Nodes) -> None:
    numbers(env).map(identity).uid("same")
    numbers(env).map(identity).uid("same")
    with pytest.raises(ValueError, match=r"two operators have the uid 'same': 'Map' \(.*test_graph.py:\d+\) and"):
        nodes()


def test_names_of_streams(env: StreamExecutionEnvironment, nodes: Nodes) -> None:
    stream = env.from_source(NumberSequenceSource(1, 2), WatermarkStrategy.no_watermarks(), "numbers")
    assert stream.get_name() == "numbers"
    assert numbers(env).get_name() == "Collection Source"
    stream.name("renamed").print().name("shown")
    assert [node["name"] for node in nodes()] == ["Source: renamed", "Sink: shown"]
