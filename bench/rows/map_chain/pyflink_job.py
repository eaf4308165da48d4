"""Three maps and a filter over the numbers 1 to n, on PyFlink: n, execution mode."""

import sys

from flink_peer import DiscardingSink, environment
from pyflink.common import Types, WatermarkStrategy
from pyflink.datastream.connectors.number_seq import NumberSequenceSource


def main(n: int, *settings: str) -> None:
    env = environment(*settings)
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
    main(int(sys.argv[1]), *sys.argv[2:])
