"""Rows as JSON objects, read and written."""

from __future__ import annotations

import datetime
import json
import pickle
from decimal import Decimal
from typing import Any

import pytest

from penstock._runtime.serialization import decoder, encoder
from penstock.common import Instant, Row, TypeInformation, Types
from penstock.datastream.formats.json import JsonRowDeserializationSchema, JsonRowSerializationSchema

PERSON = Types.ROW_NAMED(["name", "age"], [Types.STRING(), Types.INT()])


def read(declared: TypeInformation, text: str) -> Any:
    return decoder(JsonRowDeserializationSchema.builder().type_info(declared).build())(text.encode())


def written(declared: TypeInformation, row: Any) -> str:
    return encoder(JsonRowSerializationSchema.builder().with_type_info(declared).build())(row).decode()


def of(declared: TypeInformation) -> TypeInformation:
    return Types.ROW_NAMED(["x"], [declared])


BOTH_WAYS = [
    (Types.STRING(), '"é\\"\\n"', 'é"\n'),
    (Types.BOOLEAN(), "true", True),
    (Types.LONG(), "9223372036854775807", 2**63 - 1),
    (Types.BIG_INT(), "123456789012345678901234567890", 123456789012345678901234567890),
    (Types.DOUBLE(), "1.0E10", 1e10),
    (Types.DOUBLE(), "0.5", 0.5),
    (Types.BIG_DEC(), "1.10", Decimal("1.10")),
    (Types.STRING(), "null", None),
    (Types.LIST(Types.INT()), "[1,null]", [1, None]),
    (Types.OBJECT_ARRAY(Types.STRING()), '["a"]', ["a"]),
    (Types.PRIMITIVE_ARRAY(Types.BYTE()), '"YWI="', b"ab"),
    (Types.MAP(Types.STRING(), Types.INT()), '{"a":1}', {"a": 1}),
    (Types.TUPLE([Types.INT(), Types.STRING()]), '[1,"a"]', (1, "a")),
    (PERSON, '{"name":"Ada","age":36}', Row(name="Ada", age=36)),
    (Types.SQL_DATE(), '"2024-01-31"', datetime.date(2024, 1, 31)),
    (Types.SQL_TIME(), '"12:00:01Z"', datetime.time(12, 0, 1)),
    (Types.SQL_TIMESTAMP(), '"2024-01-31T12:00:01Z"', datetime.datetime(2024, 1, 31, 12, 0, 1)),
]


@pytest.mark.parametrize(("declared", "text", "value"), BOTH_WAYS)
def test_both_ways(declared: TypeInformation, text: str, value: Any) -> None:
    row = read(of(declared), f'{{"x": {text}}}')
    assert row == Row(x=value)
    assert written(of(declared), row) == json.dumps({"x": 0}).replace("0", text).replace(" ", "")


@pytest.mark.parametrize(
    ("declared", "text", "value"),
    [
        (Types.STRING(), "5", "5"),
        (Types.STRING(), '{"a": [1, true]}', '{"a":[1,true]}'),
        (Types.INT(), '" 7 "', 7),
        (Types.INT(), "7.9", 7),
        (Types.DOUBLE(), '"1.5"', 1.5),
        (Types.BOOLEAN(), '"TRUE"', True),
        (Types.INSTANT(), '"1970-01-01T00:00:01.5Z"', Instant(1, 500_000_000)),
    ],
)
def test_lenient_reading(declared: TypeInformation, text: str, value: Any) -> None:
    assert read(of(declared), f'{{"x": {text}}}') == Row(x=value)


def test_fields_go_by_name() -> None:
    assert read(PERSON, '{"age": 1, "more": 2, "name": "A"}') == Row(name="A", age=1)
    assert read(PERSON, '{"age": 1}') == Row(name=None, age=1)
    assert read(Types.ROW([Types.INT()]), '{"f0": 1}') == Row(f0=1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "no JSON object"),
        ("[1]", r"the record: \[1\] is not an object"),
        ('{"age": "x"}', "age: 'x' is not a whole number"),
        ('{"age": [1]}', "age: .* is not a whole number"),
    ],
)
def test_what_cannot_be_read(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read(PERSON, text)
    forgiving = JsonRowDeserializationSchema.builder().type_info(PERSON).ignore_parse_errors().build()
    assert forgiving.deserialize(text.encode()) is None


def test_missing_fields_can_be_errors() -> None:
    strict = JsonRowDeserializationSchema.builder().type_info(PERSON).fail_on_missing_field().build()
    with pytest.raises(ValueError, match="age: the field is missing"):
        strict.deserialize(b'{"name": "A"}')
    with pytest.raises(ValueError, match="exclude each other"):
        JsonRowDeserializationSchema.builder().type_info(PERSON).fail_on_missing_field().ignore_parse_errors().build()


def test_what_cannot_be_written() -> None:
    with pytest.raises(TypeError, match="does not have 2 fields"):
        written(PERSON, Row(1))
    with pytest.raises(TypeError, match="5 is no str"):
        written(PERSON, Row(5, 1))


def test_the_type_is_needed() -> None:
    with pytest.raises(ValueError, match=r"call type_info\(Types.ROW_NAMED"):
        JsonRowDeserializationSchema.builder().build()
    with pytest.raises(TypeError, match="makes rows"):
        JsonRowSerializationSchema.builder().with_type_info(Types.INT()).build()


def test_schemas_are_types() -> None:
    schema = {
        "type": "object",
        "properties": {
            "id": {"type": "integer"},
            "tags": {"type": "array", "items": {"type": "string"}},
            "at": {"type": "string", "format": "date-time"},
            "raw": {"type": "string", "contentEncoding": "base64"},
            "place": {"$ref": "#/definitions/place"},
            "price": {"type": ["number", "null"]},
        },
        "definitions": {"place": {"type": "object", "properties": {"open": {"type": "boolean"}}}},
    }
    built = JsonRowDeserializationSchema.builder().json_schema(json.dumps(schema)).build()
    assert str(built._produced_type()) == (
        "RowTypeInfo(id: BigInteger, tags: ObjectArrayTypeInfo<String>, at: TimestampTypeInfo, "
        "raw: PrimitiveArrayTypeInfo<Byte>, place: RowTypeInfo(open: Boolean), price: BigDecimal)"
    )
    with pytest.raises(ValueError, match=r"the JSON schema, a: the type 'null' has no counterpart"):
        JsonRowDeserializationSchema.builder().json_schema('{"type":"object","properties":{"a":{"type":"null"}}}')


def test_schemas_travel() -> None:
    reading = JsonRowDeserializationSchema.builder().type_info(PERSON).build()
    writing = JsonRowSerializationSchema.builder().with_type_info(PERSON).build()
    text = b'{"name":"A","age":1}'
    assert pickle.loads(pickle.dumps(writing)).serialize(pickle.loads(pickle.dumps(reading)).deserialize(text)) == text
