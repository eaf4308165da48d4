# The watermark stays behind the newest record by the bound; timers fire as it passes them.
import time

from pyflink.common import Configuration, Duration, Types, WatermarkStrategy
from pyflink.common.watermark_strategy import TimestampAssigner
from pyflink.datastream import KeyedProcessFunction, StreamExecutionEnvironment


class Times(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        return value


class Timed(KeyedProcessFunction):
    def process_element(self, value, ctx):
        watermark = ctx.timer_service().current_watermark()
        late = "late" if value <= watermark else "in time"
        ctx.timer_service().register_event_time_timer(value + 100)
        yield f"{value} {watermark} {late}"

    def on_timer(self, timestamp, ctx):
        yield f"timer {timestamp} {ctx.timer_service().current_watermark()}"


def slowly(value):
    time.sleep(0.4)
    return value


def main():
    config = Configuration()
    config.set_integer("python.fn-execution.bundle.size", 1)
    env = StreamExecutionEnvironment.get_execution_environment(config)
    env.set_parallelism(1)
    env.get_config().set_auto_watermark_interval(50)
    (
        env.from_collection([10000, 12500, 11000, 8000, 20000], type_info=Types.LONG())
        .map(slowly, output_type=Types.LONG())
        .assign_timestamps_and_watermarks(
            WatermarkStrategy.for_bounded_out_of_orderness(Duration.of_seconds(2)).with_timestamp_assigner(Times())
        )
        .key_by(lambda _: 0, key_type=Types.INT())
        .process(Timed(), output_type=Types.STRING())
        .print()
    )
    env.execute()


if __name__ == "__main__":
    main()
