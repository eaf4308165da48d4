"""Rows from JSON objects."""

from __future__ import annotations

import base64
import binascii
import datetime
import json
import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from penstock.common.time import Instant
from penstock.common.typeinfo import RowTypeInfo
from penstock.common.types import Row

Convert = Callable[[Any, str], Any]

_FRACTION = re.compile(r"\.(\d+)\Z")
_TRUE_OR_FALSE = {"true": True, "false": False}


def reader(type_info: RowTypeInfo, fail_on_missing_field: bool) -> Callable[[bytes], Row]:
    """The function from the bytes of a JSON object to its row. It raises ValueError naming the field that is wrong."""
    convert = _convert(type_info._to_json(), fail_on_missing_field)

    def read(message: bytes) -> Row:
        try:
            parsed = json.loads(message, parse_float=Decimal)
        except (UnicodeDecodeError, json.JSONDecodeError) as error:
            raise ValueError(f"no JSON object: {error}; in {message[:200]!r}") from None
        row: Row = convert(parsed, "")
        return row

    return read


def _convert(described: dict[str, Any], strict: bool) -> Convert:
    kind = described["type"]
    if kind == "ROW":
        return _row(described, strict)
    if kind == "PRIMITIVE_ARRAY" and described["element"] == {"type": "BYTE"}:
        return _or_none(_base64)
    if "element" in described:
        return _list(described, strict)
    if kind == "MAP":
        return _map(described, strict)
    if kind == "TUPLE":
        return _tuple(described, strict)
    if kind not in _SCALARS:
        raise ValueError(f"JSON has nothing for the type {kind}")
    return _or_none(_SCALARS[kind])


def _or_none(convert: Convert) -> Convert:
    return lambda value, where: None if value is None else convert(value, where)


def _row(described: dict[str, Any], strict: bool) -> Convert:
    names = described["names"]
    fields = [_convert(field, strict) for field in described["fields"]]

    def convert(value: Any, where: str) -> Any:
        if value is None and where:
            return None
        if not isinstance(value, dict):
            raise _wrong(value, where or "the record", "an object")
        if strict:
            for name in names:
                if name not in value:
                    raise ValueError(f"{where}{name}: the field is missing")
        items = zip(names, fields, strict=True)
        row = Row(*[field(value.get(name), f"{where}{name}.") for name, field in items])
        row.set_field_names(names)
        return row

    return convert


def _list(described: dict[str, Any], strict: bool) -> Convert:
    element = _convert(described["element"], strict)

    def convert(value: Any, where: str) -> Any:
        if not isinstance(value, list):
            raise _wrong(value, where, "an array")
        return [element(item, f"{where}{i}.") for i, item in enumerate(value)]

    return _or_none(convert)


def _tuple(described: dict[str, Any], strict: bool) -> Convert:
    fields = [_convert(field, strict) for field in described["fields"]]

    def convert(value: Any, where: str) -> Any:
        if not isinstance(value, list) or len(value) != len(fields):
            raise _wrong(value, where, f"an array of {len(fields)}")
        return tuple(field(item, f"{where}{i}.") for i, (field, item) in enumerate(zip(fields, value, strict=True)))

    return _or_none(convert)


def _map(described: dict[str, Any], strict: bool) -> Convert:
    key, item = _convert(described["key"], strict), _convert(described["value"], strict)

    def convert(value: Any, where: str) -> Any:
        if not isinstance(value, dict):
            raise _wrong(value, where, "an object")
        return {key(name, where): item(part, f"{where}{name}.") for name, part in value.items()}

    return _or_none(convert)


def _string(value: Any, where: str) -> str:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, Decimal) else json.dumps(value, separators=(",", ":"), default=float)


def _integer(value: Any, where: str) -> int:
    try:
        return int(value.strip() if isinstance(value, str) else value)
    except (TypeError, ValueError):
        raise _wrong(value, where, "a whole number") from None


def _float(value: Any, where: str) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise _wrong(value, where, "a number") from None


def _decimal(value: Any, where: str) -> Decimal:
    try:
        return value if isinstance(value, Decimal) else Decimal(value)
    except (TypeError, InvalidOperation):
        raise _wrong(value, where, "a number") from None


def _boolean(value: Any, where: str) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in _TRUE_OR_FALSE:
        return _TRUE_OR_FALSE[value.lower()]
    raise _wrong(value, where, "true or false")


def _base64(value: Any, where: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (TypeError, binascii.Error):
        raise _wrong(value, where, "base64") from None


def _iso(parse: Callable[[str], Any], expected: str) -> Convert:
    def convert(value: Any, where: str) -> Any:
        try:
            return parse(_FRACTION.sub(_six_digits, value[:-1] if value.endswith("Z") else value))
        except (AttributeError, ValueError):
            raise _wrong(value, where, expected) from None

    return convert


def _six_digits(fraction: re.Match[str]) -> str:
    # Before Python 3.11, fractions of a second have three or six digits and no others.
    return "." + fraction[1][:6].ljust(6, "0")


def _instant(value: Any, where: str) -> Instant:
    moment: datetime.datetime = _iso(datetime.datetime.fromisoformat, "a moment such as 2024-01-31T12:00:00Z")(
        value, where
    )
    since = moment - datetime.datetime(1970, 1, 1)
    return Instant(since.days * 86_400 + since.seconds, since.microseconds * 1000)


def _wrong(value: Any, where: str, expected: str) -> ValueError:
    return ValueError(f"{where.rstrip('.')}: {value!r:.200} is not {expected}")


_SCALARS: dict[str, Convert] = {
    "STRING": _string,
    "CHAR": _string,
    "BYTE": _integer,
    "SHORT": _integer,
    "INT": _integer,
    "LONG": _integer,
    "BIG_INT": _integer,
    "FLOAT": _float,
    "DOUBLE": _float,
    "BIG_DEC": _decimal,
    "BOOLEAN": _boolean,
    "INSTANT": _instant,
    "SQL_DATE": _iso(datetime.date.fromisoformat, "a date such as 2024-01-31"),
    "SQL_TIME": _iso(datetime.time.fromisoformat, "a time such as 12:00:00Z"),
    "SQL_TIMESTAMP": _iso(datetime.datetime.fromisoformat, "a time such as 2024-01-31T12:00:00Z"),
    "LOCAL_DATE": _iso(datetime.date.fromisoformat, "a date such as 2024-01-31"),
    "LOCAL_TIME": _iso(datetime.time.fromisoformat, "a time such as 12:00:00"),
    "LOCAL_DATE_TIME": _iso(datetime.datetime.fromisoformat, "a time such as 2024-01-31T12:00:00"),
}
