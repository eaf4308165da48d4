"""Numbers times the factor in a file, which may change, with the version of the file, into files, exactly once.

Arguments: URL of the factor, how often to look at it in seconds, folder, how many numbers.
"""

import sys
import time
from pathlib import Path

import numpy
from pyflink.common import Encoder, Types, WatermarkStrategy
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors.file_system import FileSink
from pyflink.datastream.connectors.number_seq import NumberSequenceSource

from penstock import models


def factor_in(path: str) -> int:
    return int(Path(path).read_text())


class Scaled:
    def __init__(self, url: str, interval: float) -> None:
        self.url, self.interval = url, interval

    def open(self, runtime_context):
        self.factor = models.watch(self.url, factor_in, interval=self.interval, runtime_context=runtime_context)

    def __call__(self, numbers: numpy.ndarray):
        time.sleep(0.01)
        scaled = numbers * self.factor.model
        return [f"{n} {s} {self.factor.version}" for n, s in zip(numbers.tolist(), scaled.tolist(), strict=True)]

    def close(self):
        self.factor.close()


def main(url: str, interval: str, folder: str, count: str) -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    source = NumberSequenceSource(1, int(count))
    numbers = env.from_source(source, WatermarkStrategy.no_watermarks(), "numbers", Types.LONG())
    scaled = numbers.map_batches(Scaled(url, float(interval)), output_type=Types.STRING(), batch_size=100)
    scaled.sink_to(FileSink.for_row_format(folder, Encoder.simple_string_encoder()).build())
    env.execute("scaled")


if __name__ == "__main__":
    main(*sys.argv[1:])
