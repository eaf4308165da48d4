"""The order in which a Java `HashMap` shows its keys."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from typing import Any

_MASK = 0xFFFFFFFF


def ordered(items: Iterable[tuple[Any, Any]], hash_of: Callable[[Any], int]) -> list[tuple[Any, Any]]:
    """The items of a map in the order of the table that Flink makes for so many."""
    listed = list(items)
    # A table is at most three quarters full.
    capacity = -(-len(listed) * 4 // 3)
    table = 1
    while table < capacity:
        table *= 2
    return sorted(listed, key=lambda item: _bucket(hash_of(item[0]), table))


def hash_function(key_type: dict[str, Any]) -> Callable[[Any], int]:
    """`hashCode` of keys of this type."""
    return _HASHES.get(key_type["type"]) or _COMPOSED.get(key_type["type"], _unknown)(key_type)


def _bucket(hash_code: int, table: int) -> int:
    hash_code &= _MASK
    return (hash_code ^ (hash_code >> 16)) & (table - 1)


def _of_text(value: str) -> int:
    result = 0
    units = value.encode("utf-16-be", "surrogatepass")
    for i in range(0, len(units), 2):
        result = (31 * result + (units[i] << 8 | units[i + 1])) & _MASK
    return result


def _of_long(value: int) -> int:
    value &= 0xFFFFFFFFFFFFFFFF
    return (value ^ (value >> 32)) & _MASK


def _of_double(value: float) -> int:
    return _of_long(struct.unpack(">q", struct.pack(">d", value))[0])


def _of_float(value: float) -> int:
    return int(struct.unpack(">i", struct.pack(">f", value))[0]) & _MASK


_HASHES: dict[str, Callable[[Any], int]] = {
    "STRING": _of_text,
    "CHAR": _of_text,
    "BYTE": int,
    "SHORT": int,
    "INT": int,
    "LONG": _of_long,
    "FLOAT": _of_float,
    "DOUBLE": _of_double,
    "BOOLEAN": lambda value: 1231 if value else 1237,
}


def _of_fields(key_type: dict[str, Any]) -> Callable[[Any], int]:
    hashes = [hash_function(field) for field in key_type["fields"]]

    def of_tuple(value: Any) -> int:
        result = 0
        for position, (hash_of, field) in enumerate(zip(hashes, value, strict=False)):
            code = 0 if field is None else hash_of(field)
            result = code if position == 0 else (31 * result + code) & _MASK
        return result

    return of_tuple


def _unknown(key_type: dict[str, Any]) -> Callable[[Any], int]:
    # All in one bucket: they stay in their order.
    return lambda value: 0


_COMPOSED: dict[str, Callable[[dict[str, Any]], Callable[[Any], int]]] = {"TUPLE": _of_fields}
