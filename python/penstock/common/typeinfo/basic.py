"""Scalar types, and the type of what has no declared type."""

from __future__ import annotations

import struct
from decimal import Decimal
from enum import Enum
from typing import Any

from penstock.common.time import Instant
from penstock.common.typeinfo.base import TypeInformation, misfit


class BasicType(Enum):
    """The scalars, with the name that a type shows of itself."""

    STRING = "String"
    BYTE = "Byte"
    BOOLEAN = "Boolean"
    SHORT = "Short"
    INT = "Integer"
    LONG = "Long"
    FLOAT = "Float"
    DOUBLE = "Double"
    CHAR = "Char"
    BIG_INT = "BigInteger"
    BIG_DEC = "BigDecimal"
    INSTANT = "Instant"


_INTEGER_BITS = {BasicType.BYTE: 8, BasicType.SHORT: 16, BasicType.INT: 32, BasicType.LONG: 64}


class BasicTypeInfo(TypeInformation):
    """A scalar."""

    def __init__(self, basic_type: BasicType) -> None:
        super().__init__()
        self._basic_type = basic_type

    def _to_json(self) -> dict[str, Any]:
        return {"type": self._basic_type.name}

    def _fit(self, value: Any, where: str) -> Any:
        kind = self._basic_type
        if kind in _INTEGER_BITS:
            return self._fit_integer(value, _INTEGER_BITS[kind], where)
        if kind is BasicType.FLOAT or kind is BasicType.DOUBLE:
            return self._fit_float(value, where)
        if kind is BasicType.STRING or kind is BasicType.CHAR:
            if not isinstance(value, str) or (kind is BasicType.CHAR and len(value) != 1):
                raise misfit(value, self, where, "a str" if kind is BasicType.STRING else "a str of one character")
        elif kind is BasicType.BOOLEAN:
            if not isinstance(value, (bool, int)):
                raise misfit(value, self, where, "a bool")
            return bool(value)
        elif kind is BasicType.BIG_INT:
            if not isinstance(value, int):
                raise misfit(value, self, where, "an int")
        elif not isinstance(value, Decimal):
            raise misfit(value, self, where, "a decimal.Decimal")
        return value

    def _fit_integer(self, value: Any, bits: int, where: str) -> int:
        limit = 1 << (bits - 1)
        expected = f"an int from {-limit} to {limit - 1}"
        if not isinstance(value, (int, float)) or value != value or not -limit <= value < limit:
            raise misfit(value, self, where, expected)
        return int(value)

    def _fit_float(self, value: Any, where: str) -> float:
        if not isinstance(value, (int, float)):
            raise misfit(value, self, where, "a float")
        if self._basic_type is BasicType.DOUBLE:
            return float(value)
        return float(struct.unpack("f", struct.pack("f", value))[0])

    def __repr__(self) -> str:
        return self._basic_type.value

    @staticmethod
    def STRING_TYPE_INFO() -> BasicTypeInfo:
        """The type of `Types.STRING()`."""
        return BasicTypeInfo(BasicType.STRING)

    @staticmethod
    def BOOLEAN_TYPE_INFO() -> BasicTypeInfo:
        """The type of `Types.BOOLEAN()`."""
        return BasicTypeInfo(BasicType.BOOLEAN)

    @staticmethod
    def BYTE_TYPE_INFO() -> BasicTypeInfo:
        """The type of `Types.BYTE()`."""
        return BasicTypeInfo(BasicType.BYTE)

    @staticmethod
    def SHORT_TYPE_INFO() -> BasicTypeInfo:
        """The type of `Types.SHORT()`."""
        return BasicTypeInfo(BasicType.SHORT)

    @staticmethod
    def INT_TYPE_INFO() -> BasicTypeInfo:
        """The type of `Types.INT()`."""
        return BasicTypeInfo(BasicType.INT)

    @staticmethod
    def LONG_TYPE_INFO() -> BasicTypeInfo:
        """The type of `Types.LONG()`."""
        return BasicTypeInfo(BasicType.LONG)

    @staticmethod
    def FLOAT_TYPE_INFO() -> BasicTypeInfo:
        """The type of `Types.FLOAT()`."""
        return BasicTypeInfo(BasicType.FLOAT)

    @staticmethod
    def DOUBLE_TYPE_INFO() -> BasicTypeInfo:
        """The type of `Types.DOUBLE()`."""
        return BasicTypeInfo(BasicType.DOUBLE)

    @staticmethod
    def CHAR_TYPE_INFO() -> BasicTypeInfo:
        """The type of `Types.CHAR()`."""
        return BasicTypeInfo(BasicType.CHAR)

    @staticmethod
    def BIG_INT_TYPE_INFO() -> BasicTypeInfo:
        """The type of `Types.BIG_INT()`."""
        return BasicTypeInfo(BasicType.BIG_INT)

    @staticmethod
    def BIG_DEC_TYPE_INFO() -> BasicTypeInfo:
        """The type of `Types.BIG_DEC()`."""
        return BasicTypeInfo(BasicType.BIG_DEC)

    @staticmethod
    def INSTANT_TYPE_INFO() -> BasicTypeInfo:
        """The type of `Types.INSTANT()`."""
        return InstantTypeInfo(BasicType.INSTANT)


class InstantTypeInfo(BasicTypeInfo):
    """A `penstock.common.Instant`."""

    def _fit(self, value: Any, where: str) -> Any:
        if not isinstance(value, Instant):
            raise misfit(value, self, where, "a pyflink.common.Instant")
        return value


class PickledBytesTypeInfo(TypeInformation):
    """Any Python object; what an operator without a declared type emits."""

    def _to_json(self) -> dict[str, Any]:
        return {"type": "PICKLED_BYTE_ARRAY"}

    def _fit(self, value: Any, where: str) -> Any:
        return value

    def __repr__(self) -> str:
        return "PickledByteArrayTypeInfo"
