"""Which message of a file a record is, as Confluent's clients write it in front of the message."""

from __future__ import annotations

from penstock._runtime.protobuf.schema import File, Message, ProtobufError
from penstock._runtime.protobuf.wire import put_varint, varint

_DEEPEST = 20


def read_indexes(payload: bytes) -> tuple[list[int], bytes]:
    """The place of the message among those of the file, and of each that it is nested in; and the message itself."""
    count, at = _zigzag(payload, 0)
    if count == 0:
        return [0], payload[at:]
    if not 0 < count <= _DEEPEST:
        raise ProtobufError(f"the record says that its message is nested {count} deep")
    indexes = []
    for _ in range(count):
        index, at = _zigzag(payload, at)
        indexes.append(index)
    return indexes, payload[at:]


def write_indexes(indexes: list[int]) -> bytes:
    """What stands in front of a message; the first of a file is a single zero."""
    out = bytearray()
    for number in [0] if indexes == [0] else [len(indexes), *indexes]:
        put_varint(number << 1, out)
    return bytes(out)


def at_indexes(file: File, indexes: list[int]) -> Message:
    """The message at that place."""
    messages, found = file.messages, None
    for index in indexes:
        if not 0 <= index < len(messages):
            raise ProtobufError(f"the record is of message {indexes}, which its schema does not have")
        found = messages[index]
        messages = found.messages
    if found is None:
        raise ProtobufError("the record is of no message")
    return found


def indexes_of(file: File, name: str | None) -> list[int]:
    """The place of a message by its name, with or without the package; None is the first one."""
    if not file.messages:
        raise ProtobufError("the Protobuf schema has no message")
    if name is None:
        return [0]
    found = _find(file.messages, {name, f"{file.package}.{name}"})
    if found is None:
        raise ProtobufError(f"the Protobuf schema has no message {name!r}")
    return found


def _find(messages: list[Message], names: set[str]) -> list[int] | None:
    for index, message in enumerate(messages):
        if message.name in names:
            return [index]
        inner = _find(message.messages, names)
        if inner is not None:
            return [index, *inner]
    return None


def _zigzag(data: bytes, at: int) -> tuple[int, int]:
    value, at = varint(data, at)
    return (value >> 1) ^ -(value & 1), at
