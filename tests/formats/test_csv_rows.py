"""Single rows of CSV, as Kafka records carry them."""

from __future__ import annotations

import datetime
import pickle
from decimal import Decimal
from typing import Any

import pytest

from penstock.common import Row, Types
from penstock.datastream.formats.csv import CsvRowDeserializationSchema, CsvRowSerializationSchema

ALL = Types.ROW_NAMED(
    ["s", "b", "i", "d", "m", "at", "day", "raw", "list", "inner"],
    [
        Types.STRING(),
        Types.BOOLEAN(),
        Types.INT(),
        Types.DOUBLE(),
        Types.BIG_DEC(),
        Types.SQL_TIMESTAMP(),
        Types.SQL_DATE(),
        Types.PRIMITIVE_ARRAY(Types.BYTE()),
        Types.BASIC_ARRAY(Types.LONG()),
        Types.ROW_NAMED(["x", "y"], [Types.STRING(), Types.INT()]),
    ],
)
ROW = Row(
    s='a "word"',
    b=True,
    i=-3,
    d=1.5,
    m=Decimal("12.50"),
    at=datetime.datetime(2024, 1, 2, 3, 4, 5, 60_000),
    day=datetime.date(2024, 1, 31),
    raw=b"\x00\xff",
    list=[1, 2],
    inner=Row(x="k", y=7),
)
LINE = b'"a ""word""",true,-3,1.5,12.50,"2024-01-02 03:04:05.06",2024-01-31,AP8=,1;2,k;7\n'
NAMED = Types.ROW_NAMED(["id", "name"], [Types.LONG(), Types.STRING()])


def test_every_type_there_and_back() -> None:
    write, read = CsvRowSerializationSchema.Builder(ALL).build(), CsvRowDeserializationSchema.Builder(ALL).build()
    line = write.serialize(ROW)
    assert read.deserialize(line) == ROW
    assert line.decode().replace('"', "") == LINE.decode().replace('"', "")
    assert pickle.loads(pickle.dumps(read)).deserialize(LINE) == ROW
    assert pickle.loads(pickle.dumps(write)).serialize(ROW) == line
    assert read._produced_type() == ALL


def test_dialects() -> None:
    writing = CsvRowSerializationSchema.Builder(NAMED).set_field_delimiter("|").set_quote_character("'")
    writing = writing.set_escape_character("\\").set_null_literal("n/a").set_line_delimiter("\r\n")
    assert writing.build().serialize(Row(1, "it's|")) == b"1|'it''s|'\r\n"
    assert writing.build().serialize(Row(1, None)) == b"1|n/a\r\n"
    plain = CsvRowSerializationSchema.Builder(NAMED).disable_quote_character().set_line_delimiter("")
    assert plain.build().serialize(Row(1, "a b")) == b"1,a b"
    reading = CsvRowDeserializationSchema.Builder(NAMED).set_field_delimiter("|").set_quote_character("'")
    reading = reading.set_escape_character("\\").set_null_literal("n/a").set_allow_comments(True)
    assert reading.build().deserialize(b"1|'it''s|'\r\n") == Row(id=1, name="it's|")
    assert reading.build().deserialize(b"n/a|\\'x") == Row(id=None, name="'x")
    assert reading.build().deserialize(b"# 1|x") is None


def test_elements_of_arrays() -> None:
    of = Types.ROW([Types.BASIC_ARRAY(Types.INT())])
    write = CsvRowSerializationSchema.Builder(of).set_array_element_delimiter("/").set_null_literal("-").build()
    read = CsvRowDeserializationSchema.Builder(of).set_array_element_delimiter("/").set_null_literal("-").build()
    assert write.serialize(Row([1, None, 3])).strip(b'"\n') == b"1/-/3"
    assert read.deserialize(b"1/-/3") == Row(f0=[1, None, 3])
    assert read.deserialize(b"-") == Row(f0=None)
    assert read.deserialize(b'""') == Row(f0=[])


@pytest.mark.parametrize(
    ("line", "message", "left"),
    [
        (b"x,a", "id: 'x' is not a whole number of 64 bits", Row(id=None, name="a")),
        (b"9223372036854775808,a", "id: '9223372036854775808' is not a whole number", Row(id=None, name="a")),
        (b"1", "the row has 1 fields, not 2", Row(id=1, name=None)),
        (b"1,a,b", "the row has 3 fields, not 2", Row(id=1, name="a")),
        (b'1,"a', "the row is no CSV", None),
        (b"1,\xff", "the row is no UTF-8", None),
    ],
)
def test_what_does_not_fit_is_named_or_skipped(line: bytes, message: str, left: Row | None) -> None:
    with pytest.raises(ValueError, match=message):
        CsvRowDeserializationSchema.Builder(NAMED).build().deserialize(line)
    lenient = CsvRowDeserializationSchema.Builder(NAMED).set_ignore_parse_errors(True).build()
    assert lenient.deserialize(line) == left


@pytest.mark.parametrize("build", [CsvRowDeserializationSchema.Builder, CsvRowSerializationSchema.Builder])
def test_wrong_calls(build: Any) -> None:
    with pytest.raises(TypeError, match="Type information must not be None"):
        build(None)
    with pytest.raises(TypeError, match=r"takes Types.ROW\(\[...\]\)"):
        build(Types.STRING())
    with pytest.raises(ValueError, match="field delimiter is one character, not '::'"):
        build(NAMED).set_field_delimiter("::")
    with pytest.raises(ValueError, match="CSV has nothing for the type MAP"):
        build(Types.ROW([Types.MAP(Types.STRING(), Types.INT())])).build()


def test_rows_that_do_not_fit() -> None:
    write = CsvRowSerializationSchema.Builder(NAMED).build()
    with pytest.raises(ValueError, match=r"the row type has 2 fields .*, but .* has 1"):
        write.serialize(Row(1))
    with pytest.raises(TypeError, match=r"5 \(int\) is no str"):
        write.serialize(Row(1, 5))
