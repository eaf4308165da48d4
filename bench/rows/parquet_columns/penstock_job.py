"""Reads a Parquet file into columns, which nothing turns into Python objects."""

import sys

from pyflink.common import WatermarkStrategy
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors.file_system import FileSource
from pyflink.datastream.formats.parquet import ParquetColumnarRowInputFormat
from pyflink.table import DataTypes

from penstock.testing import DiscardingSink


def main(n: int, path: str) -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    row_type = DataTypes.ROW(
        [
            DataTypes.FIELD("id", DataTypes.BIGINT()),
            DataTypes.FIELD("amount", DataTypes.DOUBLE()),
            DataTypes.FIELD("city", DataTypes.STRING()),
            DataTypes.FIELD("note", DataTypes.STRING()),
        ]
    )
    format = ParquetColumnarRowInputFormat(row_type, batch_size=65_536)
    source = FileSource.for_bulk_file_format(format, path).build()
    env.from_source(source, WatermarkStrategy.no_watermarks(), "rows").sink_to(DiscardingSink())
    env.execute("parquet_columns")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
