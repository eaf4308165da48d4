"""ORC files.

row_type = DataTypes.ROW([DataTypes.FIELD("id", DataTypes.BIGINT()), DataTypes.FIELD("name", DataTypes.STRING())])
sink = FileSink.for_bulk_format("/data/people", OrcBulkWriters.for_row_type(row_type)).build()
source = FileSource.for_bulk_file_format(OrcColumnarRowInputFormat(row_type), "/data/people").build()
"""

from __future__ import annotations

from penstock._build.avro_schemas import schema_of
from penstock._build.codecs import AvroCodec
from penstock._build.file_formats import WriteFormat, rows_of_columns
from penstock.common.configuration import Configuration
from penstock.common.serialization import BulkWriterFactory
from penstock.datastream.connectors.file_system.source import BulkFormat
from penstock.table.types import RowType
from penstock.table.types.nested import row_type as checked

__all__ = ["OrcBulkWriters", "OrcColumnarRowInputFormat"]

_NOT_WRITTEN = ("DECIMAL", "TIME", "ARRAY", "MAP", "ROW")


class OrcBulkWriters:
    """Writes ORC files, compressed with ZLIB."""

    @staticmethod
    def for_row_type(
        row_type: RowType, writer_properties: Configuration | None = None, hadoop_config: Configuration | None = None
    ) -> BulkWriterFactory:
        """Rows with the fields of a row type, for `FileSink.for_bulk_format`.

        Timestamps are written as the wall clock times that they are. `writer_properties` and `hadoop_config` are
        accepted, and nothing is read from them. Raises ValueError for columns that cannot be written: decimals, times
        of day, and what is made of parts.
        """
        columns = checked(row_type, "OrcBulkWriters.for_row_type")._column()["fields"]
        for column in columns:
            if column["type"] in _NOT_WRITTEN:
                raise ValueError(
                    f"the column {column['name']!r} cannot be written to ORC files: {column['type']} is not built in; "
                    "write Parquet (ParquetBulkWriters), or make it a number or a text"
                )
        schema = schema_of(row_type)
        options = {"format": "orc", "schema": schema, "columns": columns, "utc_timestamp": True}
        return BulkWriterFactory(WriteFormat(options, AvroCodec("avro", schema)))


class OrcColumnarRowInputFormat(BulkFormat):
    """Reads ORC files. A record is a `Row` with the fields of the row type. PyFlink has it in Java only.

    Columns are found by name, only those of the row type are read, and one that a file lacks is None. `hadoop_config`
    is accepted: there is no Hadoop. `batch_size` is the number of rows that are decoded at once.
    """

    def __init__(
        self,
        row_type: RowType,
        hadoop_config: Configuration | None = None,
        batch_size: int = 2048,
        is_case_sensitive: bool = True,
    ) -> None:
        super().__init__(
            rows_of_columns(
                "orc",
                row_type,
                "OrcColumnarRowInputFormat",
                batch_size=batch_size,
                utc_timestamp=True,
                case_sensitive=is_case_sensitive,
            )
        )
