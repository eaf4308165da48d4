"""What runs beside user functions: calls, contexts, states, metrics, pickles, tracebacks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from penstock._runtime import pickling
from penstock._runtime.context import make_runtime_context
from penstock._runtime.operations import bind
from penstock._runtime.tracebacks import format_user_traceback
from penstock.common import Row, Time, Types
from penstock.datastream import (
    AggregateFunction,
    CoMapFunction,
    KeyedProcessFunction,
    MapFunction,
    ReduceFunction,
    RuntimeContext,
)
from penstock.datastream.functions.rolling import MaxBy, Maximum, MinBy, Minimum, Sum
from penstock.datastream.state import (
    AggregatingStateDescriptor,
    ListState,
    ListStateDescriptor,
    MapStateDescriptor,
    ReducingStateDescriptor,
    StateTtlConfig,
    ValueState,
    ValueStateDescriptor,
)
from penstock.metrics import Counter


class Plain(MapFunction):
    def map(self, value: Any) -> Any:
        return value


class Opened:
    """Brings `open` and `close` from another class, as mix-ins do."""

    def open(self, runtime_context: RuntimeContext) -> None: ...
    def close(self) -> None: ...


class Mixed(Opened, Plain):
    pass


class Timed(KeyedProcessFunction):
    def process_element(self, value: Any, ctx: Any) -> Any:
        yield value

    def on_timer(self, timestamp: int, ctx: Any) -> Any: ...


class Untimed(KeyedProcessFunction):
    def process_element(self, value: Any, ctx: Any) -> Any:
        yield value


class Both(CoMapFunction):
    def map1(self, value: Any) -> Any: ...
    def map2(self, value: Any) -> Any: ...


def test_calls_are_the_users_own() -> None:
    assert bind(len, "map", False).calls == (len,)
    plain, both = Plain(), Both()
    assert bind(plain, "map", False).calls == (plain.map,)
    assert bind(both, "co_map", False).calls == (both.map1, both.map2)


def test_open_close_and_timers_are_none_where_the_class_has_none() -> None:
    plain = bind(Plain(), "map", False)
    assert (plain.open, plain.close, plain.on_timer) == (None, None, None)
    mixed = Mixed()
    bound = bind(mixed, "map", False)
    assert (bound.open, bound.close) == (mixed.open, mixed.close)
    timed = Timed()
    assert bind(timed, "process", True).on_timer == timed.on_timer
    assert bind(timed, "process", False).on_timer is None
    assert bind(Untimed(), "process", True).on_timer is None


def test_what_cannot_be_called() -> None:
    with pytest.raises(TypeError, match="Plain has no method process_element"):
        bind(Plain(), "process", False)


class Value:
    """A value state as the engine's."""

    def __init__(self) -> None:
        self.held: Any = None

    def value(self) -> Any:
        return self.held

    def update(self, value: Any) -> None:
        self.held = value

    def clear(self) -> None:
        self.held = None


class Native:
    """An operator's context as the engine's."""

    task_name = "Map -> Sink"
    task_name_with_subtasks = "Map -> Sink (2/4)#1"
    number_of_parallel_subtasks = 4
    max_number_of_parallel_subtasks = 128
    index_of_this_subtask = 1
    attempt_number = 1
    job_parameters = {"a": "1"}  # noqa: RUF012

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    def value_state(self, *asked: Any) -> Value:
        self.asked.append(asked)
        return Value()

    def list_state(self, *asked: Any) -> Any:
        self.asked.append(asked)
        return type("NativeList", (), {})()

    map_state = list_state

    def counter(self, *asked: Any) -> Any:
        self.asked.append(asked)
        return type("NativeCounter", (), {})()

    def gauge(self, *asked: Any) -> None:
        self.asked.append(asked)


def made() -> tuple[RuntimeContext, Native]:
    native = Native()
    return make_runtime_context(native), native  # type: ignore[arg-type]


def test_context_tells_of_the_subtask() -> None:
    context, _ = made()
    assert context.get_task_name() == "Map -> Sink"
    assert context.get_task_name_with_subtasks() == "Map -> Sink (2/4)#1"
    assert (context.get_number_of_parallel_subtasks(), context.get_index_of_this_subtask()) == (4, 1)
    assert (context.get_max_number_of_parallel_subtasks(), context.get_attempt_number()) == (128, 1)
    assert (context.get_job_parameter("a", "x"), context.get_job_parameter("b", "x")) == ("1", "x")


def test_states_are_asked_for_with_types_and_ttl() -> None:
    context, native = made()
    typed = ValueStateDescriptor("v", Types.LONG())
    ttl = StateTtlConfig.new_builder(Time.seconds(5)).update_ttl_on_read_and_write().return_expired_if_not_cleaned_up()
    typed.enable_time_to_live(ttl.build())
    assert isinstance(context.get_state(typed), ValueState)
    assert isinstance(context.get_list_state(ListStateDescriptor("l", Types.TUPLE([Types.INT()]))), ListState)
    context.get_map_state(MapStateDescriptor("m", Types.STRING(), Types.PICKLED_BYTE_ARRAY()))
    (v, v_type, v_ttl), (_, l_type, l_ttl), (_, m_key, m_value, _) = native.asked
    assert (v, json.loads(v_type), l_ttl, m_value) == ("v", {"type": "LONG"}, None, None)
    assert json.loads(v_ttl) == {
        "ttl_ms": 5000,
        "update_type": "OnReadAndWrite",
        "visibility": "ReturnExpiredIfNotCleanedUp",
        "compaction": {"entries": 1000, "period_ms": 30 * 24 * 3600 * 1000},
    }
    assert json.loads(l_type) == {"type": "TUPLE", "fields": [{"type": "INT"}]}
    assert json.loads(m_key) == {"type": "STRING"}
    with pytest.raises(TypeError, match="get_state takes a ValueStateDescriptor"):
        context.get_state(ListStateDescriptor("l", Types.INT()))  # type: ignore[arg-type]


class Mean(AggregateFunction):
    def create_accumulator(self) -> Any:
        return 0, 0

    def add(self, value: Any, accumulator: Any) -> Any:
        return accumulator[0] + value, accumulator[1] + 1

    def get_result(self, accumulator: Any) -> Any:
        return accumulator[0] / accumulator[1]

    def merge(self, acc_a: Any, acc_b: Any) -> Any:
        return acc_a[0] + acc_b[0], acc_a[1] + acc_b[1]


class Longest(ReduceFunction):
    def reduce(self, value1: Any, value2: Any) -> Any:
        return max(value1, value2, key=len)


def test_reducing_and_aggregating_state() -> None:
    context, _ = made()
    total = context.get_reducing_state(ReducingStateDescriptor("r", lambda a, b: a + b, Types.INT()))
    longest = context.get_reducing_state(ReducingStateDescriptor("o", Longest(), Types.STRING()))
    mean = context.get_aggregating_state(AggregatingStateDescriptor("a", Mean(), Types.PICKLED_BYTE_ARRAY()))
    assert (total.get(), mean.get()) == (None, None)
    for value in (1, 2, 6):
        total.add(value)
        mean.add(value)
        longest.add("x" * value)
    assert (total.get(), mean.get(), longest.get()) == (9, 3.0, "xxxxxx")
    total.clear()
    mean.clear()
    assert (total.get(), mean.get()) == (None, None)


def test_metrics_have_groups() -> None:
    context, native = made()
    group = context.get_metrics_group().add_group("mine").add_group("key", "value")
    assert isinstance(group.counter("n"), Counter)
    group.gauge("g", lambda: 5)
    assert [asked[:2] for asked in native.asked] == [(["mine", "key", "value"], "n"), (["mine", "key", "value"], "g")]
    with pytest.raises(TypeError, match="takes a function"):
        group.gauge("g", 5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("function", "first", "second", "combined"),
    [
        (Sum(1), ("a", 3, "x"), ("a", 1, "y"), ("a", 4, "x")),
        (Minimum(1), ("a", 3, "x"), ("a", 1, "y"), ("a", 1, "x")),
        (Maximum(1), ("a", 3, "x"), ("a", 1, "y"), ("a", 3, "x")),
        (MinBy(1), ("a", 3, "x"), ("a", 1, "y"), ("a", 1, "y")),
        (MaxBy(1), ("a", 3, "x"), ("a", 3, "y"), ("a", 3, "x")),
        (Sum(0), 1, 2, 3),
        (Sum(1), ["a", 1], ["a", 2], ["a", 3]),
        (Sum("n"), Row(k="a", n=1), Row(k="a", n=2), Row(k="a", n=3)),
        (Sum(1), Row("a", 1), Row("a", 2), Row("a", 3)),
    ],
)
def test_rolling_aggregations(function: ReduceFunction, first: Any, second: Any, combined: Any) -> None:
    before = repr(first)
    assert function.reduce(first, second) == combined
    assert repr(first) == before


@pytest.mark.parametrize(("position", "value"), [(7, (1, 2)), ("n", (1, 2)), (1, 5), ("n", Row(1)), ("n", Row(m=1))])
def test_fields_that_are_not_there(position: Any, value: Any) -> None:
    with pytest.raises(ValueError, match="has no such field"):
        Sum(position).reduce(value, value)


def test_pickles_of_values() -> None:
    for value in (1, ("a", 1.0), Row(a=1), {"k": [1]}):
        assert pickling.loads(pickling.dumps(value)) == value
    assert pickling.loads(pickling.dumps(lambda: 5))() == 5


def test_equal_keys_have_equal_canonical_pickles() -> None:
    text = "".join(["ab", "c"])
    same = Row(text, text)
    assert pickling.dumps_canonical(same) == pickling.dumps_canonical(Row("abc", "".join(["a", "bc"])))
    assert pickling.dumps_canonical(Row(1)) != pickling.dumps_canonical(Row(1.0))


def raising() -> None:
    try:
        json.loads("{")
    except ValueError as error:
        raise RuntimeError("outer") from error


def test_tracebacks_are_of_the_user() -> None:
    text = ""
    try:
        bind(Plain(), "process", False)
    except TypeError as error:
        text = format_user_traceback(error)
    assert "test_runtime.py" in text
    assert "operations.py" not in text
    assert text.endswith("TypeError: Plain has no method process_element\n")


def test_tracebacks_tell_of_causes() -> None:
    text = ""
    try:
        raising()
    except RuntimeError as error:
        text = format_user_traceback(error)
    assert text.startswith("Traceback (most recent call last):")
    assert "JSONDecodeError" in text
    assert text.endswith("RuntimeError: outer\n")
