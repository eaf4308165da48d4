"""Avro schemas: JSON with names that stand for what was defined under them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PRIMITIVES = frozenset({"null", "boolean", "int", "long", "float", "double", "bytes", "string"})
_DEPTH = 100


class AvroError(ValueError):
    """A schema that is none, or bytes or a value that are not of their schema."""


@dataclass(eq=False)
class Field:
    """A field of a record."""

    name: str
    schema: Schema
    aliases: tuple[str, ...]
    default: Any
    has_default: bool


@dataclass(eq=False)
class Schema:
    """A type. Which of the parts it has follows from `kind`; a name that is used again is the same object."""

    kind: str
    name: str = ""
    logical: str | None = None
    aliases: tuple[str, ...] = ()
    fields: list[Field] = field(default_factory=list)
    symbols: list[str] = field(default_factory=list)
    default: Any = None
    items: Schema | None = None
    branches: list[Schema] = field(default_factory=list)
    size: int = 0
    scale: int = 0

    @property
    def shown(self) -> str:
        """How messages call it."""
        return self.name or self.kind

    @property
    def inner(self) -> Schema:
        """What an array or a map holds."""
        assert self.items is not None, "arrays and maps hold something"
        return self.items


def parse(text: str | Mapping[str, Any] | list[Any], known: dict[str, Schema] | None = None) -> Schema:
    """A schema from its JSON, as text or read already. `known` has types that it refers to, and gets those it defines.

    Raises AvroError saying what is wrong.
    """
    if isinstance(text, str):
        try:
            described = json.loads(text)
        except json.JSONDecodeError as error:
            # The name of a type is a schema too.
            if text not in PRIMITIVES:
                raise AvroError(f"an Avro schema is JSON, and this is none: {error}") from None
            described = text
    else:
        described = text
    return _Parser({} if known is None else known).parse(described, "", 0)


class _Parser:
    def __init__(self, known: dict[str, Schema]) -> None:
        self._known = known

    def parse(self, described: Any, namespace: str, depth: int) -> Schema:
        if depth > _DEPTH:
            raise AvroError(f"an Avro schema is nested more than {_DEPTH} deep")
        if isinstance(described, str):
            return self._named(described, namespace)
        if isinstance(described, list):
            return self._union(described, namespace, depth)
        if not isinstance(described, Mapping) or "type" not in described:
            raise AvroError(f"no Avro schema: {described!r:.200}")
        kind = described["type"]
        if not isinstance(kind, str):
            return self.parse(kind, namespace, depth + 1)
        make = getattr(self, f"_{kind}", None) if kind in _COMPLEX else None
        schema: Schema = self._named(kind, namespace) if make is None else make(described, namespace, depth + 1)
        return _with_logical_type(schema, described)

    def _named(self, name: str, namespace: str) -> Schema:
        if name in PRIMITIVES:
            return Schema(name)
        full = _full_name(name, namespace)
        found = self._known.get(full) or self._known.get(name)
        if found is None:
            raise AvroError(f"the Avro schema uses the type {name!r}, which nothing defines")
        return found

    def _union(self, described: list[Any], namespace: str, depth: int) -> Schema:
        branches = [self.parse(branch, namespace, depth + 1) for branch in described]
        if not branches or any(branch.kind == "union" for branch in branches):
            raise AvroError("a union in an Avro schema has branches, none of which is a union")
        return Schema("union", branches=branches)

    def _array(self, described: Mapping[str, Any], namespace: str, depth: int) -> Schema:
        return Schema("array", items=self.parse(_part(described, "items"), namespace, depth))

    def _map(self, described: Mapping[str, Any], namespace: str, depth: int) -> Schema:
        return Schema("map", items=self.parse(_part(described, "values"), namespace, depth))

    def _enum(self, described: Mapping[str, Any], namespace: str, depth: int) -> Schema:
        symbols = _part(described, "symbols")
        if not isinstance(symbols, list) or not all(isinstance(symbol, str) for symbol in symbols):
            raise AvroError(f"the symbols of the Avro enum {described.get('name')!r} are a list of names")
        schema = self._define("enum", described, namespace)
        schema.symbols, schema.default = symbols, described.get("default")
        return schema

    def _fixed(self, described: Mapping[str, Any], namespace: str, depth: int) -> Schema:
        size = _part(described, "size")
        if not isinstance(size, int) or size < 0:
            raise AvroError(f"the size of the Avro type {described.get('name')!r} is a number of bytes, not {size!r}")
        schema = self._define("fixed", described, namespace)
        schema.size = size
        return schema

    def _record(self, described: Mapping[str, Any], namespace: str, depth: int) -> Schema:
        schema = self._define("record", described, namespace)
        within = schema.name.rpartition(".")[0]
        for one in _part(described, "fields"):
            if not isinstance(one, Mapping) or not isinstance(one.get("name"), str):
                raise AvroError(f"a field of the Avro record {schema.name!r} has no name")
            parsed = self.parse(_part(one, "type"), within, depth)
            aliases = tuple(one.get("aliases", ()))
            schema.fields.append(Field(one["name"], parsed, aliases, one.get("default"), "default" in one))
        return schema

    _error = _record

    def _define(self, kind: str, described: Mapping[str, Any], namespace: str) -> Schema:
        name = described.get("name")
        if not isinstance(name, str) or not name:
            raise AvroError(f"an Avro {kind} has a name")
        full = _full_name(name, described.get("namespace", namespace) or "")
        if full in self._known:
            raise AvroError(f"the Avro schema defines {full!r} twice")
        within = full.rpartition(".")[0]
        aliases = tuple(_full_name(alias, within) for alias in described.get("aliases", ()))
        schema = Schema(kind, full, aliases=aliases)
        self._known[full] = schema
        return schema


_COMPLEX = frozenset({"array", "map", "enum", "fixed", "record", "error"})
_LOGICAL = {
    "int": {"date", "time-millis"},
    "long": {"time-micros", "timestamp-millis", "timestamp-micros", "local-timestamp-millis", "local-timestamp-micros"},
    "string": {"uuid"},
    "bytes": {"decimal"},
    "fixed": {"decimal"},
}


def _with_logical_type(schema: Schema, described: Mapping[str, Any]) -> Schema:
    """One that is not known, or not of this type, is left out: that is the specification's rule."""
    logical = described.get("logicalType")
    if logical in _LOGICAL.get(schema.kind, ()):
        if not schema.name:
            schema = Schema(schema.kind)
        schema.logical, schema.scale = logical, int(described.get("scale", 0))
    return schema


def _full_name(name: str, namespace: str) -> str:
    return name if "." in name or not namespace else f"{namespace}.{name}"


def _part(described: Mapping[str, Any], name: str) -> Any:
    if name not in described:
        raise AvroError(f"an Avro {described.get('type', 'field')} has {name!r}: {dict(described)!r:.200}")
    return described[name]
