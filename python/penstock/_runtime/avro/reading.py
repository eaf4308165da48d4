"""Avro's bytes, from their beginning. Nothing is believed: every length is held against what is left."""

from __future__ import annotations

import struct

from penstock._runtime.avro.schema import AvroError

_MOST_EMPTY = 1_000_000
"""No list has more items that may take no bytes."""
_FLOAT, _DOUBLE = struct.Struct("<f"), struct.Struct("<d")


class Reader:
    """A place in bytes."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def long(self) -> int:
        """A number in groups of seven bits, the lowest first, zigzag."""
        data, at = self._data, self._at
        try:
            byte = data[at]
            at += 1
            value = byte & 0x7F
            shift = 7
            while byte & 0x80:
                byte = data[at]
                at += 1
                value |= (byte & 0x7F) << shift
                shift += 7
                if shift > 70:
                    raise AvroError("a number in Avro data is longer than 64 bits")
        except IndexError:
            raise AvroError("Avro data end within a number") from None
        self._at = at
        return (value >> 1) ^ -(value & 1)

    def take(self, length: int) -> bytes:
        """So many bytes."""
        end = self._at + length
        if length < 0 or end > len(self._data):
            raise AvroError(f"Avro data has {len(self._data) - self._at} bytes left, and {length} are to follow")
        taken = self._data[self._at : end]
        self._at = end
        return taken

    def binary(self) -> bytes:
        """Bytes behind their length."""
        return self.take(self.long())

    def text(self) -> str:
        """UTF-8 behind its length."""
        try:
            return self.take(self.long()).decode()
        except UnicodeDecodeError as error:
            raise AvroError(f"a string in Avro data is no UTF-8: {error}") from None

    def boolean(self) -> bool:
        """A byte."""
        return self.take(1) != b"\0"

    def single(self) -> float:
        """Four bytes."""
        value: float = _FLOAT.unpack(self.take(4))[0]
        return value

    def double(self) -> float:
        """Eight bytes."""
        value: float = _DOUBLE.unpack(self.take(8))[0]
        return value

    def count(self, smallest: int, before: int = 0) -> int:
        """The length of a block behind `before` items, each of which takes so many bytes at least."""
        count = self.long()
        if count < 0:
            count = -count
            self.long()
        most = (len(self._data) - self._at) // smallest if smallest else _MOST_EMPTY - before
        if count > most:
            raise AvroError(f"a block in Avro data has {count} items, and at most {most} can follow")
        return count

    def end(self) -> None:
        """Raises AvroError if anything is left."""
        if self._at != len(self._data):
            raise AvroError(f"Avro data go on for {len(self._data) - self._at} bytes behind their end")
