"""What a function of batches gave, in one of three kinds:

- `records`, a list of records as Python objects;
- `columns`, a column for each wanted one: a list of values, an object with the Arrow interface, a NumPy array of the
  wanted dtype (bytes for booleans), or, for lists of one length, an array of all elements with its shape;
- `table`, an object with the Arrow interface that has the wanted columns by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_NUMBERS = frozenset({"bool", "int8", "int16", "int32", "int64", "float32", "float64"})


PLAIN = _NUMBERS - {"bool"}
"""Types of which a NumPy array is a column as it is."""


@dataclass(frozen=True)
class Wanted:
    """The columns of results: names with types in NumPy's words, and whether records have fields."""

    rows: bool
    columns: list[tuple[str, str]]


class ResultError(TypeError):
    """A function of batches gave what it should not have given."""


def values_in(result: Any, wanted: Wanted | None) -> tuple[str, Any]:
    """Kind and values of a result. Raises ResultError."""
    if isinstance(result, list):
        return "records", result
    if wanted is None:
        return "records", _as_list(result)
    by_name = _by_name(result)
    if wanted.rows:
        return _table(result, by_name, wanted)
    if by_name is not None:
        if len(by_name) != 1:
            raise ResultError(f"expected one column, got the columns {', '.join(by_name)}")
        (result,) = by_name.values()
    name, dtype = wanted.columns[0]
    return "columns", [_column(result, name, dtype)]


def mask_in(result: Any) -> tuple[str, Any]:
    """The booleans of a filter. Raises ResultError."""
    by_name = _by_name(result)
    if by_name is not None and len(by_name) == 1:
        (result,) = by_name.values()
    if isinstance(result, list):
        return "columns", result
    dtype = getattr(result, "dtype", None)
    if _is_numpy(result) and dtype is not None and dtype.kind != "b":
        raise ResultError(f"expected booleans, got {dtype}")
    return "columns", _column(result, "mask", "bool")


def flat_in(result: Any, wanted: Wanted | None) -> tuple[str, Any, Any]:
    """Kind, values and indices of a flat map. Raises ResultError."""
    if isinstance(result, tuple) and len(result) == 2:
        kind, values = values_in(result[0], wanted)
        return kind, values, _column(result[1], "indices", "int64")
    if isinstance(result, list) and all(isinstance(values, (list, tuple)) for values in result):
        indices = [at for at, values in enumerate(result) for _ in values]
        return "records", [value for values in result for value in values], indices
    raise ResultError(
        "expected a pair of values and indices, or a list with a list of values for each record, "
        f"got {type(result).__name__}"
    )


def _table(result: Any, by_name: dict[str, Any] | None, wanted: Wanted) -> tuple[str, Any]:
    if by_name is None:
        if _is_arrow(result):
            return "table", result
        raise ResultError(f"expected a table, a dict of arrays or a list of records, got {type(result).__name__}")
    names = [name for name, _ in wanted.columns]
    if set(by_name) != set(names):
        raise ResultError(f"expected the columns {', '.join(names)}, got {', '.join(map(str, by_name))}")
    return "columns", [_column(by_name[name], name, dtype) for name, dtype in wanted.columns]


def _by_name(result: Any) -> dict[str, Any] | None:
    """The columns of a dict, a pandas frame or a structured NumPy array."""
    if isinstance(result, dict):
        return result
    if _library(result) == "pandas" and hasattr(result, "columns"):
        return {name: result[name] for name in result.columns}
    names = getattr(getattr(result, "dtype", None), "names", None)
    return {name: result[name] for name in names} if _is_numpy(result) and names else None


def _column(given: Any, name: str, dtype: str) -> Any:
    if _library(given) == "pandas":
        given = _of_pandas(given)
    if isinstance(given, (list, tuple)):
        return list(given)
    if _is_numpy(given):
        return _of_numpy(given, name, dtype)
    if _is_arrow(given):
        return given
    raise ResultError(f"column '{name}': expected an array of {dtype}, got {type(given).__name__}")


def _of_pandas(series: Any) -> Any:
    if series.dtype.kind in "biuf" and _is_numpy_dtype(series.dtype):
        return series.to_numpy()
    return [None if missing else value for value, missing in zip(series.tolist(), series.isna().tolist(), strict=True)]


def _of_numpy(array: Any, name: str, dtype: str) -> Any:
    import numpy

    if array.ndim == 2 and dtype.startswith("list["):
        return _of_numpy(array.reshape(-1), name, dtype[5:-1]), array.shape
    if array.ndim != 1:
        raise ResultError(f"column '{name}': expected an array of one dimension, got the shape {array.shape}")
    if dtype not in _NUMBERS or array.dtype.kind in "OUSTV":
        return array.tolist()
    target = numpy.dtype(dtype)
    if array.dtype != target:
        if not _keeps_values(array, target):
            raise ResultError(f"column '{name}': expected {dtype}, got {array.dtype}")
        array = array.astype(target)
    return array.view(numpy.uint8) if dtype == "bool" and array.flags.c_contiguous else _bytes(array, dtype)


def _bytes(array: Any, dtype: str) -> Any:
    return array.astype("uint8") if dtype == "bool" else array


def _keeps_values(array: Any, target: Any) -> bool:
    import numpy

    if array.dtype.kind in "iu" and target.kind == "i":
        limits = numpy.iinfo(target)
        return not len(array) or (int(array.min()) >= limits.min and int(array.max()) <= limits.max)
    kinds = (array.dtype.kind, target.kind)
    return kinds in (("f", "f"), ("i", "f"), ("u", "f")) or bool(numpy.can_cast(array.dtype, target, "safe"))


def _as_list(result: Any) -> list[Any]:
    for method in ("to_pylist", "to_list", "tolist"):
        made = getattr(result, method, None)
        if made is not None and not hasattr(result, "columns"):
            values = made()
            if isinstance(values, list):
                return values
    raise ResultError(
        f"expected an array or a list, got {type(result).__name__}; results with fields need "
        "output_type=Types.ROW_NAMED(...)"
    )


def _is_arrow(value: Any) -> bool:
    return hasattr(value, "__arrow_c_array__") or hasattr(value, "__arrow_c_stream__")


def _library(value: Any) -> str:
    return type(value).__module__.partition(".")[0]


def _is_numpy(value: Any) -> bool:
    return _library(value) == "numpy" and hasattr(value, "dtype")


def _is_numpy_dtype(dtype: Any) -> bool:
    return type(dtype).__module__.partition(".")[0] == "numpy"
