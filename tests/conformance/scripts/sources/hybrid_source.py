# HybridSource: all of one source before the next, also where one is empty; records come in the order of the sources.
import tempfile
from pathlib import Path

from pyflink.common import Types, WatermarkStrategy
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors.file_system import FileSource, StreamFormat
from pyflink.datastream.connectors.hybrid_source import HybridSource
from pyflink.datastream.connectors.number_seq import NumberSequenceSource


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    builder = HybridSource.builder(NumberSequenceSource(1, 4))
    numbers = builder.add_source(NumberSequenceSource(-2, -1)).add_source(NumberSequenceSource(1, 1)).build()
    env.from_source(numbers, WatermarkStrategy.no_watermarks(), "numbers", Types.LONG()).print()
    env.execute()

    folder = Path(tempfile.mkdtemp())
    (folder / "old").mkdir()
    (folder / "none").mkdir()
    (folder / "new").mkdir()
    (folder / "old" / "one.txt").write_text("first\nsecond\n", encoding="utf-8")
    (folder / "new" / "two.txt").write_text("third\n", encoding="utf-8")

    def files(name):
        return FileSource.for_record_stream_format(StreamFormat.text_line_format(), str(folder / name)).build()

    lines = HybridSource.builder(files("old")).add_source(files("none")).add_source(files("new")).build()
    env.from_source(lines, WatermarkStrategy.no_watermarks(), "lines", Types.STRING()).print("line")
    env.execute()


if __name__ == "__main__":
    main()
