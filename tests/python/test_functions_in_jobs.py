"""What functions, triggers and assigners see while a job runs, and when they are called."""

from __future__ import annotations

from pathlib import Path

import pytest

from job_scripts import Scripts

PREPARED = """
import time
from pyflink.common.watermark_strategy import TimestampAssigner
from pyflink.datastream.functions import *
from pyflink.datastream.state import *
from pyflink.datastream.window import *
class Times(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        return value[1]
def timed(records):
    strategy = WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(Times())
    return env.from_collection(records).assign_timestamps_and_watermarks(strategy)
def name(value):
    return value[0]
def soon(moment):
    # The same clock, some time ago.
    return 0 <= time.time() * 1000 + 1 - moment < 60_000
env.set_parallelism(1)
env.get_config().set_auto_watermark_interval(1_000_000)
BEFORE, END = -2**63, 2**63 - 1
"""


def lines(folder: Path, text: str) -> list[str]:
    """What a job prints."""
    outcome = Scripts(folder).job(PREPARED + text + "\nenv.execute()\n")
    return outcome.succeeded().splitlines()


def test_functions_are_opened_and_closed(tmp_path: Path) -> None:
    text = """
class Told:
    def open(self, context):
        self.tell(f"opened, subtasks: {context.get_number_of_parallel_subtasks()}")
    def close(self):
        self.tell("closed")
    def tell(self, what):
        # In one piece: functions of other threads print, too.
        print(f"{type(self).__name__} {what}\\n", end="")
class Process(Told, ProcessFunction):
    def process_element(self, value, ctx): yield from ()
class Keyed(Told, KeyedProcessFunction):
    def process_element(self, value, ctx): yield from ()
class CoMap(Told, CoMapFunction):
    def map1(self, value): return 1
    def map2(self, value): return 2
class CoFlatMap(Told, CoFlatMapFunction):
    def flat_map1(self, value): yield 1
    def flat_map2(self, value): yield 2
class CoProcess(Told, CoProcessFunction):
    def process_element1(self, value, ctx): yield 1
    def process_element2(self, value, ctx): yield 2
class KeyedCoProcess(Told, KeyedCoProcessFunction):
    def process_element1(self, value, ctx): yield 1
    def process_element2(self, value, ctx): yield 2
class Broadcast(Told, BroadcastProcessFunction):
    def process_element(self, value, ctx): yield 1
    def process_broadcast_element(self, value, ctx): yield 2
class KeyedBroadcast(Told, KeyedBroadcastProcessFunction):
    def process_element(self, value, ctx): yield 1
    def process_broadcast_element(self, value, ctx): yield 2
class Window(Told, WindowFunction):
    def apply(self, key, window, inputs): yield 1
class ProcessWindow(Told, ProcessWindowFunction):
    def process(self, key, context, elements): yield 1
    def clear(self, context): pass
class AllWindow(Told, AllWindowFunction):
    def apply(self, window, inputs): yield 1
class ProcessAllWindow(Told, ProcessAllWindowFunction):
    def process(self, context, elements): yield 1
    def clear(self, context): pass
left, right = env.from_collection([("a", 1), ("b", 2)]), env.from_collection([("a", 3)])
left_keyed, right_keyed = left.key_by(name), right.key_by(name)
rules = right.broadcast(MapStateDescriptor("rules", Types.STRING(), Types.INT()))
pairs = CountTumblingWindowAssigner.of(2)
for made in (
    left.process(Process()),
    left_keyed.process(Keyed()),
    left.connect(right).map(CoMap()),
    left.connect(right).flat_map(CoFlatMap()),
    left.connect(right).process(CoProcess()),
    left_keyed.connect(right_keyed).process(KeyedCoProcess()),
    left.connect(rules).process(Broadcast()),
    left_keyed.connect(rules).process(KeyedBroadcast()),
    left_keyed.count_window(2).apply(Window()),
    left_keyed.count_window(2).process(ProcessWindow()),
    left.window_all(pairs).apply(AllWindow()),
    left.window_all(pairs).process(ProcessAllWindow()),
):
    made.filter(lambda value: False).print()
"""
    kinds = ["Process", "Keyed", "CoMap", "CoFlatMap", "CoProcess", "KeyedCoProcess", "Broadcast", "KeyedBroadcast"]
    kinds += ["Window", "ProcessWindow", "AllWindow", "ProcessAllWindow"]
    told = lines(tmp_path, text)
    assert sorted(told) == sorted(
        [f"{kind} opened, subtasks: 1" for kind in kinds] + [f"{kind} closed" for kind in kinds]
    )
    assert all(told.index(f"{kind} opened, subtasks: 1") < told.index(f"{kind} closed") for kind in kinds)


TOLD = """
class Told:
    # In one piece: functions of other threads print, too.
    def open(self, context): print(f"{type(self).__name__} opened\\n", end="")
    def close(self): print(f"{type(self).__name__} closed\\n", end="")
class First(Told, KeySelector):
    def get_key(self, value): return value[0]
class Zero(Told, Partitioner):
    def partition(self, key, number): return 0
class Total(Told, AggregateFunction):
    def create_accumulator(self): return 0
    def add(self, value, accumulator): return value[1] + accumulator
    def get_result(self, accumulator): return accumulator
    def merge(self, a, b): return a + b
pairs = env.from_collection([("a", 1), ("b", 2), ("a", 3)])
"""


def test_functions_of_aggregates_are_not_opened(tmp_path: Path) -> None:
    text = """
pairs.key_by(name).count_window(2).aggregate(Total()).print()
# They have both methods all the same, as all functions do.
total = Total()
total.open(None)
total.close()
"""
    assert lines(tmp_path, TOLD + text) == ["Total opened", "Total closed", "4"]


def test_selectors_and_partitioners_are_opened_and_closed(tmp_path: Path) -> None:
    text = """
class Second(KeySelector):
    def open(self, context): self.at = context.get_number_of_parallel_subtasks()
    def get_key(self, value): return value[self.at]
    def close(self): print("Second closed\\n", end="")
pairs.key_by(First()).reduce(lambda a, b: (a[0], a[1] + b[1])).print()
pairs.partition_custom(Zero(), Second()).print()
"""
    told = lines(tmp_path, TOLD + text)
    records = ["('a', 1)", "('b', 2)", "('a', 3)", "('a', 1)", "('b', 2)", "('a', 4)"]
    assert sorted(told) == sorted(
        [*records, "First opened", "First closed", "Zero opened", "Zero closed", "Second closed"]
    )


def test_selectors_of_joins_are_opened(tmp_path: Path) -> None:
    text = """
class Told(KeySelector):
    def open(self, context): self.at = 0
    def get_key(self, value): return value[self.at]
join = timed([("a", 1), ("b", 2)]).join(timed([("a", 3)])).where(Told()).equal_to(Told())
join.window(TumblingEventTimeWindows.of(Time.seconds(1))).apply(lambda a, b: (a, b)).print()
"""
    assert lines(tmp_path, text) == ["(('a', 1), ('a', 3))"]


def test_errors_of_opening_a_selector_name_the_operator(tmp_path: Path) -> None:
    text = """
class Broken(KeySelector):
    def open(self, context): raise RuntimeError("no connection")
    def get_key(self, value): return value
env.from_collection([1]).map(lambda x: x).name("numbers").key_by(Broken()).reduce(lambda a, b: a).print()
env.execute()
"""
    said = Scripts(tmp_path).job(PREPARED + text).failed()
    assert 'raise RuntimeError("no connection")' in said
    assert "numbers" in said


@pytest.mark.parametrize(("before", "same"), [("", True), (".map(lambda x: x)", False)])
def test_a_selector_behind_a_source_alone_shares_the_thread_of_its_function(
    before: str, same: bool, tmp_path: Path
) -> None:
    text = f"""
import threading
class Threads(KeyedProcessFunction):
    def process_element(self, value, ctx):
        yield value, ctx.get_current_key() == threading.get_ident()
numbers = env.from_collection([1, 2]){before}
numbers.key_by(lambda value: threading.get_ident()).process(Threads()).print()
"""
    assert lines(tmp_path, text) == [f"({n}, {same})" for n in (1, 2)]


def test_errors_of_a_selector_behind_a_source_name_the_source_and_the_record(tmp_path: Path) -> None:
    text = """
env.from_collection([("a", 1), None]).name("pairs").key_by(lambda pair: pair[0]).reduce(lambda a, b: a).print()
env.execute()
"""
    said = Scripts(tmp_path).job(PREPARED + text).failed()
    for told in ("'NoneType' object is not subscriptable", "in operator 'Source: pairs', subtask 1/1", "record None"):
        assert told in said


@pytest.mark.parametrize(
    ("made", "read", "type_info"),
    [
        ("Row(n, 'x')", "value[0]", "Types.ROW([Types.INT(), Types.STRING()])"),
        ("Row(Row(n))", "value[0][0]", "Types.ROW([Types.ROW([Types.INT()])])"),
        ("Row(a=[n])", "value.a[0]", "None"),
        ("[n]", "value[0]", "Types.LIST(Types.INT())"),
        ("([n], 1)", "value[0][0]", "Types.TUPLE([Types.LIST(Types.INT()), Types.INT()])"),
        ("{'a': [n]}", "value['a'][0]", "None"),
        ("{'a': [n]}", "value['a'][0]", "Types.MAP(Types.STRING(), Types.LIST(Types.INT()))"),
    ],
)
def test_what_a_function_keeps_is_not_what_the_next_task_gets(
    tmp_path: Path, made: str, read: str, type_info: str
) -> None:
    text = f"""
def change(value):
    while not isinstance(value, list) or isinstance(value[0], list):
        value = value["a"] if isinstance(value, dict) else value._values if isinstance(value, Row) else value[0]
    value[0] = -1
class Keeps(MapFunction):
    def open(self, context): self.kept = []
    def map(self, n):
        for one in self.kept: change(one)
        value = {made}
        self.kept.append(value)
        return value
class KeepsParts(Keeps):
    def map(self, n):
        for one in self.kept: change(one)
        value = {made}
        part = value["a"] if isinstance(value, dict) else value[0]
        if not isinstance(part, int): self.kept.append(part)
        return value
numbers = env.from_collection([1, 2, 3])
numbers.map(Keeps(), {type_info}).rebalance().map(lambda value: {read}).print()
numbers.map(KeepsParts(), {type_info}).rebalance().map(lambda value: {read}).print()
"""
    assert sorted(lines(tmp_path, text)) == sorted(["1", "2", "3"] * 2)


def test_contexts_of_two_inputs(tmp_path: Path) -> None:
    text = """
class Both(CoProcessFunction):
    def process_element1(self, value, ctx):
        yield "first", value[0], ctx.timestamp(), soon(ctx.timer_service().current_processing_time())
    def process_element2(self, value, ctx):
        yield "second", value[0], ctx.timestamp(), ctx.timer_service().current_watermark() == BEFORE
class OfKey(KeyedCoProcessFunction):
    def process_element1(self, value, ctx):
        ctx.timer_service().register_event_time_timer(value[1] + 100)
    def process_element2(self, value, ctx):
        yield "second", ctx.get_current_key(), ctx.timestamp()
    def on_timer(self, timestamp, ctx):
        yield "timer", ctx.get_current_key(), timestamp, ctx.timestamp(), ctx.time_domain() == TimeDomain.EVENT_TIME
left, right = timed([("a", 1), ("b", 2)]), timed([("a", 3)])
left.connect(right).process(Both()).print()
left.key_by(name).connect(right.key_by(name)).process(OfKey()).print()
"""
    assert sorted(lines(tmp_path, text)) == [
        "('first', 'a', 1, True)",
        "('first', 'b', 2, True)",
        "('second', 'a', 3)",
        "('second', 'a', 3, True)",
        "('timer', 'a', 101, 101, True)",
        "('timer', 'b', 102, 102, True)",
    ]


def test_contexts_of_a_broadcast_stream(tmp_path: Path) -> None:
    text = """
RULES = MapStateDescriptor("rules", Types.STRING(), Types.INT())
class Rules:
    def process_broadcast_element(self, value, ctx):
        state = ctx.get_broadcast_state(RULES)
        if value[0] == "over":
            state.clear()
        state.put_all({value[0]: value[1], value[0] * 2: 0})
        clocks = ctx.timestamp(), ctx.current_watermark() == BEFORE, soon(ctx.current_processing_time())
        yield "broadcast", value[0], *clocks, sorted(state.keys())
class Plain(Rules, BroadcastProcessFunction):
    def process_element(self, value, ctx: BroadcastProcessFunction.ReadOnlyContext):
        state = ctx.get_broadcast_state(RULES)
        clocks = ctx.timestamp(), ctx.current_watermark() == BEFORE, soon(ctx.current_processing_time())
        yield "read", value[0], *clocks, state.contains("x"), state.contains("over"), sorted(state.values())
class OfKey(Rules, KeyedBroadcastProcessFunction):
    def process_element(self, value, ctx):
        ctx.timer_service().register_event_time_timer(value[1] + 100)
    def on_timer(self, timestamp, ctx):
        domain = ctx.time_domain() == TimeDomain.EVENT_TIME
        yield "timer", ctx.get_current_key(), timestamp, domain, ctx.get_broadcast_state(RULES).contains("over")
env.set_runtime_mode(RuntimeExecutionMode.BATCH)
rules = timed([("x", 5), ("over", 6)]).broadcast(RULES)
values = timed([("a", 1), ("b", 2)])
values.connect(rules).process(Plain()).print()
values.key_by(name).connect(rules).process(OfKey()).print()
"""
    told = [
        "('broadcast', 'x', 5, True, True, ['x', 'xx'])",
        "('broadcast', 'over', 6, True, True, ['over', 'overover'])",
    ]
    assert sorted(lines(tmp_path, text)) == sorted(
        [
            *told * 2,
            "('read', 'a', 1, True, True, False, True, [0, 6])",
            "('read', 'b', 2, True, True, False, True, [0, 6])",
            "('timer', 'a', 101, True, True)",
            "('timer', 'b', 102, True, True)",
        ]
    )


def test_a_timer_of_the_clock_is_deleted(tmp_path: Path) -> None:
    text = """
class Alarms(KeyedProcessFunction):
    def open(self, context):
        self.fired = context.get_map_state(MapStateDescriptor("fired", Types.STRING(), Types.LONG()))
    def process_element(self, value, ctx):
        service = ctx.timer_service()
        if value == 1:
            now = service.current_processing_time()
            service.register_processing_time_timer(now + 1)
            service.register_processing_time_timer(now + 2)
            service.delete_processing_time_timer(now + 1)
            self.fired.put_all({"set": now, "deleted": now + 1})
        time.sleep(0.1)
        yield value, sorted(self.fired.keys())
    def on_timer(self, timestamp, ctx):
        since = timestamp - self.fired.get("set")
        self.fired.put("timer", timestamp)
        yield "timer", since, ctx.time_domain() == TimeDomain.PROCESSING_TIME
env.from_collection([1, 2, 3]).key_by(lambda value: "k").process(Alarms()).filter(lambda told: told[0] != 2).print()
"""
    assert lines(tmp_path, text) == [
        "(1, ['deleted', 'set'])",
        "('timer', 2, True)",
        "(3, ['deleted', 'set', 'timer'])",
    ]


def test_contexts_of_windows(tmp_path: Path) -> None:
    text = """
COUNT = ValueStateDescriptor("count", Types.INT())
def counted(store):
    state = store.get_state(COUNT)
    state.update((state.value() or 0) + 1)
    return state.value()
class OfKey(ProcessWindowFunction):
    def process(self, key, context, elements):
        yield key, context.window().start, context.current_watermark() == END, soon(context.current_processing_time())
    def clear(self, context): pass
class All(ProcessAllWindowFunction):
    def process(self, context, elements):
        assert isinstance(context, ProcessAllWindowFunction.Context)
        sizes = counted(context.window_state()), counted(context.global_state())
        yield "all", context.window().start, context.window().end, len(list(elements)), sizes
    def clear(self, context):
        context.window_state().get_state(COUNT).clear()
values = timed([("a", 1), ("a", 2), ("b", 120)])
hundred = TumblingEventTimeWindows.of(Time.milliseconds(100))
values.key_by(name).window(hundred).process(OfKey()).print()
values.window_all(hundred).process(All()).print()
"""
    assert sorted(lines(tmp_path, text)) == [
        "('a', 0, True, True)",
        "('all', 0, 100, 2, (1, 1))",
        "('all', 100, 200, 1, (1, 2))",
        "('b', 100, True, True)",
    ]


def test_contexts_of_assigners_and_triggers(tmp_path: Path) -> None:
    text = """
SEEN = ValueStateDescriptor("seen", Types.INT())
class Pairs(WindowAssigner):
    # The records of a key by twos, in windows that are named after the clock and the subtask.
    def assign_windows(self, element, timestamp, context):
        runtime = context.get_runtime_context()
        seen = runtime.get_state(SEEN)
        seen.update((seen.value() or 0) + 1)
        assert soon(context.get_current_processing_time()) and runtime.get_index_of_this_subtask() == 0
        return [CountWindow((seen.value() - 1) // 2)]
    def get_default_trigger(self, env):
        return Asks()
    def get_window_serializer(self):
        return CountWindowSerializer()
    def is_event_time(self):
        return False
class Asks(Trigger):
    # Fires by the clock, for the timer that is not deleted, and empties a window that has two records.
    def on_element(self, element, timestamp, window, ctx):
        elements = ctx.get_metric_group().counter("elements")
        elements.inc()
        assert ctx.get_current_watermark() == BEFORE
        now = ctx.get_current_processing_time()
        assert soon(now)
        if window.id == 0:
            ctx.register_processing_time_timer(now + 1)
            ctx.register_processing_time_timer(now + 2)
            ctx.delete_processing_time_timer(now + 1)
            times = ctx.get_partitioned_state(ValueStateDescriptor("times", Types.LONG()))
            times.update(now + 2)
        return TriggerResult.PURGE if window.id == 1 else TriggerResult.CONTINUE
    def on_processing_time(self, time, window, ctx):
        times = ctx.get_partitioned_state(ValueStateDescriptor("times", Types.LONG()))
        return TriggerResult.FIRE_AND_PURGE if times.value() == time else TriggerResult.CONTINUE
    def on_event_time(self, time, window, ctx):
        return TriggerResult.CONTINUE
    def on_merge(self, window, ctx):
        pass
    def clear(self, window, ctx):
        pass
class Contents(WindowFunction):
    def apply(self, key, window, inputs):
        for value in inputs:
            yield window, value[1]
def slowly(value):
    time.sleep(0.1)
    return value
values = env.from_collection([("a", n) for n in range(5)]).key_by(name).map(slowly)
values.key_by(name).window(Pairs()).apply(Contents()).print()
"""
    told = lines(tmp_path, text)
    assert told == ["(CountWindow(id=0), 0)", "(CountWindow(id=0), 1)"]


def test_meters_count(tmp_path: Path) -> None:
    text = """
class Measured(MapFunction):
    def open(self, context):
        self.meter = context.get_metrics_group().meter("rate")
    def map(self, value):
        self.meter.mark_event(value)
        self.meter.mark_event()
        return self.meter.get_count()
env.from_collection([1, 10]).map(Measured()).print()
"""
    assert lines(tmp_path, text) == ["2", "13"]


@pytest.mark.parametrize("closes", [False, True])
def test_a_cached_stream_is_given_up(tmp_path: Path, closes: bool) -> None:
    text = f"""
def count(number):
    with open("calls", "a") as calls:
        calls.write("x")
    return number
cached = env.from_collection([1, 2, 3]).map(count).cache()
def job():
    return sorted(cached.execute_and_collect()), len(open("calls").read())
print(job(), job())
{"env.close()" if closes else "cached.invalidate()"}
print(job(), job())
cached.print()
"""
    first, second = (f"([1, 2, 3], {calls}) ([1, 2, 3], {calls})" for calls in (3, 6))
    assert lines(tmp_path, text) == [first, second, "1", "2", "3"]
