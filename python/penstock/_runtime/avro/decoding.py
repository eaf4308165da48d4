"""How bytes of one schema, the writer's, become values of another one, the reader's: found once, run by the engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from penstock._native import AvroDecoder
from penstock._runtime.avro.defaults import default
from penstock._runtime.avro.logical import from_logical
from penstock._runtime.avro.schema import AvroError, Field, Schema, parse

Node = tuple[Any, ...]
"""A step with its parts, as `rust/python/src/avro/program.rs` reads it."""
Record = tuple[list[tuple[str | None, Node]], list[tuple[str, Callable[[], Any]]], list[str] | None]

_PROMOTED = {
    ("int", "long"),
    ("int", "float"),
    ("int", "double"),
    ("long", "float"),
    ("long", "double"),
    ("float", "double"),
    ("string", "bytes"),
    ("bytes", "string"),
}
_PRIMITIVE = {
    "null": "null",
    "boolean": "boolean",
    "int": "long",
    "long": "long",
    "float": "float",
    "double": "double",
    "bytes": "bytes",
    "string": "text",
}


def decoder(writer: Schema, reader: Schema) -> Callable[[bytes], Any]:
    """The function from the bytes of a value to the value: records and maps are dicts. It raises AvroError.

    Raises AvroError if nothing that was written can be read so.
    """
    plan = _Plan(logical=True)
    return AvroDecoder(plan.of(writer, reader), plan.records).decode


def program(writer: str, reader: str) -> tuple[Node, list[Record]]:
    """What AvroDecoder takes, for values of a file: dates and times are numbers, as in Flink's generic records."""
    plan = _Plan(logical=False)
    return plan.of(parse(writer), parse(reader)), plan.records


class _Plan:
    """Makes steps of pairs of schemas; records are numbered, for they may be within themselves."""

    def __init__(self, *, logical: bool) -> None:
        self.records: list[Record] = []
        self._logical = logical
        self._numbers: dict[tuple[int, int], int] = {}

    def of(self, writer: Schema, reader: Schema) -> Node:
        if writer.kind == "union":
            return "union", [self._or_error(branch, reader) for branch in writer.branches]
        if reader.kind == "union":
            return self.of(writer, _branch_for(writer, reader))
        if not _matches(writer, reader):
            raise AvroError(f"what was written as {writer.shown} cannot be read as {reader.shown}")
        if writer.kind == "record":
            return "record", self._record(writer, reader)
        step = self._plain(writer, reader)
        convert = from_logical(reader) if self._logical else None
        return step if convert is None else ("convert", convert, step)

    def _or_error(self, writer: Schema, reader: Schema) -> Node:
        """A branch that cannot be read is an error only if it comes."""
        try:
            return self.of(writer, reader)
        except AvroError as error:
            return "fail", str(error)

    def _record(self, writer: Schema, reader: Schema) -> int:
        key = (id(writer), id(reader))
        if key not in self._numbers:
            number = self._numbers[key] = len(self.records)
            self.records.append(([], [], None))
            try:
                steps, missing = self._steps(writer, reader)
            except AvroError:
                del self._numbers[key]
                raise
            order = [field.name for field in reader.fields]
            in_order = [name for name, _ in steps if name is not None] + [name for name, _ in missing] == order
            self.records[number] = steps, missing, None if in_order else order
        return self._numbers[key]

    def _steps(
        self, writer: Schema, reader: Schema
    ) -> tuple[list[tuple[str | None, Node]], list[tuple[str, Callable[[], Any]]]]:
        wanted: dict[str, Field] = {}
        for field in reader.fields:
            names = [field.name, *field.aliases]
            written = next((name for name in names if any(one.name == name for one in writer.fields)), None)
            if written is not None:
                wanted[written] = field
        steps: list[tuple[str | None, Node]] = []
        for written_field in writer.fields:
            into = wanted.get(written_field.name)
            schema = written_field.schema if into is None else into.schema
            steps.append((None if into is None else into.name, self.of(written_field.schema, schema)))
        missing = []
        for field in reader.fields:
            if field in wanted.values():
                continue
            if not field.has_default:
                raise AvroError(f"the field {field.name!r} of {reader.shown} was not written and has no default")
            missing.append((field.name, self._default_maker(field)))
        return steps, missing

    def _plain(self, writer: Schema, reader: Schema) -> Node:
        kind = writer.kind
        if kind == "enum":
            return "enum", writer.shown, [_symbol(symbol, reader) for symbol in writer.symbols]
        if kind == "fixed":
            return "fixed", writer.size
        if kind == "array":
            return "array", self.of(writer.inner, reader.inner), _smallest(writer.inner)
        if kind == "map":
            return "map", self.of(writer.inner, reader.inner)
        if kind in ("int", "long") and reader.kind in ("float", "double"):
            return ("long as float",)
        if kind in ("string", "bytes"):
            kind = reader.kind
        return (_PRIMITIVE[kind],)

    def _default_maker(self, field: Field) -> Callable[[], Any]:
        """Makes the default anew each time, for it may be changed."""
        return lambda: default(field.schema, field.default, logical=self._logical)


def _matches(writer: Schema, reader: Schema) -> bool:
    if writer.kind != reader.kind:
        return (writer.kind, reader.kind) in _PROMOTED
    if writer.kind == "fixed":
        return writer.size == reader.size and _same_name(writer, reader)
    # Top-level records are compared by their fields: names are changed more often than meant.
    return writer.kind != "enum" or _same_name(writer, reader)


def _same_name(writer: Schema, reader: Schema) -> bool:
    return _short(writer.name) in {_short(name) for name in (reader.name, *reader.aliases)}


def _short(name: str) -> str:
    return name.rpartition(".")[2]


def _branch_for(writer: Schema, reader: Schema) -> Schema:
    """The branch of a union as which something is read: of the same type first, and of records, of the same name."""
    same = [branch for branch in reader.branches if branch.kind == writer.kind and _matches(writer, branch)]
    named = [branch for branch in same if not branch.name or _same_name(writer, branch)]
    promoted = [branch for branch in reader.branches if _matches(writer, branch)]
    for branch in (*named, *same, *promoted):
        return branch
    kinds = ", ".join(branch.shown for branch in reader.branches)
    raise AvroError(f"what was written as {writer.shown} cannot be read as any of {kinds}")


def _symbol(symbol: str, reader: Schema) -> tuple[str | None, str]:
    """What a symbol is read as, and why there is nothing."""
    known = symbol if symbol in reader.symbols else reader.default
    return known, f"the symbol {symbol!r} is not in {reader.shown}, which has no default"


def _smallest(schema: Schema) -> int:
    """How many bytes a value takes at least; 0 where it may take none."""
    if schema.kind in ("null", "record") or (schema.kind == "fixed" and schema.size == 0):
        return 0
    return 1
