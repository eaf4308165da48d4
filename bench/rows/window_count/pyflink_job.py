"""Counts the numbers 1 to n by their remainder and by windows of a second, on PyFlink: n, mode, further settings."""

import sys

from flink_peer import DiscardingSink, environment
from pyflink.common import Time, Types, WatermarkStrategy
from pyflink.common.watermark_strategy import TimestampAssigner
from pyflink.datastream import AggregateFunction
from pyflink.datastream.connectors.number_seq import NumberSequenceSource
from pyflink.datastream.window import TumblingEventTimeWindows


class Times(TimestampAssigner):
    def extract_timestamp(self, value: int, record_timestamp: int) -> int:
        return value // 10


class Count(AggregateFunction):
    def create_accumulator(self) -> int:
        return 0

    def add(self, value: int, accumulator: int) -> int:
        return accumulator + 1

    def get_result(self, accumulator: int) -> int:
        return accumulator

    def merge(self, acc_a: int, acc_b: int) -> int:
        return acc_a + acc_b


def main(n: int, *settings: str) -> None:
    env = environment(*settings)
    env.set_parallelism(1)
    numbers = env.from_source(NumberSequenceSource(1, n), WatermarkStrategy.no_watermarks(), "numbers", Types.LONG())
    counts = (
        numbers.assign_timestamps_and_watermarks(
            WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(Times())
        )
        .key_by(lambda x: x % 1_000, key_type=Types.LONG())
        .window(TumblingEventTimeWindows.of(Time.seconds(1)))
        .aggregate(Count(), accumulator_type=Types.LONG(), output_type=Types.LONG())
    )
    counts.sink_to(DiscardingSink())
    env.execute("window_count")


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
