"""Functions that take one record at a time."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from penstock.datastream.functions.base import Function


class MapFunction(Function):
    """Makes one record of each."""

    @abstractmethod
    def map(self, value: Any) -> Any:
        """The new record."""


class FlatMapFunction(Function):
    """Makes any number of records of each."""

    @abstractmethod
    def flat_map(self, value: Any) -> Any:
        """The new records: an iterable, or a generator's `yield`; None for none."""


class FilterFunction(Function):
    """Keeps or drops each record."""

    @abstractmethod
    def filter(self, value: Any) -> bool:
        """Whether to keep the record."""


class ReduceFunction(Function):
    """Combines the records of a key into one."""

    @abstractmethod
    def reduce(self, value1: Any, value2: Any) -> Any:
        """The combination of what there is (`value1`) with a new record (`value2`), of the same type as both."""


class AggregateFunction(Function):
    """Combines records into an accumulator, and makes the result of it."""

    @abstractmethod
    def create_accumulator(self) -> Any:
        """The accumulator of no records."""

    @abstractmethod
    def add(self, value: Any, accumulator: Any) -> Any:
        """The accumulator with one more record."""

    @abstractmethod
    def get_result(self, accumulator: Any) -> Any:
        """The result of the accumulator."""

    @abstractmethod
    def merge(self, acc_a: Any, acc_b: Any) -> Any:
        """The accumulator of the records of both."""


class KeySelector(Function):
    """Says which key a record belongs to."""

    @abstractmethod
    def get_key(self, value: Any) -> Any:
        """The key: the same each time for the same record, and hashable."""


class NullByteKeySelector(KeySelector):
    """The same key for every record."""

    def get_key(self, value: Any) -> int:
        """Zero."""
        return 0


class Partitioner(Function):
    """Says which subtask a key goes to."""

    @abstractmethod
    def partition(self, key: Any, num_partitions: int) -> int:
        """The subtask: 0 to num_partitions - 1."""
