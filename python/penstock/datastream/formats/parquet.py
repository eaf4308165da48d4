"""Parquet files.

row_type = DataTypes.ROW([DataTypes.FIELD("id", DataTypes.BIGINT()), DataTypes.FIELD("name", DataTypes.STRING())])
source = FileSource.for_bulk_file_format(ParquetColumnarRowInputFormat(row_type), "/data/people").build()
"""

from __future__ import annotations

from penstock._build.avro_schemas import schema_of
from penstock._build.codecs import AvroCodec, Codec
from penstock._build.file_formats import ReadFormat, WriteFormat, rows_of_columns
from penstock.common.configuration import Configuration
from penstock.common.serialization import BulkWriterFactory
from penstock.datastream.connectors.file_system.source import BulkFormat, StreamFormat
from penstock.datastream.formats.avro import AvroSchema
from penstock.datastream.formats.avro import checked as checked_schema
from penstock.table.types import RowType
from penstock.table.types.nested import row_type as checked

__all__ = ["AvroParquetReaders", "AvroParquetWriters", "ParquetBulkWriters", "ParquetColumnarRowInputFormat"]


class ParquetColumnarRowInputFormat(BulkFormat):
    """Reads Parquet files. A record is a `Row` with the fields of the row type.

    Columns are found by name, only those of the row type are read, and one that a file lacks is None. Timestamps are
    wall clock times of this machine's zone, or of UTC with `is_utc_timestamp`. `hadoop_config` is accepted: there is no
    Hadoop. `batch_size` is the number of rows that are decoded at once.
    """

    def __init__(
        self,
        row_type: RowType,
        hadoop_config: Configuration | None = None,
        batch_size: int = 2048,
        is_utc_timestamp: bool = False,
        is_case_sensitive: bool = True,
    ) -> None:
        super().__init__(
            rows_of_columns(
                "parquet",
                row_type,
                "ParquetColumnarRowInputFormat",
                batch_size=batch_size,
                utc_timestamp=is_utc_timestamp,
                case_sensitive=is_case_sensitive,
            )
        )


class ParquetBulkWriters:
    """Writes Parquet files, compressed with Snappy."""

    @staticmethod
    def for_row_type(
        row_type: RowType, hadoop_config: Configuration | None = None, utc_timestamp: bool = False
    ) -> BulkWriterFactory:
        """Rows with the fields of a row type, for `FileSink.for_bulk_format`.

        Timestamps are wall clock times of this machine's zone, or of UTC with `utc_timestamp`. `hadoop_config` is
        accepted: there is no Hadoop.
        """
        schema = schema_of(checked(row_type, "ParquetBulkWriters.for_row_type"))
        columns = row_type._column()["fields"]
        options = {"format": "parquet", "schema": schema, "columns": columns, "utc_timestamp": utc_timestamp}
        return BulkWriterFactory(WriteFormat(options, AvroCodec("avro", schema)))


class AvroParquetReaders:
    """Reads Parquet files into dicts, as PyFlink makes them of Avro's generic records."""

    @staticmethod
    def for_generic_record(schema: AvroSchema) -> StreamFormat:
        """Dicts with the columns that are fields of the schema, for `FileSource.for_record_stream_format`."""
        fields = checked_schema(schema, "AvroParquetReaders.for_generic_record")._schema["fields"]
        options = {"format": "parquet", "names": [field["name"] for field in fields]}
        return StreamFormat(ReadFormat(options, Codec("dicts")))


class AvroParquetWriters:
    """Writes Parquet files of dicts."""

    @staticmethod
    def for_generic_record(schema: AvroSchema) -> BulkWriterFactory:
        """Dicts (or Rows) that are records of a schema, for `FileSink.for_bulk_format`."""
        text = str(checked_schema(schema, "AvroParquetWriters.for_generic_record"))
        options = {"format": "parquet", "schema": text, "utc_timestamp": True}
        return BulkWriterFactory(WriteFormat(options, AvroCodec("avro", text)))
