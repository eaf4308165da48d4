"""Single rows as lines of CSV, such as the values of a Kafka topic, by the rules of Flink's CSV row format."""

from __future__ import annotations

import base64
import binascii
import csv
import datetime
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from penstock._runtime.csv_writing import Dialect
from penstock._runtime.java_numbers import decimal_text, double_text, float_text
from penstock.common.typeinfo import RowTypeInfo
from penstock.common.types import Row

Convert = Callable[[str], Any]
Text = Callable[[Any], str]

_WHOLE = re.compile(r"[+-]?[0-9]+\Z")
_BITS = {"BYTE": 8, "SHORT": 16, "INT": 32, "LONG": 64}


@dataclass(frozen=True)
class Reading:
    """What the characters of a line mean. `null_literal` stands for None, if it is given."""

    delimiter: str = ","
    array_delimiter: str = ";"
    quote: str = '"'
    escape: str | None = None
    null_literal: str | None = None
    comments: bool = False
    ignore_errors: bool = False


def reader(type_info: RowTypeInfo, reading: Reading) -> Callable[[bytes], Row | None]:
    """The function from a line to its row, or None for a comment and, with `ignore_errors`, for what is no CSV.

    It raises ValueError naming the field that is wrong.
    """
    described = type_info._to_json()
    names = described["names"]
    converts = [_convert(field, reading) for field in described["fields"]]
    fields = list(zip(names, converts, strict=True))

    def read(message: bytes) -> Row | None:
        try:
            values = _parts(message, reading)
        except ValueError:
            if reading.ignore_errors:
                return None
            raise
        if values is None:
            return None
        if len(values) != len(fields) and not reading.ignore_errors:
            raise ValueError(f"the row has {len(values)} fields, not {len(fields)}: {message[:200]!r}")
        row = Row(*[_field(values[i], *field, reading) if i < len(values) else None for i, field in enumerate(fields)])
        row.set_field_names(names)
        return row

    return read


def _parts(message: bytes, reading: Reading) -> list[str] | None:
    """The fields of the first line; None if it is a comment."""
    try:
        text = message.decode()
    except UnicodeDecodeError as error:
        raise ValueError(f"the row is no UTF-8: {error}") from None
    if reading.comments and text.startswith("#"):
        return None
    lines = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=reading.delimiter,
        quotechar=reading.quote,
        escapechar=reading.escape,
        strict=True,
    )
    try:
        return next(lines, None) or [""]
    except csv.Error as error:
        raise ValueError(f"the row is no CSV: {error}; in {message[:200]!r}") from None


def _field(text: str, name: str, convert: Convert, reading: Reading) -> Any:
    try:
        return None if text == reading.null_literal else convert(text)
    except ValueError as error:
        if reading.ignore_errors:
            return None
        raise ValueError(f"{name}: {error}") from None


def _convert(described: dict[str, Any], reading: Reading) -> Convert:
    kind = described["type"]
    if kind == "PRIMITIVE_ARRAY" and described["element"] == {"type": "BYTE"}:
        return _base64
    if "element" in described:
        element = _convert(described["element"], reading)
        return lambda text: [_none_or(part, element, reading) for part in _split(text, reading)]
    if kind == "ROW":
        return _nested(described, reading)
    if kind in _BITS:
        return _whole(_BITS[kind])
    if kind not in _READ:
        raise ValueError(f"CSV has nothing for the type {kind}")
    return _READ[kind]


def _nested(described: dict[str, Any], reading: Reading) -> Convert:
    fields, names = [_convert(field, reading) for field in described["fields"]], described["names"]

    def convert(text: str) -> Row:
        parts = _split(text, reading)
        if len(parts) != len(fields):
            raise ValueError(f"{text!r:.200} has {len(parts)} parts, not {len(fields)}")
        row = Row(*[_none_or(part, field, reading) for part, field in zip(parts, fields, strict=True)])
        row.set_field_names(names)
        return row

    return convert


def _split(text: str, reading: Reading) -> list[str]:
    return text.split(reading.array_delimiter) if text else []


def _none_or(text: str, convert: Convert, reading: Reading) -> Any:
    return None if text == reading.null_literal else convert(text)


def _whole(bits: int) -> Convert:
    limit = 1 << (bits - 1)

    def convert(text: str) -> int:
        if _WHOLE.match(text.strip()) is None or not -limit <= (number := int(text)) < limit:
            raise ValueError(f"{text!r:.200} is not a whole number of {bits} bits")
        return number

    return convert


def _big_int(text: str) -> int:
    if _WHOLE.match(text.strip()) is None:
        raise ValueError(f"{text!r:.200} is not a whole number")
    return int(text)


def _float(text: str) -> float:
    try:
        if "_" not in text:
            return float(text)
    except ValueError:
        pass
    raise ValueError(f"{text!r:.200} is not a number")


def _decimal(text: str) -> Decimal:
    try:
        if "_" not in text and (number := Decimal(text.strip())).is_finite():
            return number
    except InvalidOperation:
        pass
    raise ValueError(f"{text!r:.200} is not a number")


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError(f"{text!r:.200} is not base64") from None


def _iso(parse: Callable[[str], Any], expected: str) -> Convert:
    def convert(text: str) -> Any:
        try:
            return parse(text)
        except ValueError:
            raise ValueError(f"{text!r:.200} is not {expected}") from None

    return convert


def _timestamp(text: str) -> datetime.datetime:
    seconds, _, fraction = text.partition(".")
    # Before Python 3.11, fractions of a second have three or six digits and no others.
    return datetime.datetime.fromisoformat(f"{seconds}.{fraction[:6].ljust(6, '0')}" if fraction else seconds)


_DATE = _iso(datetime.date.fromisoformat, "a date such as 2024-01-31")
_TIME = _iso(datetime.time.fromisoformat, "a time such as 12:00:00")
_TIMESTAMP = _iso(_timestamp, "a time such as 2024-01-31 12:00:00")
_READ: dict[str, Convert] = {
    "STRING": str,
    "CHAR": str,
    "BOOLEAN": lambda text: text.strip().lower() == "true",
    "BIG_INT": _big_int,
    "FLOAT": _float,
    "DOUBLE": _float,
    "BIG_DEC": _decimal,
    "SQL_DATE": _DATE,
    "SQL_TIME": _TIME,
    "SQL_TIMESTAMP": _TIMESTAMP,
    "LOCAL_DATE": _DATE,
    "LOCAL_TIME": _TIME,
    "LOCAL_DATE_TIME": _TIMESTAMP,
}


def writer(type_info: RowTypeInfo, dialect: Dialect, array_delimiter: str) -> Callable[[Any], bytes]:
    """The function from a row to its line with its end. It raises TypeError or ValueError for what does not fit."""
    described = type_info._to_json()
    fields = [_quoted(field, dialect, array_delimiter) for field in described["fields"]]
    names = described["names"]

    def write(row: Any) -> bytes:
        values = row._values if isinstance(row, Row) else row
        if len(values) != len(fields):
            raise ValueError(f"the row type has {len(fields)} fields {names}, but {row!r:.200} has {len(values)}")
        items = zip(fields, values, strict=True)
        line = dialect.separator.join(dialect.null_value if value is None else text(value) for text, value in items)
        return f"{line}{dialect.line_separator}".encode()

    return write


def _quoted(described: dict[str, Any], dialect: Dialect, array_delimiter: str) -> Text:
    text = _text(described, dialect, array_delimiter)
    if described["type"] in _UNQUOTED:
        return text
    return lambda value: dialect.quoted(text(value))


def _text(described: dict[str, Any], dialect: Dialect, array_delimiter: str) -> Text:
    kind = described["type"]
    if kind == "PRIMITIVE_ARRAY" and described["element"] == {"type": "BYTE"}:
        return lambda value: base64.b64encode(value).decode()

    def joined(parts: Any) -> str:
        return array_delimiter.join(dialect.null_value if value is None else text(value) for text, value in parts)

    if "element" in described:
        element = _text(described["element"], dialect, array_delimiter)
        return lambda values: joined((element, value) for value in values)
    if kind == "ROW":
        fields = [_text(field, dialect, array_delimiter) for field in described["fields"]]
        return lambda row: joined(zip(fields, row._values if isinstance(row, Row) else row, strict=True))
    if kind not in _WRITE:
        raise ValueError(f"CSV has nothing for the type {kind}")
    return _WRITE[kind]


def _str(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.200} ({type(value).__name__}) is no str")
    return value


def _whole_text(value: Any) -> str:
    return str(int(value))


def _sql_timestamp(value: datetime.datetime) -> str:
    """As `java.sql.Timestamp` shows itself: with at least one digit behind the point."""
    return f"{value:%Y-%m-%d %H:%M:%S}.{f'{value.microsecond:06}'.rstrip('0') or '0'}"


_UNQUOTED = frozenset({"BOOLEAN", "BYTE", "SHORT", "INT", "LONG", "BIG_INT", "FLOAT", "DOUBLE", "BIG_DEC"})
_WRITE: dict[str, Text] = {
    "STRING": _str,
    "CHAR": _str,
    "BOOLEAN": lambda value: "true" if value else "false",
    "BYTE": _whole_text,
    "SHORT": _whole_text,
    "INT": _whole_text,
    "LONG": _whole_text,
    "BIG_INT": _whole_text,
    "FLOAT": float_text,
    "DOUBLE": double_text,
    "BIG_DEC": decimal_text,
    "SQL_DATE": lambda value: str(value.isoformat()),
    "SQL_TIME": lambda value: f"{value:%H:%M:%S}",
    "SQL_TIMESTAMP": _sql_timestamp,
    "LOCAL_DATE": lambda value: str(value.isoformat()),
    "LOCAL_TIME": lambda value: str(value.isoformat()),
    "LOCAL_DATE_TIME": lambda value: str(value.isoformat()),
}
