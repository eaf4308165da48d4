# Every kind of window in the streaming and the batch mode: every trigger by allowed lateness by kind of function.
# order: per-sink
# cases: tumbling session dynamic_session tumbling_batch session_batch dynamic_session_batch
# Timers of the same time fire in no defined order, nor do keys take turns in one.
# order: free
# cases: sliding count global sliding_count sliding_batch count_batch global_batch sliding_count_batch
# order: exact
# cases: endless_continuous
import sys
import time
from functools import reduce
from itertools import islice, product

from pyflink.common import Configuration, Time, Types, WatermarkStrategy
from pyflink.common.watermark_strategy import TimestampAssigner
from pyflink.datastream import (
    AggregateFunction,
    OutputTag,
    ProcessWindowFunction,
    RuntimeExecutionMode,
    StreamExecutionEnvironment,
    WindowFunction,
)
from pyflink.datastream.window import (
    ContinuousEventTimeTrigger,
    CountTrigger,
    EventTimeSessionWindows,
    EventTimeTrigger,
    GlobalWindows,
    PurgingTrigger,
    SessionWindowTimeGapExtractor,
    SlidingEventTimeWindows,
    Trigger,
    TriggerResult,
    TumblingEventTimeWindows,
)

RECORDS = [
    ("a", 1000),
    ("a", 1401),
    ("a", 1800),
    ("a", 2110),
    ("a", 1503),
    ("a", 2502),
    ("a", 1200),
    ("a", 2850),
    ("a", 3003),
    ("a", 3510),
    ("a", 1900),
    ("a", 2700),
    ("a", 3800),
    ("-", 4300),
    ("b", 5500),
    ("b", 5900),
    ("-", 6350),
    ("a", 9900),
]
"""Key and time, in the order in which they come. Those of "-" move the watermark, where it comes between records."""

UNTIL_ENDLESS = [
    ("a", 1000),
    ("a", 1401),
    ("b", 1800),
    ("a", 2110),
    ("a", 2502),
    ("b", 2850),
    ("-", 3510),
    ("-", 9900),
]
"""When the last of these is there, windows without an end fire for ever under a continuous trigger."""

RESULTS_BEFORE = 150
"""What they have fired by then."""

INSTEAD = {1503: None, 1200: None, 1900: 2950, 2700: None}
"""Times of records that make one session of two, and what comes in their place where that ends the job: in PyFlink under
a continuous trigger."""


class Times(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        return value[1]


class EveryThird(Trigger):
    """Fires when the time of a record divides by three."""

    def on_element(self, element, timestamp, window, ctx):
        return TriggerResult.FIRE if timestamp % 3 == 0 else TriggerResult.CONTINUE

    def on_event_time(self, time, window, ctx):
        return TriggerResult.CONTINUE

    def on_processing_time(self, time, window, ctx):
        return TriggerResult.CONTINUE

    def can_merge(self):
        return True

    def on_merge(self, window, ctx):
        pass

    def clear(self, window, ctx):
        pass


class CountAndSum(AggregateFunction):
    def create_accumulator(self):
        return 0, 0

    def add(self, value, accumulator):
        return accumulator[0] + 1, accumulator[1] + value[1]

    def get_result(self, accumulator):
        return accumulator

    def merge(self, a, b):
        return a[0] + b[0], a[1] + b[1]


class Told(CountAndSum):
    def get_result(self, accumulator):
        return f"{accumulator[0]} records, {accumulator[1]}"


class Apply(WindowFunction):
    def apply(self, key, window, inputs):
        yield f"{key} {window} {list(inputs)}"


class Process(ProcessWindowFunction):
    def process(self, key, context, elements):
        yield f"{key} {context.window()} {list(elements)}"

    def clear(self, context):
        pass


class Gap(SessionWindowTimeGapExtractor):
    def extract(self, element):
        return 500 if element[1] % 2 else 200


def add(a, b):
    return a[0], a[1] + b[1]


def record_type():
    return Types.TUPLE([Types.STRING(), Types.LONG()])


def count_and_sum():
    return Types.TUPLE([Types.LONG(), Types.LONG()])


def late():
    return OutputTag("late", record_type())


def slowly(record):
    time.sleep(20 if record == UNTIL_ENDLESS[-1] else 0.15)
    return record


IN_TIME = {
    "tumbling": lambda keyed: keyed.window(TumblingEventTimeWindows.of(Time.milliseconds(1000))),
    "sliding": lambda keyed: keyed.window(SlidingEventTimeWindows.of(Time.milliseconds(1000), Time.milliseconds(500))),
    "session": lambda keyed: keyed.window(EventTimeSessionWindows.with_gap(Time.milliseconds(300))),
    "dynamic session": lambda keyed: keyed.window(EventTimeSessionWindows.with_dynamic_gap(Gap())),
}
WITHOUT_END = {
    "global": lambda keyed: keyed.window(GlobalWindows.create()),
    "count": lambda keyed: keyed.count_window(3),
    "sliding count": lambda keyed: keyed.count_window(3, 2),
}
WINDOWS = {**IN_TIME, **WITHOUT_END}
TRIGGERS = {
    "default": None,
    "event time": EventTimeTrigger.create(),
    "continuous": ContinuousEventTimeTrigger.of(Time.milliseconds(700)),
    "count": CountTrigger.of(2),
    "purging count": PurgingTrigger.of(CountTrigger.of(2)),
    "custom": EveryThird(),
}
FUNCTIONS = {
    "reduce": lambda windows: windows.reduce(add),
    "aggregate": lambda windows: windows.aggregate(Told(), output_type=Types.STRING()),
    "apply": lambda windows: windows.apply(Apply(), output_type=Types.STRING()),
    "process": lambda windows: windows.process(Process(), output_type=Types.STRING()),
    "reduce and process": lambda windows: windows.reduce(add, Process(), output_type=Types.STRING()),
    "aggregate and process": lambda windows: windows.aggregate(Told(), Process(), output_type=Types.STRING()),
}
OF_SESSIONS = {
    **FUNCTIONS,
    # PyFlink merges the results of windows in the place of their accumulators.
    "aggregate": lambda windows: windows.aggregate(CountAndSum(), output_type=count_and_sum()),
    "aggregate and process": lambda windows: windows.aggregate(CountAndSum(), Process(), output_type=Types.STRING()),
}
LATENESS = {
    "none": lambda windows: windows,
    "allowed": lambda windows: windows.allowed_lateness(700),
    "side output": lambda windows: windows.allowed_lateness(700).side_output_late_data(late()),
}


def without_pauses():
    return [record for record in RECORDS if record[0] != "-"]


def with_pauses(window, trigger):
    if trigger != "continuous" or "session" not in window:
        return RECORDS
    times = ((key, INSTEAD.get(time, time)) for key, time in RECORDS)
    return [(key, time) for key, time in times if time is not None]


def environment(execution, mode=RuntimeExecutionMode.STREAMING, **options):
    config = Configuration()
    config.set_string("python.execution-mode", execution)
    for key, value in options.items():
        config.set_string(key, value)
    env = StreamExecutionEnvironment.get_execution_environment(config)
    env.set_runtime_mode(mode)
    env.set_parallelism(1)
    return env


def keyed(stream):
    strategy = WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(Times())
    timed = stream.assign_timestamps_and_watermarks(strategy)
    return timed.filter(lambda record: record[0] != "-").key_by(lambda record: record[0], key_type=Types.STRING())


def keyed_with_pauses(env, records):
    env.get_config().set_auto_watermark_interval(20)
    stream = env.from_collection(records, type_info=record_type()).rebalance()
    # A pause after each record lets the watermark come in between.
    return keyed(stream.map(slowly, output_type=record_type()))


def under(trigger, windows):
    return windows if TRIGGERS[trigger] is None else windows.trigger(TRIGGERS[trigger])


def functions_for(window):
    return OF_SESSIONS if "session" in window else FUNCTIONS


def in_time(window, trigger):
    # In PyFlink's other mode timers that are set while timers fire wait, and windows that merge lose their contents.
    env = environment("thread")
    stream = keyed_with_pauses(env, with_pauses(window, trigger))
    functions = functions_for(window)
    for lateness, function in product(LATENESS, functions):
        name = f"{window}, {trigger}, {lateness}, {function}"
        results = functions[function](under(trigger, LATENESS[lateness](WINDOWS[window](stream))))
        results.print(name)
        if lateness == "side output":
            results.get_side_output(late()).print(f"{name}, late")
    env.execute()


def without_end(window, trigger):
    env = environment("process")
    print_all(env, without_pauses(), window, trigger, f"{window}, {trigger}")


def in_batch(window, trigger):
    # In PyFlink's process mode timers of the last key alone fire, in its thread mode none of windows without an end.
    by_timers = window in WITHOUT_END and trigger == "event time"
    env = environment("process" if by_timers else "thread", RuntimeExecutionMode.BATCH)
    records = [record for record in without_pauses() if record[0] == "a" or not by_timers]
    print_all(env, records, window, trigger, f"{window}, batch, {trigger}")


def print_all(env, records, window, trigger, label):
    stream = keyed(env.from_collection(records, type_info=record_type()))
    functions = functions_for(window)
    for function in functions:
        functions[function](under(trigger, WINDOWS[window](stream))).print(f"{label}, {function}")
    env.execute()


def labelled(results, label):
    return results.map(lambda result: f"{label}> {result}", output_type=Types.STRING())


def endless(trigger):
    env = environment("process", **{"python.fn-execution.bundle.size": "1"})
    stream = keyed_with_pauses(env, UNTIL_ENDLESS)
    streams = [
        labelled(FUNCTIONS[function](under(trigger, WINDOWS[window](stream))), f"{window}, {trigger}, {function}")
        for window, function in product(WITHOUT_END, FUNCTIONS)
    ]
    with reduce(lambda a, b: a.union(b), streams).execute_and_collect() as results:
        print(*sorted(islice(results, RESULTS_BEFORE)), sep="\n")


def main(case):
    if case == "endless_continuous":
        endless("continuous")
        return
    name, batch, _ = case.partition("_batch")
    window = name.replace("_", " ")
    run = in_batch if batch else in_time if window in IN_TIME else without_end
    # A job for each: all at once would take a thousand threads.
    for trigger in TRIGGERS:
        # Under a continuous trigger windows without an end fire for ever.
        if trigger != "continuous" or window in IN_TIME:
            run(window, trigger)


if __name__ == "__main__":
    main(sys.argv[1])
