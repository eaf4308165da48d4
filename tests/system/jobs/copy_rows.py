"""Copies CSV files to files of a format, slowly enough to be killed on the way: FROM TO csv|parquet|text [SECONDS]."""

import sys
import time

from pyflink.common import Encoder, Row, Types, WatermarkStrategy
from pyflink.datastream import DataStream, StreamExecutionEnvironment
from pyflink.datastream.connectors.file_system import BucketAssigner, FileSink, FileSource, RollingPolicy
from pyflink.datastream.formats.csv import CsvBulkWriters, CsvReaderFormat, CsvSchema
from pyflink.datastream.formats.parquet import ParquetBulkWriters
from pyflink.table import DataTypes

SCHEMA = CsvSchema.builder().add_number_column("id").add_string_column("s").set_use_header().build()


def slowly(row: Row, seconds: float) -> Row:
    time.sleep(seconds)
    return row


def write(rows: DataStream, folder: str, format: str) -> None:
    bucket = BucketAssigner.base_path_bucket_assigner()
    if format == "csv":
        csv = FileSink.for_bulk_format(folder, CsvBulkWriters.for_schema(SCHEMA))
        rows.sink_to(csv.with_bucket_assigner(bucket).build())
    elif format == "parquet":
        row_type = DataTypes.ROW([DataTypes.FIELD("id", DataTypes.BIGINT()), DataTypes.FIELD("s", DataTypes.STRING())])
        parquet = FileSink.for_bulk_format(folder, ParquetBulkWriters.for_row_type(row_type))
        rows.sink_to(parquet.with_bucket_assigner(bucket).build())
    else:
        policy = RollingPolicy.default_rolling_policy(part_size=20_000)
        text = FileSink.for_row_format(folder, Encoder.simple_string_encoder()).with_rolling_policy(policy)
        lines = rows.map(lambda row: f"{row.id},{row.s!r}", Types.STRING())
        lines.sink_to(text.with_bucket_assigner(bucket).build())


def main(rows_from: str, rows_to: str, format: str, per_row: str = "0.0005") -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    source = FileSource.for_record_stream_format(CsvReaderFormat.for_schema(SCHEMA), rows_from).build()
    types = Types.ROW_NAMED(["id", "s"], [Types.LONG(), Types.STRING()])
    rows = env.from_source(source, WatermarkStrategy.no_watermarks(), "rows")
    write(rows.map(lambda row: slowly(row, float(per_row)), types), rows_to, format)
    env.execute("copy rows")


if __name__ == "__main__":
    main(*sys.argv[1:])
