"""Counts the numbers 1 to n by their remainder: 10,000 keys, a ValueState each."""

import sys
from collections.abc import Iterator

from pyflink.common import Types, WatermarkStrategy
from pyflink.datastream import KeyedProcessFunction, RuntimeContext, StreamExecutionEnvironment
from pyflink.datastream.connectors.number_seq import NumberSequenceSource
from pyflink.datastream.state import ValueStateDescriptor

from penstock.testing import DiscardingSink


class CountPerKey(KeyedProcessFunction):
    def open(self, runtime_context: RuntimeContext) -> None:
        self.count = runtime_context.get_state(ValueStateDescriptor("count", Types.LONG()))

    def process_element(self, value: int, ctx: KeyedProcessFunction.Context) -> Iterator[tuple[int, int]]:
        count = (self.count.value() or 0) + 1
        self.count.update(count)
        yield value, count


def main(n: int) -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    numbers = env.from_source(NumberSequenceSource(1, n), WatermarkStrategy.no_watermarks(), "numbers", Types.LONG())
    counts = numbers.key_by(lambda x: x % 10_000, key_type=Types.LONG()).process(
        CountPerKey(), output_type=Types.TUPLE([Types.LONG(), Types.LONG()])
    )
    counts.sink_to(DiscardingSink())
    env.execute("keyed_count")


if __name__ == "__main__":
    main(int(sys.argv[1]))
