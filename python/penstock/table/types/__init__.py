"""The logical types of tables and of files whose columns have types.

from pyflink.table import DataTypes

DataTypes.ROW([DataTypes.FIELD("id", DataTypes.BIGINT()), DataTypes.FIELD("name", DataTypes.STRING())])
"""

from penstock.common.types import Row, RowKind
from penstock.table.types.base import (
    AtomicType,
    BooleanType,
    DataType,
    FractionalType,
    IntegralType,
    NumericType,
)
from penstock.table.types.data_types import DataTypes
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
from penstock.table.types.texts import BinaryType, CharType, VarBinaryType, VarCharType

__all__ = [
    "ArrayType",
    "AtomicType",
    "BigIntType",
    "BinaryType",
    "BooleanType",
    "CharType",
    "DataType",
    "DataTypes",
    "DateType",
    "DecimalType",
    "DoubleType",
    "FloatType",
    "FractionalType",
    "IntType",
    "IntegralType",
    "LocalZonedTimestampType",
    "MapType",
    "NumericType",
    "Row",
    "RowField",
    "RowKind",
    "RowType",
    "SmallIntType",
    "TimeType",
    "TimestampType",
    "TinyIntType",
    "VarBinaryType",
    "VarCharType",
]
