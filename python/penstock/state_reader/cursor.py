"""Takes numbers, texts and byte strings off the front of bytes. Every length is held against what is left."""

from __future__ import annotations


class Cursor:
    """A place in some bytes.

    >>> cursor = Cursor(b"\\x02hi\\x07")
    >>> cursor.sized(), cursor.byte(), cursor.is_at_end()
    (b'hi', 7, True)
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    def take(self, length: int) -> bytes:
        """The next bytes. Raises ValueError where fewer are left."""
        end = self._position + length
        if end > len(self._data):
            raise ValueError(f"{length} bytes expected, {len(self._data) - self._position} are left")
        taken = self._data[self._position : end]
        self._position = end
        return taken

    def byte(self) -> int:
        """The next byte as a number."""
        return self.take(1)[0]

    def integer(self, length: int, *, signed: bool = True) -> int:
        """A big-endian number."""
        return int.from_bytes(self.take(length), "big", signed=signed)

    def varint(self) -> int:
        """A number in groups of seven bits, the lowest first."""
        value = 0
        for shift in range(0, 63, 7):
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
        raise ValueError("a number has too many digits")

    def count(self) -> int:
        """A number of items, each of which takes at least a byte of what is left."""
        return self._checked(self.varint())

    def sized(self) -> bytes:
        """Bytes with a varint for their length in front."""
        return self.take(self.varint())

    def long_count(self) -> int:
        """A number of items in four bytes."""
        return self._checked(self.integer(4, signed=False))

    def long_sized(self) -> bytes:
        """Bytes with their length in four bytes in front."""
        return self.take(self.integer(4, signed=False))

    def is_at_end(self) -> bool:
        """Whether nothing is left."""
        return self._position == len(self._data)

    def _checked(self, count: int) -> int:
        left = len(self._data) - self._position
        if count > left:
            raise ValueError(f"{count} items are announced, {left} bytes are left")
        return count
