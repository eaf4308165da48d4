# FileSource of text lines: every line once, without its end, also the last one without an end and empty ones.
# order: free
import tempfile
from pathlib import Path

from pyflink.common import WatermarkStrategy
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors.file_system import FileSource, StreamFormat


def main():
    folder = Path(tempfile.mkdtemp())
    (folder / "one.txt").write_text("first\n\nthird grün\n", encoding="utf-8")
    (folder / "two.txt").write_text("windows\r\nno end", encoding="utf-8")
    (folder / "_hidden").write_text("not read\n", encoding="utf-8")
    (folder / ".dotted").write_text("not read\n", encoding="utf-8")
    (folder / "nested").mkdir()
    (folder / "nested" / "three.txt").write_text("nested\n", encoding="utf-8")
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    source = FileSource.for_record_stream_format(StreamFormat.text_line_format(), str(folder)).build()
    lines = env.from_source(source, WatermarkStrategy.no_watermarks(), "lines")
    lines.map(lambda line: f"[{line}] {len(line)} {type(line).__name__}").print()
    env.execute()


if __name__ == "__main__":
    main()
