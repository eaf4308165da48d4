"""The text of a record that `print()` shows: Java's notation for typed values, Python's for pickled ones."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from typing import Any

from penstock._runtime.java_maps import hash_function, ordered
from penstock._runtime.java_numbers import decimal_text, double_text, float_text
from penstock.common.time import Instant
from penstock.common.types import RowKind

Formatter = Callable[[Any], str]


def formatter(type_json: str | None) -> Formatter:
    """The function that makes the text of a record of this type; None is the type of pickled ones."""
    described = None if type_json is None else json.loads(type_json)
    if described is None or described["type"] == "PICKLED_BYTE_ARRAY":
        return _pickled
    if described["type"] == "ROW":
        return _record_row
    return _or_null(_value(described))


def line_formatter(type_json: str | None) -> Formatter:
    """The function that makes the line of a text file, which is Java's text of the record, rows too."""
    described = None if type_json is None else json.loads(type_json)
    if described is None or described["type"] == "PICKLED_BYTE_ARRAY":
        return _pickled
    return _or_null(_value(described))


def _pickled(value: Any) -> str:
    # A subclass of str is shown by its content, whatever it makes of itself.
    return str.__str__(value) if isinstance(value, str) else str(value)


def _record_row(value: Any) -> str:
    """A row that is a record of its own: PyFlink makes this text in Python, with each field as Python shows it."""
    if value is None:
        return "null"
    return f"{_sign(value)}[{','.join(map(str, value))}]"


def _sign(row: Any) -> str:
    kind = getattr(row, "get_row_kind", None)
    return str(kind() if kind is not None else RowKind.INSERT)


def _or_null(format_value: Formatter) -> Formatter:
    return lambda value: "null" if value is None else format_value(value)


def _value(described: dict[str, Any]) -> Formatter:
    name = described["type"]
    scalar = _SCALARS.get(name)
    return scalar if scalar is not None else _COMPOSED[name](described)


def _tuple(described: dict[str, Any]) -> Formatter:
    fields = [_or_null(_value(field)) for field in described["fields"]]
    return lambda value: "(" + ",".join(show(item) for show, item in zip(fields, value, strict=False)) + ")"


def _row(described: dict[str, Any]) -> Formatter:
    fields = [_or_null(_value(field)) for field in described["fields"]]
    return lambda row: f"{_sign(row)}[" + ", ".join(show(item) for show, item in zip(fields, row, strict=False)) + "]"


def _elements(described: dict[str, Any]) -> Formatter:
    element = _or_null(_value(described["element"]))
    if described["element"]["type"] == "BYTE":
        return lambda value: "[" + ", ".join(element(_signed(item)) for item in value) + "]"
    return lambda value: "[" + ", ".join(map(element, value)) + "]"


def _map(described: dict[str, Any]) -> Formatter:
    show_key, show_value = _or_null(_value(described["key"])), _or_null(_value(described["value"]))
    hash_of = hash_function(described["key"])

    def show(value: dict[Any, Any]) -> str:
        pairs = ordered(value.items(), hash_of)
        return "{" + ", ".join(f"{show_key(key)}={show_value(item)}" for key, item in pairs) + "}"

    return show


def _signed(byte: Any) -> Any:
    return byte - 256 if isinstance(byte, int) and byte > 127 else byte


def _boolean(value: Any) -> str:
    return "true" if value else "false"


def _time(value: datetime.time) -> str:
    return value.strftime("%H:%M:%S")


def _timestamp(value: datetime.datetime) -> str:
    # Milliseconds are what is kept, and zeros at the end are not shown.
    millis = f"{value.microsecond // 1000:03}".rstrip("0") or "0"
    return f"{value.isoformat(sep=' ', timespec='seconds')[:19]}.{millis}"


def _local_timestamp(value: datetime.datetime) -> str:
    text = value.isoformat(timespec="minutes")
    fraction = _fraction(value.microsecond * 1000)
    return text if not (value.second or fraction) else f"{text}:{value.second:02}{fraction}"


def _instant(value: Instant) -> str:
    try:
        moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=value.seconds)
    except OverflowError:
        return repr(value)
    return f"{moment.isoformat()}{_fraction(value.nanos)}Z"


def _fraction(nanos: int) -> str:
    """Nothing, or three, six or nine digits after the point."""
    text = f"{nanos:09}"
    for digits in (0, 3, 6, 9):
        if not text[digits:].strip("0"):
            return "." + text[:digits] if digits else ""
    return "." + text


def _integer(value: Any) -> str:
    # True is an int to Python, and Java shows it as the number it is.
    return str(int(value))


_SCALARS: dict[str, Formatter] = {
    "STRING": str,
    "CHAR": str,
    "BYTE": _integer,
    "SHORT": _integer,
    "INT": _integer,
    "LONG": _integer,
    "BIG_INT": str,
    "BOOLEAN": _boolean,
    "FLOAT": float_text,
    "DOUBLE": double_text,
    "BIG_DEC": decimal_text,
    "INSTANT": _instant,
    "SQL_DATE": str,
    "SQL_TIME": _time,
    "SQL_TIMESTAMP": _timestamp,
    "LOCAL_DATE": str,
    "LOCAL_TIME": str,
    "LOCAL_DATE_TIME": _local_timestamp,
    "PICKLED_BYTE_ARRAY": _pickled,
}

_COMPOSED: dict[str, Callable[[dict[str, Any]], Formatter]] = {
    "TUPLE": _tuple,
    "ROW": _row,
    "LIST": _elements,
    "MAP": _map,
    "PRIMITIVE_ARRAY": _elements,
    "BASIC_ARRAY": _elements,
    "OBJECT_ARRAY": _elements,
}
