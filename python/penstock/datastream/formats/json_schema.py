"""Types from JSON schemas."""

from __future__ import annotations

import json
from typing import Any

from penstock.common.typeinfo import TypeInformation, Types

_FORMATS = {"date": Types.SQL_DATE, "time": Types.SQL_TIME, "date-time": Types.SQL_TIMESTAMP}
_SCALARS = {"boolean": Types.BOOLEAN, "number": Types.BIG_DEC, "integer": Types.BIG_INT}


def type_of_schema(text: str) -> TypeInformation:
    """The type that a JSON schema describes. Raises ValueError naming the part that cannot be expressed."""
    try:
        schema = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"the JSON schema is no JSON: {error}") from None
    return _type(schema, schema, "the JSON schema")


def _type(schema: dict[str, Any], root: dict[str, Any], where: str) -> TypeInformation:
    if "$ref" in schema:
        return _type(_referred(schema["$ref"], root, where), root, where)
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((one for one in kind if one != "null"), None)
    if kind == "object":
        return _object(schema, root, where)
    if kind == "array":
        return _array(schema, root, where)
    if kind == "string":
        return _string(schema)
    if kind in _SCALARS:
        return _SCALARS[kind]()
    raise ValueError(f"{where}: the type {kind!r} has no counterpart in Types")


def _object(schema: dict[str, Any], root: dict[str, Any], where: str) -> TypeInformation:
    properties = schema.get("properties", {})
    types = [_type(part, root, f"{where}, {name}") for name, part in properties.items()]
    return Types.ROW_NAMED(list(properties), types)


def _array(schema: dict[str, Any], root: dict[str, Any], where: str) -> TypeInformation:
    items = schema.get("items")
    if isinstance(items, list):
        return Types.ROW([_type(item, root, f"{where}, items") for item in items])
    if not isinstance(items, dict):
        raise ValueError(f"{where}: an array needs items")
    return Types.OBJECT_ARRAY(_type(items, root, f"{where}, items"))


def _string(schema: dict[str, Any]) -> TypeInformation:
    if schema.get("contentEncoding") == "base64":
        return Types.PRIMITIVE_ARRAY(Types.BYTE())
    return _FORMATS.get(schema.get("format", ""), Types.STRING)()


def _referred(reference: str, root: dict[str, Any], where: str) -> dict[str, Any]:
    part: Any = root
    for name in reference.lstrip("#").strip("/").split("/"):
        if not isinstance(part, dict) or name not in part:
            raise ValueError(f"{where}: there is nothing at {reference!r}")
        part = part[name]
    return dict(part)
