"""Operators that call a function for many records at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeAlias

from penstock._build.functions import pickled
from penstock._build.operators import BatchesOperator
from penstock.common.time import Duration, Time
from penstock.common.typeinfo import RowTypeInfo, TupleTypeInfo, TypeInformation
from penstock.extensions.annotations import form_of

Wait: TypeAlias = "timedelta | Duration | Time | int"
"""A length of time; a number is one of milliseconds."""


def operator(
    fn: Callable[[Any], Any], method: str, input_type: TypeInformation | None, batch_size: int, max_wait: Wait
) -> BatchesOperator:
    """The operator of a function of batches. Raises TypeError or ValueError for what cannot be one."""
    if not callable(fn) or isinstance(fn, type):
        raise TypeError(f"The input of {method} must be a callable function, not {fn!r}")
    if not isinstance(batch_size, int) or not 0 < batch_size < 2**31:
        raise ValueError(f"{method}: batch_size is a number of records from 1, not {batch_size!r}")
    form = form_of(fn, isinstance(input_type, (RowTypeInfo, TupleTypeInfo)))
    shape = method.removesuffix("_batches")
    return BatchesOperator(pickled(fn, f"the function of {method}"), shape, form, batch_size, _millis(max_wait, method))


def _millis(max_wait: Wait, method: str) -> int:
    millis: float
    if isinstance(max_wait, timedelta):
        millis = max_wait / timedelta(milliseconds=1)
    elif isinstance(max_wait, Duration):
        millis = max_wait._to_millis()
    elif isinstance(max_wait, Time):
        millis = max_wait.to_milliseconds()
    else:
        millis = max_wait
    if not isinstance(millis, (int, float)) or isinstance(millis, bool) or millis < 0:
        raise ValueError(f"{method}: max_wait is a timedelta, a Time or a number of milliseconds, not {max_wait!r}")
    return int(millis)
