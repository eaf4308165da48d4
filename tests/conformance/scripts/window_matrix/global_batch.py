# Global windows in the batch mode: every trigger by kind of function.
# order: free
from pyflink.common import Configuration, Types, WatermarkStrategy
from pyflink.common.watermark_strategy import TimestampAssigner
from pyflink.datastream import (
    AggregateFunction,
    ProcessWindowFunction,
    RuntimeExecutionMode,
    StreamExecutionEnvironment,
    WindowFunction,
)
from pyflink.datastream.window import (
    CountTrigger,
    EventTimeTrigger,
    GlobalWindows,
    PurgingTrigger,
    Trigger,
    TriggerResult,
)

WINDOW = "global"
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
    ("b", 5500),
    ("b", 5900),
    ("a", 9900),
]
"""Key and time, in the order in which they come."""


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


def windowed(keyed):
    return keyed.window(GlobalWindows.create())


def add(a, b):
    return a[0], a[1] + b[1]


def record_type():
    return Types.TUPLE([Types.STRING(), Types.LONG()])


TRIGGERS = {
    "default": None,
    "event time": EventTimeTrigger.create(),
    "count": CountTrigger.of(2),
    "purging count": PurgingTrigger.of(CountTrigger.of(2)),
    "custom": EveryThird(),
}
FUNCTIONS = {
    "reduce": lambda windows: windows.reduce(add),
    "aggregate": lambda windows: windows.aggregate(Sum(), output_type=Types.STRING()),
    "apply": lambda windows: windows.apply(Apply(), output_type=Types.STRING()),
    "process": lambda windows: windows.process(Process(), output_type=Types.STRING()),
    "reduce and process": lambda windows: windows.reduce(add, Process(), output_type=Types.STRING()),
    "aggregate and process": lambda windows: windows.aggregate(Sum(), Process(), output_type=Types.STRING()),
}


def run(trigger):
    config = Configuration()
    # In batch mode PyFlink fires no timer of such windows in the one mode, and those of the last key alone in the other.
    by_timers = trigger == "event time"
    config.set_string("python.execution-mode", "process" if by_timers else "thread")
    records = [record for record in RECORDS if record[0] == "a" or not by_timers]
    env = StreamExecutionEnvironment.get_execution_environment(config)
    env.set_runtime_mode(RuntimeExecutionMode.BATCH)
    env.set_parallelism(1)
    keyed = (
        env.from_collection(records, type_info=record_type())
        .assign_timestamps_and_watermarks(
            WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(Times())
        )
        .key_by(lambda record: record[0], key_type=Types.STRING())
    )
    for function in FUNCTIONS:
        name = f"{WINDOW}, batch, {trigger}, {function}"
        windows = windowed(keyed)
        if TRIGGERS[trigger] is not None:
            windows = windows.trigger(TRIGGERS[trigger])
        FUNCTIONS[function](windows).print(name)
    env.execute()


def main():
    # A job for each: all at once would take a thousand threads.
    for trigger in TRIGGERS:
        run(trigger)


if __name__ == "__main__":
    main()
