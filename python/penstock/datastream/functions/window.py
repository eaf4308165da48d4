"""Functions for the records of a window."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, Generic, TypeVar

from penstock.datastream.functions.base import Function, KeyedStateStore

IN = TypeVar("IN")
OUT = TypeVar("OUT")
KEY = TypeVar("KEY")
W = TypeVar("W")
W2 = TypeVar("W2")


class WindowFunction(Function, Generic[IN, OUT, KEY, W]):
    """Makes records of the contents of a key's window."""

    @abstractmethod
    def apply(self, key: KEY, window: W, inputs: Iterable[IN]) -> Iterable[OUT]:
        """The new records."""


class AllWindowFunction(Function, Generic[IN, OUT, W]):
    """Makes records of the contents of a window without keys."""

    @abstractmethod
    def apply(self, window: W, inputs: Iterable[IN]) -> Iterable[OUT]:
        """The new records."""


class ProcessWindowFunction(Function, Generic[IN, OUT, KEY, W]):
    """Makes records of the contents of a key's window, with time and state."""

    class Context(ABC, Generic[W2]):
        """What the function sees beside the records."""

        @abstractmethod
        def window(self) -> W2:
            """The window."""

        @abstractmethod
        def current_processing_time(self) -> int:
            """The machine's clock in milliseconds."""

        @abstractmethod
        def current_watermark(self) -> int:
            """How far event time has come, in milliseconds."""

        @abstractmethod
        def window_state(self) -> KeyedStateStore:
            """State of this key and window."""

        @abstractmethod
        def global_state(self) -> KeyedStateStore:
            """State of this key, for all its windows."""

    @abstractmethod
    def process(self, key: KEY, context: ProcessWindowFunction.Context[Any], elements: Iterable[IN]) -> Iterable[OUT]:
        """The new records."""

    def clear(self, context: ProcessWindowFunction.Context[Any]) -> None:
        """Called when the window goes: the place to clear its state."""


class ProcessAllWindowFunction(Function, Generic[IN, OUT, W]):
    """Makes records of the contents of a window without keys, with state."""

    class Context(ABC, Generic[W2]):
        """What the function sees beside the records."""

        @abstractmethod
        def window(self) -> W2:
            """The window."""

        @abstractmethod
        def window_state(self) -> KeyedStateStore:
            """State of this window."""

        @abstractmethod
        def global_state(self) -> KeyedStateStore:
            """State for all windows."""

    @abstractmethod
    def process(self, context: ProcessAllWindowFunction.Context[Any], elements: Iterable[IN]) -> Iterable[OUT]:
        """The new records."""

    def clear(self, context: ProcessAllWindowFunction.Context[Any]) -> None:
        """Called when the window goes: the place to clear its state."""
