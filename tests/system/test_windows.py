"""What PyFlink cannot express of windows, and so no recording shows: joins, evictors, state read back."""

from __future__ import annotations

from pathlib import Path

from job_scripts import Outcome, Scripts

TIMED = """
from pyflink.common.watermark_strategy import TimestampAssigner
from pyflink.datastream.window import *
class Times(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        return value[1]
def timed(records):
    strategy = WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(Times())
    env.get_config().set_auto_watermark_interval(1_000_000)
    return env.from_collection(records).assign_timestamps_and_watermarks(strategy)
def name(value):
    return value[0]
tumbling = TumblingEventTimeWindows.of(Time.milliseconds(100))
"""


def job(tmp_path: Path, text: str, *options: str) -> list[str]:
    scripts = Scripts(tmp_path)
    outcome: Outcome = scripts.job(TIMED + text + "\nenv.execute()\n", *options)
    return sorted(outcome.succeeded().splitlines())


def test_a_join_has_every_pair_of_a_key_and_window(tmp_path: Path) -> None:
    text = """
from penstock.datastream.functions import CoGroupFunction, FlatJoinFunction, JoinFunction
left = timed([("a", 1), ("a", 50), ("b", 60), ("a", 120), ("c", 5)])
right = timed([("a", 20), ("b", 70), ("b", 80), ("a", 199), ("a", 150)])
class Pair(JoinFunction):
    def open(self, context):
        self.opened = "pair"
    def join(self, first, second):
        return f"{self.opened} {first} {second}"
class Later(FlatJoinFunction):
    def join(self, first, second):
        if first[1] < second[1] - 20:
            yield f"later {first} {second}"
class Sizes(CoGroupFunction):
    def co_group(self, first, second):
        yield f"sizes {(first + second)[0][0]} {len(first)} {len(second)}"
def joined():
    return left.join(right).where(name, Types.STRING()).equal_to(name).window(tumbling)
joined().apply(Pair()).print()
joined().apply(Later(), Types.STRING()).print()
joined().apply(lambda first, second: f"call {first[1]} {second[1]}", Types.STRING()).print()
grouped = left.co_group(right).where(name).equal_to(name).window(tumbling)
grouped.apply(Sizes(), Types.STRING()).print()
grouped.trigger(CountTrigger.of(3)).apply(lambda first, second: [f"counted {len(first)} {len(second)}"]).print()
"""
    pairs = [(1, 20), (50, 20), (120, 150), (120, 199)]
    b = [(60, 70), (60, 80)]
    assert job(tmp_path, text, "-p", "1") == sorted(
        [f"pair ('a', {x}) ('a', {y})" for x, y in pairs]
        + [f"pair ('b', {x}) ('b', {y})" for x, y in b]
        + [f"later ('a', {x}) ('a', {y})" for x, y in pairs if x < y - 20]
        + [f"call {x} {y}" for x, y in pairs + b]
        + ["sizes a 2 1", "sizes a 1 2", "sizes b 1 2", "sizes c 1 0"]
        + ["counted 2 1", "counted 1 2", "counted 1 2"]
    )


def test_evictors_remove_records_before_and_after(tmp_path: Path) -> None:
    text = """
class Show(WindowFunction):
    def apply(self, key, window, inputs):
        yield [value[1] for value in inputs]
class Odd(Evictor):
    def evict_before(self, elements, size, window, ctx):
        elements[:] = [element for element in elements if element.value[1] % 2]
    def evict_after(self, elements, size, window, ctx):
        pass
class Most(AggregateFunction):
    def create_accumulator(self):
        return 0
    def add(self, value, accumulator):
        return max(value[1], accumulator)
    def get_result(self, accumulator):
        return accumulator
    def merge(self, a, b):
        return max(a, b)
keyed = timed([("a", 1), ("a", 40), ("a", 42), ("a", 5), ("a", 46), ("a", 44)]).key_by(name)
def windows():
    return keyed.window(tumbling)
windows().evictor(CountEvictor.of(2)).apply(Show()).print("count")
windows().evictor(TimeEvictor.of(Time.milliseconds(5))).apply(Show()).print("time")
windows().evictor(DeltaEvictor.of(4, lambda a, last: last[1] - a[1])).apply(Show()).print("delta")
windows().evictor(Odd()).apply(Show()).print("own")
windows().evictor(CountEvictor.of(2)).reduce(lambda a, b: (a[0], a[1] + b[1])).print("reduced")
windows().evictor(CountEvictor.of(3)).aggregate(Most()).print("aggregated")
globally = keyed.window(GlobalWindows.create()).trigger(CountTrigger.of(2))
globally.evictor(CountEvictor.of(3)).apply(Show()).print("last three every two")
globally.evictor(CountEvictor.of(1, True)).apply(Show()).print("all but one go after")
"""
    assert job(tmp_path, text, "-p", "1") == sorted(
        [
            "count> [46, 44]",
            "time> [42, 46, 44]",
            "delta> [42, 46, 44]",
            "own> [1, 5]",
            "reduced> ('a', 90)",
            "aggregated> 46",
            "last three every two> [1, 40]",
            "last three every two> [40, 42, 5]",
            "last three every two> [5, 46, 44]",
            "all but one go after> [1, 40]",
            "all but one go after> [40, 42, 5]",
            "all but one go after> [5, 46, 44]",
        ]
    )


def test_a_record_without_time_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    scripts = Scripts(tmp_path)
    text = "env.from_collection([('a', 1)]).key_by(name).window(tumbling).reduce(max).print()\nenv.execute()\n"
    error = scripts.job(TIMED + text).failed()
    assert "came to operator 'TumblingEventTimeWindows'" in error
    assert "call assign_timestamps_and_watermarks(...)" in error


def test_an_accumulator_that_does_not_fit_is_named(tmp_path: Path) -> None:
    text = """
class Bad(AggregateFunction):
    def create_accumulator(self):
        return 0
    def add(self, value, accumulator):
        return "x"
    def get_result(self, accumulator):
        return accumulator
    def merge(self, a, b):
        return a
timed([("a", 1)]).key_by(name).window(tumbling).aggregate(Bad(), accumulator_type=Types.LONG()).print()
env.execute()
"""
    error = Scripts(tmp_path).job(TIMED + text).failed()
    assert "what is kept of a window: 'x' does not fit the declared type LONG" in error


def test_parallel_windows_keep_keys_apart(tmp_path: Path) -> None:
    text = """
records = [(f"k{n % 7}", n) for n in range(400)]
timed(records).key_by(name, Types.STRING()).window(tumbling).reduce(lambda a, b: (a[0], a[1] + b[1])).map(
    lambda value: f"{value[0]} {value[1]}", Types.STRING()
).print()
"""
    expected = []
    for start in range(0, 400, 100):
        for key in range(7):
            expected.append(f"k{key} {sum(n for n in range(start, start + 100) if n % 7 == key)}")
    lines = job(tmp_path, text, "-p", "3", "-D", "state.backend.type=rocksdb")
    assert sorted(line.split("> ", 1)[1] for line in lines) == sorted(expected)
