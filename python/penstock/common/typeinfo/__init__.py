"""Types that a script can declare for what its functions emit and keep in state.

    stream.map(lambda word: (word, 1), output_type=Types.TUPLE([Types.STRING(), Types.INT()]))

Where no type is declared, values are pickled.
"""

from penstock.common.typeinfo.base import TypeInformation
from penstock.common.typeinfo.basic import BasicType, BasicTypeInfo, InstantTypeInfo, PickledBytesTypeInfo
from penstock.common.typeinfo.collection import (
    BasicArrayTypeInfo,
    ListTypeInfo,
    MapTypeInfo,
    ObjectArrayTypeInfo,
    PrimitiveArrayTypeInfo,
)
from penstock.common.typeinfo.record import RowTypeInfo, TupleTypeInfo
from penstock.common.typeinfo.temporal import (
    DateTypeInfo,
    LocalTimeTypeInfo,
    SqlTimeTypeInfo,
    TimestampTypeInfo,
    TimeTypeInfo,
)
from penstock.common.typeinfo.types import Types

__all__ = [
    "BasicArrayTypeInfo",
    "BasicType",
    "BasicTypeInfo",
    "DateTypeInfo",
    "InstantTypeInfo",
    "ListTypeInfo",
    "LocalTimeTypeInfo",
    "MapTypeInfo",
    "ObjectArrayTypeInfo",
    "PickledBytesTypeInfo",
    "PrimitiveArrayTypeInfo",
    "RowTypeInfo",
    "SqlTimeTypeInfo",
    "TimeTypeInfo",
    "TimestampTypeInfo",
    "TupleTypeInfo",
    "TypeInformation",
    "Types",
]
