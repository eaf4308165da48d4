"""Dates and times."""

from __future__ import annotations

from typing import Any

from penstock.common.typeinfo import TypeInformation, Types
from penstock.table.types.base import AtomicType


class _PrecisionType(AtomicType):
    def __init__(self, precision: int, nullable: bool) -> None:
        super().__init__(nullable)
        if not 0 <= precision <= 9:
            raise ValueError(f"{type(self).__name__}: the precision has to be 0 to 9 digits, not {precision}")
        self.precision = precision

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.precision}, {str(self._nullable).lower()})"


class DateType(AtomicType):
    """`datetime.date`."""

    def _column(self) -> dict[str, Any]:
        return {"type": "DATE"}

    def _type_info(self) -> TypeInformation:
        return Types.SQL_DATE()


class TimeType(_PrecisionType):
    """`datetime.time`, to the millisecond."""

    def __init__(self, precision: int = 0, nullable: bool = True) -> None:
        super().__init__(precision, nullable)

    def _column(self) -> dict[str, Any]:
        return {"type": "TIME"}

    def _type_info(self) -> TypeInformation:
        return Types.SQL_TIME()


class TimestampType(_PrecisionType):
    """`datetime.datetime` without a time zone; digits beyond microseconds are cut."""

    def __init__(self, precision: int = 6, nullable: bool = True) -> None:
        super().__init__(precision, nullable)

    def _column(self) -> dict[str, Any]:
        return {"type": "TIMESTAMP"}

    def _type_info(self) -> TypeInformation:
        return Types.SQL_TIMESTAMP()


class LocalZonedTimestampType(_PrecisionType):
    """`penstock.common.Instant`: a moment, whatever the time zone."""

    def __init__(self, precision: int = 6, nullable: bool = True) -> None:
        super().__init__(precision, nullable)

    def _column(self) -> dict[str, Any]:
        return {"type": "TIMESTAMP_LTZ"}

    def _type_info(self) -> TypeInformation:
        return Types.INSTANT()
