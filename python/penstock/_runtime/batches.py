"""A function of batches, as the engine calls it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from penstock._runtime.operations import own_method
from penstock.extensions.annotations import name_of
from penstock.extensions.forms import columns_of, given_as
from penstock.extensions.results import PLAIN, ResultError, Wanted, flat_in, mask_in, values_in


class BoundBatchFunction:
    """The calls of a function of batches.

    `call` takes a batch of the engine, an array of NumPy where the function takes one, or a list of records where these
    have no columns. It returns kind, values and indices, as `penstock.extensions.results` says, or just an array of the
    wanted type. `open` and `close` are None where the user's object has none.
    """

    __slots__ = ("call", "close", "name", "open")

    def __init__(
        self,
        name: str,
        call: Callable[[Any], Any],
        open: Callable[..., Any] | None,
        close: Callable[..., Any] | None,
    ) -> None:
        self.name = name
        self.call = call
        self.open = open
        self.close = close


def bind(
    function: Any, method: str, form: str, rows: bool | None, wanted: tuple[bool, list[tuple[str, str]]] | None
) -> BoundBatchFunction:
    """The call of a function given to `method`, which takes batches in `form`.

    `rows` tells whether records have fields; None: they have no columns. `wanted` are the columns of the results.
    """
    name = f"{name_of(function)}, the function of {method}"
    output = None if wanted is None else Wanted(*wanted)
    is_plain = _plain_array(output) if method == "map_batches" else None

    def call(batch: Any) -> Any:
        result = function(_given(batch, form, rows))
        if is_plain is not None and is_plain(result):
            return result
        try:
            return _taken(result, method, output)
        except ResultError as error:
            raise TypeError(f"{name}: {error}") from None

    return BoundBatchFunction(name, call, own_method(function, "open"), own_method(function, "close"))


def _plain_array(wanted: Wanted | None) -> Callable[[Any], bool] | None:
    """Tells by a glance whether a result is an array of just the wanted type; None: there is no such array."""
    if wanted is None or wanted.rows or wanted.columns[0][1] not in PLAIN:
        return None
    name = wanted.columns[0][1]
    array: Any = None
    dtype: Any = None

    def is_plain(result: Any) -> bool:
        nonlocal array, dtype
        if array is None:
            if type(result).__name__ != "ndarray":
                return False
            import numpy

            array, dtype = numpy.ndarray, numpy.dtype(name)
        return type(result) is array and result.dtype is dtype and result.ndim == 1

    return is_plain


def _given(batch: Any, form: str, rows: bool | None) -> Any:
    if form == "list" or (form == "numpy.ndarray" and not isinstance(batch, list)):
        return batch
    if isinstance(batch, list):
        columns, with_fields = columns_of(batch)
        if form == "numpy.ndarray" and with_fields:
            import numpy

            return numpy.fromiter(batch, object, len(batch))
        return given_as(form, columns, with_fields)
    return given_as(form, batch, bool(rows))


def _taken(result: Any, method: str, wanted: Wanted | None) -> tuple[str, Any, Any]:
    if method == "filter_batches":
        return (*mask_in(result), None)
    if method == "flat_map_batches":
        return flat_in(result, wanted)
    return (*values_in(result, wanted), None)
