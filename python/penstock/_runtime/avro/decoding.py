"""From bytes of one schema, the writer's, to values of another one, the reader's. Both become functions once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from penstock._runtime.avro.logical import from_logical
from penstock._runtime.avro.reading import Reader
from penstock._runtime.avro.schema import AvroError, Field, Schema

Decode = Callable[[Reader], Any]

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


def decoder(writer: Schema, reader: Schema) -> Callable[[bytes], Any]:
    """The function from the bytes of a value to the value: records and maps are dicts. It raises AvroError.

    Raises AvroError if nothing that was written can be read so.
    """
    decode = _Plan().of(writer, reader)

    def read(data: bytes) -> Any:
        place = Reader(data)
        try:
            value = decode(place)
        except RecursionError:
            raise AvroError("Avro data are nested too deep") from None
        except AvroError:
            raise
        except (OverflowError, ValueError) as error:
            raise AvroError(f"a date, time or UUID in Avro data is none: {error}") from None
        place.end()
        return value

    return read


class _Plan:
    """Makes functions of pairs of schemas; a pair that comes again within itself is the same function."""

    def __init__(self) -> None:
        self._made: dict[tuple[int, int], Decode] = {}

    def of(self, writer: Schema, reader: Schema) -> Decode:
        if writer.kind == "union":
            return self._written_union(writer, reader)
        if reader.kind == "union":
            return self.of(writer, _branch_for(writer, reader))
        if not _matches(writer, reader):
            raise AvroError(f"what was written as {writer.shown} cannot be read as {reader.shown}")
        if writer.kind == "record":
            return self._record(writer, reader)
        decode = self._plain(writer, reader)
        convert = from_logical(reader)
        return decode if convert is None else lambda place: convert(decode(place))

    def _written_union(self, writer: Schema, reader: Schema) -> Decode:
        branches = [self._or_error(branch, reader) for branch in writer.branches]

        def decode(place: Reader) -> Any:
            index = place.long()
            if not 0 <= index < len(branches):
                raise AvroError(f"a union in Avro data is of branch {index}, of {len(branches)}")
            return branches[index](place)

        return decode

    def _or_error(self, writer: Schema, reader: Schema) -> Decode:
        """A branch that cannot be read is an error only if it comes."""
        try:
            return self.of(writer, reader)
        except AvroError as error:
            message = str(error)

            def fail(place: Reader) -> Any:
                raise AvroError(message)

            return fail

    def _record(self, writer: Schema, reader: Schema) -> Decode:
        key = (id(writer), id(reader))
        if key in self._made:
            # The schema is within itself: that function is not there yet.
            return lambda place: self._made[key](place)
        self._made[key] = lambda place: None
        steps, missing = self._steps(writer, reader)

        def decode(place: Reader) -> dict[str, Any]:
            record = {}
            for name, part in steps:
                if name is None:
                    part(place)
                else:
                    record[name] = part(place)
            for name, make in missing:
                record[name] = make()
            return record

        order = [field.name for field in reader.fields]
        in_order = [name for name, _ in steps if name is not None] + [name for name, _ in missing] == order
        made: Decode = decode if in_order else lambda place: _ordered(decode(place), order)
        self._made[key] = made
        return made

    def _steps(
        self, writer: Schema, reader: Schema
    ) -> tuple[list[tuple[str | None, Decode]], list[tuple[str, Callable[[], Any]]]]:
        wanted: dict[str, Field] = {}
        for field in reader.fields:
            names = [field.name, *field.aliases]
            written = next((name for name in names if any(one.name == name for one in writer.fields)), None)
            if written is not None:
                wanted[written] = field
        steps: list[tuple[str | None, Decode]] = []
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
            missing.append((field.name, _default_maker(field)))
        return steps, missing

    def _plain(self, writer: Schema, reader: Schema) -> Decode:
        kind = writer.kind
        if kind == "enum":
            return _enum(writer, reader)
        if kind == "fixed":
            return lambda place: place.take(writer.size)
        if kind == "array":
            return _array(self.of(writer.inner, reader.inner), _smallest(writer.inner))
        if kind == "map":
            return _map(self.of(writer.inner, reader.inner))
        read = _PRIMITIVE[kind]
        if (kind, reader.kind) in (("int", "float"), ("int", "double"), ("long", "float"), ("long", "double")):
            return lambda place: float(read(place))
        if (kind, reader.kind) == ("string", "bytes"):
            return Reader.binary
        if (kind, reader.kind) == ("bytes", "string"):
            return Reader.text
        return read


def _no_value(place: Reader) -> None:
    return None


_PRIMITIVE: dict[str, Decode] = {
    "null": _no_value,
    "boolean": Reader.boolean,
    "int": Reader.long,
    "long": Reader.long,
    "float": Reader.single,
    "double": Reader.double,
    "bytes": Reader.binary,
    "string": Reader.text,
}


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


def _enum(writer: Schema, reader: Schema) -> Decode:
    symbols: list[str | None] = [symbol if symbol in reader.symbols else reader.default for symbol in writer.symbols]

    def decode(place: Reader) -> str:
        index = place.long()
        if not 0 <= index < len(symbols):
            raise AvroError(f"symbol {index} of {writer.shown}, which has {len(symbols)}")
        symbol = symbols[index]
        if symbol is None:
            raise AvroError(f"the symbol {writer.symbols[index]!r} is not in {reader.shown}, which has no default")
        return symbol

    return decode


def _array(item: Decode, smallest: int) -> Decode:
    def decode(place: Reader) -> list[Any]:
        items: list[Any] = []
        while (count := place.count(smallest, len(items))) != 0:
            items.extend(item(place) for _ in range(count))
        return items

    return decode


def _map(item: Decode) -> Decode:
    def decode(place: Reader) -> dict[str, Any]:
        entries = {}
        while (count := place.count(1)) != 0:
            for _ in range(count):
                key = place.text()
                entries[key] = item(place)
        return entries

    return decode


def _smallest(schema: Schema) -> int:
    """How many bytes a value takes at least; 0 where it may take none."""
    if schema.kind in ("null", "record") or (schema.kind == "fixed" and schema.size == 0):
        return 0
    return 1


def _ordered(record: dict[str, Any], order: list[str]) -> dict[str, Any]:
    return {name: record[name] for name in order}


def _default_maker(field: Field) -> Callable[[], Any]:
    """Makes the default anew each time, for it may be changed."""
    return lambda: _default(field.schema, field.default)


def _default(schema: Schema, value: Any) -> Any:
    if schema.kind == "union":
        # A default is of the first branch that it fits; the specification of 1.12 allows any.
        for branch in schema.branches:
            try:
                return _default(branch, value)
            except AvroError:
                continue
        raise AvroError(f"the default {value!r} is of no branch of its union")
    kind = schema.kind
    if kind == "record" and isinstance(value, dict):
        made: Any = {one.name: _default(one.schema, value.get(one.name, one.default)) for one in schema.fields}
    elif kind == "array" and isinstance(value, list):
        made = [_default(schema.inner, item) for item in value]
    elif kind == "map" and isinstance(value, dict):
        made = {key: _default(schema.inner, item) for key, item in value.items()}
    elif kind in ("bytes", "fixed") and isinstance(value, str):
        made = value.encode("latin-1")
    elif kind in ("float", "double") and isinstance(value, (int, float)) and not isinstance(value, bool):
        made = float(value)
    elif _fits_default(kind, value):
        made = value
    else:
        raise AvroError(f"the default {value!r:.100} is no {schema.shown}")
    convert = from_logical(schema)
    return made if convert is None else convert(made)


def _fits_default(kind: str, value: Any) -> bool:
    types = {"null": type(None), "boolean": bool, "string": str, "enum": str, "int": int, "long": int}
    return kind in types and type(value) is types[kind]
