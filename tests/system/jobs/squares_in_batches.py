"""The squares of numbers in batches, into files, exactly once. Arguments: folder, how many numbers."""

import sys
import time

import numpy
from pyflink.common import Encoder, Types, WatermarkStrategy
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors.file_system import FileSink
from pyflink.datastream.connectors.number_seq import NumberSequenceSource


def squares(numbers: numpy.ndarray):
    time.sleep(0.002)
    return numbers * numbers


def shown(numbers: list):
    return [str(number) for number in numbers]


def main(folder: str, count: int) -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    numbers = env.from_source(
        NumberSequenceSource(1, count), WatermarkStrategy.no_watermarks(), "numbers", Types.LONG()
    )
    # Nothing but a checkpoint or a full batch ends a batch.
    squared = numbers.map_batches(squares, output_type=Types.LONG(), batch_size=1000, max_wait=3_600_000)
    texts = squared.rebalance().map_batches(shown, output_type=Types.STRING(), batch_size=700, max_wait=3_600_000)
    texts.sink_to(FileSink.for_row_format(folder, Encoder.simple_string_encoder()).build())
    env.execute("squares")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
