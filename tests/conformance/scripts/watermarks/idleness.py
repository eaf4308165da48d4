# A strategy with idleness: an input without records does not hold back the other.
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
        yield f"element {value}"

    def on_timer(self, timestamp, ctx):
        yield f"timer {timestamp} {ctx.timer_service().current_watermark()}"


def slowly(value):
    time.sleep(1.0)
    return value


def never(value):
    time.sleep(5.0)
    return False


def main():
    config = Configuration()
    config.set_integer("python.fn-execution.bundle.size", 1)
    env = StreamExecutionEnvironment.get_execution_environment(config)
    env.set_parallelism(1)
    env.get_config().set_auto_watermark_interval(50)
    strategy = (
        WatermarkStrategy.for_monotonous_timestamps()
        .with_timestamp_assigner(Times())
        .with_idleness(Duration.of_millis(200))
    )
    busy = (
        env.from_collection([100, 200, 300], type_info=Types.LONG())
        .map(slowly, output_type=Types.LONG())
        .assign_timestamps_and_watermarks(
            WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(Times())
        )
    )
    quiet = (
        env.from_collection([1], type_info=Types.LONG())
        .filter(never)
        .rebalance()
        .assign_timestamps_and_watermarks(strategy)
    )
    busy.union(quiet).key_by(lambda _: 0).process(Timed(), output_type=Types.STRING()).print()
    env.execute()


if __name__ == "__main__":
    main()
