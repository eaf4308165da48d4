"""Counts the numbers 1 to n by their remainder, on PyFlink: n, execution mode, further settings."""

import sys
from collections.abc import Iterator

from flink_peer import DiscardingSink, environment
from pyflink.common import Types, WatermarkStrategy
from pyflink.datastream import KeyedProcessFunction, RuntimeContext
from pyflink.datastream.connectors.number_seq import NumberSequenceSource
from pyflink.datastream.state import ValueStateDescriptor


class CountPerKey(KeyedProcessFunction):
    def open(self, runtime_context: RuntimeContext) -> None:
        self.count = runtime_context.get_state(ValueStateDescriptor("count", Types.LONG()))

    def process_element(self, value: int, ctx: KeyedProcessFunction.Context) -> Iterator[tuple[int, int]]:
        count = (self.count.value() or 0) + 1
        self.count.update(count)
        yield value, count


def main(n: int, *settings: str) -> None:
    env = environment(*settings)
    env.set_parallelism(1)
    numbers = env.from_source(NumberSequenceSource(1, n), WatermarkStrategy.no_watermarks(), "numbers", Types.LONG())
    counts = numbers.key_by(lambda x: x % 10_000, key_type=Types.LONG()).process(
        CountPerKey(), output_type=Types.TUPLE([Types.LONG(), Types.LONG()])
    )
    counts.sink_to(DiscardingSink())
    env.execute("keyed_count")


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
