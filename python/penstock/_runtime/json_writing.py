"""JSON objects from rows."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

from penstock._runtime.java_numbers import decimal_text, double_text, float_text
from penstock.common.typeinfo import RowTypeInfo

Write = Callable[[Any], str]


def writer(type_info: RowTypeInfo) -> Write:
    """The function from a row to the text of its JSON object. It raises TypeError if the row does not fit the type."""
    return _write(type_info._to_json())


def _write(described: dict[str, Any]) -> Write:
    kind = described["type"]
    if kind == "ROW":
        return _or_null(_object(described))
    if kind == "PRIMITIVE_ARRAY" and described["element"] == {"type": "BYTE"}:
        return _or_null(lambda value: f'"{base64.b64encode(bytes(value)).decode()}"')
    if "element" in described:
        element = _write(described["element"])
        return _or_null(lambda value: "[" + ",".join(map(element, value)) + "]")
    if kind == "MAP":
        return _or_null(_map(described))
    if kind == "TUPLE":
        fields = [_write(field) for field in described["fields"]]
        return _or_null(lambda value: "[" + ",".join(_each(fields, value)) + "]")
    if kind not in _SCALARS:
        raise ValueError(f"JSON has nothing for the type {kind}")
    return _or_null(_SCALARS[kind])


def _or_null(write: Write) -> Write:
    return lambda value: "null" if value is None else write(value)


def _object(described: dict[str, Any]) -> Write:
    keys = [_text(name) for name in described["names"]]
    fields = [_write(field) for field in described["fields"]]

    def write(row: Any) -> str:
        return "{" + ",".join(f"{key}:{text}" for key, text in zip(keys, _each(fields, row), strict=True)) + "}"

    return write


def _each(fields: list[Write], values: Any) -> list[str]:
    if not hasattr(values, "__len__") or len(values) != len(fields):
        raise TypeError(f"{values!r:.200} does not have {len(fields)} fields")
    return [field(value) for field, value in zip(fields, values, strict=True)]


def _map(described: dict[str, Any]) -> Write:
    item = _write(described["value"])
    return lambda value: "{" + ",".join(f"{_text(str(key))}:{item(part)}" for key, part in value.items()) + "}"


def _text(value: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.200} is no str")
    return json.dumps(value, ensure_ascii=False)


def _quoted(text_of: Callable[[Any], str]) -> Write:
    return lambda value: f'"{text_of(value)}"'


_SCALARS: dict[str, Write] = {
    "STRING": _text,
    "CHAR": _text,
    "BYTE": lambda value: str(int(value)),
    "SHORT": lambda value: str(int(value)),
    "INT": lambda value: str(int(value)),
    "LONG": lambda value: str(int(value)),
    "BIG_INT": lambda value: str(int(value)),
    "FLOAT": lambda value: float_text(float(value)),
    "DOUBLE": lambda value: double_text(float(value)),
    "BIG_DEC": decimal_text,
    "BOOLEAN": lambda value: "true" if value else "false",
    "SQL_DATE": _quoted(lambda value: value.isoformat()),
    "SQL_TIME": _quoted(lambda value: value.isoformat() + "Z"),
    "SQL_TIMESTAMP": _quoted(lambda value: value.isoformat() + "Z"),
    "LOCAL_DATE": _quoted(lambda value: value.isoformat()),
    "LOCAL_TIME": _quoted(lambda value: value.isoformat()),
    "LOCAL_DATE_TIME": _quoted(lambda value: value.isoformat()),
}
