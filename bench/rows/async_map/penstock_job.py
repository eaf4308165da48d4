"""Calls of a millisecond for the numbers 1 to n, at most 100 at a time."""

import asyncio
import sys

from pyflink.common import Time, Types, WatermarkStrategy
from pyflink.datastream import AsyncDataStream, AsyncFunction, StreamExecutionEnvironment
from pyflink.datastream.connectors.number_seq import NumberSequenceSource

from penstock.testing import DiscardingSink


class Ask(AsyncFunction):
    async def async_invoke(self, value):
        await asyncio.sleep(0.001)
        return [value + 1]


def main(n: int) -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    numbers = env.from_source(NumberSequenceSource(1, n), WatermarkStrategy.no_watermarks(), "numbers", Types.LONG())
    AsyncDataStream.unordered_wait(numbers, Ask(), Time.seconds(10), 100, Types.LONG()).sink_to(DiscardingSink())
    env.execute("async_map")


if __name__ == "__main__":
    main(int(sys.argv[1]))
