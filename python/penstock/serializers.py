"""Serializers that PyFlink scripts import by name."""

from __future__ import annotations

import pickle
import struct
from abc import abstractmethod
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any

from penstock.common.serializer import TypeSerializer


class SpecialLengths:
    """Lengths that mean something else."""

    END_OF_DATA_SECTION = -1
    NULL = -2


class IterableSerializer(TypeSerializer[Iterable[Any]]):
    """Writes and reads many values."""


class VarLengthDataSerializer(IterableSerializer):
    """Writes each value as its length (4 bytes, big-endian) and its bytes."""

    def serialize(self, iterable: Iterable[Any], stream: BytesIO) -> None:
        """Write all values."""
        for value in iterable:
            if value is None:
                write_int(SpecialLengths.NULL, stream)
                continue
            data = self.dumps(value)
            write_int(len(data), stream)
            stream.write(data)

    def deserialize(self, stream: BytesIO) -> Iterator[Any]:
        """Read values up to the end of the stream."""
        while True:
            try:
                length = read_int(stream)
            except EOFError:
                return
            if length == SpecialLengths.END_OF_DATA_SECTION:
                return
            yield None if length == SpecialLengths.NULL else self.loads(stream.read(length))

    @abstractmethod
    def dumps(self, obj: Any) -> bytes:
        """A value's bytes."""

    @abstractmethod
    def loads(self, obj: bytes) -> Any:
        """The value in these bytes."""


class PickleSerializer(VarLengthDataSerializer):
    """Values as pickles."""

    def dumps(self, obj: Any) -> bytes:
        """A value's pickle."""
        return pickle.dumps(obj, protocol=5)

    def loads(self, obj: bytes) -> Any:
        """The value in a pickle."""
        return pickle.loads(obj)

    def __repr__(self) -> str:
        return "PickleSerializer()"


class BatchedSerializer(IterableSerializer):
    """Writes many values as lists of a number of them."""

    UNLIMITED_BATCH_SIZE = -1
    UNKNOWN_BATCH_SIZE = 0

    def __init__(self, serializer: VarLengthDataSerializer, batch_size: int = UNLIMITED_BATCH_SIZE) -> None:
        self.serializer = serializer
        self.batch_size = batch_size

    def serialize(self, iterator: Iterable[Any], stream: BytesIO) -> None:
        """Write all values."""
        self.serializer.serialize(self._batches(iterator), stream)

    def deserialize(self, stream: BytesIO) -> Iterator[Any]:
        """Read values up to the end of the stream."""
        for batch in self.serializer.deserialize(stream):
            yield from batch

    def _batches(self, values: Iterable[Any]) -> Iterator[list[Any]]:
        everything = list(values)
        size = self.batch_size if self.batch_size > 0 else max(len(everything), 1)
        for start in range(0, len(everything), size):
            yield everything[start : start + size]


def read_int(stream: BytesIO) -> int:
    """Four bytes as a number, big-endian. Raises EOFError at the end of the stream."""
    data = stream.read(4)
    if not data:
        raise EOFError
    return int(struct.unpack("!i", data)[0])


def write_int(value: int, stream: BytesIO) -> None:
    """A number as four bytes, big-endian."""
    stream.write(struct.pack("!i", value))
