# A timer registered by a timer for a moment that has passed fires at once, at its own time.
# order: free
from pyflink.common import Types, WatermarkStrategy
from pyflink.common.watermark_strategy import TimestampAssigner
from pyflink.datastream import KeyedProcessFunction, StreamExecutionEnvironment


class Times(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        return value


class Backwards(KeyedProcessFunction):
    def process_element(self, value, ctx):
        ctx.timer_service().register_event_time_timer(value)

    def on_timer(self, timestamp, ctx):
        yield f"timer {timestamp} {ctx.timer_service().current_watermark()}"
        if timestamp > 0:
            ctx.timer_service().register_event_time_timer(timestamp - 1000)


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.get_config().set_auto_watermark_interval(1_000_000)
    (
        env.from_collection([2500, 4200], type_info=Types.LONG())
        .assign_timestamps_and_watermarks(
            WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(Times())
        )
        .key_by(lambda _: 0)
        .process(Backwards(), output_type=Types.STRING())
        .print()
    )
    env.execute()


if __name__ == "__main__":
    main()
