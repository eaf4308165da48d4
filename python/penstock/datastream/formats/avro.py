"""Avro files. Records are dicts, as PyFlink makes them of Avro's generic records.

schema = AvroSchema.parse_string('{"type": "record", "name": "Person", "fields": [{"name": "id", "type": "long"}]}')
people = env.create_input(AvroInputFormat("/data/people.avro", schema))
"""

from __future__ import annotations

import json
from typing import Any

from penstock._build.absent import absent_names
from penstock._build.codecs import AvroCodec, Codec
from penstock._build.file_formats import ReadFormat, WriteFormat
from penstock.common.io import InputFormat
from penstock.common.serialization import BulkWriterFactory
from penstock.common.typeinfo import PickledBytesTypeInfo
from penstock.datastream.utils import ResultTypeQueryable

_ABSENT = ["AvroRowDeserializationSchema", "AvroRowSerializationSchema"]

__all__ = ["AvroBulkWriters", "AvroInputFormat", "AvroSchema", "GenericRecordAvroTypeInfo", *_ABSENT]

__getattr__ = absent_names(__name__, _ABSENT)


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

    The files may have been written with older versions of the schema. Dates and times are the numbers that the files
    have, as in Flink.
    """

    def __init__(self, path: str, schema: AvroSchema) -> None:
        options = {"format": "avro", "schema": str(checked(schema, "AvroInputFormat"))}
        super().__init__(ReadFormat({**options, "paths": [str(path)]}, Codec("dicts")))
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


def checked(schema: AvroSchema, caller: str) -> AvroSchema:
    """The schema that a format was given. Raises TypeError if it is none."""
    if not isinstance(schema, AvroSchema):
        raise TypeError(f"{caller} takes AvroSchema.parse_string(...), not {schema!r}")
    return schema
