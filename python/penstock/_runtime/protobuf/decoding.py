"""From the bytes of a message to a dict."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from penstock._runtime.protobuf.schema import Enumeration, Field, Message, ProtobufError
from penstock._runtime.protobuf.wire import DEFAULTS, DELIMITED, FIXED32, FIXED64, FROM_VARINT, VARINT, layout, varint

_DEPTH = 100
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def decoder(message: Message) -> Callable[[bytes], dict[str, Any]]:
    """The function from a message's bytes to its fields by name. It raises ProtobufError.

    A field that was not written is its default; None where that differs from not being there: for messages, in a
    `oneof` and for `optional`. Enums are their names, a `google.protobuf.Timestamp` is a datetime in UTC.
    """
    plans: dict[int, _Plan] = {}
    plan = _plan(message, plans)
    return lambda data: plan.read(data, 0, len(data), 0)


class _Plan:
    """How the fields of a message type are read."""

    def __init__(self, message: Message, plans: dict[int, _Plan]) -> None:
        plans[id(message)] = self
        self._readers = {field.number: _FieldReader(field, plans) for field in message.fields}
        self._empty = [(field.name, _empty(field)) for field in message.fields]
        self.is_timestamp = message.name == "google.protobuf.Timestamp"

    def read(self, data: bytes, at: int, end: int, depth: int) -> Any:
        if depth > _DEPTH:
            raise ProtobufError("Protobuf data are nested too deep")
        fields: dict[str, Any] = {name: make() for name, make in self._empty}
        while at < end:
            tag, at = varint(data, at)
            wire = tag & 7
            reader = self._readers.get(tag >> 3)
            if wire == VARINT:
                value, at = varint(data, at)
                if reader is not None:
                    reader.number(fields, value)
                continue
            if wire == DELIMITED:
                length, at = varint(data, at)
            elif wire in (FIXED32, FIXED64):
                length = 4 if wire == FIXED32 else 8
            else:
                raise ProtobufError(f"Protobuf data has the wire type {wire}, which there is not (any more)")
            if length > end - at:
                raise ProtobufError(f"Protobuf data has {end - at} bytes left, and {length} are to follow")
            if reader is not None:
                reader.span(fields, data, at, at + length, wire, depth)
            at += length
        if at != end:
            raise ProtobufError("Protobuf data end within a number")
        return _moment(fields) if self.is_timestamp else fields


class _FieldReader:
    def __init__(self, field: Field, plans: dict[int, _Plan]) -> None:
        self._name, self._repeated, self._field = field.name, field.repeated, field
        self._kind = "enum" if field.enumeration is not None else field.type
        self._wire, self._layout = layout(self._kind)
        self._names = field.enumeration.names if field.enumeration is not None else None
        self._plan = None if field.message is None else _plan(field.message, plans)
        self._is_map = field.message is not None and field.message.is_map_entry

    def number(self, fields: dict[str, Any], value: int) -> None:
        if self._plan is not None or self._kind not in FROM_VARINT:
            raise ProtobufError(f"the field {self._name} is no number, and was written as one")
        self._put(fields, self._of_number(value))

    def span(self, fields: dict[str, Any], data: bytes, at: int, end: int, wire: int, depth: int) -> None:
        if self._plan is not None:
            if wire != DELIMITED:
                raise ProtobufError(f"the field {self._name} is a message, and was written as a number")
            self._message(fields, self._plan.read(data, at, end, depth + 1))
        elif wire == self._wire:
            self._put(fields, self._scalar(data[at:end]))
        elif wire == DELIMITED and self._repeated:
            self._packed(fields[self._name], data, at, end)
        else:
            raise ProtobufError(f"the field {self._name} is {self._kind}, and was written as something else")

    def _message(self, fields: dict[str, Any], value: Any) -> None:
        if self._is_map:
            fields[self._name][value["key"]] = value["value"]
        else:
            self._put(fields, value)

    def _put(self, fields: dict[str, Any], value: Any) -> None:
        if self._repeated:
            fields[self._name].append(value)
        else:
            fields[self._name] = value

    def _scalar(self, part: bytes) -> Any:
        if self._layout is not None:
            return self._layout.unpack(part)[0]
        if self._kind == "bytes":
            return part
        try:
            return part.decode()
        except UnicodeDecodeError as error:
            raise ProtobufError(f"the field {self._name} is no UTF-8: {error}") from None

    def _packed(self, into: list[Any], data: bytes, at: int, end: int) -> None:
        if self._layout is not None:
            if (end - at) % self._layout.size:
                raise ProtobufError(f"the field {self._name} has a part of a number")
            into.extend(value for (value,) in self._layout.iter_unpack(data[at:end]))
            return
        if self._kind not in FROM_VARINT:
            raise ProtobufError(f"the field {self._name} is {self._kind}, and was written as numbers")
        while at < end:
            value, at = varint(data, at)
            into.append(self._of_number(value))
        if at != end:
            raise ProtobufError("Protobuf data end within a number")

    def _of_number(self, value: int) -> Any:
        number = FROM_VARINT[self._kind](value)
        # A number that has no name is kept, as Protobuf does it.
        return number if self._names is None else self._names.get(number, number)


def _plan(message: Message, plans: dict[int, _Plan]) -> _Plan:
    return plans.get(id(message)) or _Plan(message, plans)


def _empty(field: Field) -> Callable[[], Any]:
    if field.message is not None and field.message.is_map_entry:
        return dict
    if field.repeated:
        return list
    default = None if field.has_presence else _default(field.type, field.enumeration)
    return lambda: default


def _default(kind: str, enumeration: Enumeration | None) -> Any:
    return DEFAULTS.get(kind, 0) if enumeration is None else enumeration.names.get(0, 0)


def _moment(fields: dict[str, Any]) -> datetime.datetime:
    try:
        return _EPOCH + datetime.timedelta(seconds=fields["seconds"], microseconds=fields["nanos"] // 1000)
    except OverflowError:
        raise ProtobufError(f"the Timestamp {fields} is out of the range of datetime") from None
