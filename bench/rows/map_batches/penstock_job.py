"""Arithmetic with NumPy on the numbers 1 to n, in batches."""

import sys

from pyflink.common import Types, WatermarkStrategy
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors.number_seq import NumberSequenceSource

from penstock.extensions import map_batches
from penstock.testing import DiscardingSink


def main(n: int) -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    numbers = env.from_source(NumberSequenceSource(1, n), WatermarkStrategy.no_watermarks(), "numbers", Types.LONG())
    scaled = map_batches(numbers, lambda x: x * 0.5 + 1.0, output_type=Types.DOUBLE())
    scaled.sink_to(DiscardingSink())
    env.execute("map_batches")


if __name__ == "__main__":
    main(int(sys.argv[1]))
