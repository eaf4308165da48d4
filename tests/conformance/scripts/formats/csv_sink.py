# CsvBulkWriters: which texts are quoted, and how values of every type are written.
import tempfile
from decimal import Decimal
from pathlib import Path

from pyflink.common import Row, Types
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors.file_system import BucketAssigner, FileSink
from pyflink.datastream.formats.csv import CsvBulkWriters, CsvSchema
from pyflink.table import DataTypes

TEXTS = [
    "a", "a b", "a,b", 'say "hi"', "x\ny", "", " lead", "#x", "a" * 24, "a" * 25, "grün", "a-b", "a_b", "a;b", "+1",
    "1.5", "a\\b", "it's", "tab\tx", None, "a\rb", "(x)", "x!", "x$", "a/b", "x:y", "A", "0", "~",
]  # fmt: skip
TWO = Types.ROW_NAMED(["id", "s"], [Types.LONG(), Types.STRING()])


def columns():
    return CsvSchema.builder().add_number_column("id").add_string_column("s")


def write(name, builder, rows, types):
    folder = Path(tempfile.mkdtemp()) / "out"
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    sink = FileSink.for_bulk_format(str(folder), CsvBulkWriters.for_schema(builder.build()))
    sink = sink.with_bucket_assigner(BucketAssigner.base_path_bucket_assigner()).build()
    env.from_collection(rows, type_info=types).sink_to(sink)
    env.execute()
    print(name)
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        print(repr(path.read_bytes().decode()), flush=True)


def main():
    write("texts", columns(), [Row(i, text) for i, text in enumerate(TEXTS)], TWO)
    write("header", columns().set_use_header(), [Row(1, "a")], TWO)
    nulls = columns().set_null_value("NULL").set_column_separator("|")
    write("nulls", nulls, [Row(1, None), Row(None, "a|b"), Row(3, "a,b")], TWO)
    write("no quotes", columns().disable_quote_char(), [Row(1, "a,b")], TWO)
    write("escape", columns().set_escape_char("\\"), [Row(1, 'a,"b'), Row(2, "a\\b")], TWO)
    write("line ends", columns().set_line_separator("\r\n"), [Row(1, "a"), Row(2, "b")], TWO)
    builder = CsvSchema.builder().add_number_column("d", DataTypes.DOUBLE()).add_number_column("f", DataTypes.FLOAT())
    builder = builder.add_number_column("dec", DataTypes.DECIMAL(10, 2)).add_boolean_column("b").add_array_column("a")
    builder = builder.add_array_column("n", "/", DataTypes.INT())
    numbers = [Types.DOUBLE(), Types.FLOAT(), Types.BIG_DEC(), Types.BOOLEAN()]
    arrays = [Types.OBJECT_ARRAY(Types.STRING()), Types.OBJECT_ARRAY(Types.INT())]
    rows = [
        Row(1.0, 1.5, Decimal("3.14"), True, ["x", "y z"], [1, 2]),
        Row(1e20, 0.25, Decimal("3"), False, [], [1]),
        Row(None, None, None, None, None, None),
    ]
    write("types", builder, rows, Types.ROW_NAMED(["d", "f", "dec", "b", "a", "n"], numbers + arrays))


if __name__ == "__main__":
    main()
