# Windows in batch mode: records are never late, and all windows of a key fire when its last record has come.
# order: per-sink
from pyflink.common import Configuration, Time, Types, WatermarkStrategy
from pyflink.common.watermark_strategy import TimestampAssigner
from pyflink.datastream import RuntimeExecutionMode, StreamExecutionEnvironment, WindowFunction
from pyflink.datastream.window import (
    EventTimeSessionWindows,
    SlidingEventTimeWindows,
    TumblingEventTimeWindows,
)


class Times(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        return value[1]


class Apply(WindowFunction):
    def apply(self, key, window, inputs):
        yield f"{key} {window} {sorted(inputs)}"


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
    keyed.window(TumblingEventTimeWindows.of(Time.milliseconds(100))).apply(Apply(), output_type=text).print("tumbling")
    sliding = SlidingEventTimeWindows.of(Time.milliseconds(200), Time.milliseconds(100))
    keyed.window(sliding).reduce(lambda a, b: (a[0], a[1] + b[1])).print("sliding")
    sessions = EventTimeSessionWindows.with_gap(Time.milliseconds(70))
    keyed.window(sessions).apply(Apply(), output_type=text).print("sessions")
    keyed.count_window(2).reduce(lambda a, b: (a[0], a[1] + b[1])).print("count")
    env.execute()


if __name__ == "__main__":
    main()
