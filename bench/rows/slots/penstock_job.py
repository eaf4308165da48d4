"""The numbers 1 to n through a job of one or more slots: n, the work, the number of slots."""

import sys
from collections.abc import Iterator

from pyflink.common import Types, WatermarkStrategy
from pyflink.datastream import DataStream, KeyedProcessFunction, RuntimeContext, StreamExecutionEnvironment
from pyflink.datastream.connectors.number_seq import NumberSequenceSource
from pyflink.datastream.state import ValueStateDescriptor

from penstock.testing import DiscardingSink

KEYS = 10_000
TURNS = 1_000
"""Of an empty loop, which take about 10 microseconds."""


class CountPerKey(KeyedProcessFunction):
    def open(self, runtime_context: RuntimeContext) -> None:
        self.count = runtime_context.get_state(ValueStateDescriptor("count", Types.LONG()))

    def process_element(self, value: int, ctx: KeyedProcessFunction.Context) -> Iterator[tuple[int, int]]:
        count = (self.count.value() or 0) + 1
        self.count.update(count)
        yield value, count


class CountSlowly(CountPerKey):
    def process_element(self, value: int, ctx: KeyedProcessFunction.Context) -> Iterator[tuple[int, int]]:
        for _ in range(TURNS):
            pass
        yield from super().process_element(value, ctx)


def mapped(numbers: DataStream) -> DataStream:
    return (
        numbers.map(lambda x: x + 1, Types.LONG())
        .map(lambda x: x * 3, Types.LONG())
        .map(lambda x: x ^ 0x55, Types.LONG())
        .filter(lambda x: x % 2 == 0)
    )


def counted(numbers: DataStream, function: KeyedProcessFunction) -> DataStream:
    pair = Types.TUPLE([Types.LONG(), Types.LONG()])
    return numbers.key_by(lambda x: x % KEYS, key_type=Types.LONG()).process(function, output_type=pair)


WORK = {
    "map_chain": mapped,
    "slow": lambda numbers: counted(numbers, CountSlowly()),
    "keyed_count": lambda numbers: counted(numbers, CountPerKey()),
}


def main(n: int, work: str, slots: int) -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(slots)
    numbers = env.from_source(NumberSequenceSource(1, n), WatermarkStrategy.no_watermarks(), "numbers", Types.LONG())
    WORK[work](numbers).sink_to(DiscardingSink())
    env.execute(work)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
