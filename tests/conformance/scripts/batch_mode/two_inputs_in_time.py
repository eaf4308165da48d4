# In batch mode the records of a key come from both inputs in the order of their timestamps.
from pyflink.common import Types, WatermarkStrategy
from pyflink.common.watermark_strategy import TimestampAssigner
from pyflink.datastream import KeyedCoProcessFunction, RuntimeExecutionMode, StreamExecutionEnvironment


class Times(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        return value[1]


class Show(KeyedCoProcessFunction):
    def process_element1(self, value, ctx):
        yield f"left {ctx.get_current_key()} {value[1]} {ctx.timestamp()}"

    def process_element2(self, value, ctx):
        yield f"right {ctx.get_current_key()} {value[1]} {ctx.timestamp()}"


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.set_runtime_mode(RuntimeExecutionMode.BATCH)
    kind = Types.TUPLE([Types.INT(), Types.LONG()])
    strategy = WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(Times())

    def keyed(records):
        stream = env.from_collection(records, type_info=kind).assign_timestamps_and_watermarks(strategy)
        return stream.key_by(lambda pair: pair[0], key_type=Types.INT())

    left, right = keyed([(1, 30), (2, 10), (1, 10), (2, 50)]), keyed([(1, 20), (1, 40), (2, 1), (2, 20)])
    left.connect(right).process(Show(), output_type=Types.STRING()).print()
    env.execute()


if __name__ == "__main__":
    main()
