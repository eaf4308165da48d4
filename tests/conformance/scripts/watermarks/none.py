# Without a strategy, and with no_watermarks, there is no watermark before the end of the input.
# order: per-sink
from pyflink.common import Types, WatermarkStrategy
from pyflink.common.watermark_strategy import TimestampAssigner
from pyflink.datastream import KeyedProcessFunction, StreamExecutionEnvironment


class Times(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        return value


class Show(KeyedProcessFunction):
    def process_element(self, value, ctx):
        ctx.timer_service().register_event_time_timer(value)
        yield f"{value} {ctx.timestamp()} {ctx.timer_service().current_watermark()}"

    def on_timer(self, timestamp, ctx):
        yield f"timer {timestamp} {ctx.timer_service().current_watermark()}"


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    numbers = env.from_collection([5, 3], type_info=Types.LONG())
    timed = numbers.assign_timestamps_and_watermarks(WatermarkStrategy.no_watermarks().with_timestamp_assigner(Times()))
    for name, stream in (("numbers", numbers), ("timed", timed)):
        stream.key_by(lambda _: 0).process(Show(), output_type=Types.STRING()).print(name)
    env.execute()


if __name__ == "__main__":
    main()
