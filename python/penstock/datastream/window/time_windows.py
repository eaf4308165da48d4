"""Windows of a fixed length of time."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, TypeVar

from penstock.common.serializer import TypeSerializer
from penstock.common.time import Time
from penstock.datastream.window.assigner import WindowAssigner
from penstock.datastream.window.serializers import TimeWindowSerializer
from penstock.datastream.window.trigger import Trigger
from penstock.datastream.window.triggers import EventTimeTrigger, ProcessingTimeTrigger
from penstock.datastream.window.windows import MIN_LONG, TimeWindow

T = TypeVar("T")


class TumblingEventTimeWindows(WindowAssigner[T, TimeWindow]):
    """One window after the other, by the records' event time.

        TumblingEventTimeWindows.of(Time.minutes(1))

    Windows begin at multiples of `size`, moved by `offset`, which is shorter; both in milliseconds.
    """

    def __init__(self, size: int, offset: int) -> None:
        _check_tumbling(self, size, offset)
        self._size = size
        self._offset = offset

    @staticmethod
    def of(size: Time, offset: Time | None = None) -> TumblingEventTimeWindows[Any]:
        """Windows of this length."""
        return TumblingEventTimeWindows(size.to_milliseconds(), _millis(offset))

    def assign_windows(
        self, element: T, timestamp: int, context: WindowAssigner.WindowAssignerContext
    ) -> Collection[TimeWindow]:
        """The window that the time is in."""
        return _tumbling(_checked(timestamp), self._size, self._offset)

    def get_default_trigger(self, env: Any) -> Trigger[T, TimeWindow]:
        """One that fires at a window's end."""
        return EventTimeTrigger()

    def get_window_serializer(self) -> TypeSerializer[TimeWindow]:
        """How windows become bytes."""
        return TimeWindowSerializer()

    def is_event_time(self) -> bool:
        """Yes."""
        return True

    def __repr__(self) -> str:
        return f"TumblingEventTimeWindows({self._size}, {self._offset})"

    def _to_json(self) -> dict[str, Any]:
        return {"kind": "tumbling", "event_time": True, "size": self._size, "offset": self._offset}


class TumblingProcessingTimeWindows(WindowAssigner[T, TimeWindow]):
    """One window after the other, by the machine's clock.

        TumblingProcessingTimeWindows.of(Time.minutes(1))

    Windows begin at multiples of `size`, moved by `offset`, which is shorter; both in milliseconds.
    """

    def __init__(self, size: int, offset: int) -> None:
        _check_tumbling(self, size, offset)
        self._size = size
        self._offset = offset

    @staticmethod
    def of(size: Time, offset: Time | None = None) -> TumblingProcessingTimeWindows[Any]:
        """Windows of this length."""
        return TumblingProcessingTimeWindows(size.to_milliseconds(), _millis(offset))

    def assign_windows(
        self, element: T, timestamp: int, context: WindowAssigner.WindowAssignerContext
    ) -> Collection[TimeWindow]:
        """The window that the time is in."""
        return _tumbling(context.get_current_processing_time(), self._size, self._offset)

    def get_default_trigger(self, env: Any) -> Trigger[T, TimeWindow]:
        """One that fires at a window's end."""
        return ProcessingTimeTrigger()

    def get_window_serializer(self) -> TypeSerializer[TimeWindow]:
        """How windows become bytes."""
        return TimeWindowSerializer()

    def is_event_time(self) -> bool:
        """No."""
        return False

    def __repr__(self) -> str:
        return f"TumblingProcessingTimeWindows({self._size}, {self._offset})"

    def _to_json(self) -> dict[str, Any]:
        return {"kind": "tumbling", "event_time": False, "size": self._size, "offset": self._offset}


class SlidingEventTimeWindows(WindowAssigner[T, TimeWindow]):
    """A window of `size` every `slide`, by the records' event time.

        SlidingEventTimeWindows.of(Time.minutes(1), Time.seconds(10))

    Windows begin at multiples of `slide`, moved by `offset`, which is shorter; all in milliseconds.
    """

    def __init__(self, size: int, slide: int, offset: int) -> None:
        _check_sliding(self, size, slide, offset)
        self._size = size
        self._slide = slide
        self._offset = offset

    @staticmethod
    def of(size: Time, slide: Time, offset: Time | None = None) -> SlidingEventTimeWindows[Any]:
        """Windows of this length, this often."""
        return SlidingEventTimeWindows(size.to_milliseconds(), slide.to_milliseconds(), _millis(offset))

    def assign_windows(
        self, element: T, timestamp: int, context: WindowAssigner.WindowAssignerContext
    ) -> Collection[TimeWindow]:
        """The windows that the time is in, the latest first."""
        return _sliding(_checked(timestamp), self._size, self._slide, self._offset)

    def get_default_trigger(self, env: Any) -> Trigger[T, TimeWindow]:
        """One that fires at a window's end."""
        return EventTimeTrigger()

    def get_window_serializer(self) -> TypeSerializer[TimeWindow]:
        """How windows become bytes."""
        return TimeWindowSerializer()

    def is_event_time(self) -> bool:
        """Yes."""
        return True

    def __repr__(self) -> str:
        return f"SlidingEventTimeWindows({self._size}, {self._slide}, {self._offset})"

    def _to_json(self) -> dict[str, Any]:
        sizes = {"size": self._size, "slide": self._slide, "offset": self._offset}
        return {"kind": "sliding", "event_time": True, **sizes}


class SlidingProcessingTimeWindows(WindowAssigner[T, TimeWindow]):
    """A window of `size` every `slide`, by the machine's clock.

        SlidingProcessingTimeWindows.of(Time.minutes(1), Time.seconds(10))

    Windows begin at multiples of `slide`, moved by `offset`, which is shorter; all in milliseconds.
    """

    def __init__(self, size: int, slide: int, offset: int) -> None:
        _check_sliding(self, size, slide, offset)
        self._size = size
        self._slide = slide
        self._offset = offset

    @staticmethod
    def of(size: Time, slide: Time, offset: Time | None = None) -> SlidingProcessingTimeWindows[Any]:
        """Windows of this length, this often."""
        return SlidingProcessingTimeWindows(size.to_milliseconds(), slide.to_milliseconds(), _millis(offset))

    def assign_windows(
        self, element: T, timestamp: int, context: WindowAssigner.WindowAssignerContext
    ) -> Collection[TimeWindow]:
        """The windows that the time is in, the latest first."""
        return _sliding(context.get_current_processing_time(), self._size, self._slide, self._offset)

    def get_default_trigger(self, env: Any) -> Trigger[T, TimeWindow]:
        """One that fires at a window's end."""
        return ProcessingTimeTrigger()

    def get_window_serializer(self) -> TypeSerializer[TimeWindow]:
        """How windows become bytes."""
        return TimeWindowSerializer()

    def is_event_time(self) -> bool:
        """No."""
        return False

    def __repr__(self) -> str:
        return f"SlidingProcessingTimeWindows({self._size}, {self._slide}, {self._offset})"

    def _to_json(self) -> dict[str, Any]:
        sizes = {"size": self._size, "slide": self._slide, "offset": self._offset}
        return {"kind": "sliding", "event_time": False, **sizes}


def _check_tumbling(assigner: object, size: int, offset: int) -> None:
    if size <= 0 or abs(offset) >= size:
        name = type(assigner).__name__
        raise ValueError(f"{name}: abs(offset) < size is required; size is {size} ms, offset is {offset} ms")


def _check_sliding(assigner: object, size: int, slide: int, offset: int) -> None:
    if size <= 0 or slide <= 0 or abs(offset) >= slide:
        name = type(assigner).__name__
        raise ValueError(
            f"{name}: abs(offset) < slide and size > 0 are required; size is {size} ms, slide is {slide} ms, offset is "
            f"{offset} ms"
        )


def _tumbling(time: int, size: int, offset: int) -> list[TimeWindow]:
    start = TimeWindow.get_window_start_with_offset(time, offset, size)
    return [TimeWindow(start, start + size)]


def _sliding(time: int, size: int, slide: int, offset: int) -> list[TimeWindow]:
    latest = TimeWindow.get_window_start_with_offset(time, offset, slide)
    return [TimeWindow(start, start + size) for start in range(latest, time - size, -slide)]


def _checked(timestamp: int) -> int:
    if timestamp <= MIN_LONG:
        raise ValueError(
            "the record has no timestamp: call assign_timestamps_and_watermarks(...) with a timestamp assigner before "
            "key_by, or use windows of processing time"
        )
    return timestamp


def _millis(time: Time | None) -> int:
    return 0 if time is None else time.to_milliseconds()
