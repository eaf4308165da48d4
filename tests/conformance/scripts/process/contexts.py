# What the context of a keyed and of an unkeyed process function tells with and without timestamps.
# order: per-sink
from pyflink.common import Types, WatermarkStrategy
from pyflink.common.watermark_strategy import TimestampAssigner
from pyflink.datastream import KeyedProcessFunction, ProcessFunction, StreamExecutionEnvironment


class Times(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        return value * 1000


class Unkeyed(ProcessFunction):
    def process_element(self, value, ctx):
        yield f"unkeyed {value} {ctx.timestamp()} {ctx.timer_service().current_watermark()}"


class Keyed(KeyedProcessFunction):
    def process_element(self, value, ctx):
        yield f"keyed {value} {ctx.get_current_key()} {ctx.timestamp()} {ctx.timer_service().current_watermark()}"


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.get_config().set_auto_watermark_interval(1_000_000)
    numbers = env.from_collection([1, 2], type_info=Types.INT())
    timed = numbers.assign_timestamps_and_watermarks(
        WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(Times())
    )
    for name, stream in (("numbers", numbers), ("timed", timed)):
        stream.process(Unkeyed(), output_type=Types.STRING()).print(f"{name} unkeyed")
        stream.key_by(lambda number: number % 2).process(Keyed(), output_type=Types.STRING()).print(f"{name} keyed")
    env.execute()


if __name__ == "__main__":
    main()
