"""Comma-separated values.

schema = CsvSchema.builder().add_number_column("id").add_string_column("name").set_use_header().build()
source = FileSource.for_record_stream_format(CsvReaderFormat.for_schema(schema), "/data/people.csv").build()
"""

from penstock._build.absent import absent_names
from penstock.datastream.formats.csv.files import CsvBulkWriters, CsvReaderFormat
from penstock.datastream.formats.csv.schema import CsvSchema, CsvSchemaBuilder

_ABSENT = ["CsvRowDeserializationSchema", "CsvRowSerializationSchema"]

__all__ = ["CsvBulkWriters", "CsvReaderFormat", "CsvSchema", "CsvSchemaBuilder", *_ABSENT]

__getattr__ = absent_names(__name__, _ABSENT)
