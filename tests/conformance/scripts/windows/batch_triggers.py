# Triggers in batch mode, which has one watermark at the end of a key, and what process window functions see there.
# order: per-sink
from pyflink.common import Configuration, Time, Types, WatermarkStrategy
from pyflink.common.watermark_strategy import TimestampAssigner
from pyflink.datastream import (
    AggregateFunction,
    ProcessWindowFunction,
    RuntimeExecutionMode,
    StreamExecutionEnvironment,
    WindowFunction,
)
from pyflink.datastream.state import ValueStateDescriptor
from pyflink.datastream.window import (
    ContinuousEventTimeTrigger,
    CountTrigger,
    EventTimeTrigger,
    GlobalWindows,
    PurgingTrigger,
    SlidingEventTimeWindows,
    TumblingEventTimeWindows,
    TumblingProcessingTimeWindows,
)

CLOSED = ValueStateDescriptor("closed", Types.INT())


class Times(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        return value[1]


class Apply(WindowFunction):
    def apply(self, key, window, inputs):
        yield f"{key} {window} {sorted(inputs)}"


class OfKey(WindowFunction):
    def apply(self, key, window, inputs):
        yield f"{key} {sorted(inputs)}"


class Process(ProcessWindowFunction):
    def process(self, key, context, elements):
        closed = context.global_state().get_state(CLOSED).value()
        yield f"{key} {context.window()} {sorted(elements)} closed {closed}"

    def clear(self, context):
        closed = context.global_state().get_state(CLOSED)
        closed.update((closed.value() or 0) + 1)


class Count(AggregateFunction):
    def create_accumulator(self):
        return 0

    def add(self, value, accumulator):
        return accumulator + 1

    def get_result(self, accumulator):
        return accumulator

    def merge(self, a, b):
        return a + b


def main():
    config = Configuration()
    config.set_string("python.execution-mode", "thread")
    env = StreamExecutionEnvironment.get_execution_environment(config)
    env.set_runtime_mode(RuntimeExecutionMode.BATCH)
    env.set_parallelism(1)
    records = [("a", 310), ("b", 20), ("a", 130), ("a", 45), ("b", 160), ("a", 250), ("b", 30)]
    keyed = (
        env.from_collection(records, type_info=Types.TUPLE([Types.STRING(), Types.LONG()]))
        .assign_timestamps_and_watermarks(
            WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(Times())
        )
        .key_by(lambda record: record[0], key_type=Types.STRING())
    )
    text = Types.STRING()
    tumbling = TumblingEventTimeWindows.of(Time.milliseconds(200))
    triggers = {
        "count": CountTrigger.of(2),
        "purging count": PurgingTrigger.of(CountTrigger.of(2)),
        "purging event time": PurgingTrigger.of(EventTimeTrigger.create()),
        "continuous": ContinuousEventTimeTrigger.of(Time.milliseconds(60)),
    }
    for name, trigger in triggers.items():
        keyed.window(tumbling).trigger(trigger).apply(Apply(), output_type=text).print(name)
    keyed.window(tumbling).process(Process(), output_type=text).print("state")
    globally = keyed.window(GlobalWindows.create()).trigger(CountTrigger.of(2))
    globally.apply(Apply(), output_type=text).print("global")
    by_clock = keyed.window(TumblingProcessingTimeWindows.of(Time.hours(10000)))
    by_clock.apply(OfKey(), output_type=text).print("processing time")
    sliding = SlidingEventTimeWindows.of(Time.milliseconds(300), Time.milliseconds(100))
    keyed.window(sliding).aggregate(Count(), Apply(), output_type=text).print("sliding, aggregated")
    env.execute()


if __name__ == "__main__":
    main()
