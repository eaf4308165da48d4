"""Avro schemas of row types, for bulk formats take records as Avro datums; and the types of schemas."""

from __future__ import annotations

import json
from typing import Any

from penstock._runtime.avro import Schema
from penstock.common.typeinfo import RowTypeInfo, TypeInformation, Types
from penstock.table.types.nested import RowType

_SIMPLE: dict[str, Any] = {
    "BOOLEAN": "boolean",
    "TINYINT": {"type": "int", "logicalType": "penstock-byte"},
    "SMALLINT": {"type": "int", "logicalType": "penstock-short"},
    "INT": "int",
    "BIGINT": "long",
    "FLOAT": "float",
    "DOUBLE": "double",
    "STRING": "string",
    "BYTES": "bytes",
    "DATE": {"type": "int", "logicalType": "date"},
    "TIME": {"type": "int", "logicalType": "time-millis"},
    "TIMESTAMP": {"type": "long", "logicalType": "local-timestamp-micros"},
    "TIMESTAMP_LTZ": {"type": "long", "logicalType": "timestamp-micros"},
}


def schema_of(row_type: RowType) -> str:
    """The schema of a row type as JSON. Raises ValueError for what Avro cannot name or hold."""
    return json.dumps(_record(row_type._column()["fields"], "Row"))


def _record(fields: list[dict[str, Any]], name: str) -> dict[str, Any]:
    columns = [{"name": field["name"], "type": ["null", _type(field, f"{name}_{i}")]} for i, field in enumerate(fields)]
    return {"type": "record", "name": name, "fields": columns}


def _type(column: dict[str, Any], name: str) -> Any:
    kind = column["type"]
    if kind == "DECIMAL":
        scale, precision = column["scale"], column["precision"]
        return {"type": "bytes", "logicalType": "decimal", "precision": precision, "scale": scale}
    if kind == "ARRAY":
        return {"type": "array", "items": ["null", _type(column["element"], name)]}
    if kind == "MAP":
        if column["key"]["type"] != "STRING":
            raise ValueError(f"a map that is written to a file has keys of the type STRING, not {column['key']['type']}")
        return {"type": "map", "values": ["null", _type(column["value"], name)]}
    if kind == "ROW":
        return _record(column["fields"], name)
    return _SIMPLE[kind]


_TYPES: dict[str, TypeInformation] = {
    "boolean": Types.BOOLEAN(),
    "int": Types.INT(),
    "long": Types.LONG(),
    "float": Types.FLOAT(),
    "double": Types.DOUBLE(),
    "string": Types.STRING(),
    "enum": Types.STRING(),
    "bytes": Types.PRIMITIVE_ARRAY(Types.BYTE()),
    "fixed": Types.PRIMITIVE_ARRAY(Types.BYTE()),
}
_LOGICAL: dict[str, TypeInformation] = {
    "decimal": Types.BIG_DEC(),
    "date": Types.SQL_DATE(),
    "time-millis": Types.SQL_TIME(),
    "time-micros": Types.SQL_TIME(),
    "timestamp-millis": Types.SQL_TIMESTAMP(),
    "timestamp-micros": Types.SQL_TIMESTAMP(),
    "local-timestamp-millis": Types.SQL_TIMESTAMP(),
    "local-timestamp-micros": Types.SQL_TIMESTAMP(),
}


def row_type_of(schema: Schema) -> RowTypeInfo:
    """The type of the rows that are records of a schema. What is within itself, or of several types, is pickled."""
    return _row_type(schema, ())


def _row_type(schema: Schema, within: tuple[Schema, ...]) -> RowTypeInfo:
    fields = [_type_of(field.schema, (*within, schema)) for field in schema.fields]
    return Types.ROW_NAMED([field.name for field in schema.fields], fields)


def _type_of(schema: Schema, within: tuple[Schema, ...]) -> TypeInformation:
    if schema.kind == "record" and schema not in within:
        return _row_type(schema, within)
    if schema.kind == "array":
        return Types.OBJECT_ARRAY(_type_of(schema.inner, within))
    if schema.kind == "map":
        return Types.MAP(Types.STRING(), _type_of(schema.inner, within))
    if schema.kind == "union":
        others = [branch for branch in schema.branches if branch.kind != "null"]
        return _type_of(others[0], within) if len(others) == 1 else Types.PICKLED_BYTE_ARRAY()
    logical = _LOGICAL.get(schema.logical or "")
    # A UUID is no text in Python.
    known = _TYPES.get(schema.kind) if schema.logical is None else logical
    return known or Types.PICKLED_BYTE_ARRAY()
