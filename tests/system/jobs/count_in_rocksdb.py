"""Counts numbers by key in RocksDB, and checks the counts itself: count_in_rocksdb.py TO KEYS [LARGEST_FILE].

The count of a key follows from the number that is being counted, so that a number which is lost or counted twice fails
the job at once. LARGEST_FILE limits what any file may hold, in bytes: for the process the disk is full then.
"""

import random
import resource
import sys
from collections.abc import Iterator

from pyflink.common import Types, WatermarkStrategy
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors.number_seq import NumberSequenceSource
from pyflink.datastream.functions import KeyedProcessFunction, RuntimeContext
from pyflink.datastream.state import MapStateDescriptor, ValueStateDescriptor

PADDING = 300


class Count(KeyedProcessFunction):
    """Counts; a map beside the count holds the last numbers of the key, and something that cannot be compressed."""

    def __init__(self, keys: int) -> None:
        self.keys = keys

    def open(self, runtime_context: RuntimeContext) -> None:
        self.count = runtime_context.get_state(ValueStateDescriptor("count", Types.LONG()))
        self.last = runtime_context.get_map_state(MapStateDescriptor("last", Types.LONG(), Types.STRING()))

    def process_element(self, value: int, ctx: KeyedProcessFunction.Context) -> Iterator[int]:
        count = (self.count.value() or 0) + 1
        if count != value // self.keys + 1:
            raise ValueError(f"{value} is counted as {count}")
        numbers = sorted(self.last.keys())
        if numbers != [value - self.keys * back for back in (3, 2, 1) if value >= self.keys * back]:
            raise ValueError(f"{value} comes after {numbers}")
        if len(numbers) == 3:
            self.last.remove(numbers[0])
        self.last.put(value, f"{random.getrandbits(4 * PADDING):x}")
        self.count.update(count)
        yield count


def main(to: int, keys: int, largest_file: int | None) -> None:
    if largest_file is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    env = StreamExecutionEnvironment.get_execution_environment()
    numbers = env.from_source(NumberSequenceSource(0, to), WatermarkStrategy.no_watermarks(), "numbers")
    numbers.set_parallelism(1)
    numbers.key_by(lambda number: number % keys, Types.LONG()).process(Count(keys), Types.LONG()).filter(
        lambda _: False
    ).print()
    env.execute("count in rocksdb")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else None)
