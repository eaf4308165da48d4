"""Asynchronous functions and interval joins: their graphs, their wrong calls, and calls without the engine."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from penstock._runtime.async_calls import AsyncCalls
from penstock.common import Duration, Time, Types
from penstock.datastream import (
    AsyncDataStream,
    AsyncFunction,
    AsyncRetryStrategy,
    OutputTag,
    StreamExecutionEnvironment,
)
from penstock.datastream.async_retry_predicates import has_exception_predicate
from penstock.datastream.data_stream import KeyedStream
from penstock.datastream.functions import ProcessJoinFunction

Nodes = Callable[[], list[dict[str, Any]]]


class Ask(AsyncFunction):
    async def async_invoke(self, value: Any) -> list[Any]:
        await asyncio.sleep(30 if value == "slow" else 0)
        if value == "bad":
            raise ValueError(value)
        return [value]


class Pair(ProcessJoinFunction):
    def process_element(self, left: Any, right: Any, ctx: ProcessJoinFunction.Context) -> Any:
        yield left, right


class Ends:
    """What the engine keeps: how calls ended."""

    def __init__(self, wanted: int) -> None:
        self.ended: list[tuple[int, Any]] = []
        self._wanted = wanted
        self._all = threading.Event()

    def returned(self, number: int, result: Any) -> None:
        self.ended.append((number, result))
        if len(self.ended) == self._wanted:
            self._all.set()

    def raised(self, number: int, error: BaseException) -> None:
        self.returned(number, repr(error))

    def wait(self) -> list[tuple[int, Any]]:
        assert self._all.wait(30)
        return sorted(self.ended)


def called(values: list[Any], *, retry: Any = None, capacity: int = 10, timeout_ms: int = 0) -> list[tuple[int, Any]]:
    ends = Ends(len(values))
    calls = AsyncCalls(Ask(), retry, capacity, timeout_ms, ends, "calls")  # type: ignore[arg-type]
    calls.start()
    calls.begin(list(enumerate(values)))
    try:
        return ends.wait()
    finally:
        calls.stop()


def keyed(env: StreamExecutionEnvironment) -> KeyedStream:
    return env.from_collection([1, 2], type_info=Types.INT()).key_by(lambda n: n % 2, Types.INT())


def test_the_graph_of_an_asynchronous_function(env: StreamExecutionEnvironment, nodes: Nodes) -> None:
    numbers = env.from_collection([1])
    strategy = AsyncRetryStrategy.fixed_delay(3, 10, None, has_exception_predicate)
    AsyncDataStream.unordered_wait_with_retry(numbers, Ask(), Time.seconds(1), strategy, 7).print()
    _, made, _ = nodes()
    assert made["name"] == "async wait operator"
    retry = made["operator"].pop("retry")
    function = made["operator"].pop("function")
    assert retry != function
    assert made["operator"] == {"kind": "async_wait", "timeout_ms": 1_000, "capacity": 7, "ordered": False}


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda s: AsyncDataStream.ordered_wait(s, Ask(), 5), "has to be a Time"),
        (lambda s: AsyncDataStream.ordered_wait(s, Ask(), Time.seconds(-1)), "cannot be negative"),
        (lambda s: AsyncDataStream.ordered_wait(s, Ask(), Time.seconds(1), 0), "capacity must be larger than 0"),
        (lambda s: AsyncDataStream.unordered_wait(s, Ask(), Time.seconds(1), "9"), "has to be a number of calls"),
        (lambda s: AsyncDataStream.unordered_wait(s, len, Time.seconds(1)), "should be declared as 'async def'"),
    ],
)
def test_wrong_asynchronous_calls(env: StreamExecutionEnvironment, call: Callable[[Any], Any], said: str) -> None:
    with pytest.raises((TypeError, ValueError), match=said):
        call(env.from_collection(["a"]))


def test_calls_end_one_way_or_another() -> None:
    error = "ValueError('bad')"
    assert called(["a", "bad", "b"], capacity=1) == [(0, ["a"]), (1, error), (2, ["b"])]
    late = "TimeoutError('Async function call has timed out for input: slow')"
    assert called(["slow", "a"], capacity=1, timeout_ms=20) == [(0, late), (1, ["a"])]
    strategy = AsyncRetryStrategy.fixed_delay(2, 1, lambda result: result == ["a"], has_exception_predicate)
    assert called(["a", "bad"], retry=strategy) == [(0, ["a"]), (1, error)]
    endless = AsyncRetryStrategy.fixed_delay(10**9, 1, None, has_exception_predicate)
    late = "TimeoutError('Async function call has timed out for input: bad')"
    assert called(["bad"], retry=endless, timeout_ms=50) == [(0, late)]


def test_the_graph_of_an_interval_join(env: StreamExecutionEnvironment, nodes: Nodes) -> None:
    join = keyed(env).interval_join(keyed(env)).between(Time.seconds(-5), Duration.of_millis(10))
    join = join.lower_bound_exclusive().upper_bound_exclusive().side_output_right_late_data(OutputTag("late"))
    join.process(Pair(), Types.STRING()).print()
    made = nodes()[2]
    assert made["name"] == "Interval Join"
    assert made["operator"].pop("function")
    assert made["operator"] == {"kind": "interval_join", "lower": -4_999, "upper": 9, "right_late_output": "late"}
    assert [edge.get("input", 0) for edge in made["inputs"]] == [0, 1]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda s: s.interval_join(s._values()), "takes a keyed stream"),
        (lambda s: s.interval_join(s).between(5, 6), "has to be a Time"),
        (lambda s: s.interval_join(s).between(Time.seconds(2), Time.seconds(1)), "2000 ms is above 1000 ms"),
        (
            lambda s: s.interval_join(s).in_processing_time().between(Time.seconds(0), Time.seconds(1)),
            "only supported in event time",
        ),
        (
            lambda s: s.interval_join(s).in_event_time().between(Time.seconds(0), Time.seconds(1)).process(len),
            "must be a ProcessJoinFunction",
        ),
    ],
)
def test_wrong_interval_joins(env: StreamExecutionEnvironment, call: Callable[[Any], Any], said: str) -> None:
    with pytest.raises((TypeError, ValueError), match=said):
        call(keyed(env))
