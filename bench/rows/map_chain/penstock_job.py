"""Three maps and a filter over the numbers 1 to n."""

import sys

from pyflink.common import Types, WatermarkStrategy
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors.number_seq import NumberSequenceSource

from penstock.testing import DiscardingSink


def main(n: int) -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    numbers = env.from_source(NumberSequenceSource(1, n), WatermarkStrategy.no_watermarks(), "numbers", Types.LONG())
    chain = (
        numbers.map(lambda x: x + 1, Types.LONG())
        .map(lambda x: x * 3, Types.LONG())
        .map(lambda x: x ^ 0x55, Types.LONG())
        .filter(lambda x: x % 2 == 0)
    )
    chain.sink_to(DiscardingSink())
    env.execute("map_chain")


if __name__ == "__main__":
    main(int(sys.argv[1]))
