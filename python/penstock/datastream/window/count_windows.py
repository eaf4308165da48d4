"""Windows of so many records of a key."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, TypeVar

from penstock.common.serializer import TypeSerializer
from penstock.common.typeinfo import Types
from penstock.datastream.state import ValueStateDescriptor
from penstock.datastream.window.assigner import WindowAssigner
from penstock.datastream.window.serializers import CountWindowSerializer
from penstock.datastream.window.trigger import Trigger
from penstock.datastream.window.triggers import CountTrigger, check_positive
from penstock.datastream.window.windows import CountWindow

T = TypeVar("T")


class _CountWindowAssigner(WindowAssigner[T, CountWindow]):
    _window_size: int
    _count_descriptor: ValueStateDescriptor

    def get_default_trigger(self, env: Any) -> Trigger[T, CountWindow]:
        """One that fires when the window is full."""
        return CountTrigger(self._window_size)

    def get_window_serializer(self) -> TypeSerializer[CountWindow]:
        """How windows become bytes."""
        return CountWindowSerializer()

    def is_event_time(self) -> bool:
        """No."""
        return False

    def _records_before(self, context: WindowAssigner.WindowAssignerContext) -> int:
        """How many records of the key there were; one more from here on."""
        state = context.get_runtime_context().get_state(self._count_descriptor)
        before = int(state.value() or 0)
        state.update(before + 1)
        return before


class CountTumblingWindowAssigner(_CountWindowAssigner[T]):
    """So many records each, one window after the other."""

    def __init__(self, window_size: int) -> None:
        check_positive(self, "window_size", window_size)
        self._window_size = window_size
        self._count_descriptor = ValueStateDescriptor("tumble-count-assigner", Types.LONG())

    @staticmethod
    def of(window_size: int) -> CountTumblingWindowAssigner[Any]:
        """Windows of so many records."""
        return CountTumblingWindowAssigner(window_size)

    def assign_windows(
        self, element: T, timestamp: int, context: WindowAssigner.WindowAssignerContext
    ) -> Collection[CountWindow]:
        """The window that is being filled."""
        return [CountWindow(self._records_before(context) // self._window_size)]

    def get_default_trigger(self, env: Any) -> Trigger[T, CountWindow]:
        """One that fires when the window is full."""
        return super().get_default_trigger(env)

    def get_window_serializer(self) -> TypeSerializer[CountWindow]:
        """How windows become bytes."""
        return super().get_window_serializer()

    def is_event_time(self) -> bool:
        """No."""
        return super().is_event_time()

    def __repr__(self) -> str:
        return f"CountTumblingWindowAssigner({self._window_size})"

    def _to_json(self) -> dict[str, Any]:
        return {"kind": "count_tumbling", "size": self._window_size}


class CountSlidingWindowAssigner(_CountWindowAssigner[T]):
    """So many records each, a new window every so many records; the first begins with the first record."""

    def __init__(self, window_size: int, window_slide: int) -> None:
        check_positive(self, "window_size", window_size)
        check_positive(self, "window_slide", window_slide)
        self._window_size = window_size
        self._window_slide = window_slide
        self._count_descriptor = ValueStateDescriptor("slide-count-assigner", Types.LONG())

    @staticmethod
    def of(window_size: int, window_slide: int) -> CountSlidingWindowAssigner[Any]:
        """Windows of so many records, one every `window_slide` records."""
        return CountSlidingWindowAssigner(window_size, window_slide)

    def assign_windows(
        self, element: T, timestamp: int, context: WindowAssigner.WindowAssignerContext
    ) -> Collection[CountWindow]:
        """The windows that are being filled, the youngest first."""
        index = self._records_before(context)
        youngest = index // self._window_slide
        oldest = max(0, -((self._window_size - 1 - index) // self._window_slide))
        return [CountWindow(number) for number in range(youngest, oldest - 1, -1)]

    def get_default_trigger(self, env: Any) -> Trigger[T, CountWindow]:
        """One that fires when the window is full."""
        return super().get_default_trigger(env)

    def get_window_serializer(self) -> TypeSerializer[CountWindow]:
        """How windows become bytes."""
        return super().get_window_serializer()

    def is_event_time(self) -> bool:
        """No."""
        return super().is_event_time()

    def __repr__(self) -> str:
        return f"CountSlidingWindowAssigner({self._window_size}, {self._window_slide})"

    def _to_json(self) -> dict[str, Any]:
        return {"kind": "count_sliding", "size": self._window_size, "slide": self._window_slide}
