# A timestamp stays with the record through map, flat_map, filter, key_by, reduce, union and a channel.
# order: free
from pyflink.common import Types, WatermarkStrategy
from pyflink.common.watermark_strategy import TimestampAssigner
from pyflink.datastream import ProcessFunction, StreamExecutionEnvironment


class Times(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        return value * 100


class Show(ProcessFunction):
    def __init__(self, name):
        self.name = name

    def process_element(self, value, ctx):
        yield f"{self.name} {value} {ctx.timestamp()}"


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.get_config().set_auto_watermark_interval(1_000_000)
    timed = env.from_collection([1, 2, 3], type_info=Types.LONG()).assign_timestamps_and_watermarks(
        WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(Times())
    )
    steps = {
        "map": timed.map(lambda value: value + 100, output_type=Types.LONG()),
        "flat_map": timed.flat_map(lambda value: [value, value], output_type=Types.LONG()),
        "filter": timed.filter(lambda value: value > 1),
        "reduce": timed.key_by(lambda _: 0).reduce(lambda left, right: left + right),
        "rebalance": timed.rebalance().map(lambda value: -value, output_type=Types.LONG()),
        "union": timed.union(timed),
    }
    shown = [stream.process(Show(name), output_type=Types.STRING()) for name, stream in steps.items()]
    shown[0].union(*shown[1:]).print()
    env.execute()


if __name__ == "__main__":
    main()
