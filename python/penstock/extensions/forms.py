"""A batch in the form that a function takes it in.

A batch comes as an object like `pyarrow.RecordBatch`: the engine's own, or `Columns`, which is made of Python objects.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any


def given_as(form: str, batch: Any, rows: bool) -> Any:
    """The batch in this form; `rows`: its records have fields."""
    return _MAKERS[form](batch, rows)


def _pyarrow(kind: str) -> Callable[[Any, bool], Any]:
    def make(batch: Any, rows: bool) -> Any:
        import pyarrow

        if kind == "Array":
            return pyarrow.array(batch.column(0))
        made = pyarrow.record_batch(batch)
        return made if kind == "RecordBatch" else pyarrow.table(made)

    return make


def _pandas_series(batch: Any, rows: bool) -> Any:
    import pandas

    return pandas.Series(batch.column(0).to_numpy(), name=batch.column_names[0])


def _pandas_frame(batch: Any, rows: bool) -> Any:
    import pandas

    return pandas.DataFrame({name: _flat(batch.column(name).to_numpy()) for name in batch.column_names})


def _flat(array: Any) -> Any:
    """Lists of one length are rows of a matrix, which a column of a frame cannot be."""
    return list(array) if array.ndim > 1 else array


def _polars_series(batch: Any, rows: bool) -> Any:
    import polars

    return polars.Series(batch.column_names[0], batch.column(0))


def _polars_frame(batch: Any, rows: bool) -> Any:
    import polars

    return polars.DataFrame({name: polars.Series(name, batch.column(name)) for name in batch.column_names})


def _arrays(batch: Any, rows: bool) -> dict[str, Any]:
    return {name: batch.column(name).to_numpy() for name in batch.column_names}


_MAKERS: dict[str, Callable[[Any, bool], Any]] = {
    "arrow": lambda batch, rows: batch if rows else batch.column(0),
    "numpy.ndarray": lambda batch, rows: batch.column(0).to_numpy(),
    "dict": _arrays,
    "pyarrow.Array": _pyarrow("Array"),
    "pyarrow.RecordBatch": _pyarrow("RecordBatch"),
    "pyarrow.Table": _pyarrow("Table"),
    "pandas.Series": _pandas_series,
    "pandas.DataFrame": _pandas_frame,
    "polars.Series": _polars_series,
    "polars.DataFrame": _polars_frame,
}


class Column:
    """Values of Python with the dtype that they are to have; None: the one that NumPy finds."""

    def __init__(self, values: list[Any], dtype: str | None = None) -> None:
        self._values = values
        self._dtype = dtype

    def __len__(self) -> int:
        return len(self._values)

    def to_pylist(self) -> list[Any]:
        """The values."""
        return list(self._values)

    def to_numpy(self) -> Any:
        """The values as a NumPy array: of numbers and booleans, otherwise of objects."""
        import numpy

        if self._dtype in _NUMBERS and None in self._values:
            return numpy.array(self._values, "float32" if self._dtype == "float32" else "float64")
        if self._dtype in _NUMBERS:
            return numpy.array(self._values, self._dtype)
        if self._dtype is None and all(isinstance(value, (int, float)) for value in self._values):
            return numpy.array(self._values)
        return numpy.fromiter(self._values, object, len(self._values))

    def __arrow_c_array__(self, requested_schema: Any = None) -> Any:
        import pyarrow

        kind = {"str": "string", "bytes": "binary", "float32": "float32", "float64": "float64"}
        named = None if self._dtype is None else kind.get(self._dtype, self._dtype)
        known = named if named is None or not named.startswith("list[") else None
        return pyarrow.array(self._values, known).__arrow_c_array__(requested_schema)


_NUMBERS = frozenset({"bool", "int8", "int16", "int32", "int64", "float32", "float64"})


class Columns:
    """Records of Python as columns."""

    def __init__(self, columns: dict[str, Column]) -> None:
        self._columns = columns

    @property
    def column_names(self) -> list[str]:
        """Names of the columns."""
        return list(self._columns)

    @property
    def num_rows(self) -> int:
        """How many records there are."""
        return len(next(iter(self._columns.values())))

    def column(self, i: int | str) -> Column:
        """A column, by its place or name."""
        return self._columns[i] if isinstance(i, str) else list(self._columns.values())[i]

    def to_pydict(self) -> dict[str, list[Any]]:
        """The columns as lists, by name."""
        return {name: column.to_pylist() for name, column in self._columns.items()}

    def __arrow_c_array__(self, requested_schema: Any = None) -> Any:
        import pyarrow

        arrays = [pyarrow.array(column) for column in self._columns.values()]
        return pyarrow.RecordBatch.from_arrays(arrays, self.column_names).__arrow_c_array__(requested_schema)


def columns_of(records: Sequence[Any], fields: list[tuple[str, str | None]] | None = None) -> tuple[Columns, bool]:
    """Records as columns, and whether they have fields. Without `fields` the first record tells which."""
    if fields is None:
        fields = _fields_of(records[0])
    if fields is None:
        return Columns({"value": Column(list(records))}), False
    values = [list(record) for record in records]
    columns = {name: Column([row[at] for row in values], dtype) for at, (name, dtype) in enumerate(fields)}
    return Columns(columns), True


def _fields_of(record: Any) -> list[tuple[str, str | None]] | None:
    if isinstance(record, tuple):
        return [(f"f{at}", None) for at in range(len(record))]
    if type(record).__name__ != "Row" or not hasattr(record, "as_dict"):
        return None
    names = getattr(record, "_fields", None) or [f"f{at}" for at in range(len(record))]
    return [(str(name), None) for name in names]
