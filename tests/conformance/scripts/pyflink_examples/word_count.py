# Counting words of a text in batch mode, from a file or a default text, to a FileSink or standard output.
# order: free
import argparse
import logging
import sys

from pyflink.common import Encoder, Types, WatermarkStrategy
from pyflink.datastream import RuntimeExecutionMode, StreamExecutionEnvironment
from pyflink.datastream.connectors.file_system import (
    FileSink,
    FileSource,
    OutputFileConfig,
    RollingPolicy,
    StreamFormat,
)

DEFAULT_TEXT = ["the stream runs on", "and on the stream the boat", "and on the boat the cat"]


def count_words(input_path, output_path):
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_runtime_mode(RuntimeExecutionMode.BATCH)
    env.set_parallelism(1)
    if input_path is None:
        print("counting the default text")
        lines = env.from_collection(DEFAULT_TEXT)
    else:
        source = FileSource.for_record_stream_format(StreamFormat.text_line_format(), input_path)
        lines = env.from_source(
            source=source.process_static_file_set().build(),
            watermark_strategy=WatermarkStrategy.for_monotonous_timestamps(),
            source_name="file",
        )

    def words(line):
        yield from line.split()

    counts = (
        lines.flat_map(words)
        .map(lambda word: (word, 1), output_type=Types.TUPLE([Types.STRING(), Types.INT()]))
        .key_by(lambda pair: pair[0])
        .reduce(lambda left, right: (left[0], left[1] + right[1]))
    )
    if output_path is None:
        counts.print()
    else:
        sink = FileSink.for_row_format(base_path=output_path, encoder=Encoder.simple_string_encoder())
        names = OutputFileConfig.builder().with_part_prefix("count").with_part_suffix(".txt").build()
        sink = sink.with_output_file_config(names).with_rolling_policy(RollingPolicy.default_rolling_policy())
        counts.sink_to(sink=sink.build())
    env.execute()


if __name__ == "__main__":
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser()
    parser.add_argument("--input", dest="input", required=False)
    parser.add_argument("--output", dest="output", required=False)
    known, _ = parser.parse_known_args(sys.argv[1:])
    count_words(known.input, known.output)
