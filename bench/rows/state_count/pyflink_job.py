"""Counts n numbers by key, on PyFlink: n, number of keys, execution mode, further settings."""

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


def main(n: int, keys: int, *settings: str) -> None:
    env = environment(*settings)
    env.set_parallelism(1)
    numbers = env.from_source(
        NumberSequenceSource(0, n - 1), WatermarkStrategy.no_watermarks(), "numbers", Types.LONG()
    )
    counts = numbers.key_by(
        lambda x: x if x < keys else (x * x * x * 0x9E3779B1 >> 20) % keys, key_type=Types.LONG()
    ).process(CountPerKey(), output_type=Types.TUPLE([Types.LONG(), Types.LONG()]))
    counts.sink_to(DiscardingSink())
    env.execute("state_count")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
