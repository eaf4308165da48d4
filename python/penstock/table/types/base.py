"""What all logical types have in common."""

from __future__ import annotations

from typing import Any

from penstock.common.typeinfo import TypeInformation, Types


class DataType:
    """A logical type; `nullable` says whether a value may be None."""

    def __init__(self, nullable: bool = True) -> None:
        self._nullable = nullable

    def not_null(self) -> DataType:
        """The same type without None."""
        return self._with_nullable(False)

    def nullable(self) -> DataType:
        """The same type with None."""
        return self._with_nullable(True)

    def _with_nullable(self, nullable: bool) -> DataType:
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._nullable = nullable
        return other

    def _column(self) -> dict[str, Any]:
        """The form in which the engine takes the type of a column."""
        raise NotImplementedError(f"{self!r} is not a type of a column")

    def _type_info(self) -> TypeInformation:
        """The type of the values in a stream."""
        raise NotImplementedError(f"{self!r} is not a type of records")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self._nullable).lower()})"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash(repr(self))


class AtomicType(DataType):
    """A type without parts."""


class NumericType(AtomicType):
    """Numbers."""


class IntegralType(NumericType):
    """Whole numbers."""


class FractionalType(NumericType):
    """Numbers with a fraction."""


class BooleanType(AtomicType):
    """`bool`."""

    def _column(self) -> dict[str, Any]:
        return {"type": "BOOLEAN"}

    def _type_info(self) -> TypeInformation:
        return Types.BOOLEAN()
