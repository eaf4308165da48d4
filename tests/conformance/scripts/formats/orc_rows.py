# ORC: rows written by a bulk writer. PyFlink has no reader of them in its DataStream API: what Flink reads back is read
# through Flink SQL, below.
# jars: flink-sql-orc flink-shaded-hadoop-2-uber
# order: free
import tempfile

from pyflink.common import Row, Types, WatermarkStrategy
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors.file_system import FileSink, FileSource
from pyflink.datastream.formats.orc import OrcBulkWriters
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
}
ROW_TYPE = DataTypes.ROW([DataTypes.FIELD(name, of) for name, (of, _) in COLUMNS.items()])
ROWS = [
    Row(True, 127, -32768, 2147483647, -9223372036854775808, 1.5, 0.1, "grün"),
    Row(False, -128, 32767, -1, 9223372036854775807, -0.25, float("inf"), ""),
    Row(None, None, None, None, None, None, None, None),
]


def environment():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    return env


def write(folder):
    env = environment()
    types = Types.ROW_NAMED(list(COLUMNS), [of for _, of in COLUMNS.values()])
    format = OrcBulkWriters.for_row_type(ROW_TYPE)
    env.from_collection(ROWS, type_info=types).sink_to(FileSink.for_bulk_format(folder, format).build())
    env.execute()


def rows(env, folder):
    try:
        from pyflink.datastream.formats.orc import OrcColumnarRowInputFormat
    except ImportError:
        return rows_by_sql(env, folder)
    source = FileSource.for_bulk_file_format(OrcColumnarRowInputFormat(ROW_TYPE), folder).build()
    return env.from_source(source, WatermarkStrategy.no_watermarks(), "rows")


def rows_by_sql(env, folder):
    from pyflink.table import StreamTableEnvironment

    tables = StreamTableEnvironment.create(env)
    columns = (
        "b BOOLEAN, ti TINYINT, si SMALLINT, i INT, l BIGINT, f FLOAT, d DOUBLE, s STRING"
    )
    options = f"'connector' = 'filesystem', 'format' = 'orc', 'path' = 'file://{folder}'"
    options += ", 'source.path.regex-pattern' = '.*/part-[^/]*'"
    tables.execute_sql(f"CREATE TABLE files ({columns}) WITH ({options})")
    return tables.to_data_stream(tables.from_path("files"))


def main():
    folder = tempfile.mkdtemp()
    write(folder)
    env = environment()
    rows(env, folder).map(lambda row: f"{list(row)!r}", output_type=Types.STRING()).print()
    env.execute()


if __name__ == "__main__":
    main()
