# What a window emits carries the time of the timer that fired it.
# order: per-sink
from pyflink.common import Time, Types, WatermarkStrategy
from pyflink.common.watermark_strategy import TimestampAssigner
from pyflink.datastream import ProcessFunction, StreamExecutionEnvironment
from pyflink.datastream.window import (
    CountTrigger,
    EventTimeSessionWindows,
    SlidingEventTimeWindows,
    TumblingEventTimeWindows,
)


class Times(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        return value


class Show(ProcessFunction):
    def process_element(self, value, ctx):
        yield f"{value} at {ctx.timestamp()}"


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.get_config().set_auto_watermark_interval(1_000_000)
    keyed = (
        env.from_collection([10, 120, 30, 250], type_info=Types.LONG())
        .assign_timestamps_and_watermarks(
            WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(Times())
        )
        .key_by(lambda _: 0, key_type=Types.INT())
    )

    def show(name, windows):
        windows.reduce(lambda a, b: a + b).process(Show(), output_type=Types.STRING()).print(name)

    show("tumbling", keyed.window(TumblingEventTimeWindows.of(Time.milliseconds(100))))
    show("sliding", keyed.window(SlidingEventTimeWindows.of(Time.milliseconds(200), Time.milliseconds(100))))
    show("sessions", keyed.window(EventTimeSessionWindows.with_gap(Time.milliseconds(50))))
    show("count", keyed.count_window(2))
    show("triggered", keyed.window(TumblingEventTimeWindows.of(Time.seconds(1))).trigger(CountTrigger.of(3)))
    windows = keyed.window(TumblingEventTimeWindows.of(Time.milliseconds(100))).reduce(lambda a, b: a + b)
    again = windows.key_by(lambda _: 0).window(TumblingEventTimeWindows.of(Time.milliseconds(200)))
    again.reduce(lambda a, b: a + b).process(Show(), output_type=Types.STRING()).print("windows of windows")
    env.execute()


if __name__ == "__main__":
    main()
