"""Functions with time, timers and side outputs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from penstock.datastream.functions.base import Function
from penstock.datastream.time_domain import TimeDomain
from penstock.datastream.timerservice import TimerService


class ProcessFunction(Function):
    """Makes any number of records of each, also for side outputs."""

    class Context(ABC):
        """What the function sees beside the record."""

        @abstractmethod
        def timer_service(self) -> TimerService:
            """The clock; timers need a keyed stream."""

        @abstractmethod
        def timestamp(self) -> int:
            """The record's event time in milliseconds."""

    @abstractmethod
    def process_element(self, value: Any, ctx: ProcessFunction.Context) -> Any:
        """The new records: an iterable or a generator's `yield`; `(tag, record)` goes to the side output `tag`."""


class KeyedProcessFunction(Function):
    """Makes any number of records of each, with state and timers of the record's key.

    class Count(KeyedProcessFunction):
        def open(self, runtime_context):
            self.count = runtime_context.get_state(ValueStateDescriptor("count", Types.LONG()))

        def process_element(self, value, ctx):
            count = (self.count.value() or 0) + 1
            self.count.update(count)
            yield ctx.get_current_key(), count
    """

    class Context(ABC):
        """What the function sees beside the record."""

        @abstractmethod
        def get_current_key(self) -> Any:
            """The record's key."""

        @abstractmethod
        def timer_service(self) -> TimerService:
            """The clock, and the key's timers."""

        @abstractmethod
        def timestamp(self) -> int:
            """The record's event time, or the timer's time, in milliseconds."""

    class OnTimerContext(Context):
        """What the function sees when a timer fires."""

        @abstractmethod
        def time_domain(self) -> TimeDomain:
            """Which kind of timer it is."""

    @abstractmethod
    def process_element(self, value: Any, ctx: KeyedProcessFunction.Context) -> Any:
        """The new records: an iterable or a generator's `yield`; `(tag, record)` goes to the side output `tag`."""

    def on_timer(self, timestamp: int, ctx: KeyedProcessFunction.OnTimerContext) -> Any:
        """Called when a timer fires; results as of `process_element`."""
