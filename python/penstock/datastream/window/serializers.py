"""How windows become bytes."""

from __future__ import annotations

from io import BytesIO

from penstock.common.serializer import TypeSerializer
from penstock.datastream.window.windows import CountWindow, GlobalWindow, TimeWindow


class TimeWindowSerializer(TypeSerializer[TimeWindow]):
    """Start and end, eight bytes each."""

    def __init__(self) -> None:
        super().__init__()

    def serialize(self, element: TimeWindow, stream: BytesIO) -> None:
        """Write the window's bytes."""
        stream.write(_long(element.start) + _long(element.end))

    def deserialize(self, stream: BytesIO) -> TimeWindow:
        """Read a window."""
        return TimeWindow(_read_long(stream), _read_long(stream))


class CountWindowSerializer(TypeSerializer[CountWindow]):
    """The number, eight bytes."""

    def __init__(self) -> None:
        super().__init__()

    def serialize(self, element: CountWindow, stream: BytesIO) -> None:
        """Write the window's bytes."""
        stream.write(_long(element.id))

    def deserialize(self, stream: BytesIO) -> CountWindow:
        """Read a window."""
        return CountWindow(_read_long(stream))


class GlobalWindowSerializer(TypeSerializer[GlobalWindow]):
    """One byte, as there is only one such window."""

    def __init__(self) -> None:
        super().__init__()

    def serialize(self, element: GlobalWindow, stream: BytesIO) -> None:
        """Write the window's byte."""
        stream.write(b"\0")

    def deserialize(self, stream: BytesIO) -> GlobalWindow:
        """Read the window."""
        stream.read(1)
        return GlobalWindow()


def _long(number: int) -> bytes:
    return number.to_bytes(8, "big", signed=True)


def _read_long(stream: BytesIO) -> int:
    return int.from_bytes(stream.read(8), "big", signed=True)
