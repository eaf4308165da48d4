"""What says when a window's results are emitted."""

from __future__ import annotations

from abc import ABC, abstractmethod
from enum import Enum
from typing import Any, Generic, TypeVar

from penstock.datastream.state import State, StateDescriptor
from penstock.metrics import MetricGroup

T = TypeVar("T")
W = TypeVar("W")


class TriggerResult(Enum):
    """What becomes of a window: its results are emitted (fire), its contents dropped (purge), both or neither."""

    CONTINUE = (False, False)
    FIRE_AND_PURGE = (True, True)
    FIRE = (True, False)
    PURGE = (False, True)

    def is_fire(self) -> bool:
        """Whether results are emitted."""
        return self.value[0]

    def is_purge(self) -> bool:
        """Whether contents are dropped."""
        return self.value[1]


class Trigger(ABC, Generic[T, W]):
    """Says when a window's results are emitted. A script may make one of its own.

    One object serves all keys and windows: what it keeps of a window belongs into `ctx.get_partitioned_state`.
    """

    class TriggerContext(ABC):
        """Clocks, timers and state of the key's window that the trigger is asked about."""

        @abstractmethod
        def get_current_processing_time(self) -> int:
            """The machine's clock in milliseconds."""

        @abstractmethod
        def get_metric_group(self) -> MetricGroup:
            """Where the trigger makes metrics of its own."""

        @abstractmethod
        def get_current_watermark(self) -> int:
            """How far event time has come, in milliseconds."""

        @abstractmethod
        def register_processing_time_timer(self, time: int) -> None:
            """Have `on_processing_time` called for the window when the clock passes this time."""

        @abstractmethod
        def register_event_time_timer(self, time: int) -> None:
            """Have `on_event_time` called for the window when the watermark passes this time."""

        @abstractmethod
        def delete_processing_time_timer(self, time: int) -> None:
            """Forget a timer of the window."""

        @abstractmethod
        def delete_event_time_timer(self, time: int) -> None:
            """Forget a timer of the window."""

        @abstractmethod
        def get_partitioned_state(self, state_descriptor: StateDescriptor) -> State:
            """State of the window."""

    class OnMergeContext(TriggerContext):
        """The same, for windows that became one."""

        @abstractmethod
        def merge_partitioned_state(self, state_descriptor: StateDescriptor) -> None:
            """Make one of the windows' states; for list, reducing and aggregating state."""

    @abstractmethod
    def on_element(self, element: T, timestamp: int, window: W, ctx: Trigger.TriggerContext) -> TriggerResult:
        """A record came into the window."""

    @abstractmethod
    def on_processing_time(self, time: int, window: W, ctx: Trigger.TriggerContext) -> TriggerResult:
        """A timer of the machine's clock is due."""

    @abstractmethod
    def on_event_time(self, time: int, window: W, ctx: Trigger.TriggerContext) -> TriggerResult:
        """A timer of event time is due."""

    def can_merge(self) -> bool:
        """Whether it serves windows that become one, which needs `on_merge`."""
        return False

    @abstractmethod
    def on_merge(self, window: W, ctx: Trigger.OnMergeContext) -> None:
        """Windows became this one."""

    @abstractmethod
    def clear(self, window: W, ctx: Trigger.TriggerContext) -> None:
        """The window goes: the place to delete its timers and clear its state."""

    def _to_json(self) -> dict[str, Any] | None:
        """The engine's form; None where the engine has to ask this object."""
        return None


def trigger_json(trigger: Trigger[Any, Any]) -> dict[str, Any]:
    """The engine's form of a trigger; a subclass of a built-in one is the user's own."""
    if type(trigger).__module__.startswith("penstock.datastream.window."):
        known = trigger._to_json()
        if known is not None:
            return known
    return {"kind": "custom"}
