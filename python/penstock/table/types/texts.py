"""Texts and bytes."""

from __future__ import annotations

from typing import Any

from penstock.common.typeinfo import TypeInformation, Types
from penstock.table.types.base import AtomicType

MAX_LENGTH = 0x7FFFFFFF


class _LengthType(AtomicType):
    def __init__(self, length: int = 1, nullable: bool = True) -> None:
        super().__init__(nullable)
        if not 1 <= length <= MAX_LENGTH:
            raise ValueError(f"{type(self).__name__}: the length has to be 1 to {MAX_LENGTH}, not {length}")
        self.length = length

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.length}, {str(self._nullable).lower()})"


class CharType(_LengthType):
    """`str` of a fixed length, which files do not check."""

    def _column(self) -> dict[str, Any]:
        return {"type": "STRING"}

    def _type_info(self) -> TypeInformation:
        return Types.STRING()


class VarCharType(CharType):
    """`str` up to a length, which files do not check."""


class BinaryType(_LengthType):
    """`bytes` of a fixed length, which files do not check."""

    def _column(self) -> dict[str, Any]:
        return {"type": "BYTES"}

    def _type_info(self) -> TypeInformation:
        return Types.PRIMITIVE_ARRAY(Types.BYTE())


class VarBinaryType(BinaryType):
    """`bytes` up to a length, which files do not check."""
