# A function of two inputs sees the smaller of their watermarks; a finished input no longer holds it back.
# order: free
import time

from pyflink.common import Configuration, Types, WatermarkStrategy
from pyflink.common.watermark_strategy import TimestampAssigner
from pyflink.datastream import KeyedCoProcessFunction, StreamExecutionEnvironment


class Times(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        return value


class Merge(KeyedCoProcessFunction):
    def process_element1(self, value, ctx):
        ctx.timer_service().register_event_time_timer(value + 50)
        yield f"left {value} {ctx.timestamp()}"

    def process_element2(self, value, ctx):
        return []

    def on_timer(self, timestamp, ctx):
        if timestamp == 150:
            watermark = ctx.timer_service().current_watermark()
            yield f"timer {timestamp}, of the left input: {(watermark + 1) % 100 == 0 and watermark < 1000}"


def slowly(value):
    time.sleep(0.25)
    return value


def main():
    config = Configuration()
    config.set_integer("python.fn-execution.bundle.size", 1)
    env = StreamExecutionEnvironment.get_execution_environment(config)
    env.set_parallelism(1)
    env.get_config().set_auto_watermark_interval(20)
    strategy = WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(Times())
    left = (
        env.from_collection([100, 200, 300, 400, 500, 600, 700], type_info=Types.LONG())
        .map(slowly, output_type=Types.LONG())
        .assign_timestamps_and_watermarks(strategy)
        .key_by(lambda _: 0)
    )
    right = (
        env.from_collection([10_000], type_info=Types.LONG())
        .assign_timestamps_and_watermarks(strategy)
        .key_by(lambda _: 0)
    )
    left.connect(right).process(Merge(), output_type=Types.STRING()).print()
    env.execute()


if __name__ == "__main__":
    main()
