"""Defaults of fields: JSON in a schema, and what it means."""

from __future__ import annotations

from typing import Any

from penstock._runtime.avro.logical import from_logical
from penstock._runtime.avro.schema import AvroError, Schema


def default(schema: Schema, value: Any, *, logical: bool = True) -> Any:
    """The value that a default of JSON stands for. Raises AvroError if it is none of the schema."""
    if schema.kind == "union":
        # A default is of the first branch that it fits; the specification of 1.12 allows any.
        for branch in schema.branches:
            try:
                return default(branch, value, logical=logical)
            except AvroError:
                continue
        raise AvroError(f"the default {value!r} is of no branch of its union")
    kind = schema.kind
    if kind == "record" and isinstance(value, dict):
        made: Any = {
            one.name: default(one.schema, value.get(one.name, one.default), logical=logical) for one in schema.fields
        }
    elif kind == "array" and isinstance(value, list):
        made = [default(schema.inner, item, logical=logical) for item in value]
    elif kind == "map" and isinstance(value, dict):
        made = {key: default(schema.inner, item, logical=logical) for key, item in value.items()}
    elif kind in ("bytes", "fixed") and isinstance(value, str):
        made = value.encode("latin-1")
    elif kind in ("float", "double") and isinstance(value, (int, float)) and not isinstance(value, bool):
        made = float(value)
    elif _fits_default(kind, value):
        made = value
    else:
        raise AvroError(f"the default {value!r:.100} is no {schema.shown}")
    convert = from_logical(schema) if logical else None
    return made if convert is None else convert(made)


def _fits_default(kind: str, value: Any) -> bool:
    types = {"null": type(None), "boolean": bool, "string": str, "enum": str, "int": int, "long": int}
    return kind in types and type(value) is types[kind]
