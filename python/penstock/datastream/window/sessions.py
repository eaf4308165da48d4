"""Sessions: windows that end when nothing comes for a while."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable
from typing import Any, TypeVar

from penstock.common.serializer import TypeSerializer
from penstock.common.time import Time
from penstock.datastream.window.assigner import MergingWindowAssigner, WindowAssigner
from penstock.datastream.window.serializers import TimeWindowSerializer
from penstock.datastream.window.trigger import Trigger
from penstock.datastream.window.triggers import EventTimeTrigger, ProcessingTimeTrigger
from penstock.datastream.window.windows import TimeWindow

T = TypeVar("T")


class SessionWindowTimeGapExtractor(ABC):
    """Says how long after a record its session ends."""

    @abstractmethod
    def extract(self, element: Any) -> int:
        """The gap in milliseconds, more than 0."""


class EventTimeSessionWindows(MergingWindowAssigner[T, TimeWindow]):
    """Sessions by the records' event time.

        EventTimeSessionWindows.with_gap(Time.minutes(10))

    A session ends `session_gap` milliseconds after its last record. Records that come late may join two sessions.
    """

    def __init__(self, session_gap: int) -> None:
        _check_gap(self, session_gap)
        self._session_gap = session_gap

    @staticmethod
    def with_gap(size: Time) -> EventTimeSessionWindows[Any]:
        """Sessions that end after so long."""
        return EventTimeSessionWindows(size.to_milliseconds())

    @staticmethod
    def with_dynamic_gap(extractor: SessionWindowTimeGapExtractor) -> DynamicEventTimeSessionWindows[Any]:
        """Sessions that end as their records say."""
        return DynamicEventTimeSessionWindows(extractor)

    def merge_windows(
        self, windows: Iterable[TimeWindow], callback: MergingWindowAssigner.MergeCallback[TimeWindow]
    ) -> None:
        """Sessions that overlap or touch become one."""
        TimeWindow.merge_windows(windows, callback)

    def assign_windows(
        self, element: T, timestamp: int, context: WindowAssigner.WindowAssignerContext
    ) -> Collection[TimeWindow]:
        """A session of this record alone."""
        return [TimeWindow(timestamp, timestamp + self._session_gap)]

    def get_default_trigger(self, env: Any) -> Trigger[T, TimeWindow]:
        """One that fires at a session's end."""
        return EventTimeTrigger()

    def get_window_serializer(self) -> TypeSerializer[TimeWindow]:
        """How sessions become bytes."""
        return TimeWindowSerializer()

    def is_event_time(self) -> bool:
        """Yes."""
        return True

    def __repr__(self) -> str:
        return f"EventTimeSessionWindows({self._session_gap})"

    def _to_json(self) -> dict[str, Any]:
        return {"kind": "session", "event_time": True, "gap": self._session_gap}


class ProcessingTimeSessionWindows(MergingWindowAssigner[T, TimeWindow]):
    """Sessions by the machine's clock.

        ProcessingTimeSessionWindows.with_gap(Time.minutes(10))

    A session ends `session_gap` milliseconds after its last record.
    """

    def __init__(self, session_gap: int) -> None:
        _check_gap(self, session_gap)
        self._session_gap = session_gap

    @staticmethod
    def with_gap(size: Time) -> ProcessingTimeSessionWindows[Any]:
        """Sessions that end after so long."""
        return ProcessingTimeSessionWindows(size.to_milliseconds())

    @staticmethod
    def with_dynamic_gap(extractor: SessionWindowTimeGapExtractor) -> DynamicProcessingTimeSessionWindows[Any]:
        """Sessions that end as their records say."""
        return DynamicProcessingTimeSessionWindows(extractor)

    def merge_windows(
        self, windows: Iterable[TimeWindow], callback: MergingWindowAssigner.MergeCallback[TimeWindow]
    ) -> None:
        """Sessions that overlap or touch become one."""
        TimeWindow.merge_windows(windows, callback)

    def assign_windows(
        self, element: T, timestamp: int, context: WindowAssigner.WindowAssignerContext
    ) -> Collection[TimeWindow]:
        """A session of this record alone."""
        now = context.get_current_processing_time()
        return [TimeWindow(now, now + self._session_gap)]

    def get_default_trigger(self, env: Any) -> Trigger[T, TimeWindow]:
        """One that fires at a session's end."""
        return ProcessingTimeTrigger()

    def get_window_serializer(self) -> TypeSerializer[TimeWindow]:
        """How sessions become bytes."""
        return TimeWindowSerializer()

    def is_event_time(self) -> bool:
        """No."""
        return False

    def __repr__(self) -> str:
        return f"ProcessingTimeSessionWindows({self._session_gap})"

    def _to_json(self) -> dict[str, Any]:
        return {"kind": "session", "event_time": False, "gap": self._session_gap}


class DynamicEventTimeSessionWindows(MergingWindowAssigner[T, TimeWindow]):
    """Sessions by the records' event time, that end as their records say.

    From `EventTimeSessionWindows.with_dynamic_gap`.
    """

    def __init__(self, session_window_time_gap_extractor: SessionWindowTimeGapExtractor) -> None:
        self._session_window_time_gap_extractor = session_window_time_gap_extractor

    @staticmethod
    def with_dynamic_gap(extractor: SessionWindowTimeGapExtractor) -> DynamicEventTimeSessionWindows[Any]:
        """Sessions that end as their records say."""
        return DynamicEventTimeSessionWindows(extractor)

    def merge_windows(
        self, windows: Iterable[TimeWindow], callback: MergingWindowAssigner.MergeCallback[TimeWindow]
    ) -> None:
        """Sessions that overlap or touch become one."""
        TimeWindow.merge_windows(windows, callback)

    def assign_windows(
        self, element: T, timestamp: int, context: WindowAssigner.WindowAssignerContext
    ) -> Collection[TimeWindow]:
        """A session of this record alone."""
        return [TimeWindow(timestamp, timestamp + self._gap(element))]

    def get_default_trigger(self, env: Any) -> Trigger[T, TimeWindow]:
        """One that fires at a session's end."""
        return EventTimeTrigger()

    def get_window_serializer(self) -> TypeSerializer[TimeWindow]:
        """How sessions become bytes."""
        return TimeWindowSerializer()

    def is_event_time(self) -> bool:
        """Yes."""
        return True

    def __repr__(self) -> str:
        return f"DynamicEventTimeSessionWindows({self._session_window_time_gap_extractor})"

    def _gap(self, element: Any) -> int:
        return _extracted(self._session_window_time_gap_extractor, element)

    def _to_json(self) -> dict[str, Any]:
        return {"kind": "session", "event_time": True}


class DynamicProcessingTimeSessionWindows(MergingWindowAssigner[T, TimeWindow]):
    """Sessions by the machine's clock, that end as their records say.

    From `ProcessingTimeSessionWindows.with_dynamic_gap`.
    """

    def __init__(self, session_window_time_gap_extractor: SessionWindowTimeGapExtractor) -> None:
        self._session_window_time_gap_extractor = session_window_time_gap_extractor

    @staticmethod
    def with_dynamic_gap(extractor: SessionWindowTimeGapExtractor) -> DynamicProcessingTimeSessionWindows[Any]:
        """Sessions that end as their records say."""
        return DynamicProcessingTimeSessionWindows(extractor)

    def merge_windows(
        self, windows: Iterable[TimeWindow], callback: MergingWindowAssigner.MergeCallback[TimeWindow]
    ) -> None:
        """Sessions that overlap or touch become one."""
        TimeWindow.merge_windows(windows, callback)

    def assign_windows(
        self, element: T, timestamp: int, context: WindowAssigner.WindowAssignerContext
    ) -> Collection[TimeWindow]:
        """A session of this record alone."""
        now = context.get_current_processing_time()
        return [TimeWindow(now, now + self._gap(element))]

    def get_default_trigger(self, env: Any) -> Trigger[T, TimeWindow]:
        """One that fires at a session's end."""
        return ProcessingTimeTrigger()

    def get_window_serializer(self) -> TypeSerializer[TimeWindow]:
        """How sessions become bytes."""
        return TimeWindowSerializer()

    def is_event_time(self) -> bool:
        """No."""
        return False

    def __repr__(self) -> str:
        return f"DynamicProcessingTimeSessionWindows({self._session_window_time_gap_extractor})"

    def _gap(self, element: Any) -> int:
        return _extracted(self._session_window_time_gap_extractor, element)

    def _to_json(self) -> dict[str, Any]:
        return {"kind": "session", "event_time": False}


def _check_gap(assigner: object, gap: int) -> None:
    if gap <= 0:
        raise ValueError(f"{type(assigner).__name__}: the gap has to be more than 0 ms, not {gap!r}")


def _extracted(extractor: SessionWindowTimeGapExtractor, element: Any) -> int:
    gap = extractor.extract(element)
    if gap <= 0:
        raise ValueError(f"{type(extractor).__name__}: the gap of a session has to be more than 0 ms, not {gap!r}")
    return gap
