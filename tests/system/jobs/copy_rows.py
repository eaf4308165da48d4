"""Copies files of rows, slowly enough to be killed on the way: FROM TO csv|parquet|text|joined|avro [SECONDS].

From CSV to CSV, Parquet, lines of text, or lines of text whose files are joined; or from Avro to lines of text.
"""

import sys
import time

from pyflink.common import Encoder, Row, Types, WatermarkStrategy
from pyflink.datastream import DataStream, StreamExecutionEnvironment
from pyflink.datastream.connectors.file_system import (
    BucketAssigner,
    FileCompactor,
    FileCompactStrategy,
    FileSink,
    FileSource,
    RollingPolicy,
)
from pyflink.datastream.formats.avro import AvroInputFormat, AvroSchema
from pyflink.datastream.formats.csv import CsvBulkWriters, CsvReaderFormat, CsvSchema
from pyflink.datastream.formats.parquet import ParquetBulkWriters
from pyflink.table import DataTypes

AVRO = '{"type": "record", "name": "R", "fields": [{"name": "id", "type": "long"}, {"name": "s", "type": "string"}]}'
ROW = Types.ROW_NAMED(["id", "s"], [Types.LONG(), Types.STRING()])
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
        if format == "joined":
            text.with_rolling_policy(RollingPolicy.on_checkpoint_rolling_policy())
            strategy = FileCompactStrategy.builder().enable_compaction_on_checkpoint(3).build()
            text.enable_compact(strategy, FileCompactor.concat_file_compactor())
        lines = rows.map(lambda row: f"{row.id},{row.s!r}", Types.STRING())
        lines.sink_to(text.with_bucket_assigner(bucket).build())


def read(env: StreamExecutionEnvironment, folder: str, format: str) -> DataStream:
    if format == "avro":
        records = env.create_input(AvroInputFormat(folder, AvroSchema.parse_string(AVRO)))
        return records.map(lambda record: Row(**record), ROW)
    source = FileSource.for_record_stream_format(CsvReaderFormat.for_schema(SCHEMA), folder).build()
    return env.from_source(source, WatermarkStrategy.no_watermarks(), "rows")


def main(rows_from: str, rows_to: str, format: str, per_row: str = "0.0005") -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    rows = read(env, rows_from, format).map(lambda row: slowly(row, float(per_row)), ROW)
    write(rows, rows_to, format)
    env.execute("copy rows")


if __name__ == "__main__":
    main(*sys.argv[1:])
