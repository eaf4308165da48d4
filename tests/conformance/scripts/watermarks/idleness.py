# With idleness an input that has no records for a while does not hold back the other; without, it does.
# order: per-sink
import time

from pyflink.common import Configuration, Duration, Types, WatermarkStrategy
from pyflink.common.watermark_strategy import TimestampAssigner
from pyflink.datastream import KeyedProcessFunction, StreamExecutionEnvironment


class Times(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        return value


class Timed(KeyedProcessFunction):
    def process_element(self, value, ctx):
        ctx.timer_service().register_event_time_timer(value + 50)

    def on_timer(self, timestamp, ctx):
        if timestamp == 150:
            yield f"timer {timestamp}, before the end: {ctx.timer_service().current_watermark() < 1000}"


def slowly(value):
    time.sleep(0.3)
    return value


def never(value):
    time.sleep(3.0)
    return False


def main():
    config = Configuration()
    config.set_integer("python.fn-execution.bundle.size", 1)
    env = StreamExecutionEnvironment.get_execution_environment(config)
    env.set_parallelism(1)
    env.get_config().set_auto_watermark_interval(20)
    strategy = WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(Times())
    busy = (
        env.from_collection([100, 200, 300, 400, 500, 600, 700], type_info=Types.LONG())
        .map(slowly, output_type=Types.LONG())
        .assign_timestamps_and_watermarks(strategy)
    )
    silent = env.from_collection([1], type_info=Types.LONG()).filter(never).rebalance()
    for name, second in (
        ("idle", silent.assign_timestamps_and_watermarks(strategy.with_idleness(Duration.of_millis(200)))),
        ("holding back", silent.assign_timestamps_and_watermarks(strategy)),
    ):
        busy.union(second).key_by(lambda _: 0).process(Timed(), output_type=Types.STRING()).print(name)
    env.execute()


if __name__ == "__main__":
    main()
