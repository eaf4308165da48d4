# Assigners of the script's own: windows that depend on the record, and windows that merge.
# order: per-sink
from pyflink.common import Types, WatermarkStrategy
from pyflink.common.watermark_strategy import TimestampAssigner
from pyflink.datastream import StreamExecutionEnvironment, WindowFunction
from pyflink.datastream.window import (
    EventTimeTrigger,
    MergingWindowAssigner,
    TimeWindow,
    TimeWindowSerializer,
    WindowAssigner,
)


class Times(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        return value


class ShortForOdd(WindowAssigner):
    def assign_windows(self, element, timestamp, context):
        size = 50 if element % 2 else 200
        start = timestamp - timestamp % size
        return [TimeWindow(start, start + size)]

    def get_default_trigger(self, env):
        return EventTimeTrigger()

    def get_window_serializer(self):
        return TimeWindowSerializer()

    def is_event_time(self):
        return True


class Hundreds(MergingWindowAssigner):
    """Sessions that never reach into the next thousand."""

    def assign_windows(self, element, timestamp, context):
        return [TimeWindow(timestamp, min(timestamp + 100, timestamp - timestamp % 1000 + 1000))]

    def merge_windows(self, windows, callback):
        thousands = {}
        for window in windows:
            thousands.setdefault(window.start // 1000, []).append(window)
        for same in thousands.values():
            TimeWindow.merge_windows(same, callback)

    def get_default_trigger(self, env):
        return EventTimeTrigger()

    def get_window_serializer(self):
        return TimeWindowSerializer()

    def is_event_time(self):
        return True


class Apply(WindowFunction):
    def apply(self, key, window, inputs):
        yield f"{window} {sorted(inputs)}"


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.get_config().set_auto_watermark_interval(1_000_000)
    keyed = (
        env.from_collection([10, 31, 120, 43, 990, 1005, 1080, 250, 70, 930], type_info=Types.LONG())
        .assign_timestamps_and_watermarks(
            WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(Times())
        )
        .key_by(lambda _: 0, key_type=Types.INT())
    )
    text = Types.STRING()
    keyed.window(ShortForOdd()).apply(Apply(), output_type=text).print("by record")
    keyed.window(ShortForOdd()).reduce(lambda a, b: a + b).print("by record, reduced")
    keyed.window(Hundreds()).apply(Apply(), output_type=text).print("merging")
    env.execute()


if __name__ == "__main__":
    main()
