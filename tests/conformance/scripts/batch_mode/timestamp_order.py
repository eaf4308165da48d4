# In batch mode the records of a key come in the order of their timestamps.
from pyflink.common import Types, WatermarkStrategy
from pyflink.common.watermark_strategy import TimestampAssigner
from pyflink.datastream import KeyedProcessFunction, RuntimeExecutionMode, StreamExecutionEnvironment


class Times(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        return value[1]


class Show(KeyedProcessFunction):
    def process_element(self, value, ctx):
        yield f"{ctx.get_current_key()} {value[1]} {ctx.timestamp()} {ctx.timer_service().current_watermark()}"


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.set_runtime_mode(RuntimeExecutionMode.BATCH)
    records = [(number % 3, (number * 7) % 20) for number in range(20)]
    (
        env.from_collection(records, type_info=Types.TUPLE([Types.INT(), Types.LONG()]))
        .assign_timestamps_and_watermarks(
            WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(Times())
        )
        .key_by(lambda pair: pair[0], key_type=Types.INT())
        .process(Show(), output_type=Types.STRING())
        .print()
    )
    env.execute()


if __name__ == "__main__":
    main()
