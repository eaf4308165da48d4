# The watermark stays behind the newest record by the bound and a millisecond; timers fire when it has passed them.
import time

from pyflink.common import Configuration, Duration, Types, WatermarkStrategy
from pyflink.common.watermark_strategy import TimestampAssigner
from pyflink.datastream import KeyedProcessFunction, StreamExecutionEnvironment

TIMES = [10_000, 10_700, 10_300, 30_000, 30_000, 30_100, 30_200, 40_000, 5_000]


class Times(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        return value


class Timed(KeyedProcessFunction):
    def __init__(self):
        self.watermarks = []

    def process_element(self, value, ctx):
        self.watermarks.append(ctx.timer_service().current_watermark())
        ctx.timer_service().register_event_time_timer(value + 100)
        if value == 5_000:
            moved = [watermark for watermark in self.watermarks if watermark > 0]
            yield f"behind by the bound: {all(watermark + 2001 in TIMES for watermark in moved)}"
            yield f"late: {value <= moved[-1]}"

    def on_timer(self, timestamp, ctx):
        watermark = ctx.timer_service().current_watermark()
        if timestamp < 20_000:
            yield f"timer {timestamp}, passed: {timestamp <= watermark}, before the end: {watermark < 40_000}"


def slowly(value):
    time.sleep(0.25)
    return value


def main():
    config = Configuration()
    config.set_integer("python.fn-execution.bundle.size", 1)
    env = StreamExecutionEnvironment.get_execution_environment(config)
    env.set_parallelism(1)
    env.get_config().set_auto_watermark_interval(20)
    (
        env.from_collection(TIMES, type_info=Types.LONG())
        .rebalance()
        .map(slowly, output_type=Types.LONG())
        .assign_timestamps_and_watermarks(
            WatermarkStrategy.for_bounded_out_of_orderness(Duration.of_seconds(2)).with_timestamp_assigner(Times())
        )
        .key_by(lambda _: 0, key_type=Types.INT())
        .process(Timed(), output_type=Types.STRING())
        .filter(lambda line: not line.startswith("timer 5100"))
        .print()
    )
    env.execute()


if __name__ == "__main__":
    main()
