"""Records as rows: what decoders make dicts of."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from penstock._runtime.avro.schema import Schema
from penstock.common.types import Row

Convert = Callable[[Any], Any]


def rows_of(schema: Schema) -> Convert:
    """The function from a decoded value to the same with rows for records, and times without a zone."""
    return _conversion(schema, {}) or (lambda value: value)


def _conversion(schema: Schema, made: dict[int, Convert]) -> Convert | None:
    """None if values stay as they are."""
    if schema.kind == "record":
        return _record(schema, made)
    if schema.kind == "array":
        return _of_items(_conversion(schema.inner, made))
    if schema.kind == "map":
        return _of_values(_conversion(schema.inner, made))
    if schema.kind == "union":
        others = [branch for branch in schema.branches if branch.kind != "null"]
        # Only of one type besides null is it known what a value is of.
        return _or_none(_conversion(others[0], made)) if len(others) == 1 else None
    if schema.logical in ("timestamp-millis", "timestamp-micros"):
        return _without_zone
    return None


def _of_items(convert: Convert | None) -> Convert | None:
    return convert and (lambda values: [convert(value) for value in values])


def _of_values(convert: Convert | None) -> Convert | None:
    return convert and (lambda values: {key: convert(value) for key, value in values.items()})


def _or_none(convert: Convert | None) -> Convert | None:
    return convert and (lambda value: None if value is None else convert(value))


def _record(schema: Schema, made: dict[int, Convert]) -> Convert:
    known = made.get(id(schema))
    if known is not None:
        return known
    fields: list[tuple[str, Convert | None]] = []
    names = [field.name for field in schema.fields]

    def convert(record: dict[str, Any]) -> Row:
        values = (part if to is None else to(part) for part, (_, to) in zip(record.values(), fields, strict=True))
        row = Row(*values)
        row.set_field_names(names)
        return row

    made[id(schema)] = convert
    fields.extend((field.name, _conversion(field.schema, made)) for field in schema.fields)
    return convert


def _without_zone(moment: datetime.datetime) -> datetime.datetime:
    return moment.replace(tzinfo=None)
