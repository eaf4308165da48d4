"""From values to bytes of a schema."""

from __future__ import annotations

import datetime
import struct
import uuid
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from penstock._runtime.avro.defaults import default
from penstock._runtime.avro.logical import to_raw
from penstock._runtime.avro.schema import AvroError, Field, Schema
from penstock.common.types import Row

Encode = Callable[[Any, bytearray], None]

_LIMITS = {"int": 1 << 31, "long": 1 << 63}


def encoder(schema: Schema) -> Callable[[Any], bytes]:
    """The function from a value to its bytes. Records are dicts, Rows or objects with attributes.

    It raises AvroError naming the field that does not fit.
    """
    encode = _Plan().of(schema)

    def write(value: Any) -> bytes:
        out = bytearray()
        encode(value, out)
        return bytes(out)

    return write


class _Plan:
    def __init__(self) -> None:
        self._records: dict[int, Encode] = {}

    def of(self, schema: Schema) -> Encode:
        if schema.kind == "record":
            return self._record(schema)
        encode = self._plain(schema)
        convert = to_raw(schema)
        return encode if convert is None else lambda value, out: encode(convert(value), out)

    def _plain(self, schema: Schema) -> Encode:
        kind = schema.kind
        if kind == "union":
            return self._union(schema)
        if kind == "array":
            return _array(self.of(schema.inner))
        if kind == "map":
            return _map(self.of(schema.inner))
        if kind == "enum":
            return _enum(schema)
        if kind == "fixed":
            return _fixed(schema)
        if kind in _LIMITS:
            return _whole(kind, _LIMITS[kind])
        return _PRIMITIVE[kind]

    def _record(self, schema: Schema) -> Encode:
        key = id(schema)
        if key in self._records:
            return lambda value, out: self._records[key](value, out)
        self._records[key] = lambda value, out: None
        fields = [(field, self.of(field.schema)) for field in schema.fields]

        def encode(value: Any, out: bytearray) -> None:
            get = _getter(value, schema)
            for field, part in fields:
                try:
                    part(get(field), out)
                except AvroError as error:
                    raise AvroError(f"{schema.shown}.{field.name}: {error}") from None

        self._records[key] = encode
        return encode

    def _union(self, schema: Schema) -> Encode:
        branches = [(branch, self.of(branch)) for branch in schema.branches]

        def encode(value: Any, out: bytearray) -> None:
            for index, (branch, part) in enumerate(branches):
                if _may_be(branch, value):
                    start = len(out)
                    _put(index, out)
                    try:
                        return part(value, out)
                    except AvroError:
                        if index + 1 == len(branches):
                            raise
                        del out[start:]
            kinds = ", ".join(branch.shown for branch, _ in branches)
            raise AvroError(f"{value!r:.100} is none of {kinds}")

        return encode


def _getter(value: Any, schema: Schema) -> Callable[[Field], Any]:
    if isinstance(value, Row) and value._fields is None:
        places = {field.name: place for place, field in enumerate(schema.fields)}
        if len(value) != len(places):
            raise AvroError(f"a Row of {len(value)} fields is no {schema.shown}, which has {len(places)}")
        return lambda field: value[places[field.name]]
    if isinstance(value, Row):
        value = value.as_dict()
    if isinstance(value, Mapping):
        named: Mapping[str, Any] = value
    elif hasattr(value, "_asdict"):
        named = value._asdict()
    elif hasattr(value, "__dict__") and not isinstance(value, type):
        named = vars(value)
    else:
        raise AvroError(f"{value!r:.100} is no {schema.shown}: a record is a dict, a Row or an object with attributes")

    def get(field: Field) -> Any:
        if field.name in named:
            return named[field.name]
        if not field.has_default:
            raise AvroError("the value is missing")
        return default(field.schema, field.default)

    return get


def _may_be(schema: Schema, value: Any) -> bool:
    """Whether a value may be of this branch, as far as that can be seen without encoding it."""
    kind, logical = schema.kind, schema.logical
    if kind == "null" or value is None:
        return kind == "null" and value is None
    if isinstance(value, bool):
        return kind == "boolean"
    if isinstance(value, int):
        return kind in ("int", "long", "float", "double")
    if isinstance(value, float):
        return kind in ("float", "double")
    if isinstance(value, str):
        return kind == "string" or (kind == "enum" and value in schema.symbols)
    if isinstance(value, (bytes, bytearray)):
        return kind == "bytes" or (kind == "fixed" and len(value) == schema.size)
    if isinstance(value, Decimal):
        return logical == "decimal"
    if isinstance(value, uuid.UUID):
        return logical == "uuid"
    if isinstance(value, datetime.datetime):
        return logical is not None and "timestamp" in logical
    if isinstance(value, datetime.date):
        return logical == "date"
    if isinstance(value, datetime.time):
        return logical is not None and logical.startswith("time-")
    if isinstance(value, (list, tuple)) and not hasattr(value, "_asdict"):
        return kind == "array"
    if isinstance(value, Mapping):
        return kind == "map" or (kind == "record" and set(value) <= {field.name for field in schema.fields})
    return kind == "record"


def _put(value: int, out: bytearray) -> None:
    value = (value << 1) ^ (value >> 63)
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)


def _whole(kind: str, limit: int) -> Encode:
    def encode(value: Any, out: bytearray) -> None:
        number = value.item() if hasattr(value, "item") else value
        if not isinstance(number, int) or isinstance(number, bool) or not -limit <= number < limit:
            raise AvroError(f"{value!r:.100} is no {kind}")
        _put(number, out)

    return encode


def _fixed(schema: Schema) -> Encode:
    def encode(value: Any, out: bytearray) -> None:
        if not isinstance(value, (bytes, bytearray)) or len(value) != schema.size:
            raise AvroError(f"{value!r:.100} is not {schema.size} bytes, as {schema.shown} is")
        out += value

    return encode


def _enum(schema: Schema) -> Encode:
    places = {symbol: place for place, symbol in enumerate(schema.symbols)}

    def encode(value: Any, out: bytearray) -> None:
        name = getattr(value, "name", value)
        if name not in places:
            raise AvroError(f"{value!r:.100} is no symbol of {schema.shown}")
        _put(places[name], out)

    return encode


def _array(item: Encode) -> Encode:
    def encode(value: Any, out: bytearray) -> None:
        if isinstance(value, (str, bytes, Mapping)) or not hasattr(value, "__len__"):
            raise AvroError(f"{value!r:.100} is no array")
        if len(value):
            _put(len(value), out)
            for one in value:
                item(one, out)
        out.append(0)

    return encode


def _map(item: Encode) -> Encode:
    def encode(value: Any, out: bytearray) -> None:
        if not isinstance(value, Mapping):
            raise AvroError(f"{value!r:.100} is no map")
        if value:
            _put(len(value), out)
            for key, one in value.items():
                _text(key, out)
                item(one, out)
        out.append(0)

    return encode


def _null(value: Any, out: bytearray) -> None:
    if value is not None:
        raise AvroError(f"{value!r:.100} is not None")


def _boolean(value: Any, out: bytearray) -> None:
    if not isinstance(value, bool):
        raise AvroError(f"{value!r:.100} is no boolean")
    out.append(value)


def _number(layout: struct.Struct) -> Encode:
    def encode(value: Any, out: bytearray) -> None:
        try:
            out += layout.pack(value)
        except (struct.error, OverflowError, TypeError):
            raise AvroError(f"{value!r:.100} is no number") from None

    return encode


def _bytes(value: Any, out: bytearray) -> None:
    if not isinstance(value, (bytes, bytearray)):
        raise AvroError(f"{value!r:.100} is no bytes")
    _put(len(value), out)
    out += value


def _text(value: Any, out: bytearray) -> None:
    if not isinstance(value, str):
        raise AvroError(f"{value!r:.100} is no string")
    data = value.encode()
    _put(len(data), out)
    out += data


_PRIMITIVE: dict[str, Encode] = {
    "null": _null,
    "boolean": _boolean,
    "float": _number(struct.Struct("<f")),
    "double": _number(struct.Struct("<d")),
    "bytes": _bytes,
    "string": _text,
}
