"""Functions for the records of two streams that come together. PyFlink has none; the names are Java's."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from typing import Any

from penstock.datastream.functions.base import Function


class JoinFunction(Function):
    """Makes one record of a pair."""

    @abstractmethod
    def join(self, first: Any, second: Any) -> Any:
        """The new record for one of the first stream and one of the second."""


class FlatJoinFunction(Function):
    """Makes any number of records of a pair."""

    @abstractmethod
    def join(self, first: Any, second: Any) -> Iterable[Any] | None:
        """The new records for one of the first stream and one of the second."""


class CoGroupFunction(Function):
    """Makes any number of records of all that two streams have for a key and window."""

    @abstractmethod
    def co_group(self, first: list[Any], second: list[Any]) -> Iterable[Any] | None:
        """The new records for those of the first stream and those of the second; one of the lists may be empty."""
