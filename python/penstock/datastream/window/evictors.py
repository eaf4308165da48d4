"""What leaves a window before or after its function is called. Flink has these in Java alone; the names are Java's."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from penstock.common.time import Time

T = TypeVar("T")
W = TypeVar("W")


@dataclass(frozen=True)
class TimestampedValue(Generic[T]):
    """A record of a window with its event time; the smallest 64-bit integer where it has none."""

    value: T
    timestamp: int

    def get_value(self) -> T:
        """The record."""
        return self.value

    def get_timestamp(self) -> int:
        """Its event time in milliseconds."""
        return self.timestamp


class Evictor(ABC, Generic[T, W]):
    """Removes records from a window. A window with an evictor keeps all records, also for reduce and aggregate.

    `elements` is a list in the order in which the records came: remove from it what is to go.
    """

    class EvictorContext(ABC):
        """The clocks."""

        @abstractmethod
        def get_current_processing_time(self) -> int:
            """The machine's clock in milliseconds."""

        @abstractmethod
        def get_current_watermark(self) -> int:
            """How far event time has come, in milliseconds."""

    @abstractmethod
    def evict_before(
        self, elements: list[TimestampedValue[T]], size: int, window: W, ctx: Evictor.EvictorContext
    ) -> None:
        """The window fires: called before its function is."""

    @abstractmethod
    def evict_after(
        self, elements: list[TimestampedValue[T]], size: int, window: W, ctx: Evictor.EvictorContext
    ) -> None:
        """Called after the window's function was."""


class _BuiltIn(Evictor[T, W]):
    def __init__(self, do_evict_after: bool) -> None:
        self._do_evict_after = do_evict_after

    def evict_before(
        self, elements: list[TimestampedValue[T]], size: int, window: W, ctx: Evictor.EvictorContext
    ) -> None:
        """Remove what is to go, unless that is done afterwards."""
        if not self._do_evict_after:
            self._evict(elements)

    def evict_after(
        self, elements: list[TimestampedValue[T]], size: int, window: W, ctx: Evictor.EvictorContext
    ) -> None:
        """Remove what is to go, where that is done afterwards."""
        if self._do_evict_after:
            self._evict(elements)

    @abstractmethod
    def _evict(self, elements: list[TimestampedValue[T]]) -> None:
        """Remove what is to go."""


class CountEvictor(_BuiltIn[T, W]):
    """Keeps the last so many records."""

    def __init__(self, max_count: int, do_evict_after: bool = False) -> None:
        super().__init__(do_evict_after)
        if max_count < 0:
            raise ValueError(f"CountEvictor: max_count is a number of records, not {max_count!r}")
        self._max_count = max_count

    @staticmethod
    def of(max_count: int, do_evict_after: bool = False) -> CountEvictor[Any, Any]:
        """Keep so many."""
        return CountEvictor(max_count, do_evict_after)

    def _evict(self, elements: list[TimestampedValue[T]]) -> None:
        del elements[: max(0, len(elements) - self._max_count)]


class TimeEvictor(_BuiltIn[T, W]):
    """Keeps the records that are at most so many milliseconds older than the youngest."""

    def __init__(self, window_size: int, do_evict_after: bool = False) -> None:
        super().__init__(do_evict_after)
        self._window_size = window_size

    @staticmethod
    def of(window_size: Time, do_evict_after: bool = False) -> TimeEvictor[Any, Any]:
        """Keep what is at most so old."""
        return TimeEvictor(window_size.to_milliseconds(), do_evict_after)

    def _evict(self, elements: list[TimestampedValue[T]]) -> None:
        if not elements or elements[0].timestamp == -(2**63):
            return
        limit = max(element.timestamp for element in elements) - self._window_size
        elements[:] = [element for element in elements if element.timestamp > limit]


class DeltaEvictor(_BuiltIn[T, W]):
    """Keeps the records that differ from the last one by less than a threshold."""

    def __init__(self, threshold: float, delta_function: Callable[[T, T], float], do_evict_after: bool = False) -> None:
        super().__init__(do_evict_after)
        self._threshold = threshold
        self._delta_function = delta_function

    @staticmethod
    def of(
        threshold: float, delta_function: Callable[[Any, Any], float], do_evict_after: bool = False
    ) -> DeltaEvictor[Any, Any]:
        """Keep what differs by less; `delta_function` is given a record and the last one."""
        return DeltaEvictor(threshold, delta_function, do_evict_after)

    def _evict(self, elements: list[TimestampedValue[T]]) -> None:
        if not elements:
            return
        last, difference = elements[-1].value, self._delta_function
        elements[:] = [element for element in elements if difference(element.value, last) < self._threshold]
