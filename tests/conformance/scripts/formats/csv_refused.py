# CSV records that do not fit their schema end the job.
import tempfile
from pathlib import Path

from pyflink.common import Encoder, WatermarkStrategy
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors.file_system import FileSink, FileSource
from pyflink.datastream.formats.csv import CsvReaderFormat, CsvSchema


def columns():
    return CsvSchema.builder().add_number_column("id").add_string_column("s")


CASES = [
    ("no number", columns(), "x,a\n"),
    ("an empty number", columns(), ",a\n"),
    ("a fraction", columns(), "1.5,a\n"),
    ("too large", columns(), "99999999999999999999,a\n"),
    ("too few fields", columns(), "1\n"),
    ("too many fields", columns(), "1,a,b\n"),
    ("an empty line", columns(), "1,a\n\n2,b\n"),
    ("something behind a quote", columns(), '1,"a"b\n'),
    ("an open quote", columns(), '1,"abc\n'),
    ("no UTF-8", columns(), b"1,\xff\xfea\n"),
    ("another strict header", columns().set_use_header().set_strict_headers(), "s,id\n1,a\n"),
]


def main():
    folder = Path(tempfile.mkdtemp())
    for name, builder, text in CASES:
        (folder / "a.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
        env = StreamExecutionEnvironment.get_execution_environment()
        env.set_parallelism(1)
        format = CsvReaderFormat.for_schema(builder.build())
        source = FileSource.for_record_stream_format(format, str(folder / "a.csv")).build()
        rows = env.from_source(source, WatermarkStrategy.no_watermarks(), "rows")
        rows.sink_to(FileSink.for_row_format(str(folder / "out"), Encoder.simple_string_encoder()).build())
        try:
            env.execute()
            print(name, "is fine", flush=True)
        except Exception:
            print(name, "is refused", flush=True)


if __name__ == "__main__":
    main()
