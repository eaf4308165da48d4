"""Copies lines of files, slowly enough to be killed on the way: FROM TO checkpoint|BYTES_OF_A_FILE [SECONDS]."""

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
    if policy == "checkpoint":
        rolling = RollingPolicy.on_checkpoint_rolling_policy()
    else:
        rolling = RollingPolicy.default_rolling_policy(part_size=int(policy))
    sink = FileSink.for_row_format(lines_to, Encoder.simple_string_encoder()).with_rolling_policy(rolling).build()
    env.from_source(source, WatermarkStrategy.no_watermarks(), "lines").map(
        lambda line: slowly(line, seconds), Types.STRING()
    ).sink_to(sink)
    env.execute("copy lines")


if __name__ == "__main__":
    main(*sys.argv[1:])
