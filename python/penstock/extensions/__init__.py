"""What Penstock has and PyFlink has not, as functions of a stream: `map_batches` and its kin.

The package is pure Python and imports nothing else of Penstock, so that a script that uses it runs on Apache Flink as
well. There is no batch in PyFlink's DataStream API: the function is called with one record at a time, in the same form.

    import numpy
    from penstock.extensions import map_batches

    def celsius(fahrenheit: numpy.ndarray):
        return (fahrenheit - 32) / 1.8

    map_batches(stream, celsius, output_type=Types.DOUBLE()).print()

A function gets a batch in the form that its parameter is annotated with:

| annotation | records of one value | Rows and tuples with a declared type |
|---|---|---|
| none | NumPy array | Arrow record batch |
| `numpy.ndarray` | NumPy array | - |
| `dict[str, numpy.ndarray]` | - | a NumPy array for each field |
| `pyarrow.Array` | `pyarrow.Array` | - |
| `pyarrow.RecordBatch`, `pyarrow.Table` | one column, `value` | a column for each field |
| `pandas.Series`, `polars.Series` | a series | - |
| `pandas.DataFrame`, `polars.DataFrame` | one column, `value` | a column for each field |
| `list` | a list | a list of Rows or tuples |

What is called Arrow record batch is an object with `num_rows`, `column_names`, `column(name)` and `to_pydict()`, and
with `__arrow_c_array__`, by which any library that knows the Arrow PyCapsule interface takes it without a copy. Arrays
that share the engine's memory are read-only. None in a field is NaN among numbers of NumPy and pandas, where whole
numbers become floats for it. Fields of a tuple are `f0`, `f1` …

A function may give its results in any of these forms, whichever it takes, with columns named as in `output_type`. Whole
numbers are taken for floats, and numbers for others of the same kind if every value fits. Without `output_type` results
become Python objects, as `tolist()` makes them.

An object with `__call__` can be given instead of a function: its `open(runtime_context)` and `close()` are called if it
has them, as they are in PyFlink's functions.
"""

from __future__ import annotations

from typing import Any

__all__ = ["filter_batches", "flat_map_batches", "map_batches"]

BATCH_SIZE = 4096
"""How many records a batch has at most where nothing is said."""


def map_batches(
    stream: Any, fn: Any, *, output_type: Any = None, batch_size: int = BATCH_SIZE, max_wait: Any = 0
) -> Any:
    """One record for each: `fn` gives as many results as it gets records. Each has the event time of its record.

    A batch is processed when it has `batch_size` records or when its first record has waited for `max_wait`, a
    `datetime.timedelta`, a `Time` or a number of milliseconds. With 0 nothing waits: a batch has the records that are
    at hand. Nothing waits across a checkpoint either. A watermark waits with the records before it.

        map_batches(stream, predict, output_type=Types.DOUBLE(), batch_size=64, max_wait=timedelta(milliseconds=5))

    An error names the function, the column, and what was expected and given, if results do not fit `output_type` or
    are not as many as the records.
    """
    return _applied(stream, "map_batches", fn, batch_size, max_wait, output_type)


def filter_batches(stream: Any, fn: Any, *, batch_size: int = BATCH_SIZE, max_wait: Any = 0) -> Any:
    """The records that `fn` gives True for: it gives a boolean for each record.

    filter_batches(stream, lambda values: values > values.mean())
    """
    return _applied(stream, "filter_batches", fn, batch_size, max_wait, None)


def flat_map_batches(
    stream: Any, fn: Any, *, output_type: Any = None, batch_size: int = BATCH_SIZE, max_wait: Any = 0
) -> Any:
    """Any number of records for each.

    `fn` gives a pair of values and indices, where the index says for each value which record of the batch it comes of
    (0 is the first) and so which event time it has; or a list with a list of values for each record.

        def twice(values: numpy.ndarray):
            return numpy.repeat(values, 2), numpy.arange(len(values)).repeat(2)
    """
    return _applied(stream, "flat_map_batches", fn, batch_size, max_wait, output_type)


def _applied(stream: Any, method: str, fn: Any, batch_size: int, max_wait: Any, output_type: Any) -> Any:
    own = getattr(stream, method, None)
    typed = {} if method == "filter_batches" else {"output_type": output_type}
    if own is not None:
        return own(fn, batch_size=batch_size, max_wait=max_wait, **typed)
    from penstock.extensions.one_by_one import applied

    return applied(stream, method, fn, output_type)
