"""`DataTypes`, by which scripts name logical types."""

# The names are upper case because they are PyFlink's.

from __future__ import annotations

from typing import Any, NoReturn

from penstock.table.types.base import BooleanType, DataType
from penstock.table.types.nested import ArrayType, MapType, RowField, RowType
from penstock.table.types.numbers import (
    BigIntType,
    DecimalType,
    DoubleType,
    FloatType,
    IntType,
    SmallIntType,
    TinyIntType,
)
from penstock.table.types.temporal import DateType, LocalZonedTimestampType, TimestampType, TimeType
from penstock.table.types.texts import MAX_LENGTH, BinaryType, CharType, VarBinaryType, VarCharType
from penstock.util.exceptions import NotInPenstockError


class _OnlyInTables(type):
    """Names of PyFlink for which files have no columns raise NotInPenstockError."""

    def __getattr__(cls, name: str) -> NoReturn:
        if name in {"NULL", "LIST_VIEW", "MAP_VIEW", "MULTISET", "INTERVAL"} or name in _RESOLUTIONS:
            raise NotInPenstockError(f"DataTypes.{name}", "The Table API and SQL are not there yet.")
        raise AttributeError(f"DataTypes has no type {name}")


_RESOLUTIONS = {"SECOND", "MINUTE", "HOUR", "DAY", "MONTH", "YEAR"}


class DataTypes(metaclass=_OnlyInTables):
    """The logical types that a script can name."""

    @staticmethod
    def CHAR(length: int, nullable: bool = True) -> CharType:
        """`str` of a fixed length."""
        return CharType(length, nullable)

    @staticmethod
    def VARCHAR(length: int, nullable: bool = True) -> VarCharType:
        """`str` up to a length."""
        return VarCharType(length, nullable)

    @staticmethod
    def STRING(nullable: bool = True) -> VarCharType:
        """`str`."""
        return VarCharType(MAX_LENGTH, nullable)

    @staticmethod
    def BOOLEAN(nullable: bool = True) -> BooleanType:
        """`bool`."""
        return BooleanType(nullable)

    @staticmethod
    def BINARY(length: int, nullable: bool = True) -> BinaryType:
        """`bytes` of a fixed length."""
        return BinaryType(length, nullable)

    @staticmethod
    def VARBINARY(length: int, nullable: bool = True) -> VarBinaryType:
        """`bytes` up to a length."""
        return VarBinaryType(length, nullable)

    @staticmethod
    def BYTES(nullable: bool = True) -> VarBinaryType:
        """`bytes`."""
        return VarBinaryType(MAX_LENGTH, nullable)

    @staticmethod
    def DECIMAL(precision: int, scale: int, nullable: bool = True) -> DecimalType:
        """`decimal.Decimal` with so many digits, `scale` of them behind the point."""
        return DecimalType(precision, scale, nullable)

    @staticmethod
    def TINYINT(nullable: bool = True) -> TinyIntType:
        """`int` of 8 bits with a sign."""
        return TinyIntType(nullable)

    @staticmethod
    def SMALLINT(nullable: bool = True) -> SmallIntType:
        """`int` of 16 bits with a sign."""
        return SmallIntType(nullable)

    @staticmethod
    def INT(nullable: bool = True) -> IntType:
        """`int` of 32 bits with a sign."""
        return IntType(nullable)

    @staticmethod
    def BIGINT(nullable: bool = True) -> BigIntType:
        """`int` of 64 bits with a sign."""
        return BigIntType(nullable)

    @staticmethod
    def FLOAT(nullable: bool = True) -> FloatType:
        """`float`, kept with 32 bits."""
        return FloatType(nullable)

    @staticmethod
    def DOUBLE(nullable: bool = True) -> DoubleType:
        """`float`."""
        return DoubleType(nullable)

    @staticmethod
    def DATE(nullable: bool = True) -> DateType:
        """`datetime.date`."""
        return DateType(nullable)

    @staticmethod
    def TIME(precision: int = 0, nullable: bool = True) -> TimeType:
        """`datetime.time`."""
        return TimeType(precision, nullable)

    @staticmethod
    def TIMESTAMP(precision: int = 6, nullable: bool = True) -> TimestampType:
        """`datetime.datetime` without a time zone."""
        return TimestampType(precision, nullable)

    @staticmethod
    def TIMESTAMP_WITH_LOCAL_TIME_ZONE(precision: int = 6, nullable: bool = True) -> LocalZonedTimestampType:
        """A moment, `penstock.common.Instant`."""
        return LocalZonedTimestampType(precision, nullable)

    @staticmethod
    def TIMESTAMP_LTZ(precision: int = 6, nullable: bool = True) -> LocalZonedTimestampType:
        """A moment, `penstock.common.Instant`."""
        return LocalZonedTimestampType(precision, nullable)

    @staticmethod
    def ARRAY(element_type: DataType, nullable: bool = True) -> ArrayType:
        """`list` of one type."""
        return ArrayType(element_type, nullable)

    @staticmethod
    def MAP(key_type: DataType, value_type: DataType, nullable: bool = True) -> MapType:
        """`dict` from one type to another."""
        return MapType(key_type, value_type, nullable)

    @staticmethod
    def ROW(row_fields: list[Any] = [], nullable: bool = True) -> RowType:
        """`Row` with these fields, or with fields `f0`, `f1` … of these types."""
        fields = [
            field if isinstance(field, RowField) else RowField(f"f{i}", field) for i, field in enumerate(row_fields)
        ]
        return RowType(fields, nullable)

    @staticmethod
    def FIELD(name: str, data_type: DataType, description: str | None = None) -> RowField:
        """A field of a row."""
        return RowField(name, data_type, description)
