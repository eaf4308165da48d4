"""What window functions, triggers, assigners and evictors see of the engine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from penstock._runtime.combining_state import AggregatingValueState, ReducingValueState
from penstock._runtime.context import NativeRuntimeContext
from penstock._runtime.metric_groups import NativeMetricGroup
from penstock.datastream.functions import (
    KeyedStateStore,
    ProcessAllWindowFunction,
    ProcessWindowFunction,
    RuntimeContext,
)
from penstock.datastream.state import (
    AggregatingState,
    AggregatingStateDescriptor,
    ListState,
    ListStateDescriptor,
    MapState,
    MapStateDescriptor,
    ReducingState,
    ReducingStateDescriptor,
    State,
    StateDescriptor,
    ValueState,
    ValueStateDescriptor,
)
from penstock.datastream.window import Evictor, Trigger, WindowAssigner
from penstock.metrics import MetricGroup

if TYPE_CHECKING:
    from penstock._native import OperatorContext


class _Context:
    """What the contexts of process window functions have in common; one object for all windows, as in PyFlink."""

    def __init__(
        self, runtime_context: RuntimeContext, of_key: OperatorContext, of_window: OperatorContext, merging: bool
    ) -> None:
        self._timers = of_key.timer_service()
        self._of_window: KeyedStateStore = NoWindowState() if merging else StateOfWindow(of_window)
        self._of_key = runtime_context
        self._window: Any = None

    def of(self, window: Any) -> Any:
        """The context for a window."""
        self._window = window
        return self

    def window(self) -> Any:
        """The window."""
        return self._window

    def window_state(self) -> KeyedStateStore:
        """State of this key and window."""
        return self._of_window

    def global_state(self) -> KeyedStateStore:
        """State of this key, for all its windows."""
        return self._of_key


class WindowContext(_Context, ProcessWindowFunction.Context[Any]):
    """The context of a function of a key's windows."""

    def current_processing_time(self) -> int:
        """The machine's clock in milliseconds."""
        return self._timers.current_processing_time()

    def current_watermark(self) -> int:
        """How far event time has come, in milliseconds."""
        return self._timers.current_watermark()


class AllWindowContext(_Context, ProcessAllWindowFunction.Context[Any]):
    """The context of a function of windows without keys."""


class StateOfWindow(KeyedStateStore):
    """State of the key's window in hand."""

    def __init__(self, of_window: OperatorContext) -> None:
        self._states = NativeRuntimeContext(of_window, {})
        self._known: dict[str, Any] = {}

    def get_state(self, state_descriptor: ValueStateDescriptor) -> ValueState[Any]:
        """A single value."""
        state: ValueState[Any] = self._state(state_descriptor, "get_state")
        return state

    def get_list_state(self, state_descriptor: ListStateDescriptor) -> ListState[Any]:
        """A list of values."""
        state: ListState[Any] = self._state(state_descriptor, "get_list_state")
        return state

    def get_map_state(self, state_descriptor: MapStateDescriptor) -> MapState[Any, Any]:
        """Values by keys of their own."""
        state: MapState[Any, Any] = self._state(state_descriptor, "get_map_state")
        return state

    def get_reducing_state(self, state_descriptor: ReducingStateDescriptor) -> ReducingState[Any]:
        """The combination of all values added."""
        state: ReducingState[Any] = self._state(state_descriptor, "get_reducing_state")
        return state

    def get_aggregating_state(self, state_descriptor: AggregatingStateDescriptor) -> AggregatingState[Any, Any]:
        """The aggregate of all values added."""
        state: AggregatingState[Any, Any] = self._state(state_descriptor, "get_aggregating_state")
        return state

    def of(self, descriptor: StateDescriptor) -> Any:
        """The state of a descriptor of any kind."""
        kinds = {
            ValueStateDescriptor: "get_state",
            ListStateDescriptor: "get_list_state",
            MapStateDescriptor: "get_map_state",
            ReducingStateDescriptor: "get_reducing_state",
            AggregatingStateDescriptor: "get_aggregating_state",
        }
        method = next((method for kind, method in kinds.items() if isinstance(descriptor, kind)), None)
        if method is None:
            raise TypeError(f"a state descriptor is expected, not {descriptor!r}")
        return self._state(descriptor, method)

    def _state(self, descriptor: Any, method: str) -> Any:
        # The engine's object is the same for all keys and windows; making it takes a while.
        known = self._known.get(getattr(descriptor, "name", ""))
        if known is not None and known[0] == method:
            return known[1]
        state = getattr(self._states, method)(descriptor)
        self._known[descriptor.name] = method, state
        return state


class NoWindowState(KeyedStateStore):
    """Windows that may become one have no state of their own."""

    def get_state(self, state_descriptor: ValueStateDescriptor) -> ValueState[Any]:
        """An error."""
        raise _no_state()

    def get_list_state(self, state_descriptor: ListStateDescriptor) -> ListState[Any]:
        """An error."""
        raise _no_state()

    def get_map_state(self, state_descriptor: MapStateDescriptor) -> MapState[Any, Any]:
        """An error."""
        raise _no_state()

    def get_reducing_state(self, state_descriptor: ReducingStateDescriptor) -> ReducingState[Any]:
        """An error."""
        raise _no_state()

    def get_aggregating_state(self, state_descriptor: AggregatingStateDescriptor) -> AggregatingState[Any, Any]:
        """An error."""
        raise _no_state()


def _no_state() -> Exception:
    return RuntimeError(
        "windows that may merge, as sessions do, have no state per window: use context.global_state(), or other windows"
    )


class AssignerContext(WindowAssigner.WindowAssignerContext):
    """The context of an assigner."""

    def __init__(self, runtime_context: RuntimeContext, of_key: OperatorContext) -> None:
        self._timers = of_key.timer_service()
        self._of_key = runtime_context

    def get_current_processing_time(self) -> int:
        """The machine's clock in milliseconds."""
        return self._timers.current_processing_time()

    def get_runtime_context(self) -> RuntimeContext:
        """The subtask, and state of the record's key."""
        return self._of_key


class Evicting(Evictor.EvictorContext):
    """The context of an evictor."""

    def __init__(self, of_key: OperatorContext) -> None:
        self._timers = of_key.timer_service()

    def get_current_processing_time(self) -> int:
        """The machine's clock in milliseconds."""
        return self._timers.current_processing_time()

    def get_current_watermark(self) -> int:
        """How far event time has come, in milliseconds."""
        return self._timers.current_watermark()


class TriggerContext(Trigger.OnMergeContext):
    """The context of a trigger: clocks, timers and state of the window in hand."""

    def __init__(self, of_window: OperatorContext) -> None:
        self._native = of_window
        self._timers = of_window.timer_service()
        self._states = StateOfWindow(of_window)
        self._own = b""
        self._merged: list[bytes] = []

    def get_current_processing_time(self) -> int:
        """The machine's clock in milliseconds."""
        return self._timers.current_processing_time()

    def get_metric_group(self) -> MetricGroup:
        """Where the trigger makes metrics of its own."""
        return NativeMetricGroup(self._native, [])

    def get_current_watermark(self) -> int:
        """How far event time has come, in milliseconds."""
        return self._timers.current_watermark()

    def register_processing_time_timer(self, time: int) -> None:
        """Have `on_processing_time` called for the window."""
        self._timers.register_processing_time_timer(time)

    def register_event_time_timer(self, time: int) -> None:
        """Have `on_event_time` called for the window."""
        self._timers.register_event_time_timer(time)

    def delete_processing_time_timer(self, time: int) -> None:
        """Forget a timer of the window."""
        self._timers.delete_processing_time_timer(time)

    def delete_event_time_timer(self, time: int) -> None:
        """Forget a timer of the window."""
        self._timers.delete_event_time_timer(time)

    def get_partitioned_state(self, state_descriptor: StateDescriptor) -> State:
        """State of the window."""
        state: State = self._states.of(state_descriptor)
        return state

    def merge_partitioned_state(self, state_descriptor: StateDescriptor) -> None:
        """Add the merged windows' states to that of the window."""
        state = self._states.of(state_descriptor)
        for merged in self._merged:
            self._native.enter_window(merged)
            taken = _take(state)
            self._native.enter_window(self._own)
            if taken is not None:
                _add(state, taken)

    @contextmanager
    def merging(self, own: bytes, merged: list[bytes]) -> Iterator[None]:
        """Let `merge_partitioned_state` know which windows became which one."""
        self._own, self._merged = own, merged
        try:
            yield
        finally:
            self._merged = []


def _take(state: Any) -> Any:
    """What a window's state has, in a form for `_add`; None if it has nothing."""
    taken: Any
    if isinstance(state, (ReducingValueState, AggregatingValueState)):
        taken = state._state.value()
    elif isinstance(state, ListState):
        taken = list(state.get()) or None
    else:
        raise TypeError("merge_partitioned_state takes the descriptor of list, reducing or aggregating state")
    state.clear()
    return taken


def _add(state: Any, taken: Any) -> None:
    if isinstance(state, AggregatingValueState):
        own = state._state.value()
        state._state.update(taken if own is None else state._function.merge(own, taken))
    elif isinstance(state, ReducingValueState):
        state.add(taken)
    else:
        state.add_all(taken)
