"""Rows: records with positions, optional names, and a kind of change."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Any, NoReturn

from penstock._native import RowBase


class RowKind(Enum):
    """What a row does to the result so far; its text is the sign that `print()` shows."""

    INSERT = 0
    UPDATE_BEFORE = 1
    UPDATE_AFTER = 2
    DELETE = 3

    def __str__(self) -> str:
        return _SIGNS[self]

    def to_j_row_kind(self) -> NoReturn:
        """Not in Penstock, which has no JVM: raises NoJavaError."""
        from penstock.util.exceptions import NoJavaError

        raise NoJavaError("RowKind.to_j_row_kind")


_SIGNS = {RowKind.INSERT: "+I", RowKind.UPDATE_BEFORE: "-U", RowKind.UPDATE_AFTER: "+U", RowKind.DELETE: "-D"}


class Row(RowBase):
    """A record whose fields are read by position, and by name where it has names.

        row = Row(name="Alice", age=11)
        row.name, row["age"], row[0]        # ("Alice", 11, "Alice")
        "name" in row                       # True: with names, `in` looks at the names
        Person = Row("name", "age")         # a row of names makes rows when it is called
        Person("Bob", 12)                   # Row(name='Bob', age=12)

    Raises ValueError when positional and named values are mixed.
    """

    # RowBase has the slots and access by position. Without a dict, no attribute that is no field is set by mistake.
    __slots__ = ()

    _fields: list[str] | None
    _row_kind: RowKind
    _values: list[Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if args and kwargs:
            raise ValueError("Row(...) takes values by position or by name, not both")
        self._fields = list(kwargs) if kwargs else None
        self._values = list(kwargs.values()) if kwargs else list(args)
        self._row_kind = RowKind.INSERT

    @staticmethod
    def of_kind(row_kind: RowKind, *args: Any, **kwargs: Any) -> Row:
        """A row of another kind than INSERT."""
        row = Row(*args, **kwargs)
        row.set_row_kind(row_kind)
        return row

    def get_row_kind(self) -> RowKind:
        """What the row does to the result so far."""
        return self._row_kind

    def set_row_kind(self, row_kind: RowKind) -> None:
        """Change what the row does to the result so far."""
        self._row_kind = row_kind

    def set_field_names(self, field_names: list[str]) -> None:
        """Give the fields names, in the order of their positions."""
        self._fields = list(field_names)

    def get_fields_by_names(self, names: list[str]) -> list[Any]:
        """The values of these fields. Raises Exception if the row lacks one of the names."""
        own = self._fields or []
        unknown = [name for name in names if name not in own]
        if unknown:
            raise Exception(f"the row has no fields {unknown}; it has {own}")
        return [self[name] for name in names]

    def as_dict(self, recursive: bool = False) -> dict[str, Any]:
        """Names and values; `recursive` also turns the rows in fields, lists and dicts.

        Raises TypeError if the row has no names.
        """
        if self._fields is None:
            raise TypeError("a Row without field names cannot become a dict")
        values = [_plain(value) for value in self._values] if recursive else self._values
        return dict(zip(self._fields, values, strict=False))

    def __call__(self, *args: Any) -> Row:
        if len(args) > len(self):
            raise ValueError(
                f"the row has {len(self)} fields {self._values}, but {len(args)} values were given: {args}"
            )
        row = Row(*args)
        row._fields = self._values[: len(args)]
        return row

    def __contains__(self, item: Any) -> bool:
        return item in (self._values if self._fields is None else self._fields)

    def __getattr__(self, item: str) -> Any:
        if item.startswith("_") or self._fields is None or item not in self._fields:
            raise AttributeError(item)
        return self[item]

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(key, (int, slice)):
            self._values[key] = value
        else:
            self._values[self._position(key)] = value

    def _position(self, name: Any) -> int:
        if self._fields is None:
            raise AttributeError(f"the row has no field names, so not {name!r} either")
        if name not in self._fields:
            raise ValueError(name)
        return self._fields.index(name)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Row) or self._row_kind != other._row_kind:
            return False
        if self._fields is None or other._fields is None:
            return self._fields is other._fields and self._values == other._values
        return self.as_dict() == other.as_dict()

    def __hash__(self) -> int:
        return hash(tuple(self._values))

    def __repr__(self) -> str:
        if self._fields is None:
            return f"<Row({', '.join(map(repr, self._values))})>"
        return f"Row({', '.join(f'{name}={value!r}' for name, value in zip(self._fields, self._values, strict=False))})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self._values, self._fields, self._row_kind.value)


def _restored(values: list[Any], fields: list[str] | None, kind: int) -> Row:
    """The row in a pickle."""
    row = Row(*values)
    row._fields = fields
    row._row_kind = RowKind(kind)
    return row


def _plain(value: Any) -> Any:
    if isinstance(value, Row):
        return value.as_dict(True)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value
