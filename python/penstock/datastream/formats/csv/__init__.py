"""Comma-separated values.

schema = CsvSchema.builder().add_number_column("id").add_string_column("name").set_use_header().build()
source = FileSource.for_record_stream_format(CsvReaderFormat.for_schema(schema), "/data/people.csv").build()
values = CsvRowDeserializationSchema.Builder(Types.ROW_NAMED(["id", "name"], [Types.LONG(), Types.STRING()])).build()
"""

from penstock.datastream.formats.csv.files import CsvBulkWriters, CsvReaderFormat
from penstock.datastream.formats.csv.rows import CsvRowDeserializationSchema, CsvRowSerializationSchema
from penstock.datastream.formats.csv.schema import CsvSchema, CsvSchemaBuilder

__all__ = [
    "CsvBulkWriters",
    "CsvReaderFormat",
    "CsvRowDeserializationSchema",
    "CsvRowSerializationSchema",
    "CsvSchema",
    "CsvSchemaBuilder",
]
