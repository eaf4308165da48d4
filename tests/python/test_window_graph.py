"""The graph of windows and joins, as the engine gets it, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from penstock._build.windows import merges
from penstock.common import Time, Types
from penstock.datastream import AggregateFunction, OutputTag, StreamExecutionEnvironment, WindowFunction
from penstock.datastream.data_stream import KeyedStream
from penstock.datastream.window import (
    ContinuousProcessingTimeTrigger,
    CountEvictor,
    CountTrigger,
    EventTimeSessionWindows,
    EventTimeTrigger,
    GlobalWindows,
    PurgingTrigger,
    SessionWindowTimeGapExtractor,
    SlidingProcessingTimeWindows,
    TumblingEventTimeWindows,
)

Nodes = Callable[[], list[dict[str, Any]]]


class Sum(AggregateFunction):
    def create_accumulator(self) -> Any:
        return 0

    def add(self, value: Any, accumulator: Any) -> Any:
        return accumulator + value

    def get_result(self, accumulator: Any) -> Any:
        return accumulator

    def merge(self, acc_a: Any, acc_b: Any) -> Any:
        return acc_a + acc_b


class Empty(Sum):
    def merge(self, acc_a: Any, acc_b: Any) -> Any:
        pass


class First(Sum):
    def merge(self, acc_a: Any, acc_b: Any) -> Any:
        return acc_a


class Refuses(Sum):
    def merge(self, acc_a: Any, acc_b: Any) -> Any:
        raise NotImplementedError(f"{acc_a} and {acc_b}")


class Apply(WindowFunction[Any, Any, Any, Any]):
    def apply(self, key: Any, window: Any, inputs: Any) -> Any:
        return list(inputs)


class Gap(SessionWindowTimeGapExtractor):
    def extract(self, element: Any) -> int:
        return 10


class Mine(TumblingEventTimeWindows[Any]):
    pass


class Eager(EventTimeTrigger[Any]):
    pass


def keyed(env: StreamExecutionEnvironment) -> KeyedStream:
    return env.from_collection([1, 2], type_info=Types.INT()).key_by(lambda value: value, Types.INT())


def test_everything_that_can_be_said(env: StreamExecutionEnvironment, nodes: Nodes) -> None:
    tag = OutputTag("late", Types.INT())
    windows = keyed(env).window(TumblingEventTimeWindows.of(Time.seconds(5), Time.seconds(1)))
    windows.trigger(PurgingTrigger.of(CountTrigger.of(3))).allowed_lateness(20).side_output_late_data(tag)
    windows.aggregate(Sum(), accumulator_type=Types.LONG(), output_type=Types.LONG()).get_side_output(tag).print()
    operator = nodes()[1]
    assert (operator["name"], operator["output_type"]) == ("TumblingEventTimeWindows", {"type": "LONG"})
    assert operator["description"] == "Window(TumblingEventTimeWindows(5000, 1000), PurgingTrigger, Sum)"
    assert operator["operator"] == {
        "kind": "function",
        "function": "window:2",
        "shape": "window",
        "keyed": True,
        "window": {
            "assigner": {"kind": "tumbling", "event_time": True, "size": 5000, "offset": 1000},
            "trigger": {"kind": "purging", "trigger": {"kind": "count", "size": 3}},
            "contents": "aggregate",
            "contents_type": {"type": "LONG"},
            "allowed_lateness": 20,
            "late_output": "late",
            "evicts": False,
            "slices": True,
        },
    }


@pytest.mark.parametrize(
    ("assigner", "trigger", "expected"),
    [
        (
            SlidingProcessingTimeWindows.of(Time.seconds(2), Time.seconds(1)),
            ContinuousProcessingTimeTrigger.of(Time.milliseconds(5)),
            (
                {"kind": "sliding", "event_time": False, "size": 2000, "slide": 1000, "offset": 0},
                {"kind": "continuous_processing_time", "interval": 5},
            ),
        ),
        (
            EventTimeSessionWindows.with_dynamic_gap(Gap()),
            None,
            ({"kind": "session", "event_time": True}, {"kind": "event_time"}),
        ),
        (GlobalWindows.create(), None, ({"kind": "global"}, {"kind": "never"})),
        (Mine(10, 0), Eager(), ({"kind": "custom", "event_time": True, "merging": False}, {"kind": "custom"})),
        (
            Mine(10, 0),
            PurgingTrigger.of(Eager()),
            ({"kind": "custom", "event_time": True, "merging": False}, {"kind": "custom"}),
        ),
    ],
)
def test_what_the_engine_does_itself(
    env: StreamExecutionEnvironment, nodes: Nodes, assigner: Any, trigger: Any, expected: Any
) -> None:
    windows = keyed(env).window(assigner)
    if trigger is not None:
        windows.trigger(trigger)
    windows.apply(Apply()).print()
    window = nodes()[1]["operator"]["window"]
    assert (window["assigner"], window["trigger"]) == expected


def test_windows_of_a_stream_without_keys(env: StreamExecutionEnvironment, nodes: Nodes) -> None:
    numbers = env.from_collection([1], Types.INT())
    tumbling = TumblingEventTimeWindows.of(Time.seconds(1))
    late = OutputTag("late", Types.INT())
    windows = numbers.window_all(tumbling).allowed_lateness(50).side_output_late_data(late)
    assert windows.get_input_type() == Types.INT() == numbers.key_by(abs).window(tumbling).get_input_type()
    summed = windows.aggregate(Sum(), output_type=Types.INT())
    summed.get_side_output(late).print()
    window = nodes()[1]["operator"]["window"]
    assert (window["allowed_lateness"], window["late_output"]) == (50, "late")


def test_an_evictor_keeps_all_records(env: StreamExecutionEnvironment, nodes: Nodes) -> None:
    keyed(env).count_window(3).evictor(CountEvictor.of(2)).reduce(max).print()
    window = nodes()[1]["operator"]["window"]
    assert (window["contents"], window["contents_type"], window["evicts"]) == ("list", {"type": "INT"}, True)


def test_which_merges_work() -> None:
    assert [merges(function()) for function in (Sum, Empty, First, Refuses)] == [True, False, False, False]


def test_a_join_is_a_window_over_both_streams(env: StreamExecutionEnvironment, nodes: Nodes) -> None:
    left, right = env.from_collection([1]), env.from_collection(["a"])
    joined = left.join(right).where(lambda value: value, Types.INT()).equal_to(len)
    joined.window(TumblingEventTimeWindows.of(Time.seconds(1))).apply(lambda a, b: (a, b)).print()
    made = nodes()
    assert [node["name"] for node in made[:5]] == [
        "Source: Collection Source",
        "Source: Collection Source",
        "Map",
        "Map",
        "TumblingEventTimeWindows",
    ]
    assert [edge["node"] for edge in made[4]["inputs"]] == [3, 4]
    assert all(edge["partitioner"]["key_type"] == {"type": "INT"} for edge in made[4]["inputs"])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda s: s.window(Time.seconds(5)), "assigned by a WindowAssigner such as TumblingEventTimeWindows.of"),
        (lambda s: s.count_window(0), "window_size has to be more than 0"),
        (lambda s: s.count_window(3).trigger(3), "trigger takes a Trigger such as CountTrigger.of"),
        (lambda s: s.count_window(3).evictor(3), "evictor takes an Evictor such as CountEvictor.of"),
        (lambda s: s.count_window(3).allowed_lateness(-1), "a number of milliseconds from 0"),
        (lambda s: s.count_window(3).side_output_late_data("late"), "takes an OutputTag"),
        (lambda s: s.count_window(3).reduce(3), "must be a ReduceFunction or a callable function"),
        (lambda s: s.count_window(3).reduce(max, max), "should be a WindowFunction or ProcessWindowFunction"),
        (lambda s: s.count_window(3).aggregate(max), "must be an AggregateFunction"),
        (lambda s: s.count_window(3).apply(max), "must be a WindowFunction"),
        (lambda s: s.count_window(3).process(Apply()), "must be a ProcessWindowFunction"),
        (lambda s: s.join(3), "another stream is expected"),
        (lambda s: s.join(s).equal_to(len), "before equal_to"),
        (lambda s: s.join(s).where(len).window(GlobalWindows.create()), "before window"),
        (lambda s: s.co_group(s).where(len).equal_to(len).apply(max), "before apply"),
        (lambda s: s.co_group(s).where(len).equal_to(len).apply(3), "must be a CoGroupFunction or a callable"),
    ],
)
def test_wrong_calls(env: StreamExecutionEnvironment, call: Callable[[KeyedStream], Any], message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        call(keyed(env))
