# In batch mode a timer that is registered while the timers of a key fire does not fire: the key has ended.
# order: free
from pyflink.common import Configuration, Types, WatermarkStrategy
from pyflink.common.watermark_strategy import TimestampAssigner
from pyflink.datastream import KeyedProcessFunction, RuntimeExecutionMode, StreamExecutionEnvironment


class Times(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        return value[1]


class Again(KeyedProcessFunction):
    def process_element(self, value, ctx):
        ctx.timer_service().register_event_time_timer(ctx.timestamp() + 10)
        ctx.timer_service().register_processing_time_timer(ctx.timestamp() + 10)

    def on_timer(self, timestamp, ctx):
        ctx.timer_service().register_event_time_timer(timestamp + 100)
        ctx.timer_service().register_processing_time_timer(timestamp + 100)
        yield f"timer {ctx.get_current_key()} {timestamp} {ctx.time_domain().name}"


def main():
    config = Configuration()
    config.set_string("python.execution-mode", "thread")
    env = StreamExecutionEnvironment.get_execution_environment(config)
    env.set_parallelism(1)
    env.set_runtime_mode(RuntimeExecutionMode.BATCH)
    (
        env.from_collection([("a", 1), ("b", 5), ("a", 3)], type_info=Types.TUPLE([Types.STRING(), Types.LONG()]))
        .assign_timestamps_and_watermarks(
            WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(Times())
        )
        .key_by(lambda pair: pair[0], key_type=Types.STRING())
        .process(Again(), output_type=Types.STRING())
        .print()
    )
    env.execute()


if __name__ == "__main__":
    main()
