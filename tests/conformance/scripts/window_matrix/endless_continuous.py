# Windows without an end under a continuous trigger: by every kind of function, until the results are no longer read.
import time
from functools import reduce
from itertools import islice, product

from pyflink.common import Configuration, Time, Types, WatermarkStrategy
from pyflink.common.watermark_strategy import TimestampAssigner
from pyflink.datastream import (
    AggregateFunction,
    ProcessWindowFunction,
    StreamExecutionEnvironment,
    WindowFunction,
)
from pyflink.datastream.window import ContinuousEventTimeTrigger, GlobalWindows

RECORDS = [
    ("a", 1000),
    ("a", 1401),
    ("b", 1800),
    ("a", 2110),
    ("a", 2502),
    ("b", 2850),
    ("-", 3510),
    ("-", 9900),
]
"""Key and time, in the order in which they come. When the last one is there, the windows fire without end."""

RESULTS = 150


class Times(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        return value[1]


class Sum(AggregateFunction):
    def create_accumulator(self):
        return 0, 0

    def add(self, value, accumulator):
        return accumulator[0] + 1, accumulator[1] + value[1]

    def get_result(self, accumulator):
        return f"{accumulator[0]} records, {accumulator[1]}"

    def merge(self, a, b):
        return a[0] + b[0], a[1] + b[1]


class Apply(WindowFunction):
    def apply(self, key, window, inputs):
        yield f"{key} {window} {list(inputs)}"


class Process(ProcessWindowFunction):
    def process(self, key, context, elements):
        yield f"{key} {context.window()} {list(elements)}"

    def clear(self, context):
        pass


def add(a, b):
    return a[0], a[1] + b[1]


def record_type():
    return Types.TUPLE([Types.STRING(), Types.LONG()])


def slowly(record):
    time.sleep(20 if record[1] == 9900 else 0.15)
    return record


WINDOWS = {
    "global": lambda keyed: keyed.window(GlobalWindows.create()),
    "count": lambda keyed: keyed.count_window(3),
    "sliding count": lambda keyed: keyed.count_window(3, 2),
}
FUNCTIONS = {
    "reduce": lambda windows: windows.reduce(add),
    "aggregate": lambda windows: windows.aggregate(Sum(), output_type=Types.STRING()),
    "apply": lambda windows: windows.apply(Apply(), output_type=Types.STRING()),
    "process": lambda windows: windows.process(Process(), output_type=Types.STRING()),
    "reduce and process": lambda windows: windows.reduce(add, Process(), output_type=Types.STRING()),
    "aggregate and process": lambda windows: windows.aggregate(Sum(), Process(), output_type=Types.STRING()),
}


def labelled(results, label):
    return results.map(lambda result: f"{label}> {result}", output_type=Types.STRING())


def main():
    config = Configuration()
    config.set_integer("python.fn-execution.bundle.size", 1)
    env = StreamExecutionEnvironment.get_execution_environment(config)
    env.set_parallelism(1)
    env.get_config().set_auto_watermark_interval(20)
    # A pause after each record lets the watermark come in between; those of "-" do nothing else.
    keyed = (
        env.from_collection(RECORDS, type_info=record_type())
        .rebalance()
        .map(slowly, output_type=record_type())
        .assign_timestamps_and_watermarks(
            WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(Times())
        )
        .filter(lambda record: record[0] != "-")
        .key_by(lambda record: record[0], key_type=Types.STRING())
    )
    trigger = ContinuousEventTimeTrigger.of(Time.milliseconds(700))
    streams = [
        labelled(FUNCTIONS[function](WINDOWS[window](keyed).trigger(trigger)), f"{window}, continuous, {function}")
        for window, function in product(WINDOWS, FUNCTIONS)
    ]
    with reduce(lambda a, b: a.union(b), streams).execute_and_collect() as results:
        print(*sorted(islice(results, RESULTS)), sep="\n")


if __name__ == "__main__":
    main()
