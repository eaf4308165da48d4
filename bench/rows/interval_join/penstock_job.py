"""Joins the numbers 1 to n with themselves: 10,000 a second of event time, 1,000 keys, partners up to 200 ms later."""

import sys
from collections.abc import Iterator

from pyflink.common import Time, Types, WatermarkStrategy
from pyflink.common.watermark_strategy import TimestampAssigner
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors.number_seq import NumberSequenceSource

from penstock.datastream.functions import ProcessJoinFunction
from penstock.testing import DiscardingSink


class Times(TimestampAssigner):
    def extract_timestamp(self, value: int, record_timestamp: int) -> int:
        return value // 10


class Pair(ProcessJoinFunction):
    def process_element(self, left: int, right: int, ctx: ProcessJoinFunction.Context) -> Iterator[tuple[int, int]]:
        yield left, right


def main(n: int) -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    strategy = WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(Times())
    left, right = (
        env.from_source(NumberSequenceSource(1, n // 2), strategy, name, Types.LONG()).key_by(
            lambda x: x % 1_000, key_type=Types.LONG()
        )
        for name in ("left", "right")
    )
    pairs = left.interval_join(right).between(Time.milliseconds(0), Time.milliseconds(200))
    pairs.process(Pair(), Types.TUPLE([Types.LONG(), Types.LONG()])).sink_to(DiscardingSink())
    env.execute("interval_join")


if __name__ == "__main__":
    main(int(sys.argv[1]))
