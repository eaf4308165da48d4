"""Avro files, whose records are dicts, as PyFlink makes them of Avro's generic records; and rows as single datums.

schema = AvroSchema.parse_string('{"type": "record", "name": "Person", "fields": [{"name": "id", "type": "long"}]}')
people = env.create_input(AvroInputFormat("/data/people.avro", schema))
sink = FileSink.for_bulk_format("/data/people", AvroBulkWriters.for_generic_record(schema)).build()
"""

from __future__ import annotations

import json
from typing import Any

from penstock._build.avro_schemas import row_type_of
from penstock._build.codecs import AvroCodec
from penstock._build.file_formats import ReadFormat, WriteFormat
from penstock._runtime.avro import decoder, encoder, parse, rows_of
from penstock.common.io import InputFormat
from penstock.common.serialization import BulkWriterFactory, DeserializationSchema, SerializationSchema
from penstock.common.typeinfo import PickledBytesTypeInfo, TypeInformation
from penstock.common.types import Row
from penstock.datastream.utils import ResultTypeQueryable

__all__ = [
    "AvroBulkWriters",
    "AvroInputFormat",
    "AvroRowDeserializationSchema",
    "AvroRowSerializationSchema",
    "AvroSchema",
    "GenericRecordAvroTypeInfo",
]


class AvroSchema:
    """A schema; made by `parse_string` or `parse_file`. `j_schema` is the schema as Python has it of JSON."""

    def __init__(self, j_schema: Any) -> None:
        self._schema = j_schema

    @staticmethod
    def parse_string(json_schema: str) -> AvroSchema:
        """The schema in a text. Raises ValueError if it is no JSON, or not the schema of a record."""
        try:
            schema = json.loads(json_schema)
        except json.JSONDecodeError as error:
            raise ValueError(f"the Avro schema is no JSON: {error}") from None
        if not isinstance(schema, dict) or schema.get("type") != "record":
            raise ValueError(f"the Avro schema has to be that of a record, not {json_schema[:200]}")
        return AvroSchema(schema)

    @staticmethod
    def parse_file(file_path: str) -> AvroSchema:
        """The schema in a file of this machine."""
        with open(file_path, encoding="utf-8") as file:
            return AvroSchema.parse_string(file.read())

    def __str__(self) -> str:
        return json.dumps(self._schema)


class GenericRecordAvroTypeInfo(PickledBytesTypeInfo):
    """The type of dicts that are records of a schema; what is written with it is checked by the sink."""

    def __init__(self, schema: AvroSchema) -> None:
        super().__init__()
        self._schema = schema


class AvroInputFormat(InputFormat, ResultTypeQueryable):
    """Reads the Avro files at a path, for `env.create_input`.

    The files may have been written with other versions of the schema. Dates and times are the numbers that the files
    have, as in Flink.
    """

    def __init__(self, path: str, schema: AvroSchema) -> None:
        text = str(checked(schema, "AvroInputFormat"))
        super().__init__(ReadFormat({"format": "avro", "paths": [str(path)]}, AvroCodec("avro", text)))
        self._type_info = GenericRecordAvroTypeInfo(schema)

    def get_produced_type(self) -> GenericRecordAvroTypeInfo:
        """The type of the records."""
        return self._type_info


class AvroBulkWriters:
    """Writes Avro files."""

    @staticmethod
    def for_generic_record(schema: AvroSchema) -> BulkWriterFactory:
        """Dicts (or Rows) that are records of a schema, for `FileSink.for_bulk_format`."""
        text = str(checked(schema, "AvroBulkWriters.for_generic_record"))
        return BulkWriterFactory(WriteFormat({"format": "avro", "schema": text}, AvroCodec("avro", text)))


class AvroRowDeserializationSchema(DeserializationSchema):
    """Makes rows of Avro datums of a schema, such as the values of a Kafka topic.

    Dates and times are Python's, without a time zone; decimals are `Decimal`. A message that is no such datum is an
    error (`ValueError`).
    """

    def __init__(self, record_class: str | None = None, avro_schema_string: str | None = None) -> None:
        super().__init__()
        self._schema = _schema_text("AvroRowDeserializationSchema", record_class, avro_schema_string)
        self._type_info = row_type_of(parse(self._schema))
        self._prepare()

    def deserialize(self, message: bytes) -> Row:
        """The row of a datum."""
        row: Row = self._row(self._read(message))
        return row

    def _produced_type(self) -> TypeInformation:
        return self._type_info

    def _prepare(self) -> None:
        schema = parse(self._schema)
        self._read, self._row = decoder(schema, schema), rows_of(schema)

    def __reduce__(self) -> tuple[Any, ...]:
        return AvroRowDeserializationSchema, (None, self._schema)


class AvroRowSerializationSchema(SerializationSchema):
    """Makes Avro datums of rows, whose fields are those of the schema by position or by name."""

    def __init__(self, record_class: str | None = None, avro_schema_string: str | None = None) -> None:
        super().__init__()
        self._schema = _schema_text("AvroRowSerializationSchema", record_class, avro_schema_string)
        self._write = encoder(parse(self._schema))

    def serialize(self, value: Any) -> bytes:
        """The datum of a row. Raises ValueError naming what does not fit."""
        return self._write(value)

    def __reduce__(self) -> tuple[Any, ...]:
        return AvroRowSerializationSchema, (None, self._schema)


def _schema_text(caller: str, record_class: str | None, avro_schema_string: str | None) -> str:
    if record_class is not None:
        raise TypeError(f"{caller}: record_class names a Java class, and there is no JVM; pass avro_schema_string=...")
    if avro_schema_string is None:
        raise TypeError("record_class or avro_schema_string should be specified.")
    if parse(avro_schema_string).kind != "record":
        raise ValueError(f"{caller}: the Avro schema has to be that of a record, not {avro_schema_string[:200]}")
    return avro_schema_string


def checked(schema: AvroSchema, caller: str) -> AvroSchema:
    """The schema that a format was given. Raises TypeError if it is none."""
    if not isinstance(schema, AvroSchema):
        raise TypeError(f"{caller} takes AvroSchema.parse_string(...), not {schema!r}")
    return schema
