"""Declared types: their JSON, their text, and what they accept."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest

from penstock.common import Instant, Row, RowKind, TypeInformation, Types

SCALARS = [
    (Types.STRING(), "STRING", "String"),
    (Types.BYTE(), "BYTE", "Byte"),
    (Types.BOOLEAN(), "BOOLEAN", "Boolean"),
    (Types.SHORT(), "SHORT", "Short"),
    (Types.INT(), "INT", "Integer"),
    (Types.LONG(), "LONG", "Long"),
    (Types.FLOAT(), "FLOAT", "Float"),
    (Types.DOUBLE(), "DOUBLE", "Double"),
    (Types.CHAR(), "CHAR", "Char"),
    (Types.BIG_INT(), "BIG_INT", "BigInteger"),
    (Types.BIG_DEC(), "BIG_DEC", "BigDecimal"),
    (Types.INSTANT(), "INSTANT", "Instant"),
    (Types.SQL_DATE(), "SQL_DATE", "DateTypeInfo"),
    (Types.SQL_TIME(), "SQL_TIME", "TimeTypeInfo"),
    (Types.SQL_TIMESTAMP(), "SQL_TIMESTAMP", "TimestampTypeInfo"),
    (Types.PICKLED_BYTE_ARRAY(), "PICKLED_BYTE_ARRAY", "PickledByteArrayTypeInfo"),
]


@pytest.mark.parametrize(("declared", "json", "text"), SCALARS)
def test_scalars(declared: TypeInformation, json: str, text: str) -> None:
    assert declared._to_json() == {"type": json}
    assert str(declared) == text
    assert not declared.need_conversion()


INT, TEXT = {"type": "INT"}, {"type": "STRING"}


@pytest.mark.parametrize(
    ("declared", "json", "text"),
    [
        (Types.LIST(Types.INT()), {"type": "LIST", "element": INT}, "ListTypeInfo<Integer>"),
        (
            Types.PRIMITIVE_ARRAY(Types.INT()),
            {"type": "PRIMITIVE_ARRAY", "element": INT},
            "PrimitiveArrayTypeInfo<Integer>",
        ),
        (Types.BASIC_ARRAY(Types.INT()), {"type": "BASIC_ARRAY", "element": INT}, "BasicArrayTypeInfo<Integer>"),
        (Types.OBJECT_ARRAY(Types.INT()), {"type": "OBJECT_ARRAY", "element": INT}, "ObjectArrayTypeInfo<Integer>"),
        (
            Types.MAP(Types.STRING(), Types.INT()),
            {"type": "MAP", "key": TEXT, "value": INT},
            "MapTypeInfo<String, Integer>",
        ),
        (
            Types.TUPLE([Types.STRING(), Types.INT()]),
            {"type": "TUPLE", "fields": [TEXT, INT]},
            "TupleTypeInfo(String, Integer)",
        ),
        (Types.ROW([Types.INT()]), {"type": "ROW", "names": ["f0"], "fields": [INT]}, "RowTypeInfo(Integer)"),
        (
            Types.ROW_NAMED(["a"], [Types.INT()]),
            {"type": "ROW", "names": ["a"], "fields": [INT]},
            "RowTypeInfo(a: Integer)",
        ),
    ],
)
def test_composed(declared: TypeInformation, json: dict[str, Any], text: str) -> None:
    assert declared._to_json() == json
    assert str(declared) == text


def test_equality() -> None:
    assert Types.LIST(Types.INT()) == Types.LIST(Types.INT())
    assert Types.LIST(Types.INT()) != Types.LIST(Types.LONG())
    # Names are not part of a row's type.
    assert Types.ROW([Types.INT()]) == Types.ROW_NAMED(["a"], [Types.INT()])
    assert Types.ROW([Types.INT()]) != Types.TUPLE([Types.INT()])
    with pytest.raises(TypeError):
        hash(Types.INT())


def test_rows_know_their_fields() -> None:
    row = Types.ROW_NAMED(["a", "b"], [Types.INT(), Types.STRING()])
    assert row.get_field_names() == ["a", "b"]
    assert row.get_field_index("b") == 1
    assert Types.ROW([Types.INT()]).get_field_names() == ["f0"]
    with pytest.raises(ValueError, match="as many names as types"):
        Types.ROW_NAMED(["a"], [Types.INT(), Types.STRING()])
    with pytest.raises(TypeError, match="is none"):
        Types.TUPLE([int])  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("declared", "given", "held"),
    [
        (Types.INT(), True, 1),
        (Types.INT(), 2.0, 2),
        (Types.FLOAT(), 0.1, 0.10000000149011612),
        (Types.DOUBLE(), 1, 1.0),
        (Types.BOOLEAN(), 1, True),
        (Types.STRING(), "x", "x"),
        (Types.BIG_DEC(), Decimal("1.10"), Decimal("1.10")),
        (Types.INSTANT(), Instant(1, 2), Instant(1, 2)),
        (Types.SQL_DATE(), datetime.date(2024, 1, 2), datetime.date(2024, 1, 2)),
        (Types.TUPLE([Types.INT(), Types.STRING()]), [1, None], (1, None)),
        (Types.LIST(Types.FLOAT()), (1,), [1.0]),
        (Types.MAP(Types.STRING(), Types.DOUBLE()), {"a": 1, "b": None}, {"a": 1.0, "b": None}),
        (Types.PRIMITIVE_ARRAY(Types.BYTE()), bytearray(b"ab"), b"ab"),
        (Types.ROW([Types.INT(), Types.STRING()]), (1, "a"), Row(f0=1, f1="a")),
        (Types.ROW_NAMED(["a", "b"], [Types.INT(), Types.STRING()]), Row(b="z", a=3), Row(a=3, b="z")),
        (Types.PICKLED_BYTE_ARRAY(), {1}, {1}),
    ],
)
def test_what_fits(declared: TypeInformation, given: Any, held: Any) -> None:
    fitted = declared._fit(given, "here")
    assert fitted == held
    assert type(fitted) is type(held)


def test_a_row_keeps_its_kind() -> None:
    row = Types.ROW([Types.INT()])._fit(Row.of_kind(RowKind.DELETE, 1), "here")
    assert row.get_row_kind() is RowKind.DELETE


@pytest.mark.parametrize(
    ("declared", "given", "message"),
    [
        (Types.INT(), 2**31, r"here: 2147483648 \(int\) does not fit .* Integer, which takes an int from -2147483648"),
        (Types.BYTE(), 200, "-128 to 127"),
        (Types.LONG(), "x", "takes an int"),
        (Types.STRING(), 5, "takes a str"),
        (Types.CHAR(), "ab", "one character"),
        (Types.BOOLEAN(), "a", "takes a bool"),
        (Types.FLOAT(), "1", "takes a float"),
        (Types.SQL_DATE(), datetime.datetime(2024, 1, 1), "datetime.date"),
        (Types.ROW_NAMED(["a"], [Types.INT()]), (1, 2), "tuple or list of 1 values"),
        (Types.ROW_NAMED(["a"], [Types.INT()]), ("x",), "here, field a: 'x'"),
        (Types.LIST(Types.INT()), [1, "x"], r"here\[1\]: 'x'"),
        (Types.MAP(Types.STRING(), Types.INT()), {"k": "x"}, r"here\['k'\]: 'x'"),
        (Types.STRING(), None, "NoneType"),
    ],
)
def test_what_does_not_fit(declared: TypeInformation, given: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        declared._fit(given, "here")


def test_no_java() -> None:
    with pytest.raises(RuntimeError, match=r"get_java_type_info hands out a Java object.*test_types.py"):
        Types.INT().get_java_type_info()
