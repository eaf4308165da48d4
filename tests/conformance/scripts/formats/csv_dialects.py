# CSV files with quotes, escapes, comments, other separators, line ends, texts for None, and headers.
import tempfile
from pathlib import Path

from pyflink.common import WatermarkStrategy
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors.file_system import FileSource
from pyflink.datastream.formats.csv import CsvReaderFormat, CsvSchema


def columns():
    return CsvSchema.builder().add_number_column("id").add_string_column("s")


CASES = [
    ("quotes", columns(), '1,"a,b"\n2,"say ""hi"""\n3,"line\nbreak"\n4,""\n5,\n6, "a"\n7,x"y"\n8,"a" \n'),
    ("windows", columns(), "1,a\r\n2,b\r\n3,c"),
    ("carriage returns", columns(), "1,a\r2,b\r"),
    ("byte order mark", columns(), "\ufeff1,a\n"),
    ("null", columns().set_null_value("NULL"), '1,NULL\nNULL,b\n2,"NULL"\n'),
    ("empty null", columns().set_null_value(""), '1,\n,b\n2,""\n'),
    ("header", columns().set_use_header(), "id,s\n1,a\n"),
    ("another header", columns().set_use_header(), "x,y\n1,a\n"),
    ("strict header", columns().set_use_header().set_strict_headers(), "id,s\n1,a\n"),
    ("skipped row", columns().set_skip_first_data_row(), "id,s\n1,a\n"),
    ("comments", columns().set_allow_comments(), "# c\n1,a\n  # nor this\n2,#b\n"),
    ("separator", columns().set_column_separator("|"), "1|a\n2|b,c\n"),
    ("escape", columns().set_escape_char("\\"), '1,a\\,b\n2,"a\\"b"\n3,\\n\n'),
    ("no quotes", columns().disable_quote_char(), '1,"a"\n2,x"y\n'),
    ("other quotes", columns().set_quote_char("'"), "1,'a,b'\n2,\"c\"\n"),
    ("more fields", columns().set_any_property_name("rest"), "1,a,b,c\n"),
]


def main():
    folder = Path(tempfile.mkdtemp())
    for name, builder, text in CASES:
        (folder / "a.csv").write_bytes(text.encode())
        env = StreamExecutionEnvironment.get_execution_environment()
        env.set_parallelism(1)
        format = CsvReaderFormat.for_schema(builder.build())
        source = FileSource.for_record_stream_format(format, str(folder / "a.csv")).build()
        print(name, flush=True)
        env.from_source(source, WatermarkStrategy.no_watermarks(), "rows").map(repr).print()
        env.execute()


if __name__ == "__main__":
    main()
