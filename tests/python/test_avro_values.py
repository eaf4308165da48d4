"""Single Avro values: the bytes are those that fastavro writes."""

from __future__ import annotations

import datetime
import json
import random
import uuid
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest

from penstock._runtime.avro import AvroError, decoder, encoder, parse
from penstock.common import Row

ORDER = {
    "type": "record",
    "name": "shop.Order",
    "fields": [
        {"name": "id", "type": "long"},
        {"name": "name", "type": ["null", "string"], "default": None},
        {"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "day", "type": {"type": "int", "logicalType": "date"}},
        {"name": "key", "type": {"type": "string", "logicalType": "uuid"}},
        {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["A", "B"]}},
        {"name": "hash", "type": {"type": "fixed", "name": "Hash", "size": 2}},
        {"name": "tags", "type": {"type": "array", "items": "string"}},
        {"name": "sizes", "type": {"type": "map", "values": "double"}},
        {"name": "parent", "type": ["null", "Order"], "default": None},
        {"name": "any", "type": ["int", "double", "boolean"]},
    ],
}
INNER: dict[str, Any] = {
    "id": -5,
    "name": None,
    "price": Decimal("-12.50"),
    "at": datetime.datetime(2024, 1, 2, 3, 4, 5, 678000, tzinfo=datetime.timezone.utc),
    "day": datetime.date(1969, 12, 31),
    "key": uuid.UUID("12345678-1234-5678-1234-567812345678"),
    "kind": "B",
    "hash": b"\x00\xff",
    "tags": [],
    "sizes": {},
    "parent": None,
    "any": True,
}
VALUE = {**INNER, "name": "ü", "tags": ["x", "y"], "sizes": {"l": 1.5}, "any": 2.5, "parent": INNER}
UUID_BYTES = b"H12345678-1234-5678-1234-567812345678".hex()
BYTES = bytes.fromhex(
    f"090204c3bc04fb1edcec8682996301{UUID_BYTES}0200ff04027802790002026c000000000000f83f00"
    f"02090004fb1edcec8682996301{UUID_BYTES}0200ff0000000401020000000000000440"
)


def test_bytes_are_those_of_others() -> None:
    schema = parse(json.dumps(ORDER))
    assert encoder(schema)(VALUE) == BYTES
    assert decoder(schema, schema)(BYTES) == VALUE
    assert list(decoder(schema, schema)(BYTES)) == list(VALUE), "fields come in the order of the schema"


def test_rows_and_objects_are_records_too() -> None:
    schema = parse(
        '{"type": "record", "name": "P", "fields": [{"name": "x", "type": "int"}, {"name": "y", "type": "int"}]}'
    )
    write = encoder(schema)

    class Point:
        def __init__(self) -> None:
            self.x, self.y = 1, 2

    assert write({"y": 2, "x": 1}) == write(Row(x=1, y=2)) == write(Row(1, 2)) == write(Point()) == b"\x02\x04"


def evolved(writer: Any, reader: Any, value: Any) -> Any:
    return decoder(parse(json.dumps(writer)), parse(json.dumps(reader)))(encoder(parse(json.dumps(writer)))(value))


def record(*fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": "record", "name": "R", "fields": list(fields)}


def test_what_was_written_otherwise_is_read_by_avros_rules() -> None:
    old = {"name": "old", "type": "string"}
    gone = {"name": "gone", "type": {"type": "array", "items": {"type": "map", "values": "long"}}}
    written = record({"name": "a", "type": "int"}, gone, old)
    new = {"name": "new", "type": ["null", "string"], "aliases": ["old"]}
    more = {"name": "more", "type": {"type": "array", "items": "int"}, "default": [1]}
    read = record(more, new, {"name": "a", "type": "double"})
    value = {"a": 3, "gone": [{"k": 1}], "old": "o"}
    first, second = (evolved(written, read, value) for _ in range(2))
    assert first == {"more": [1], "new": "o", "a": 3.0} and list(first) == ["more", "new", "a"]
    assert first["more"] is not second["more"], "a default is nobody else's"
    symbols = {"type": "enum", "name": "E", "symbols": ["A", "NEW"]}
    fewer = {"type": "enum", "name": "E", "symbols": ["A", "OTHER"], "default": "OTHER"}
    assert [evolved(symbols, fewer, one) for one in ("A", "NEW")] == ["A", "OTHER"]


@pytest.mark.parametrize(
    ("writer", "reader", "value", "message"),
    [
        (record(), record({"name": "a", "type": "int"}), {}, "'a' of R was not written and has no default"),
        ("string", "int", "x", "what was written as string cannot be read as int"),
        (["null", "string"], "string", None, "what was written as null cannot be read as string"),
        ("long", ["null", "int"], 1, "cannot be read as any of null, int"),
    ],
)
def test_what_cannot_be_read_is_named(writer: Any, reader: Any, value: Any, message: str) -> None:
    with pytest.raises(AvroError, match=message):
        evolved(writer, reader, value)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({**VALUE, "id": "x"}, r"shop\.Order\.id: 'x' is no long"),
        ({**VALUE, "price": Decimal("0.001")}, r"shop\.Order\.price: 0\.001 has more than 2 digits"),
        ({**VALUE, "parent": {**INNER, "hash": b""}}, r"shop\.Order\.parent: shop\.Order\.hash: b'' is not 2 bytes"),
        ({**VALUE, "any": "text"}, r"shop\.Order\.any: 'text' is none of int, double, boolean"),
        ({}, r"shop\.Order\.id: the value is missing"),
        (3, "3 is no shop.Order"),
    ],
)
def test_what_does_not_fit_is_named(value: Any, message: str) -> None:
    with pytest.raises(AvroError, match=message):
        encoder(parse(ORDER))(value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is JSON, and this is none"),
        ('"Other"', "uses the type 'Other', which nothing defines"),
        ('{"type": "array"}', "has 'items'"),
        ('[["null"]]', "none of which is a union"),
        ("[" * 500 + "]" * 500, "nested"),
        (json.dumps([{"type": "fixed", "name": "F", "size": 1}] * 2), "twice"),
    ],
)
def test_what_is_no_schema_is_named(text: str, message: str) -> None:
    with pytest.raises(AvroError, match=message):
        parse(text)


def test_damaged_bytes_are_an_error_and_nothing_else() -> None:
    schema = parse(ORDER)
    read, rng = decoder(schema, schema), random.Random(7)
    for length in range(len(BYTES)):
        with pytest.raises(AvroError):
            read(BYTES[:length])
    for _ in range(2000):
        damaged = bytearray(BYTES)
        damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        with suppress(AvroError):
            read(bytes(damaged))
    nulls = parse('{"type": "array", "items": "null"}')
    with pytest.raises(AvroError, match="at most 1000000 can follow"):
        decoder(nulls, nulls)(b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01")
