"""From a dict, or an object with attributes, to the bytes of a message."""

from __future__ import annotations

import datetime
import struct
from collections.abc import Callable, Mapping
from typing import Any

from penstock._runtime.protobuf.schema import Field, Message, ProtobufError
from penstock._runtime.protobuf.wire import DEFAULTS, DELIMITED, layout, put_varint, to_varint
from penstock.common.types import Row

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
_MICRO = datetime.timedelta(microseconds=1)

Put = Callable[[Any, bytearray], None]


def encoder(message: Message) -> Callable[[Any], bytes]:
    """The function from a value to its bytes: a dict, a Row with names, or an object with attributes.

    It raises ProtobufError naming the field that does not fit. A field that is missing or None is not written.
    """
    plans: dict[int, Put] = {}
    put = _message(message, plans)

    def write(value: Any) -> bytes:
        out = bytearray()
        put(value, out)
        return bytes(out)

    return write


def _message(message: Message, plans: dict[int, Put]) -> Put:
    key = id(message)
    if key in plans:
        return lambda value, out: plans[key](value, out)
    plans[key] = lambda value, out: None
    fields = {field.name: _field(field, plans) for field in message.fields}

    def put(value: Any, out: bytearray) -> None:
        named = _fields_of(value, message)
        for name in named:
            if name not in fields:
                raise ProtobufError(f"{message.name} has no field {name!r}")
        for name, part in fields.items():
            given = named.get(name)
            if given is not None:
                try:
                    part(given, out)
                except ProtobufError as error:
                    raise ProtobufError(f"{message.name}.{name}: {error}") from None

    plans[key] = put
    return put


def _fields_of(value: Any, message: Message) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return value
    if message.name == "google.protobuf.Timestamp" and isinstance(value, datetime.datetime):
        moment = value if value.tzinfo is not None else value.replace(tzinfo=datetime.timezone.utc)
        seconds, micros = divmod((moment - _EPOCH) // _MICRO, 1_000_000)
        return {"seconds": seconds, "nanos": micros * 1000}
    if isinstance(value, Row) and value._fields is not None:
        return value.as_dict()
    if hasattr(value, "_asdict"):
        named: Mapping[str, Any] = value._asdict()
        return named
    if hasattr(value, "__dict__") and not isinstance(value, type):
        attributes: Mapping[str, Any] = vars(value)
        return attributes
    raise ProtobufError(f"{value!r:.100} is no {message.name}: a message is a dict or an object with attributes")


def _field(field: Field, plans: dict[int, Put]) -> Put:
    if field.message is not None:
        part = _nested(field, _message(field.message, plans))
        return _entries(part) if field.message.is_map_entry else _each(part) if field.repeated else part
    value = _value(field)
    wire, _ = layout("enum" if field.enumeration is not None else field.type)
    tag = field.number << 3 | wire
    if field.repeated:
        return _packed(field.number << 3 | DELIMITED, value) if field.packed else _each(_tagged(tag, value))
    plain = _tagged(tag, value)
    if field.has_presence:
        return plain
    default = DEFAULTS.get(field.type, 0) if field.enumeration is None else field.enumeration.names.get(0, 0)
    return lambda given, out: None if given == default else plain(given, out)


def _tagged(tag: int, value: Put) -> Put:
    def put(given: Any, out: bytearray) -> None:
        put_varint(tag, out)
        value(given, out)

    return put


def _nested(field: Field, message: Put) -> Put:
    tag = field.number << 3 | DELIMITED

    def put(given: Any, out: bytearray) -> None:
        inner = bytearray()
        message(given, inner)
        put_varint(tag, out)
        put_varint(len(inner), out)
        out += inner

    return put


def _each(part: Put) -> Put:
    def put(given: Any, out: bytearray) -> None:
        for one in _items(given):
            part(one, out)

    return put


def _packed(tag: int, value: Put) -> Put:
    def put(given: Any, out: bytearray) -> None:
        inner = bytearray()
        for one in _items(given):
            value(one, inner)
        if inner:
            put_varint(tag, out)
            put_varint(len(inner), out)
            out += inner

    return put


def _items(given: Any) -> Any:
    if isinstance(given, (str, bytes, Mapping)) or not hasattr(given, "__iter__"):
        raise ProtobufError(f"{given!r:.100} is no list")
    return given


def _entries(part: Put) -> Put:
    def put(given: Any, out: bytearray) -> None:
        if not isinstance(given, Mapping):
            raise ProtobufError(f"{given!r:.100} is no map")
        for key, value in given.items():
            part({"key": key, "value": value}, out)

    return put


def _value(field: Field) -> Put:
    if field.enumeration is not None:
        numbers = field.enumeration.numbers

        def enumeration(given: Any, out: bytearray) -> None:
            name = getattr(given, "name", given)
            number = numbers.get(name) if isinstance(name, str) else name
            if number is None:
                raise ProtobufError(f"{given!r:.100} is no name of the enum")
            put_varint(to_varint("enum", number), out)

        return enumeration
    kind = field.type
    _, fixed = layout(kind)
    if fixed is not None:
        return _fixed(kind, fixed)
    if kind in ("string", "bytes"):
        return _text if kind == "string" else _bytes
    return lambda given, out: put_varint(to_varint(kind, given), out)


def _fixed(kind: str, fixed: struct.Struct) -> Put:
    def put(given: Any, out: bytearray) -> None:
        try:
            out += fixed.pack(given)
        except (struct.error, OverflowError, TypeError):
            raise ProtobufError(f"{given!r:.100} is no {kind}") from None

    return put


def _text(given: Any, out: bytearray) -> None:
    if not isinstance(given, str):
        raise ProtobufError(f"{given!r:.100} is no string")
    _bytes(given.encode(), out)


def _bytes(given: Any, out: bytearray) -> None:
    if not isinstance(given, (bytes, bytearray)):
        raise ProtobufError(f"{given!r:.100} is no bytes")
    put_varint(len(given), out)
    out += given
