"""Functions of batches on a stream that has no batches, which is PyFlink's: they are called with one record at a time.

Where the functions run, this package has to be installed as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from penstock.extensions.annotations import form_of, name_of
from penstock.extensions.forms import columns_of, given_as
from penstock.extensions.results import ResultError, Wanted, flat_in, mask_in, values_in

# The dtypes of PyFlink's basic types, by the names that these have in Java.
_DTYPES = {
    "String": "str",
    "Boolean": "bool",
    "Byte": "int8",
    "Short": "int16",
    "Integer": "int32",
    "Long": "int64",
    "Float": "float32",
    "Double": "float64",
}

_Fields = list[tuple[str, "str | None"]]


def applied(stream: Any, method: str, fn: Any, output_type: Any) -> Any:
    """The stream of results of a PyFlink stream."""
    from pyflink.datastream.functions import (
        FilterFunction,
        FlatMapFunction,
        MapFunction,
    )

    input_type = stream.get_type()
    fields = _fields_of(input_type)
    form = form_of(fn, fields is not None)
    one = OneRecord(fn, method, form, fields, _dtype(input_type), _wanted(output_type), _is_tuple(output_type))

    # Classes made here are sent by value, so that a worker needs nothing but this package.
    class Mapping(MapFunction):  # type: ignore[misc]
        def open(self, runtime_context: Any) -> None:
            one.opened(runtime_context)

        def close(self) -> None:
            one.closed()

        def map(self, value: Any) -> Any:
            return one.mapped(value)

    class Filtering(FilterFunction):  # type: ignore[misc]
        def open(self, runtime_context: Any) -> None:
            one.opened(runtime_context)

        def close(self) -> None:
            one.closed()

        def filter(self, value: Any) -> bool:
            return one.filtered(value)

    class FlatMapping(FlatMapFunction):  # type: ignore[misc]
        def open(self, runtime_context: Any) -> None:
            one.opened(runtime_context)

        def close(self) -> None:
            one.closed()

        def flat_map(self, value: Any) -> Any:
            return one.flat_mapped(value)

    if method == "filter_batches":
        return stream.filter(Filtering())
    if method == "flat_map_batches":
        return stream.flat_map(FlatMapping(), output_type=output_type)
    return stream.map(Mapping(), output_type=output_type)


class OneRecord:
    """The calls of a function of batches with batches of one record."""

    def __init__(
        self,
        fn: Any,
        method: str,
        form: str,
        fields: _Fields | None,
        dtype: str | None,
        wanted: Wanted | None,
        tuples: bool,
    ) -> None:
        self._fn = fn
        self._name = f"{name_of(fn)}, the function of {method}"
        self._form = form
        self._fields = fields
        self._dtype = dtype
        self._wanted = wanted
        self._tuples = tuples

    def opened(self, runtime_context: Any) -> None:
        """The worker starts."""
        self._optional("open", runtime_context)

    def closed(self) -> None:
        """The worker ends."""
        self._optional("close")

    def mapped(self, value: Any) -> Any:
        """The result for a record."""
        result = self._fn(self._given(value))
        values = self._records(*self._checked(values_in, result, self._wanted))
        if len(values) != 1:
            raise ValueError(f"{self._name}: expected one value for each of 1 records, got {len(values)}")
        return values[0]

    def filtered(self, value: Any) -> bool:
        """Whether a record stays."""
        result = self._fn(self._given(value))
        _, mask = self._checked(mask_in, result)
        kept = _listed(mask)
        if len(kept) != 1:
            raise ValueError(f"{self._name}: expected a mask of 1 booleans, got {len(kept)}")
        return bool(kept[0])

    def flat_mapped(self, value: Any) -> Iterator[Any]:
        """The results for a record."""
        result = self._fn(self._given(value))
        kind, values, indices = self._checked(flat_in, result, self._wanted)
        records = self._records(kind, values)
        places = _listed(indices)
        if len(places) != len(records) or any(place != 0 for place in places):
            raise ValueError(f"{self._name}: expected the index 0 for each of {len(records)} values, got {places}")
        yield from records

    def _given(self, value: Any) -> Any:
        if self._form == "list":
            return [value]
        fields = self._fields
        if fields is None and self._dtype is not None:
            fields = [("value", self._dtype)]
            columns, _ = columns_of([(value,)], fields)
            return given_as(self._form, columns, False)
        columns, rows = columns_of([value], fields)
        return given_as(self._form, columns, rows)

    def _checked(self, take: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return take(*arguments)
        except ResultError as error:
            raise TypeError(f"{self._name}: {error}") from None

    def _records(self, kind: str, values: Any) -> list[Any]:
        if kind == "records":
            return list(values)
        if kind == "table":
            import pyarrow

            table = pyarrow.table(values)
            columns: list[list[Any]] = [table.column(name).to_pylist() for name in self._names()]
        else:
            columns = [_listed(column) for column in values]
        if self._wanted is None or not self._wanted.rows:
            return columns[0]
        if self._tuples:
            return [tuple(record) for record in zip(*columns, strict=True)]
        from pyflink.common import Row

        records = [Row(*record) for record in zip(*columns, strict=True)]
        for record in records:
            record.set_field_names(self._names())
        return records

    def _names(self) -> list[str]:
        return [] if self._wanted is None else [name for name, _ in self._wanted.columns]

    def _optional(self, name: str, *arguments: Any) -> None:
        method = getattr(self._fn, name, None)
        if callable(method):
            method(*arguments)


def _listed(column: Any) -> list[Any]:
    """The values of a column, as Python objects."""
    if isinstance(column, list):
        return column
    if isinstance(column, tuple):
        flat, shape = column
        return list(flat.reshape(shape).tolist())
    if hasattr(column, "tolist"):
        return list(column.tolist())
    import pyarrow

    return list(pyarrow.array(column).to_pylist())


def _fields_of(kind: Any) -> _Fields | None:
    types = getattr(kind, "get_field_types", None)
    if types is None:
        return None
    names = getattr(kind, "get_field_names", None)
    fields = types()
    return [
        (name, _dtype(field))
        for name, field in zip(names() if names else [f"f{at}" for at in range(len(fields))], fields, strict=True)
    ]


def _dtype(kind: Any) -> str | None:
    basic = getattr(kind, "_basic_type", None)
    return _DTYPES.get(getattr(basic, "value", ""))


def _is_tuple(kind: Any) -> bool:
    return hasattr(kind, "get_field_types") and not hasattr(kind, "get_field_names")


def _wanted(output_type: Any) -> Wanted | None:
    fields = _fields_of(output_type)
    if fields is not None:
        return Wanted(True, [(name, dtype or "object") for name, dtype in fields])
    dtype = _dtype(output_type)
    return None if dtype is None else Wanted(False, [("value", dtype)])
