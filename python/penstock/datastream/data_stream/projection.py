"""Tuples of some fields of tuples."""

from __future__ import annotations

from operator import itemgetter
from typing import Any

from penstock._build.functions import PickledFunction, pickled
from penstock.common.typeinfo import TupleTypeInfo, TypeInformation

_MAX_FIELDS = 25


def projection(stream_type: TypeInformation, field_indexes: tuple[int, ...]) -> tuple[PickledFunction, TypeInformation]:
    """The function that makes the tuples, and their type. Raises ValueError if the stream has no such fields."""
    if not isinstance(stream_type, TupleTypeInfo):
        raise ValueError(f"project needs a stream of Types.TUPLE, and this one is of {stream_type}")
    types = stream_type.get_field_types()
    if not 0 < len(field_indexes) <= _MAX_FIELDS or not all(0 <= index < len(types) for index in field_indexes):
        raise ValueError(f"project takes 1 to {_MAX_FIELDS} positions from 0 to {len(types) - 1}, not {field_indexes}")
    chosen = TupleTypeInfo([types[index] for index in field_indexes])
    return pickled(_Projection(field_indexes), "the projection"), chosen


class _Projection:
    def __init__(self, field_indexes: tuple[int, ...]) -> None:
        self._indexes = field_indexes
        self._get = itemgetter(*field_indexes)

    def __call__(self, value: Any) -> tuple[Any, ...]:
        return self._get(value) if len(self._indexes) > 1 else (self._get(value),)
