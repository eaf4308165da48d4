"""Entries as Arrow tables. pyarrow is imported here, and only when this is asked for."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from penstock.state_reader.plain import to_json
from penstock.state_reader.states import Entry, KeyedState, OperatorState

if TYPE_CHECKING:
    from penstock.state_reader.states import State

_NUMBERS = {
    "BYTE": "int8",
    "SHORT": "int16",
    "INT": "int32",
    "LONG": "int64",
    "FLOAT": "float32",
    "DOUBLE": "float64",
    "BOOLEAN": "bool_",
}
_LISTS = ("PRIMITIVE_ARRAY", "BASIC_ARRAY", "OBJECT_ARRAY", "LIST")


def batches(state: State, rows: int) -> Iterator[Any]:
    """Record batches of a state."""
    pa = _pyarrow()
    columns = _columns(state)
    schema = pa.schema([(name, kind) for name, kind, _ in columns])
    entries = state.entries()
    while listed := list(islice(entries, max(rows, 1))):
        arrays = [pa.array([read(entry) for entry in listed], kind) for _, kind, read in columns]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def table(state: State) -> Any:
    """A table of all entries of a state."""
    pa = _pyarrow()
    schema = pa.schema([(name, kind) for name, kind, _ in _columns(state)])
    return pa.Table.from_batches(list(batches(state, 10_000)), schema=schema)


def _pyarrow() -> Any:
    try:
        pyarrow = importlib.import_module("pyarrow")
    except ImportError as error:
        raise ImportError(
            "Arrow tables of state need pyarrow, which is not installed: pip install pyarrow. "
            "entries() gives the same as Python objects"
        ) from error
    return pyarrow


_Column = tuple[str, Any, Callable[[Entry], Any]]


def _columns(state: State) -> list[_Column]:
    pa = _pyarrow()
    if isinstance(state, KeyedState):
        types = state.types or {}
        key, value = (state.key_types or {}).get("key"), types.get("value")
        columns = [("key_group", pa.int32(), lambda e: e.key_group), _column("key", key)]
        if types.get("namespaced"):
            columns.append(("window", pa.string(), lambda e: e.window))
        if state.kind == "timers":
            return [*columns, ("timestamp", pa.timestamp("ms", tz="UTC"), lambda e: e.timestamp)]
        if state.kind == "list":
            value = {"type": "LIST", "element": value or {"type": "PICKLED_BYTE_ARRAY"}}
        if state.kind == "map":
            columns.append(_column("map_key", types.get("map_key")))
        columns.append(_column("value", value))
        if types.get("ttl"):
            columns.append(("last_used", pa.timestamp("ms", tz="UTC"), lambda e: e.last_used))
        return columns
    if isinstance(state, OperatorState) and state.kind == "broadcast":
        types = state.broadcast_types() or {}
        return [_column("key", types.get("map_key")), _column("value", types.get("value"))]
    return [("subtask", pa.int32(), lambda e: e.subtask), _column("value", None)]


def _column(part: str, declared: dict[str, Any] | None) -> _Column:
    kind, convert = _arrow(declared)
    return part, kind, lambda entry: _nullable(getattr(entry, part), convert)


def _nullable(value: Any, convert: Callable[[Any], Any]) -> Any:
    return None if value is None else convert(value)


def _arrow(declared: dict[str, Any] | None) -> tuple[Any, Callable[[Any], Any]]:
    """The Arrow type of a declared type, and what makes such a value. Objects without one become JSON."""
    pa = _pyarrow()
    kind = declared["type"] if declared else "PICKLED_BYTE_ARRAY"
    if declared is None or kind == "PICKLED_BYTE_ARRAY":
        return pa.string(), to_json
    if kind in _NUMBERS:
        return getattr(pa, _NUMBERS[kind])(), lambda value: value
    if kind == "PRIMITIVE_ARRAY" and declared["element"]["type"] == "BYTE":
        return pa.binary(), lambda value: value
    if kind in _LISTS:
        inner, convert = _arrow(declared["element"])
        return pa.list_(inner), lambda value: [_nullable(item, convert) for item in value]
    if kind == "MAP":
        key, of_key = _arrow(declared["key"])
        value_kind, of_value = _arrow(declared["value"])
        return pa.map_(key, value_kind), lambda value: [(of_key(k), _nullable(v, of_value)) for k, v in value.items()]
    if kind in ("TUPLE", "ROW"):
        return _struct(declared)
    if kind in ("SQL_DATE", "LOCAL_DATE"):
        return pa.date32(), lambda value: value
    return pa.string(), str


def _struct(declared: dict[str, Any]) -> tuple[Any, Callable[[Any], Any]]:
    pa = _pyarrow()
    fields = [_arrow(field) for field in declared["fields"]]
    names = declared.get("names") or [f"f{index}" for index in range(len(fields))]
    kind = pa.struct([(name, field) for name, (field, _) in zip(names, fields, strict=True)])

    def convert(value: Any) -> dict[str, Any]:
        return {name: _nullable(part, of_part) for name, part, (_, of_part) in zip(names, value, fields, strict=True)}

    return kind, convert
