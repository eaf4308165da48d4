"""Kinds of metrics."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable


class Metric(ABC):
    """Something measured."""


class Counter(Metric, ABC):
    """A number that goes up and down."""

    @abstractmethod
    def inc(self, n: int = 1) -> None:
        """Add to it."""

    @abstractmethod
    def dec(self, n: int = 1) -> None:
        """Take from it."""

    @abstractmethod
    def get_count(self) -> int:
        """The number."""


class Meter(Metric, ABC):
    """How often something happens per second."""

    @abstractmethod
    def mark_event(self, value: int = 1) -> None:
        """It happened so many times."""

    @abstractmethod
    def get_count(self) -> int:
        """How often it has happened."""


class Distribution(Metric, ABC):
    """Sum, count, smallest and largest of values."""

    @abstractmethod
    def update(self, value: int) -> None:
        """Add a value."""


class MetricGroup(ABC):
    """Where metrics are made; groups are the parts of a metric's name."""

    @abstractmethod
    def add_group(self, name: str, extra: str | None = None) -> MetricGroup:
        """A group in this group; with `extra`, a group of a key (`name`) and its value."""

    @abstractmethod
    def counter(self, name: str) -> Counter:
        """Make a counter."""

    @abstractmethod
    def gauge(self, name: str, obj: Callable[[], int]) -> None:
        """Make a metric whose value is what the function returns when it is looked at."""

    @abstractmethod
    def meter(self, name: str, time_span_in_seconds: int = 60) -> Meter:
        """Make a meter, which averages over the time."""

    @abstractmethod
    def distribution(self, name: str) -> Distribution:
        """Make a distribution."""
