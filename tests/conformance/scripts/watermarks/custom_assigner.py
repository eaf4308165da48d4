# The assigner's second argument is the record's timestamp so far; a later assignment replaces an earlier one.
from pyflink.common import Types, WatermarkStrategy
from pyflink.common.watermark_strategy import TimestampAssigner
from pyflink.datastream import ProcessFunction, StreamExecutionEnvironment


class First(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        print("first", value, record_timestamp)
        return value * 10


class Second(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        print("second", value, record_timestamp)
        return record_timestamp + 1


class Show(ProcessFunction):
    def process_element(self, value, ctx):
        print("element", value, ctx.timestamp())
        return []


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.get_config().set_auto_watermark_interval(1_000_000)
    (
        env.from_collection([7], type_info=Types.LONG())
        .assign_timestamps_and_watermarks(
            WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(First())
        )
        .map(lambda value: value + 1, output_type=Types.LONG())
        .assign_timestamps_and_watermarks(WatermarkStrategy.no_watermarks().with_timestamp_assigner(Second()))
        .process(Show(), output_type=Types.LONG())
        .print()
    )
    env.execute()


if __name__ == "__main__":
    main()
