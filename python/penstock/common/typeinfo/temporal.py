"""Dates, times of day and timestamps."""

from __future__ import annotations

import datetime
from enum import Enum
from typing import Any

from penstock.common.typeinfo.base import TypeInformation, misfit


class _TemporalTypeInfo(TypeInformation):
    """A type of the module `datetime`."""

    _name: str
    _python_type: type
    _shown: str

    def _to_json(self) -> dict[str, Any]:
        return {"type": self._name}

    def _fit(self, value: Any, where: str) -> Any:
        # A datetime is a date for Python; as a value of a date type it would lose its time.
        if type(value) is not self._python_type:
            raise misfit(value, self, where, f"a datetime.{self._python_type.__name__}")
        return value

    def __repr__(self) -> str:
        return self._shown


class DateTypeInfo(_TemporalTypeInfo):
    """A `datetime.date`."""

    _name = "SQL_DATE"
    _python_type = datetime.date
    _shown = "DateTypeInfo"


class TimeTypeInfo(_TemporalTypeInfo):
    """A `datetime.time`."""

    _name = "SQL_TIME"
    _python_type = datetime.time
    _shown = "TimeTypeInfo"


class TimestampTypeInfo(_TemporalTypeInfo):
    """A `datetime.datetime` without a time zone."""

    _name = "SQL_TIMESTAMP"
    _python_type = datetime.datetime
    _shown = "TimestampTypeInfo"


class SqlTimeTypeInfo(TypeInformation):
    """The three types as `Types.SQL_*` makes them."""

    @staticmethod
    def DATE() -> DateTypeInfo:
        """The type of `Types.SQL_DATE()`."""
        return DateTypeInfo()

    @staticmethod
    def TIME() -> TimeTypeInfo:
        """The type of `Types.SQL_TIME()`."""
        return TimeTypeInfo()

    @staticmethod
    def TIMESTAMP() -> TimestampTypeInfo:
        """The type of `Types.SQL_TIMESTAMP()`."""
        return TimestampTypeInfo()


class LocalTimeTypeInfo(_TemporalTypeInfo):
    """Dates and times as tables have them."""

    class TimeType(Enum):
        """Which of the three."""

        LOCAL_DATE = 0
        LOCAL_TIME = 1
        LOCAL_DATE_TIME = 2

    def __init__(self, time_type: TimeType) -> None:
        super().__init__()
        self._name = time_type.name
        self._python_type = _LOCAL_PYTHON_TYPES[time_type.name]
        self._shown = f"LocalTimeTypeInfo({time_type.name})"


_LOCAL_PYTHON_TYPES: dict[str, type] = {
    "LOCAL_DATE": datetime.date,
    "LOCAL_TIME": datetime.time,
    "LOCAL_DATE_TIME": datetime.datetime,
}
