# Records that come after the watermark: within the allowed lateness they fire their window again, later they go to a side
# output, and without one they are dropped.
# order: per-sink
import time

from pyflink.common import Configuration, Time, Types, WatermarkStrategy
from pyflink.common.watermark_strategy import TimestampAssigner
from pyflink.datastream import (
    AggregateFunction,
    OutputTag,
    ProcessWindowFunction,
    StreamExecutionEnvironment,
    WindowFunction,
)
from pyflink.datastream.window import (
    CountTrigger,
    EventTimeSessionWindows,
    EventTimeTrigger,
    PurgingTrigger,
    SlidingEventTimeWindows,
    TumblingEventTimeWindows,
)

TIMES = [1000, 1400, 2100, 1500, 2600, 1600, 1700, 3900, 1800, 3950]


class Times(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        return value


class Apply(WindowFunction):
    def apply(self, key, window, inputs):
        yield f"{window} {list(inputs)}"


class Process(ProcessWindowFunction):
    def process(self, key, context, elements):
        yield f"{context.window()} {list(elements)}"

    def clear(self, context):
        pass


class Count(AggregateFunction):
    def create_accumulator(self):
        return 0

    def add(self, value, accumulator):
        return accumulator + 1

    def get_result(self, accumulator):
        return accumulator

    def merge(self, a, b):
        return a + b


def slowly(value):
    time.sleep(0.25)
    return value


def main():
    config = Configuration()
    config.set_integer("python.fn-execution.bundle.size", 1)
    env = StreamExecutionEnvironment.get_execution_environment(config)
    env.set_parallelism(1)
    env.get_config().set_auto_watermark_interval(20)
    keyed = (
        env.from_collection(TIMES, type_info=Types.LONG())
        .rebalance()
        .map(slowly, output_type=Types.LONG())
        .assign_timestamps_and_watermarks(
            WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(Times())
        )
        .key_by(lambda _: 0, key_type=Types.INT())
    )
    tag, text = OutputTag("late", Types.LONG()), Types.STRING()

    def show(name, windows, run):
        results = run(windows.side_output_late_data(tag))
        results.print(name)
        results.get_side_output(tag).print(f"{name}, late")

    tumbling = TumblingEventTimeWindows.of(Time.milliseconds(500))
    sliding = SlidingEventTimeWindows.of(Time.milliseconds(1000), Time.milliseconds(500))
    sessions = EventTimeSessionWindows.with_gap(Time.milliseconds(300))

    def apply(windows):
        return windows.apply(Apply(), output_type=text)

    def process(windows):
        return windows.process(Process(), output_type=text)

    show("tumbling", keyed.window(tumbling), apply)
    show("tumbling, reduced", keyed.window(tumbling), lambda w: w.reduce(max))
    show("tumbling, allowed", keyed.window(tumbling).allowed_lateness(700), process)
    show("sliding", keyed.window(sliding), apply)
    show("sliding, aggregated", keyed.window(sliding), lambda w: w.aggregate(Count(), output_type=Types.INT()))
    show("sliding, allowed", keyed.window(sliding).allowed_lateness(700), apply)
    show("sessions", keyed.window(sessions), apply)
    show("sessions, allowed", keyed.window(sessions).allowed_lateness(700), apply)
    show("purging", keyed.window(tumbling).trigger(PurgingTrigger.of(EventTimeTrigger())).allowed_lateness(700), apply)
    show("counted", keyed.window(tumbling).trigger(CountTrigger.of(2)).allowed_lateness(700), apply)
    keyed.window(tumbling).apply(Apply(), output_type=text).print("dropped")
    env.execute()


if __name__ == "__main__":
    main()
