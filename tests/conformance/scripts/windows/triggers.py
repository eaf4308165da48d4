# Built-in triggers in place of a window's own: by count, with and without purging, and continuous.
# order: per-sink
from pyflink.common import Time, Types, WatermarkStrategy
from pyflink.common.watermark_strategy import TimestampAssigner
from pyflink.datastream import StreamExecutionEnvironment, WindowFunction
from pyflink.datastream.window import (
    ContinuousEventTimeTrigger,
    CountTrigger,
    EventTimeSessionWindows,
    EventTimeTrigger,
    PurgingTrigger,
    SlidingEventTimeWindows,
    TumblingEventTimeWindows,
)


class Times(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        return value


class Apply(WindowFunction):
    def apply(self, key, window, inputs):
        yield f"{window} {list(inputs)}"


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.get_config().set_auto_watermark_interval(1_000_000)
    keyed = (
        env.from_collection([10, 120, 30, 250, 45, 70, 320, 15], type_info=Types.LONG())
        .assign_timestamps_and_watermarks(
            WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(Times())
        )
        .key_by(lambda _: 0, key_type=Types.INT())
    )
    triggers = {
        "count": CountTrigger.of(2),
        "purging count": PurgingTrigger.of(CountTrigger.of(2)),
        "purging event time": PurgingTrigger.of(EventTimeTrigger.create()),
        "continuous": ContinuousEventTimeTrigger.of(Time.milliseconds(40)),
        "purging continuous": PurgingTrigger.of(ContinuousEventTimeTrigger.of(Time.milliseconds(40))),
    }
    assigners = {
        "tumbling": TumblingEventTimeWindows.of(Time.milliseconds(100)),
        "sliding": SlidingEventTimeWindows.of(Time.milliseconds(200), Time.milliseconds(100)),
        "sessions": EventTimeSessionWindows.with_gap(Time.milliseconds(60)),
    }
    for kind, assigner in assigners.items():
        for name, trigger in triggers.items():
            windows = keyed.window(assigner).trigger(trigger)
            windows.apply(Apply(), output_type=Types.STRING()).print(f"{kind}, {name}")
        windows = keyed.window(assigner).trigger(CountTrigger.of(2))
        windows.reduce(lambda a, b: a + b).print(f"{kind}, count, reduced")
    env.execute()


if __name__ == "__main__":
    main()
