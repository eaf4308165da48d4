"""Values of declared types, and keys in canonical form, from the bytes that the engine keeps of them."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from penstock.common.types import Row, RowKind
from penstock.state_reader.cursor import Cursor
from penstock.state_reader.pickles import bounded_key

Unpickle = Callable[[bytes], Any]

_INTEGERS = {"BYTE": 1, "SHORT": 2, "INT": 4, "LONG": 8}
_LISTS = ("PRIMITIVE_ARRAY", "BASIC_ARRAY", "OBJECT_ARRAY", "LIST")
_DEEPEST = 100


def decode_typed(declared: dict[str, Any] | None, data: bytes, unpickle: Unpickle) -> Any:
    """The value of a declared type; None as the type means a pickle.

    >>> decode_typed({"type": "LONG"}, (7).to_bytes(8, "big"), bytes)
    7
    """
    cursor = Cursor(data)
    value = _value(declared or {"type": "PICKLED_BYTE_ARRAY"}, cursor, unpickle)
    if not cursor.is_at_end():
        raise ValueError("there are more bytes than the type has")
    return value


def _value(declared: dict[str, Any], cursor: Cursor, unpickle: Unpickle) -> Any:
    kind = declared["type"]
    if kind in _INTEGERS:
        return cursor.integer(_INTEGERS[kind])
    if kind == "FLOAT":
        return struct.unpack(">f", cursor.take(4))[0]
    if kind == "DOUBLE":
        return struct.unpack(">d", cursor.take(8))[0]
    if kind == "BOOLEAN":
        return cursor.byte() != 0
    if kind in ("STRING", "CHAR"):
        return cursor.sized().decode()
    if kind == "PRIMITIVE_ARRAY" and declared["element"]["type"] == "BYTE":
        return cursor.sized()
    if kind in _LISTS:
        return [_nullable(declared["element"], cursor, unpickle) for _ in range(cursor.count())]
    if kind == "MAP":
        return dict(_entry(declared, cursor, unpickle) for _ in range(cursor.count()))
    if kind == "TUPLE":
        return tuple(_nullable(field, cursor, unpickle) for field in declared["fields"])
    if kind == "ROW":
        return _row(declared, cursor, unpickle)
    return unpickle(cursor.sized())


def _nullable(declared: dict[str, Any], cursor: Cursor, unpickle: Unpickle) -> Any:
    return _value(declared, cursor, unpickle) if cursor.byte() else None


def _entry(declared: dict[str, Any], cursor: Cursor, unpickle: Unpickle) -> tuple[Any, Any]:
    key = _value(declared["key"], cursor, unpickle)
    return bounded_key(key), _nullable(declared["value"], cursor, unpickle)


def _row(declared: dict[str, Any], cursor: Cursor, unpickle: Unpickle) -> Row:
    kind = cursor.byte()
    row = Row(*[_nullable(field, cursor, unpickle) for field in declared["fields"]])
    row.set_row_kind(RowKind(kind))
    if declared.get("names"):
        row.set_field_names(declared["names"])
    return row


def decode_canonical(data: bytes, unpickle: Unpickle) -> Any:
    """A key without a declared type: a tag for its type, then the value.

    >>> decode_canonical(b"t" + bytes([0, 0, 0, 2]) + b"T" + b"i" + bytes([0, 0, 0, 2]) + b"42", bytes)
    (True, 42)
    """
    cursor = Cursor(data)
    value = _canonical(cursor, unpickle, 0)
    if not cursor.is_at_end():
        raise ValueError("there are more bytes than the key has")
    return value


def _canonical(cursor: Cursor, unpickle: Unpickle, depth: int) -> Any:
    if depth > _DEEPEST:
        raise ValueError("a key is nested too deeply")
    tag = cursor.take(1)
    if tag in _CONSTANTS:
        return _CONSTANTS[tag]
    if tag == b"i":
        return int(cursor.long_sized())
    if tag == b"f":
        return struct.unpack(">d", cursor.take(8))[0]
    if tag == b"s":
        return cursor.long_sized().decode()
    if tag == b"b":
        return cursor.long_sized()
    if tag == b"p":
        return unpickle(cursor.long_sized())
    if tag in (b"t", b"l"):
        items = [_canonical(cursor, unpickle, depth + 1) for _ in range(cursor.long_count())]
        return tuple(items) if tag == b"t" else items
    if tag in (b"S", b"Z", b"d"):
        parts = [_canonical(Cursor(cursor.long_sized()), unpickle, depth + 1) for _ in range(cursor.long_count())]
        return {b"S": set, b"Z": frozenset, b"d": dict}[tag](map(bounded_key, parts))
    raise ValueError(f"there is no kind of key {tag!r}")


_CONSTANTS = {b"N": None, b"T": True, b"F": False}
