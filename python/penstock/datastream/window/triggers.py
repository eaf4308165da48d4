"""The triggers that come with Penstock. The engine does itself what these do; another trigger may still call them."""

from __future__ import annotations

from typing import Any, TypeVar

from penstock.common.time import Time
from penstock.common.typeinfo import Types
from penstock.datastream.functions import ReduceFunction
from penstock.datastream.state import ReducingState, ReducingStateDescriptor
from penstock.datastream.window.trigger import Trigger, TriggerResult
from penstock.datastream.window.windows import CountWindow, TimeWindow, Window

T = TypeVar("T")


class EventTimeTrigger(Trigger[T, TimeWindow]):
    """Fires when the watermark passes the window's end, and for each record that comes after that."""

    def on_element(self, element: T, timestamp: int, window: TimeWindow, ctx: Trigger.TriggerContext) -> TriggerResult:
        """Fire if the window has ended."""
        if window.max_timestamp() <= ctx.get_current_watermark():
            return TriggerResult.FIRE
        ctx.register_event_time_timer(window.max_timestamp())
        return TriggerResult.CONTINUE

    def on_processing_time(self, time: int, window: TimeWindow, ctx: Trigger.TriggerContext) -> TriggerResult:
        """Nothing."""
        return TriggerResult.CONTINUE

    def on_event_time(self, time: int, window: TimeWindow, ctx: Trigger.TriggerContext) -> TriggerResult:
        """Fire at the window's end."""
        return TriggerResult.FIRE if time == window.max_timestamp() else TriggerResult.CONTINUE

    def can_merge(self) -> bool:
        """Yes."""
        return True

    def on_merge(self, window: TimeWindow, ctx: Trigger.OnMergeContext) -> None:
        """Fire at the new end."""
        if window.max_timestamp() > ctx.get_current_watermark():
            ctx.register_event_time_timer(window.max_timestamp())

    def clear(self, window: TimeWindow, ctx: Trigger.TriggerContext) -> None:
        """Forget the timer."""
        ctx.delete_event_time_timer(window.max_timestamp())

    @staticmethod
    def create() -> EventTimeTrigger[Any]:
        """A trigger."""
        return EventTimeTrigger()

    def _to_json(self) -> dict[str, Any]:
        return {"kind": "event_time"}


class ProcessingTimeTrigger(Trigger[T, TimeWindow]):
    """Fires when the machine's clock passes the window's end."""

    def on_element(self, element: T, timestamp: int, window: TimeWindow, ctx: Trigger.TriggerContext) -> TriggerResult:
        """Fire at the window's end."""
        ctx.register_processing_time_timer(window.max_timestamp())
        return TriggerResult.CONTINUE

    def on_processing_time(self, time: int, window: TimeWindow, ctx: Trigger.TriggerContext) -> TriggerResult:
        """Fire."""
        return TriggerResult.FIRE

    def on_event_time(self, time: int, window: TimeWindow, ctx: Trigger.TriggerContext) -> TriggerResult:
        """Nothing."""
        return TriggerResult.CONTINUE

    def can_merge(self) -> bool:
        """Yes."""
        return True

    def on_merge(self, window: TimeWindow, ctx: Trigger.OnMergeContext) -> None:
        """Fire at the new end."""
        if window.max_timestamp() > ctx.get_current_processing_time():
            ctx.register_processing_time_timer(window.max_timestamp())

    def clear(self, window: TimeWindow, ctx: Trigger.TriggerContext) -> None:
        """Forget the timer."""
        ctx.delete_processing_time_timer(window.max_timestamp())

    @staticmethod
    def create() -> ProcessingTimeTrigger[Any]:
        """A trigger."""
        return ProcessingTimeTrigger()

    def _to_json(self) -> dict[str, Any]:
        return {"kind": "processing_time"}


class _Min(ReduceFunction):
    def reduce(self, value1: Any, value2: Any) -> Any:
        return min(value1, value2)


class _Sum(ReduceFunction):
    def reduce(self, value1: Any, value2: Any) -> Any:
        return value1 + value2


class ContinuousEventTimeTrigger(Trigger[T, TimeWindow]):
    """Fires at every so many milliseconds of event time, and at the window's end."""

    def __init__(self, interval: int) -> None:
        check_positive(self, "interval", interval)
        self.interval = interval
        self.state_desc = ReducingStateDescriptor("fire-time", _Min(), Types.LONG())

    @staticmethod
    def of(interval: Time) -> ContinuousEventTimeTrigger[Any]:
        """A trigger that fires this often."""
        return ContinuousEventTimeTrigger(interval.to_milliseconds())

    def on_element(self, element: T, timestamp: int, window: TimeWindow, ctx: Trigger.TriggerContext) -> TriggerResult:
        """Fire if the window has ended."""
        if window.max_timestamp() <= ctx.get_current_watermark():
            return TriggerResult.FIRE
        ctx.register_event_time_timer(window.max_timestamp())
        state = _reducing(ctx, self.state_desc)
        if state.get() is None:
            self.register_next_fire_timestamp(timestamp - timestamp % self.interval, window, ctx, state)
        return TriggerResult.CONTINUE

    def on_processing_time(self, time: int, window: TimeWindow, ctx: Trigger.TriggerContext) -> TriggerResult:
        """Nothing."""
        return TriggerResult.CONTINUE

    def on_event_time(self, time: int, window: TimeWindow, ctx: Trigger.TriggerContext) -> TriggerResult:
        """Fire at the window's end and when it is time again."""
        if time == window.max_timestamp():
            return TriggerResult.FIRE
        state = _reducing(ctx, self.state_desc)
        if state.get() != time:
            return TriggerResult.CONTINUE
        state.clear()
        self.register_next_fire_timestamp(time, window, ctx, state)
        return TriggerResult.FIRE

    def can_merge(self) -> bool:
        """Yes."""
        return True

    def on_merge(self, window: TimeWindow, ctx: Trigger.OnMergeContext) -> None:
        """Fire next when the first of the windows would have."""
        ctx.merge_partitioned_state(self.state_desc)
        time = _reducing(ctx, self.state_desc).get()
        if time is not None:
            ctx.register_event_time_timer(time)

    def clear(self, window: TimeWindow, ctx: Trigger.TriggerContext) -> None:
        """Forget the timer."""
        state = _reducing(ctx, self.state_desc)
        time = state.get()
        if time is not None:
            ctx.delete_event_time_timer(time)
            state.clear()

    def register_next_fire_timestamp(
        self, time: int, window: TimeWindow, ctx: Trigger.TriggerContext, fire_timestamp_state: ReducingState[int]
    ) -> None:
        """Fire an interval after this time, and at the latest at the window's end."""
        next_time = min(time + self.interval, window.max_timestamp())
        fire_timestamp_state.add(next_time)
        ctx.register_event_time_timer(next_time)

    def _to_json(self) -> dict[str, Any]:
        return {"kind": "continuous_event_time", "interval": self.interval}


class ContinuousProcessingTimeTrigger(Trigger[T, TimeWindow]):
    """Fires at every so many milliseconds of the machine's clock, and at the window's end."""

    def __init__(self, interval: int) -> None:
        check_positive(self, "interval", interval)
        self.interval = interval
        self.state_desc = ReducingStateDescriptor("fire-time", _Min(), Types.LONG())

    @staticmethod
    def of(interval: Time) -> ContinuousProcessingTimeTrigger[Any]:
        """A trigger that fires this often."""
        return ContinuousProcessingTimeTrigger(interval.to_milliseconds())

    def on_element(self, element: T, timestamp: int, window: TimeWindow, ctx: Trigger.TriggerContext) -> TriggerResult:
        """Fire when it is time."""
        state = _reducing(ctx, self.state_desc)
        if state.get() is None:
            now = ctx.get_current_processing_time()
            self.register_next_fire_timestamp(now - now % self.interval, window, ctx, state)
        return TriggerResult.CONTINUE

    def on_processing_time(self, time: int, window: TimeWindow, ctx: Trigger.TriggerContext) -> TriggerResult:
        """Fire when it is time again."""
        state = _reducing(ctx, self.state_desc)
        if state.get() != time:
            return TriggerResult.CONTINUE
        state.clear()
        self.register_next_fire_timestamp(time, window, ctx, state)
        return TriggerResult.FIRE

    def on_event_time(self, time: int, window: TimeWindow, ctx: Trigger.TriggerContext) -> TriggerResult:
        """Nothing."""
        return TriggerResult.CONTINUE

    def can_merge(self) -> bool:
        """Yes."""
        return True

    def on_merge(self, window: TimeWindow, ctx: Trigger.OnMergeContext) -> None:
        """Fire next when the first of the windows would have."""
        ctx.merge_partitioned_state(self.state_desc)
        time = _reducing(ctx, self.state_desc).get()
        if time is not None:
            ctx.register_processing_time_timer(time)

    def clear(self, window: TimeWindow, ctx: Trigger.TriggerContext) -> None:
        """Forget the timer."""
        state = _reducing(ctx, self.state_desc)
        time = state.get()
        if time is not None:
            ctx.delete_processing_time_timer(time)
            state.clear()

    def register_next_fire_timestamp(
        self, time: int, window: TimeWindow, ctx: Trigger.TriggerContext, fire_timestamp_state: ReducingState[int]
    ) -> None:
        """Fire an interval after this time, and at the latest at the window's end."""
        next_time = min(time + self.interval, window.max_timestamp())
        fire_timestamp_state.add(next_time)
        ctx.register_processing_time_timer(next_time)

    def _to_json(self) -> dict[str, Any]:
        return {"kind": "continuous_processing_time", "interval": self.interval}


class CountTrigger(Trigger[T, CountWindow]):
    """Fires at every so many records of a window."""

    def __init__(self, window_size: int) -> None:
        check_positive(self, "window_size", window_size)
        self._window_size = window_size
        self._count_state_descriptor = ReducingStateDescriptor("count", _Sum(), Types.LONG())

    @staticmethod
    def of(window_size: int) -> CountTrigger[Any]:
        """A trigger that fires at every so many records."""
        return CountTrigger(window_size)

    def on_element(self, element: T, timestamp: int, window: CountWindow, ctx: Trigger.TriggerContext) -> TriggerResult:
        """Fire if there are enough."""
        state = _reducing(ctx, self._count_state_descriptor)
        state.add(1)
        if state.get() < self._window_size:
            return TriggerResult.CONTINUE
        state.clear()
        return TriggerResult.FIRE

    def on_processing_time(self, time: int, window: CountWindow, ctx: Trigger.TriggerContext) -> TriggerResult:
        """Nothing."""
        return TriggerResult.CONTINUE

    def on_event_time(self, time: int, window: CountWindow, ctx: Trigger.TriggerContext) -> TriggerResult:
        """Nothing."""
        return TriggerResult.CONTINUE

    def can_merge(self) -> bool:
        """Yes."""
        return True

    def on_merge(self, window: CountWindow, ctx: Trigger.OnMergeContext) -> None:
        """Add the counts."""
        ctx.merge_partitioned_state(self._count_state_descriptor)

    def clear(self, window: CountWindow, ctx: Trigger.TriggerContext) -> None:
        """Forget the count."""
        _reducing(ctx, self._count_state_descriptor).clear()

    def _to_json(self) -> dict[str, Any]:
        return {"kind": "count", "size": self._window_size}


class PurgingTrigger(Trigger[T, Window]):
    """Fires when another trigger does, and then drops the window's contents."""

    def __init__(self, nested_trigger: Trigger[T, Any]) -> None:
        self.nested_trigger = nested_trigger

    @staticmethod
    def of(nested_trigger: Trigger[T, Any]) -> PurgingTrigger[T]:
        """A trigger that fires when this one does."""
        return PurgingTrigger(nested_trigger)

    def on_element(self, element: T, timestamp: int, window: Window, ctx: Trigger.TriggerContext) -> TriggerResult:
        """As the other does, and purge."""
        return _purging(self.nested_trigger.on_element(element, timestamp, window, ctx))

    def on_event_time(self, time: int, window: Window, ctx: Trigger.TriggerContext) -> TriggerResult:
        """As the other does, and purge."""
        return _purging(self.nested_trigger.on_event_time(time, window, ctx))

    def on_processing_time(self, time: int, window: Window, ctx: Trigger.TriggerContext) -> TriggerResult:
        """As the other does, and purge."""
        return _purging(self.nested_trigger.on_processing_time(time, window, ctx))

    def clear(self, window: Window, ctx: Trigger.TriggerContext) -> None:
        """As the other does."""
        self.nested_trigger.clear(window, ctx)

    def can_merge(self) -> bool:
        """Whether the other can."""
        return self.nested_trigger.can_merge()

    def on_merge(self, window: Window, ctx: Trigger.OnMergeContext) -> None:
        """As the other does."""
        self.nested_trigger.on_merge(window, ctx)

    def _to_json(self) -> dict[str, Any] | None:
        from penstock.datastream.window.trigger import trigger_json

        nested = trigger_json(self.nested_trigger)
        return None if nested["kind"] == "custom" else {"kind": "purging", "trigger": nested}


def _purging(result: TriggerResult) -> TriggerResult:
    return TriggerResult.FIRE_AND_PURGE if result.is_fire() else result


def _reducing(ctx: Trigger.TriggerContext, descriptor: ReducingStateDescriptor) -> ReducingState[Any]:
    state = ctx.get_partitioned_state(descriptor)
    assert isinstance(state, ReducingState)
    return state


def check_positive(what: object, name: str, number: int) -> None:
    """Raise ValueError unless a size of an assigner or trigger is more than 0."""
    if number <= 0:
        raise ValueError(f"{type(what).__name__}: {name} has to be more than 0, not {number!r}")
