"""Counts the words of a file and passes on every new count: number of words, path."""

import sys

from pyflink.common import Types, WatermarkStrategy
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors.file_system import FileSource, StreamFormat

from penstock.testing import DiscardingSink


def main(path: str) -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    source = FileSource.for_record_stream_format(StreamFormat.text_line_format(), path)
    lines = env.from_source(source.process_static_file_set().build(), WatermarkStrategy.no_watermarks(), "lines")
    counts = (
        lines.flat_map(lambda line: [(word, 1) for word in line.split()], Types.TUPLE([Types.STRING(), Types.LONG()]))
        .key_by(lambda pair: pair[0], key_type=Types.STRING())
        .reduce(lambda one, other: (one[0], one[1] + other[1]))
    )
    counts.sink_to(DiscardingSink())
    env.execute("word_count")


if __name__ == "__main__":
    main(sys.argv[2])
