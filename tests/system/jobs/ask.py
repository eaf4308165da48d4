"""Asks for each number what it is, many at a time: ask.py TO OUT ORDER [GATE].

ORDER is ordered or unordered. Some answers take long, some come at the second try, some numbers are given up. Where
there is a GATE, answers wait until that file is there.
"""

import asyncio
import sys
from pathlib import Path

from pyflink.common import Encoder, Time, Types, WatermarkStrategy
from pyflink.datastream import AsyncDataStream, AsyncFunction, AsyncRetryStrategy, StreamExecutionEnvironment
from pyflink.datastream.async_retry_predicates import has_exception_predicate
from pyflink.datastream.connectors.file_system import FileSink, RollingPolicy
from pyflink.datastream.connectors.number_seq import NumberSequenceSource

WAITING = 5
LOOK = 0.005


class Ask(AsyncFunction):
    """Answers with the number itself, and with its negative for those that are given up."""

    def __init__(self, gate: Path | None) -> None:
        self.gate = gate
        self.tried: set[int] = set()

    async def async_invoke(self, value: int) -> list[int]:
        if self.gate is not None:
            if value == WAITING:
                sys.stdout.write(f"{value} waits\n")
                sys.stdout.flush()
            while not self.gate.exists():
                await asyncio.sleep(LOOK)
        await asyncio.sleep(value % 7 / 1000)
        if value % 50 == 3 and value not in self.tried:
            self.tried.add(value)
            raise ConnectionError(f"{value} is not known yet")
        if value % 200 == 8:
            await asyncio.sleep(60)
        return [value]

    def timeout(self, value: int) -> list[int]:
        return [-value]


def main(to: int, out: str, order: str, gate: Path | None) -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    numbers = env.from_source(NumberSequenceSource(0, to), WatermarkStrategy.no_watermarks(), "numbers", Types.LONG())
    if env.get_parallelism() > 1:
        numbers = numbers.set_parallelism(1).rebalance()
    retry = AsyncRetryStrategy.fixed_delay(3, 5, None, has_exception_predicate)
    wait = AsyncDataStream.ordered_wait_with_retry if order == "ordered" else AsyncDataStream.unordered_wait_with_retry
    timeout = Time.seconds(60) if gate else Time.milliseconds(500)
    answered = wait(numbers, Ask(gate), timeout, retry, 20, Types.LONG()).uid("ask")
    rolling = RollingPolicy.on_checkpoint_rolling_policy()
    answered.sink_to(FileSink.for_row_format(out, Encoder.simple_string_encoder()).with_rolling_policy(rolling).build())
    env.execute("ask")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3], Path(sys.argv[4]) if len(sys.argv) > 4 else None)
