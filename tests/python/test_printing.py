"""The text of records, as Flink's recordings show it."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from typing import Any

import pytest

from penstock._runtime.printing import formatter
from penstock.common import Instant, Row, RowKind, TypeInformation, Types


def shown(value: Any, declared: TypeInformation | None) -> str:
    return formatter(None if declared is None else json.dumps(declared._to_json()))(value)


DOUBLES = [
    (1e10, "1.0E10"),
    (1e7, "1.0E7"),
    (9999999.0, "9999999.0"),
    (0.001, "0.001"),
    (9.99e-4, "9.99E-4"),
    (5e-324, "4.9E-324"),
    (1e21, "1.0E21"),
    (123456789.123, "1.23456789123E8"),
    (float("-inf"), "-Infinity"),
    (float("nan"), "NaN"),
    (-0.0, "-0.0"),
    (0.0, "0.0"),
    (100.0, "100.0"),
    (-1.5, "-1.5"),
    (1.7976931348623157e308, "1.7976931348623157E308"),
    (0.1 + 0.2, "0.30000000000000004"),
    (1e23, "9.999999999999999E22"),
    (8.41e21, "8.409999999999999E21"),
    (2.0**60, "1.15292150460684698E18"),
    (2.0**62, "4.6116860184273879E18"),
    (2.0**53 + 2, "9.007199254740994E15"),
    (2.0**-44, "5.6843418860808015E-14"),
    (1e-323, "1.0E-323"),
    (0.5, "0.5"),
    (9999999.999999998, "9999999.999999998"),
]


@pytest.mark.parametrize(("value", "text"), DOUBLES)
def test_doubles(value: float, text: str) -> None:
    assert shown(value, Types.DOUBLE()) == text


FLOATS = [
    (1.0, "1.0"),
    (0.1, "0.1"),
    (1e10, "1.0E10"),
    (1.5e-5, "1.5E-5"),
    (3.4028234663852886e38, "3.4028235E38"),
    (16777216.0, "1.6777216E7"),
    (123456.79, "123456.79"),
    (float("inf"), "Infinity"),
    (float("nan"), "NaN"),
    (1e300, "Infinity"),
    (1.1754943508222875e-38, "1.17549435E-38"),
    (1.401298464324817e-45, "1.4E-45"),
]


@pytest.mark.parametrize(("value", "text"), FLOATS)
def test_floats(value: float, text: str) -> None:
    assert shown(value, Types.FLOAT()) == text


OTHERS = [
    ("", Types.STRING(), ""),
    (True, Types.BOOLEAN(), "true"),
    (-5, Types.LONG(), "-5"),
    (Decimal("1.10"), Types.BIG_DEC(), "1.10"),
    (Decimal("1E+3"), Types.BIG_DEC(), "1E+3"),
    (Decimal("-0.00"), Types.BIG_DEC(), "0.00"),
    (Instant(0, 0), Types.INSTANT(), "1970-01-01T00:00:00Z"),
    (Instant(1234567890, 123456789), Types.INSTANT(), "2009-02-13T23:31:30.123456789Z"),
    (Instant(-2, 500_000_000), Types.INSTANT(), "1969-12-31T23:59:58.500Z"),
    (Instant(1, 1000), Types.INSTANT(), "1970-01-01T00:00:01.000001Z"),
    (datetime.date(2024, 2, 29), Types.SQL_DATE(), "2024-02-29"),
    (datetime.time(1, 2, 3, 4000), Types.SQL_TIME(), "01:02:03"),
    (datetime.datetime(2024, 2, 29, 1, 2, 3), Types.SQL_TIMESTAMP(), "2024-02-29 01:02:03.0"),
    (datetime.datetime(2024, 2, 29, 1, 2, 3, 456789), Types.SQL_TIMESTAMP(), "2024-02-29 01:02:03.456"),
    (datetime.datetime(2024, 1, 1, 0, 0, 0, 120000), Types.SQL_TIMESTAMP(), "2024-01-01 00:00:00.12"),
    ((1, "a", 1e10), Types.TUPLE([Types.INT(), Types.STRING(), Types.DOUBLE()]), "(1,a,1.0E10)"),
    ((1,), Types.TUPLE([Types.INT()]), "(1)"),
    ([1.0, 1e10], Types.LIST(Types.DOUBLE()), "[1.0, 1.0E10]"),
    ([], Types.LIST(Types.INT()), "[]"),
    ({1: ["a"]}, Types.MAP(Types.INT(), Types.LIST(Types.STRING())), "{1=[a]}"),
    ({"a": None}, Types.MAP(Types.STRING(), Types.INT()), "{a=null}"),
    (
        [Row(1, "a"), Row(None, "b")],
        Types.LIST(Types.ROW([Types.INT(), Types.STRING()])),
        "[+I[1, a], +I[null, b]]",
    ),
    (b"ab", Types.PRIMITIVE_ARRAY(Types.BYTE()), "[97, 98]"),
    (b"\xff", Types.PRIMITIVE_ARRAY(Types.BYTE()), "[-1]"),
    (["a", None], Types.OBJECT_ARRAY(Types.STRING()), "[a, null]"),
    (None, Types.STRING(), "null"),
]


@pytest.mark.parametrize(("value", "declared", "text"), OTHERS)
def test_typed(value: Any, declared: TypeInformation, text: str) -> None:
    assert shown(value, declared) == text


def test_a_row_of_its_own_is_shown_as_python_shows_its_fields() -> None:
    row = Row(None, True, 1e10, Row(1), [1], {"a": 1.0}, b"ab", Instant(0, 5_000_000))
    declared = Types.ROW([Types.PICKLED_BYTE_ARRAY()] * len(row))
    assert shown(row, declared) == "+I[None,True,10000000000.0,<Row(1)>,[1],{'a': 1.0},b'ab',Instant<0, 5000000>]"
    named = Types.ROW_NAMED(["a"], [Types.INT()])
    assert shown(Row.of_kind(RowKind.UPDATE_BEFORE, a=1), named) == "-U[1]"


def test_a_row_in_something_is_shown_as_java_shows_it() -> None:
    inner = Types.ROW([Types.INT(), Types.LIST(Types.DOUBLE())])
    assert shown((Row.of_kind(RowKind.DELETE, 1, [1.5]),), Types.TUPLE([inner])) == "(-D[1, [1.5]])"


class Loud(str):
    def __str__(self) -> str:
        return "LOUD"


def test_pickled() -> None:
    assert shown(Row(1, "a"), None) == "<Row(1, 'a')>"
    assert shown(None, None) == "None"
    assert shown(("a", 1.0), Types.PICKLED_BYTE_ARRAY()) == "('a', 1.0)"
    assert shown(Loud("quiet"), None) == "quiet"


WORDS = [
    "to",
    "be",
    "or",
    "not",
    "to",
    "be",
    "that",
    "is",
    "the",
    "question",
    "whether",
    "tis",
    "nobler",
    "in",
    "the",
    "mind",
]

MAPS = [
    (Types.STRING(), {word: len(word) for word in reversed(WORDS[:3])}, "{or=2, be=2, to=2}"),
    (
        Types.STRING(),
        {word: len(word) for word in reversed(WORDS[:15])},
        "{the=3, that=4, not=3, be=2, or=2, question=8, in=2, whether=7, nobler=6, is=2, to=2, tis=3}",
    ),
    (Types.STRING(), {"é€😀": 1, "b": 2, "€": 3}, "{€=3, é€😀=1, b=2}"),
    (
        Types.LONG(),
        {320407209624: 1, -100058088341: 2, -737096396885: 0},
        "{320407209624=1, -737096396885=0, -100058088341=2}",
    ),
    (Types.BOOLEAN(), {True: 1, False: 2}, "{false=2, true=1}"),
    (
        Types.DOUBLE(),
        {44.63965206674539: 0, 86.12411007929937: 1, 85.50892321289786: 2},
        "{86.12411007929937=1, 85.50892321289786=2, 44.63965206674539=0}",
    ),
]


@pytest.mark.parametrize(("keys", "value", "text"), MAPS)
def test_maps_are_in_the_order_of_java(keys: TypeInformation, value: dict[Any, Any], text: str) -> None:
    assert shown(value, Types.MAP(keys, Types.INT())) == text
