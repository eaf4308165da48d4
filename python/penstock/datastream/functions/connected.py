"""Functions with two inputs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from penstock.datastream.functions.base import Function
from penstock.datastream.time_domain import TimeDomain
from penstock.datastream.timerservice import TimerService


class CoMapFunction(Function):
    """Makes one record of each, differently for the two inputs."""

    @abstractmethod
    def map1(self, value: Any) -> Any:
        """The new record for one of the first input."""

    @abstractmethod
    def map2(self, value: Any) -> Any:
        """The new record for one of the second input."""


class CoFlatMapFunction(Function):
    """Makes any number of records of each, differently for the two inputs."""

    @abstractmethod
    def flat_map1(self, value: Any) -> Any:
        """The new records for one of the first input."""

    @abstractmethod
    def flat_map2(self, value: Any) -> Any:
        """The new records for one of the second input."""


class CoProcessFunction(Function):
    """Makes any number of records of each, differently for the two inputs, also for side outputs."""

    class Context(ABC):
        """What the function sees beside the record."""

        @abstractmethod
        def timer_service(self) -> TimerService:
            """The clock; timers need keyed streams."""

        @abstractmethod
        def timestamp(self) -> int:
            """The record's event time in milliseconds."""

    @abstractmethod
    def process_element1(self, value: Any, ctx: CoProcessFunction.Context) -> Any:
        """The new records for one of the first input."""

    @abstractmethod
    def process_element2(self, value: Any, ctx: CoProcessFunction.Context) -> Any:
        """The new records for one of the second input."""


class KeyedCoProcessFunction(Function):
    """Two inputs with the same key: they share state and timers of that key."""

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
    def process_element1(self, value: Any, ctx: KeyedCoProcessFunction.Context) -> Any:
        """The new records for one of the first input."""

    @abstractmethod
    def process_element2(self, value: Any, ctx: KeyedCoProcessFunction.Context) -> Any:
        """The new records for one of the second input."""

    def on_timer(self, timestamp: int, ctx: KeyedCoProcessFunction.OnTimerContext) -> Any:
        """Called when a timer fires; results as of the others."""
