"""Rows as single Avro datums, held against fastavro."""

from __future__ import annotations

import datetime
import io
import json
import pickle
from decimal import Decimal
from typing import Any

import fastavro
import pytest

from penstock.common import Row, Types
from penstock.datastream.formats.avro import AvroRowDeserializationSchema, AvroRowSerializationSchema

SCHEMA: dict[str, Any] = {
    "type": "record",
    "name": "Order",
    "fields": [
        {"name": "id", "type": "long"},
        {"name": "name", "type": ["null", "string"]},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}},
        {"name": "tags", "type": {"type": "array", "items": "string"}},
        {
            "name": "lines",
            "type": {
                "type": "array",
                "items": {"type": "record", "name": "Line", "fields": [{"name": "n", "type": "int"}]},
            },
        },
        {"name": "parts", "type": {"type": "map", "values": ["null", "Line"]}},
        {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["A", "B"]}},
        {"name": "parent", "type": ["null", "Order"]},
    ],
}
AT = datetime.datetime(2024, 1, 2, 3, 4, 5, 678_000)
FIELDS: dict[str, Any] = {
    "id": 1,
    "name": None,
    "at": AT.replace(tzinfo=datetime.timezone.utc),
    "price": Decimal("12.50"),
    "tags": ["x", "y"],
    "lines": [{"n": 1}, {"n": 2}],
    "parts": {"a": {"n": 3}, "b": None},
    "kind": "B",
    "parent": None,
}
LINE = Row(n=1)
ROW = Row(
    id=1,
    name=None,
    at=AT,
    price=Decimal("12.50"),
    tags=["x", "y"],
    lines=[Row(n=1), Row(n=2)],
    parts={"a": Row(n=3), "b": None},
    kind="B",
    parent=None,
)


def of_fastavro(value: dict[str, Any]) -> bytes:
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(json.loads(json.dumps(SCHEMA))), value)
    return out.getvalue()


def test_rows_and_datums() -> None:
    text = json.dumps(SCHEMA)
    read = AvroRowDeserializationSchema(avro_schema_string=text)
    write = AvroRowSerializationSchema(avro_schema_string=text)
    datum = of_fastavro(FIELDS)
    assert read.deserialize(datum) == ROW
    assert write.serialize(ROW) == datum
    assert pickle.loads(pickle.dumps(read)).deserialize(datum) == ROW
    assert pickle.loads(pickle.dumps(write)).serialize(ROW) == datum
    parent = {**FIELDS, "parent": FIELDS}
    assert read.deserialize(of_fastavro(parent)).parent == ROW


def test_types() -> None:
    produced = AvroRowDeserializationSchema(avro_schema_string=json.dumps(SCHEMA))._produced_type()
    line = Types.ROW_NAMED(["n"], [Types.INT()])
    assert produced == Types.ROW_NAMED(
        ["id", "name", "at", "price", "tags", "lines", "parts", "kind", "parent"],
        [
            Types.LONG(),
            Types.STRING(),
            Types.SQL_TIMESTAMP(),
            Types.BIG_DEC(),
            Types.OBJECT_ARRAY(Types.STRING()),
            Types.OBJECT_ARRAY(line),
            Types.MAP(Types.STRING(), line),
            Types.STRING(),
            Types.PICKLED_BYTE_ARRAY(),
        ],
    )


@pytest.mark.parametrize("schema", [AvroRowDeserializationSchema, AvroRowSerializationSchema])
def test_wrong_calls(schema: Any) -> None:
    with pytest.raises(TypeError, match="record_class or avro_schema_string should be specified"):
        schema()
    with pytest.raises(TypeError, match="there is no JVM; pass avro_schema_string"):
        schema("com.example.Order")
    with pytest.raises(ValueError, match="has to be that of a record"):
        schema(avro_schema_string='"string"')


def test_what_does_not_fit_is_named() -> None:
    text = json.dumps(SCHEMA)
    with pytest.raises(ValueError, match=r"Order\.id"):
        AvroRowSerializationSchema(avro_schema_string=text).serialize(Row(**{**FIELDS, "id": "x"}))
    with pytest.raises(ValueError, match="Avro data end within a number"):
        AvroRowDeserializationSchema(avro_schema_string=text).deserialize(b"\x80")
