# The same timer registered twice fires once, a deleted one not at all, and a timer may register the next.
from pyflink.common import Types, WatermarkStrategy
from pyflink.common.watermark_strategy import TimestampAssigner
from pyflink.datastream import KeyedProcessFunction, StreamExecutionEnvironment


class Times(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        return value


class Repeat(KeyedProcessFunction):
    def process_element(self, value, ctx):
        service = ctx.timer_service()
        for at in (100, 100, 250, 300):
            service.register_event_time_timer(value + at)
        service.delete_event_time_timer(value + 250)
        service.delete_event_time_timer(value + 999)
        yield f"element {value}"

    def on_timer(self, timestamp, ctx):
        yield f"timer {timestamp}"
        if timestamp % 100 == 0 and timestamp < 1500:
            ctx.timer_service().register_event_time_timer(timestamp + 201)


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.get_config().set_auto_watermark_interval(1_000_000)
    (
        env.from_collection([1000, 1000], type_info=Types.LONG())
        .assign_timestamps_and_watermarks(
            WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(Times())
        )
        .key_by(lambda _: "k", key_type=Types.STRING())
        .process(Repeat(), output_type=Types.STRING())
        .print()
    )
    env.execute()


if __name__ == "__main__":
    main()
