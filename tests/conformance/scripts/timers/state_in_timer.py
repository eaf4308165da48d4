# A timer reads and clears the state of its own key.
from pyflink.common import Types, WatermarkStrategy
from pyflink.common.watermark_strategy import TimestampAssigner
from pyflink.datastream import KeyedProcessFunction, StreamExecutionEnvironment, TimeDomain
from pyflink.datastream.state import ListStateDescriptor


class Times(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        return value[1]


class Collect(KeyedProcessFunction):
    def open(self, runtime_context):
        self.items = runtime_context.get_list_state(ListStateDescriptor("items", Types.LONG()))

    def process_element(self, value, ctx):
        self.items.add(value[1])
        ctx.timer_service().register_event_time_timer((value[1] // 100 + 1) * 100 + len(value[0]))

    def on_timer(self, timestamp, ctx):
        domain = ctx.time_domain() == TimeDomain.EVENT_TIME
        yield f"{ctx.get_current_key()} {timestamp} {list(self.items.get())} {domain}"
        self.items.clear()


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.get_config().set_auto_watermark_interval(1_000_000)
    records = [("a", 10), ("bb", 20), ("a", 30), ("a", 150), ("bb", 250)]
    (
        env.from_collection(records, type_info=Types.TUPLE([Types.STRING(), Types.LONG()]))
        .assign_timestamps_and_watermarks(
            WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(Times())
        )
        .key_by(lambda record: record[0], key_type=Types.STRING())
        .process(Collect(), output_type=Types.STRING())
        .print()
    )
    env.execute()


if __name__ == "__main__":
    main()
