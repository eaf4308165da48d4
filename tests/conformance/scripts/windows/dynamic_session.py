# Sessions whose gap each record says.
# order: per-sink
from pyflink.common import Types, WatermarkStrategy
from pyflink.common.watermark_strategy import TimestampAssigner
from pyflink.datastream import StreamExecutionEnvironment, WindowFunction
from pyflink.datastream.window import EventTimeSessionWindows, SessionWindowTimeGapExtractor


class Times(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        return value[0]


class Gap(SessionWindowTimeGapExtractor):
    def extract(self, element):
        return element[1]


class Apply(WindowFunction):
    def apply(self, key, window, inputs):
        yield f"{window} {sorted(inputs)}"


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.get_config().set_auto_watermark_interval(1_000_000)
    records = [(100, 10), (105, 50), (160, 10), (111, 3), (300, 100), (250, 20), (271, 100)]
    (
        env.from_collection(records, type_info=Types.TUPLE([Types.LONG(), Types.LONG()]))
        .assign_timestamps_and_watermarks(
            WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(Times())
        )
        .key_by(lambda record: 0, key_type=Types.INT())
        .window(EventTimeSessionWindows.with_dynamic_gap(Gap()))
        .apply(Apply(), output_type=Types.STRING())
        .print("dynamic")
    )
    env.execute()


if __name__ == "__main__":
    main()
