"""The rolling aggregations of keyed streams: `sum`, `min`, `max`, `min_by`, `max_by`."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from penstock.common.types import Row
from penstock.datastream.functions.record import ReduceFunction


class Accumulate(ReduceFunction):
    """Combines the records of a key by one of their fields. A record that is a number is its own field 0."""

    method: str

    def __init__(self, position: int | str) -> None:
        if not isinstance(position, (int, str)) or isinstance(position, bool):
            raise TypeError(f"{self.method} takes the position or the name of a field, not {position!r}")
        self._position = position

    def reduce(self, value1: Any, value2: Any) -> Any:
        """The combination of what there is with a new record."""
        return self.combine(value1, self._field(value1), value2, self._field(value2))

    @abstractmethod
    def combine(self, value1: Any, field1: Any, value2: Any, field2: Any) -> Any:
        """The combination of two records with their fields."""

    def _field(self, value: Any) -> Any:
        position = self._position
        if not isinstance(value, (tuple, list, Row)):
            if position == 0:
                return value
            raise self._no_field(value)
        if isinstance(position, str) and not isinstance(value, Row):
            raise self._no_field(value)
        try:
            return value[position]  # type: ignore[index]
        except (IndexError, ValueError, AttributeError):
            raise self._no_field(value) from None

    def _no_field(self, value: Any) -> ValueError:
        return ValueError(f"{self.method}({self._position!r}): the record {value!r} has no such field")

    def _replaced(self, value: Any, field: Any) -> Any:
        """The record with another value of the field; the record itself stays as it is."""
        if isinstance(value, tuple):
            fields = list(value)
            fields[self._position] = field  # type: ignore[index]
            return tuple(fields)
        if isinstance(value, list):
            fields = list(value)
            fields[self._position] = field  # type: ignore[index]
            return fields
        if isinstance(value, Row):
            row = Row(*value)
            if value._fields is not None:
                row.set_field_names(value._fields)
            row.set_row_kind(value.get_row_kind())
            row[self._position] = field
            return row
        return field


class Sum(Accumulate):
    """The first record with the sum of the field."""

    method = "sum"

    def combine(self, value1: Any, field1: Any, value2: Any, field2: Any) -> Any:
        """The first record with the sum of both."""
        return self._replaced(value1, field1 + field2)


class Minimum(Accumulate):
    """The first record with the smallest value of the field."""

    method = "min"

    def combine(self, value1: Any, field1: Any, value2: Any, field2: Any) -> Any:
        """The first record with the smaller of both."""
        return self._replaced(value1, field2) if field2 < field1 else value1


class Maximum(Accumulate):
    """The first record with the largest value of the field."""

    method = "max"

    def combine(self, value1: Any, field1: Any, value2: Any, field2: Any) -> Any:
        """The first record with the larger of both."""
        return self._replaced(value1, field2) if field2 > field1 else value1


class MinBy(Accumulate):
    """The record with the smallest value of the field; the first of several."""

    method = "min_by"

    def combine(self, value1: Any, field1: Any, value2: Any, field2: Any) -> Any:
        """The record with the smaller of both."""
        return value2 if field2 < field1 else value1


class MaxBy(Accumulate):
    """The record with the largest value of the field; the first of several."""

    method = "max_by"

    def combine(self, value1: Any, field1: Any, value2: Any, field2: Any) -> Any:
        """The record with the larger of both."""
        return value2 if field2 > field1 else value1
