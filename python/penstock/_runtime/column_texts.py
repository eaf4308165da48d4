"""Records on their way to PostgreSQL: the text of each field, as PostgreSQL reads the column's type."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from penstock.common.serialization import SerializationSchema
from penstock.common.types import Row


class ColumnTexts(SerializationSchema):
    """A record as a JSON list of texts and nulls, one for each column."""

    def __init__(self, columns: list[str] | None) -> None:
        super().__init__()
        self._columns = columns

    def serialize(self, value: Any) -> bytes:
        """The record's fields. Raises TypeError if it has none."""
        return json.dumps([text_of(field) for field in self._fields(value)], ensure_ascii=False).encode()

    def _fields(self, value: Any) -> list[Any]:
        if isinstance(value, Mapping) and self._columns is not None:
            return [value.get(column) for column in self._columns]
        if isinstance(value, (Row, tuple, list)):
            return list(value)
        if self._columns is None or len(self._columns) == 1:
            return [value]
        raise TypeError(f"a record for PostgreSQL is a Row, a tuple, a list or a dict of columns, not {value!r:.200}")


def text_of(value: Any) -> str | None:
    """A value as PostgreSQL reads it.

    >>> text_of(True), text_of(b"\\x01"), text_of([1, None, 'a"b']), text_of({"a": 1})
    ('t', '\\\\x01', '{"1",NULL,"a\\\\"b"}', '{"a": 1}')
    """
    if value is None:
        return None
    if isinstance(value, str):
        if "\0" in value:
            raise ValueError("PostgreSQL stores no text with a NUL character")
        return value
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    if isinstance(value, (bytes, bytearray)):
        return "\\x" + bytes(value).hex()
    if isinstance(value, timedelta):
        return f"{value.days} days {value.seconds}.{value.microseconds:06d} seconds"
    if isinstance(value, (list, tuple)):
        return "{" + ",".join(_element(item) for item in value) + "}"
    if isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    text = text_of(value)
    if isinstance(value, (list, tuple)):
        return str(text)
    return '"' + str(text).replace("\\", "\\\\").replace('"', '\\"') + '"'
