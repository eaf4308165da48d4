"""Logical types of Avro as Python's own: dates, times, moments in UTC, decimals and UUIDs."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from penstock._runtime.avro.schema import AvroError, Schema

_EPOCH = datetime.datetime(1970, 1, 1)
_UTC_EPOCH = _EPOCH.replace(tzinfo=datetime.timezone.utc)
_MICRO = datetime.timedelta(microseconds=1)


def from_logical(schema: Schema) -> Callable[[Any], Any] | None:
    """The function from a value to that of the logical type, if the schema has one."""
    logical = schema.logical
    if logical is None:
        return None
    if logical == "decimal":
        return lambda raw: Decimal(int.from_bytes(raw, "big", signed=True)).scaleb(-schema.scale)
    if logical == "uuid":
        return uuid.UUID
    if logical == "date":
        return lambda days: datetime.date(1970, 1, 1) + datetime.timedelta(days=days)
    micros = 1 if logical.endswith("micros") else 1000
    if logical.startswith("time-"):
        return lambda value: (_EPOCH + datetime.timedelta(microseconds=value * micros)).time()
    epoch = _EPOCH if logical.startswith("local") else _UTC_EPOCH
    return lambda value: epoch + datetime.timedelta(microseconds=value * micros)


def to_raw(schema: Schema) -> Callable[[Any], Any] | None:
    """The way back. What is raw already stays as it is."""
    logical = schema.logical
    if logical is None:
        return None
    if logical == "decimal":
        return lambda value: _unscaled(value, schema) if isinstance(value, Decimal) else value
    if logical == "uuid":
        return lambda value: str(value) if isinstance(value, uuid.UUID) else value
    if logical == "date":
        return lambda value: value.toordinal() - 719_163 if isinstance(value, datetime.date) else value
    micros = 1 if logical.endswith("micros") else 1000
    if logical.startswith("time-"):
        return lambda value: _of_day(value) // micros if isinstance(value, datetime.time) else value
    return lambda value: _since_epoch(value) // micros if isinstance(value, datetime.datetime) else value


def _unscaled(value: Decimal, schema: Schema) -> bytes:
    scaled = value.scaleb(schema.scale)
    number = int(scaled)
    if number != scaled:
        raise AvroError(f"{value} has more than {schema.scale} digits behind the point")
    length = schema.size if schema.kind == "fixed" else max(1, (number.bit_length() + 8) // 8)
    try:
        return number.to_bytes(length, "big", signed=True)
    except OverflowError:
        raise AvroError(f"{value} does not fit into the {length} bytes of {schema.shown}") from None


def _of_day(value: datetime.time) -> int:
    return ((value.hour * 60 + value.minute) * 60 + value.second) * 1_000_000 + value.microsecond


def _since_epoch(value: datetime.datetime) -> int:
    return (value - (_EPOCH if value.tzinfo is None else _UTC_EPOCH)) // _MICRO
