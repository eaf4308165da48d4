"""Rows and tuples."""

from __future__ import annotations

from typing import Any

from penstock.common.typeinfo.base import TypeInformation, misfit
from penstock.common.types import Row


class RowTypeInfo(TypeInformation):
    """A `penstock.common.Row` with so many fields; `f0`, `f1` … are their names where none are given."""

    def __init__(self, field_types: list[TypeInformation], field_names: list[str] | None = None) -> None:
        super().__init__()
        self._field_types = _checked(field_types, "Types.ROW")
        self._named = field_names is not None
        self._field_names = [f"f{i}" for i in range(len(field_types))] if field_names is None else list(field_names)
        if len(self._field_names) != len(self._field_types):
            raise ValueError(
                f"a row needs as many names as types: {len(self._field_names)} names {self._field_names}, "
                f"{len(self._field_types)} types {self._field_types}"
            )

    def get_field_names(self) -> list[str]:
        """The fields' names."""
        return self._field_names

    def get_field_index(self, field_name: str) -> int:
        """The position of a field. Raises ValueError if there is none of the name."""
        return self._field_names.index(field_name)

    def get_field_types(self) -> list[TypeInformation]:
        """The fields' types."""
        return self._field_types

    def _to_json(self) -> dict[str, Any]:
        fields = [field._to_json() for field in self._field_types]
        # Rows that come back from the engine have the names f0, f1 … too.
        return {"type": "ROW", "names": self._field_names, "fields": fields}

    def _fit(self, value: Any, where: str) -> Any:
        if not isinstance(value, (Row, tuple, list)) or len(value) != len(self._field_types):
            raise misfit(value, self, where, f"a Row, tuple or list of {len(self._field_types)} values")
        values = self._in_order(value)
        row = Row(*_fit_fields(values, self._field_types, self._field_names, where))
        row.set_field_names(self._field_names)
        if isinstance(value, Row):
            row.set_row_kind(value.get_row_kind())
        return row

    def _in_order(self, value: Any) -> list[Any]:
        # A row made by names may have them in another order than the type.
        names = value._fields if isinstance(value, Row) else None
        if names is not None and self._named and set(names) == set(self._field_names):
            return list(value.get_fields_by_names(self._field_names))
        return list(value)

    def __eq__(self, other: object) -> bool:
        # Names are not compared.
        return isinstance(other, RowTypeInfo) and self._field_types == other._field_types

    __hash__ = None

    def __repr__(self) -> str:
        if not self._named:
            return f"RowTypeInfo({', '.join(map(str, self._field_types))})"
        fields = zip(self._field_names, self._field_types, strict=True)
        return f"RowTypeInfo({', '.join(f'{name}: {field}' for name, field in fields)})"


class TupleTypeInfo(TypeInformation):
    """A tuple with so many fields."""

    def __init__(self, field_types: list[TypeInformation]) -> None:
        super().__init__()
        self._field_types = _checked(field_types, "Types.TUPLE")

    def get_field_types(self) -> list[TypeInformation]:
        """The fields' types."""
        return self._field_types

    def _to_json(self) -> dict[str, Any]:
        return {"type": "TUPLE", "fields": [field._to_json() for field in self._field_types]}

    def _fit(self, value: Any, where: str) -> Any:
        if not isinstance(value, (Row, tuple, list)) or len(value) != len(self._field_types):
            raise misfit(value, self, where, f"a tuple of {len(self._field_types)} values")
        names = [str(i) for i in range(len(self._field_types))]
        return tuple(_fit_fields(list(value), self._field_types, names, where))

    def __repr__(self) -> str:
        return f"TupleTypeInfo({', '.join(map(str, self._field_types))})"


def _checked(field_types: list[TypeInformation], where: str) -> list[TypeInformation]:
    field_types = list(field_types)
    for field in field_types:
        if not isinstance(field, TypeInformation):
            raise TypeError(f"{where} takes a list of types such as Types.INT(); {field!r} is none")
    return field_types


def _fit_fields(values: list[Any], types: list[TypeInformation], names: list[str], where: str) -> list[Any]:
    return [
        value if value is None else field._fit(value, f"{where}, field {name}")
        for value, field, name in zip(values, types, names, strict=True)
    ]
