# FileSource of two named files, with the static file set asked for and another charset.
# order: free
import tempfile
from pathlib import Path

from pyflink.common import WatermarkStrategy
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors.file_system import FileSource, StreamFormat


def main():
    folder = Path(tempfile.mkdtemp())
    paths = [folder / "a", folder / "b"]
    paths[0].write_bytes("für\nzwei\n".encode("latin-1"))
    paths[1].write_bytes("drei\n".encode("latin-1"))
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(2)
    source = (
        FileSource.for_record_stream_format(StreamFormat.text_line_format("ISO-8859-1"), *[str(path) for path in paths])
        .process_static_file_set()
        .build()
    )
    lines = env.from_source(source, WatermarkStrategy.for_monotonous_timestamps(), "lines")
    lines.map(lambda line: line.upper()).print().set_parallelism(1)
    env.execute()


if __name__ == "__main__":
    main()
