"""How values lie in Protobuf's bytes."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from penstock._runtime.protobuf.schema import ProtobufError

VARINT, FIXED64, DELIMITED, FIXED32 = 0, 1, 2, 5

_FIXED = {
    "double": (FIXED64, struct.Struct("<d")),
    "fixed64": (FIXED64, struct.Struct("<Q")),
    "sfixed64": (FIXED64, struct.Struct("<q")),
    "float": (FIXED32, struct.Struct("<f")),
    "fixed32": (FIXED32, struct.Struct("<I")),
    "sfixed32": (FIXED32, struct.Struct("<i")),
}


def layout(kind: str) -> tuple[int, struct.Struct | None]:
    """The wire type of a scalar, and its layout where that is fixed."""
    if kind in _FIXED:
        return _FIXED[kind]
    return (DELIMITED, None) if kind in ("string", "bytes") else (VARINT, None)


def varint(data: bytes, at: int) -> tuple[int, int]:
    """A number of at most 64 bits, and the place behind it."""
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise ProtobufError("Protobuf data end within a number")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFF_FFFF_FFFF_FFFF, at
        shift += 7


def put_varint(value: int, out: bytearray) -> None:
    """Append a number; negative ones take ten bytes."""
    value &= 0xFFFF_FFFF_FFFF_FFFF
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)


def _signed(value: int, bits: int) -> int:
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


FROM_VARINT: dict[str, Callable[[int], Any]] = {
    "bool": lambda value: value != 0,
    "int32": lambda value: _signed(value, 32),
    "int64": lambda value: _signed(value, 64),
    "uint32": lambda value: value & 0xFFFF_FFFF,
    "uint64": lambda value: value,
    "sint32": lambda value: _signed((value >> 1) ^ -(value & 1), 32),
    "sint64": lambda value: _signed((value >> 1) ^ -(value & 1), 64),
    "enum": lambda value: _signed(value, 32),
}

_RANGES = {
    "int32": (-(1 << 31), 1 << 31),
    "sint32": (-(1 << 31), 1 << 31),
    "uint32": (0, 1 << 32),
    "int64": (-(1 << 63), 1 << 63),
    "sint64": (-(1 << 63), 1 << 63),
    "uint64": (0, 1 << 64),
    "enum": (-(1 << 31), 1 << 31),
}


def to_varint(kind: str, value: Any) -> int:
    """The number that stands for a value. Raises ProtobufError if it is out of range or none."""
    if kind == "bool":
        if not isinstance(value, bool):
            raise ProtobufError(f"{value!r:.100} is no bool")
        return int(value)
    number = value.item() if hasattr(value, "item") else value
    low, high = _RANGES[kind]
    if not isinstance(number, int) or isinstance(number, bool) or not low <= number < high:
        raise ProtobufError(f"{value!r:.100} is no {kind}")
    return (number << 1) ^ (number >> 63) if kind.startswith("sint") else number


DEFAULTS: dict[str, Any] = {"string": "", "bytes": b"", "bool": False, "float": 0.0, "double": 0.0}
"""What a scalar is that was not written; all others are 0."""
