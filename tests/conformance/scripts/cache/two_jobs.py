# A cached stream gives several jobs of a script the same records, with their times.
# order: free
# prefix: any
from pyflink.common import Types, WatermarkStrategy
from pyflink.common.watermark_strategy import TimestampAssigner
from pyflink.datastream import MapFunction, ProcessFunction, RuntimeExecutionMode, StreamExecutionEnvironment


class Times(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        return value * 10


class Number(MapFunction):
    def map(self, value):
        return value, value / 2


class Time(ProcessFunction):
    def process_element(self, value, ctx):
        yield f"{value[0]} {ctx.timestamp()}"


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(2)
    env.set_runtime_mode(RuntimeExecutionMode.BATCH)
    strategy = WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(Times())
    pair = Types.TUPLE([Types.INT(), Types.DOUBLE()])
    numbers = env.from_collection(list(range(6)), type_info=Types.INT()).assign_timestamps_and_watermarks(strategy)
    cached = numbers.map(Number(), output_type=pair).cache()
    first = sorted(cached.execute_and_collect())
    second = sorted(cached.execute_and_collect())
    print(type(cached).__name__, first, first == second)
    cached.process(Time(), output_type=Types.STRING()).print("time")
    cached.key_by(lambda value: value[0] % 2, Types.INT()).sum(0).map(lambda value: value[0], Types.INT()).print("sum")
    env.execute()


if __name__ == "__main__":
    main()
