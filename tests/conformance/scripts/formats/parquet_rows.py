# Parquet: rows of every type that Flink reads back, written by a bulk writer; read whole, and some columns of them.
# jars: flink-sql-parquet flink-shaded-hadoop-2-uber
# order: free
import tempfile
from decimal import Decimal

from pyflink.common import Row, Types, WatermarkStrategy
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors.file_system import FileSink, FileSource
from pyflink.datastream.formats.parquet import ParquetBulkWriters, ParquetColumnarRowInputFormat
from pyflink.table import DataTypes

COLUMNS = {
    "b": (DataTypes.BOOLEAN(), Types.BOOLEAN()),
    "ti": (DataTypes.TINYINT(), Types.BYTE()),
    "si": (DataTypes.SMALLINT(), Types.SHORT()),
    "i": (DataTypes.INT(), Types.INT()),
    "l": (DataTypes.BIGINT(), Types.LONG()),
    "f": (DataTypes.FLOAT(), Types.FLOAT()),
    "d": (DataTypes.DOUBLE(), Types.DOUBLE()),
    "s": (DataTypes.STRING(), Types.STRING()),
    "dec": (DataTypes.DECIMAL(10, 2), Types.BIG_DEC()),
}
ROWS = [
    Row(True, 127, -32768, 2147483647, -9223372036854775808, 1.5, 0.1, "grün", Decimal("12.50")),
    Row(False, -128, 32767, -1, 9223372036854775807, -0.25, float("inf"), "", Decimal("-0.01")),
    Row(None, None, None, None, None, None, None, None, None),
]


def row_type(names):
    columns = {**COLUMNS, "not there": COLUMNS["s"]}
    return DataTypes.ROW([DataTypes.FIELD(name, columns[name][0]) for name in names])


def write(folder):
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    types = Types.ROW_NAMED(list(COLUMNS), [of for _, of in COLUMNS.values()])
    format = ParquetBulkWriters.for_row_type(row_type(COLUMNS), utc_timestamp=True)
    env.from_collection(ROWS, type_info=types).sink_to(FileSink.for_bulk_format(folder, format).build())
    env.execute()


def read(folder, names):
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    format = ParquetColumnarRowInputFormat(row_type(names), is_utc_timestamp=True)
    source = FileSource.for_bulk_file_format(format, folder).build()
    rows = env.from_source(source, WatermarkStrategy.no_watermarks(), "rows")
    rows.map(lambda row: f"{row!r} {[type(value).__name__ for value in row]}").print()
    env.execute()


def main():
    folder = tempfile.mkdtemp()
    write(folder)
    read(folder, list(COLUMNS))
    read(folder, ["s", "i"])
    read(folder, ["i", "not there"])


if __name__ == "__main__":
    main()
