# Tumbling windows that begin half a second later.
# order: per-sink
from pyflink.common import Time, Types, WatermarkStrategy
from pyflink.common.watermark_strategy import TimestampAssigner
from pyflink.datastream import (
    AggregateFunction,
    ProcessWindowFunction,
    StreamExecutionEnvironment,
    WindowFunction,
)
from pyflink.datastream.window import TumblingEventTimeWindows


class Times(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        return value[1]


class Sum(AggregateFunction):
    def create_accumulator(self):
        return 0, 0

    def add(self, value, accumulator):
        return accumulator[0] + 1, accumulator[1] + value[1]

    def get_result(self, accumulator):
        return f"{accumulator[0]} records, {accumulator[1]}"

    def merge(self, a, b):
        return a[0] + b[0], a[1] + b[1]


class Apply(WindowFunction):
    def apply(self, key, window, inputs):
        yield f"{key} {window.start} {window.end} {window.max_timestamp()}: {sorted(inputs)}"


class Process(ProcessWindowFunction):
    def process(self, key, context, elements):
        window = context.window()
        return [f"{key} {window} {sorted(elements)} {context.current_watermark() >= window.max_timestamp()}"]

    def clear(self, context):
        pass


def later(a, b):
    return max(a, b)


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.get_config().set_auto_watermark_interval(1_000_000)
    records = [
        ("a", 1),
        ("b", 2),
        ("a", 999),
        ("a", 1000),
        ("b", 5500),
        ("a", 2500),
        ("a", 2400),
        ("b", 5400),
        ("a", 8000),
    ]
    keyed = (
        env.from_collection(records, type_info=Types.TUPLE([Types.STRING(), Types.LONG()]))
        .assign_timestamps_and_watermarks(
            WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(Times())
        )
        .key_by(lambda record: record[0], key_type=Types.STRING())
    )
    text = Types.STRING()
    pair = Types.TUPLE([Types.LONG(), Types.LONG()])

    def windows():
        return keyed.window(TumblingEventTimeWindows.of(Time.seconds(1), Time.milliseconds(500)))

    windows().reduce(later).print("reduce")
    windows().reduce(later, Apply(), output_type=text).print("reduce and apply")
    windows().reduce(later, Process(), output_type=text).print("reduce and process")
    windows().aggregate(Sum(), accumulator_type=pair, output_type=text).print("aggregate")
    windows().aggregate(Sum(), window_function=Apply(), output_type=text).print("aggregate and apply")
    windows().aggregate(Sum(), window_function=Process(), output_type=text).print("aggregate and process")
    windows().apply(Apply(), output_type=text).print("apply")
    windows().process(Process(), output_type=text).print("process")
    env.execute()


if __name__ == "__main__":
    main()
