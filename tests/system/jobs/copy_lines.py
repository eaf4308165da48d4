"""Copies lines from files to files, slowly enough to be killed on the way: FROM TO size|checkpoint [SECONDS]."""

import sys
import time

from pyflink.common import Encoder, Types, WatermarkStrategy
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors.file_system import FileSink, FileSource, RollingPolicy, StreamFormat


def slowly(line: str, seconds: float) -> str:
    time.sleep(seconds)
    return line.upper()


def main(lines_from: str, lines_to: str, policy: str, per_line: str = "0.0005") -> None:
    seconds = float(per_line)
    env = StreamExecutionEnvironment.get_execution_environment()
    source = FileSource.for_record_stream_format(StreamFormat.text_line_format(), lines_from).build()
    by_size = RollingPolicy.default_rolling_policy(part_size=20_000)
    rolling = by_size if policy == "size" else RollingPolicy.on_checkpoint_rolling_policy()
    sink = FileSink.for_row_format(lines_to, Encoder.simple_string_encoder()).with_rolling_policy(rolling).build()
    env.from_source(source, WatermarkStrategy.no_watermarks(), "lines").map(
        lambda line: slowly(line, seconds), Types.STRING()
    ).sink_to(sink)
    env.execute("copy lines")


if __name__ == "__main__":
    main(*sys.argv[1:])
