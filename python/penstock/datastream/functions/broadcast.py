"""Functions whose second input every subtask sees whole, and keeps in broadcast state."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from penstock.datastream.functions.base import Function
from penstock.datastream.time_domain import TimeDomain
from penstock.datastream.timerservice import TimerService

if TYPE_CHECKING:
    from penstock.datastream.state import BroadcastState, MapStateDescriptor, ReadOnlyBroadcastState

KEY = TypeVar("KEY")
IN1 = TypeVar("IN1")
IN2 = TypeVar("IN2")
OUT = TypeVar("OUT")


class BaseBroadcastProcessFunction(Function):
    """What the two kinds have in common."""

    class BaseContext(ABC):
        """What both sides see beside the record."""

        @abstractmethod
        def timestamp(self) -> int:
            """The record's event time in milliseconds."""

        @abstractmethod
        def current_processing_time(self) -> int:
            """The machine's clock in milliseconds."""

        @abstractmethod
        def current_watermark(self) -> int:
            """How far event time has come, in milliseconds."""

    class Context(BaseContext):
        """What the broadcast side sees."""

        @abstractmethod
        def get_broadcast_state(self, state_descriptor: MapStateDescriptor) -> BroadcastState[Any, Any]:
            """The state, which this side may change: the same on every subtask, if the changes are the same."""

    class ReadOnlyContext(BaseContext):
        """What the other side sees."""

        @abstractmethod
        def get_broadcast_state(self, state_descriptor: MapStateDescriptor) -> ReadOnlyBroadcastState[Any, Any]:
            """The state, which this side may only read."""


class BroadcastProcessFunction(BaseBroadcastProcessFunction, Generic[IN1, IN2, OUT]):
    """For a stream without keys, connected with a broadcast stream."""

    class Context(BaseBroadcastProcessFunction.Context, ABC):
        """What the broadcast side sees."""

    class ReadOnlyContext(BaseBroadcastProcessFunction.ReadOnlyContext, ABC):
        """What the other side sees."""

    @abstractmethod
    def process_element(self, value: IN1, ctx: BroadcastProcessFunction.ReadOnlyContext) -> Any:
        """The new records for one of the stream without broadcast."""

    @abstractmethod
    def process_broadcast_element(self, value: IN2, ctx: BroadcastProcessFunction.Context) -> Any:
        """The new records for one of the broadcast stream; the place to change broadcast state."""


class KeyedBroadcastProcessFunction(BaseBroadcastProcessFunction, Generic[KEY, IN1, IN2, OUT]):
    """For a keyed stream, connected with a broadcast stream."""

    class Context(BaseBroadcastProcessFunction.Context, ABC):
        """What the broadcast side sees."""

    class ReadOnlyContext(BaseBroadcastProcessFunction.ReadOnlyContext, ABC):
        """What the keyed side sees."""

        @abstractmethod
        def timer_service(self) -> TimerService:
            """The clock, and the key's timers."""

        @abstractmethod
        def get_current_key(self) -> Any:
            """The record's key."""

    class OnTimerContext(ReadOnlyContext, ABC):
        """What the function sees when a timer fires."""

        @abstractmethod
        def time_domain(self) -> TimeDomain:
            """Which kind of timer it is."""

        @abstractmethod
        def get_current_key(self) -> Any:
            """The timer's key."""

    @abstractmethod
    def process_element(self, value: IN1, ctx: KeyedBroadcastProcessFunction.ReadOnlyContext) -> Any:
        """The new records for one of the keyed stream."""

    @abstractmethod
    def process_broadcast_element(self, value: IN2, ctx: KeyedBroadcastProcessFunction.Context) -> Any:
        """The new records for one of the broadcast stream; the place to change broadcast state."""

    def on_timer(self, timestamp: int, ctx: KeyedBroadcastProcessFunction.OnTimerContext) -> Any:
        """Called when a timer fires; results as of the others."""
