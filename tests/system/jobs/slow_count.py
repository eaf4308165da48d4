"""Counts numbers by key, slowly, and checks the counts itself: slow_count.py TO KEYS OUT SECONDS [GATE].

The count of a key follows from the number that is being counted, so that a number which is lost, counted twice or out
of order fails the job at once. GATE is a file that says how many records each subtask may count; it is waited for.
"""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from pyflink.common import Encoder, Types, WatermarkStrategy
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors.file_system import FileSink, RollingPolicy
from pyflink.datastream.connectors.number_seq import NumberSequenceSource
from pyflink.datastream.functions import KeyedProcessFunction, RuntimeContext
from pyflink.datastream.state import ValueStateDescriptor

EMITTED = 500
LOOK = 0.002


def read(number: int) -> int:
    if number == EMITTED:
        sys.stdout.write(f"emitted {number}\n")
        sys.stdout.flush()
    return number


class Count(KeyedProcessFunction):
    """Counts, as slowly as it is told."""

    def __init__(self, keys: int, seconds: float, gate: Path | None) -> None:
        self.keys, self.seconds, self.gate = keys, seconds, gate
        self.passed = 0

    def open(self, runtime_context: RuntimeContext) -> None:
        self.subtask = runtime_context.get_index_of_this_subtask()
        self.count = runtime_context.get_state(ValueStateDescriptor("count", Types.LONG()))

    def wait(self, gate: Path) -> None:
        if not self.may_pass(gate):
            # The line in one piece: print writes its end apart, and another task may come between.
            sys.stdout.write(f"subtask {self.subtask} has passed {self.passed}\n")
            sys.stdout.flush()
        while not self.may_pass(gate):
            time.sleep(LOOK)

    def may_pass(self, gate: Path) -> bool:
        return self.passed < int(gate.read_text() or 0)

    def process_element(self, value: int, ctx: KeyedProcessFunction.Context) -> Iterator[str]:
        if self.gate is not None:
            self.wait(self.gate)
        if self.seconds:
            time.sleep(self.seconds)
        self.passed += 1
        count = (self.count.value() or 0) + 1
        if count != value // self.keys + 1:
            raise ValueError(f"{value} is counted as {count}")
        self.count.update(count)
        yield f"{value % self.keys} {count}"


def main(to: int, keys: int, out: str, seconds: float, gate: Path | None) -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    numbers = env.from_source(NumberSequenceSource(0, to), WatermarkStrategy.no_watermarks(), "numbers")
    numbers = numbers.set_parallelism(1).map(read).set_parallelism(1)
    rolling = RollingPolicy.on_checkpoint_rolling_policy()
    sink = FileSink.for_row_format(out, Encoder.simple_string_encoder()).with_rolling_policy(rolling).build()
    counted = numbers.key_by(lambda number: number % keys, Types.LONG()).process(
        Count(keys, seconds, gate), Types.STRING()
    )
    counted.sink_to(sink)
    env.execute("count slowly")


if __name__ == "__main__":
    main(
        int(sys.argv[1]),
        int(sys.argv[2]),
        sys.argv[3],
        float(sys.argv[4]),
        Path(sys.argv[5]) if len(sys.argv) > 5 else None,
    )
