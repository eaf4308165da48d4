"""Numbers."""

from __future__ import annotations

from typing import Any

from penstock.common.typeinfo import TypeInformation, Types
from penstock.table.types.base import FractionalType, IntegralType


class TinyIntType(IntegralType):
    """`int` of 8 bits with a sign."""

    def _column(self) -> dict[str, Any]:
        return {"type": "TINYINT"}

    def _type_info(self) -> TypeInformation:
        return Types.BYTE()


class SmallIntType(IntegralType):
    """`int` of 16 bits with a sign."""

    def _column(self) -> dict[str, Any]:
        return {"type": "SMALLINT"}

    def _type_info(self) -> TypeInformation:
        return Types.SHORT()


class IntType(IntegralType):
    """`int` of 32 bits with a sign."""

    def _column(self) -> dict[str, Any]:
        return {"type": "INT"}

    def _type_info(self) -> TypeInformation:
        return Types.INT()


class BigIntType(IntegralType):
    """`int` of 64 bits with a sign."""

    def _column(self) -> dict[str, Any]:
        return {"type": "BIGINT"}

    def _type_info(self) -> TypeInformation:
        return Types.LONG()


class FloatType(FractionalType):
    """`float`, kept with 32 bits."""

    def _column(self) -> dict[str, Any]:
        return {"type": "FLOAT"}

    def _type_info(self) -> TypeInformation:
        return Types.FLOAT()


class DoubleType(FractionalType):
    """`float`."""

    def _column(self) -> dict[str, Any]:
        return {"type": "DOUBLE"}

    def _type_info(self) -> TypeInformation:
        return Types.DOUBLE()


class DecimalType(FractionalType):
    """`decimal.Decimal` with so many digits, `scale` of them behind the point."""

    def __init__(self, precision: int = 10, scale: int = 0, nullable: bool = True) -> None:
        super().__init__(nullable)
        if not 1 <= precision <= 38 or not 0 <= scale <= precision:
            raise ValueError(f"DECIMAL({precision}, {scale}): 1 to 38 digits, of which 0 to all are behind the point")
        self.precision = precision
        self.scale = scale

    def _column(self) -> dict[str, Any]:
        return {"type": "DECIMAL", "precision": self.precision, "scale": self.scale}

    def _type_info(self) -> TypeInformation:
        return Types.BIG_DEC()

    def __repr__(self) -> str:
        return f"DecimalType({self.precision}, {self.scale}, {str(self._nullable).lower()})"
