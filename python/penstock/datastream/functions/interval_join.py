"""The function of an interval join. PyFlink has none; the names are Java's."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from penstock.datastream.functions.base import Function
from penstock.datastream.output_tag import OutputTag


class ProcessJoinFunction(Function):
    """Makes any number of records of a pair.

    class Enrich(ProcessJoinFunction):
        def process_element(self, left, right, ctx):
            yield left, right, ctx.get_left_timestamp() - ctx.get_right_timestamp()
    """

    class Context(ABC):
        """What the function sees beside the pair. Times are in milliseconds."""

        @abstractmethod
        def get_left_timestamp(self) -> int:
            """Event time of the left record."""

        @abstractmethod
        def get_right_timestamp(self) -> int:
            """Event time of the right record."""

        @abstractmethod
        def get_timestamp(self) -> int:
            """The later of the two, which is that of the results."""

        @abstractmethod
        def output(self, output_tag: OutputTag, value: Any) -> None:
            """Emit a record to a side output, as `yield output_tag, value` does."""

    @abstractmethod
    def process_element(self, left: Any, right: Any, ctx: ProcessJoinFunction.Context) -> Any:
        """The new records: an iterable or a generator's `yield`; `(tag, record)` goes to the side output `tag`."""
