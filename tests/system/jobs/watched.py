"""Counts numbers by their last digit into files: watched.py TO. A test edits it while it runs."""

import sys
import time

from pyflink.common import Encoder, Types, WatermarkStrategy
from pyflink.datastream import KeyedProcessFunction, StreamExecutionEnvironment
from pyflink.datastream.connectors.file_system import FileSink, RollingPolicy
from pyflink.datastream.connectors.number_seq import NumberSequenceSource
from pyflink.datastream.state import ValueStateDescriptor

VERSION = "v1"


class Count(KeyedProcessFunction):
    """Number and count, which follows from the number when nothing was lost or counted twice."""

    def open(self, context):
        self.count = context.get_state(ValueStateDescriptor("count", Types.LONG()))

    def process_element(self, number, context):
        time.sleep(0.001)
        count = (self.count.value() or 0) + 1
        self.count.update(count)
        yield f"{VERSION} {number} {count}"


def main(to: str) -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    source = NumberSequenceSource(0, 10**12)
    numbers = env.from_source(source, WatermarkStrategy.no_watermarks(), "numbers", Types.LONG()).uid("numbers")
    counted = numbers.key_by(lambda number: number % 10, Types.LONG()).process(Count(), Types.STRING()).uid("count")
    rolling = RollingPolicy.on_checkpoint_rolling_policy()
    sink = FileSink.for_row_format(to, Encoder.simple_string_encoder()).with_rolling_policy(rolling).build()
    counted.sink_to(sink).uid("out")
    env.execute("watched")


if __name__ == "__main__":
    main(*sys.argv[1:])
