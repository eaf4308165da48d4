# Windows of any Python objects: keys, records, accumulators and results without declared types.
# order: per-sink
from pyflink.common import Time, WatermarkStrategy
from pyflink.common.watermark_strategy import TimestampAssigner
from pyflink.datastream import AggregateFunction, StreamExecutionEnvironment, WindowFunction
from pyflink.datastream.window import EventTimeSessionWindows, SlidingEventTimeWindows, TumblingEventTimeWindows


class Times(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        return value["time"]


class Names(AggregateFunction):
    """Its accumulators are changed in place."""

    def create_accumulator(self):
        return {}

    def add(self, value, accumulator):
        accumulator[value["name"]] = accumulator.get(value["name"], 0) + 1
        return accumulator

    def get_result(self, accumulator):
        return sorted(accumulator.items())

    def merge(self, a, b):
        for name, count in b.items():
            a[name] = a.get(name, 0) + count
        return a


class Apply(WindowFunction):
    def apply(self, key, window, inputs):
        return [(key, [value["name"] for value in inputs])]


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.get_config().set_auto_watermark_interval(1_000_000)
    records = [{"name": name, "time": time} for name, time in zip("abacabad", range(0, 400, 50))]
    keyed = (
        env.from_collection(records)
        .assign_timestamps_and_watermarks(
            WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(Times())
        )
        .key_by(lambda record: record["time"] // 200)
    )
    tumbling = TumblingEventTimeWindows.of(Time.milliseconds(100))
    sliding = SlidingEventTimeWindows.of(Time.milliseconds(150), Time.milliseconds(50))
    sessions = EventTimeSessionWindows.with_gap(Time.milliseconds(60))
    keyed.window(tumbling).apply(Apply()).print("tumbling")
    keyed.window(tumbling).aggregate(Names()).print("tumbling, aggregated")
    keyed.window(sliding).aggregate(Names()).print("sliding, aggregated")
    keyed.window(sessions).aggregate(Names()).print("sessions, aggregated")
    keyed.window(sessions).reduce(lambda a, b: {**b, "name": a["name"] + b["name"]}).print("sessions, reduced")
    env.execute()


if __name__ == "__main__":
    main()
