"""Numbers in sequence."""

from __future__ import annotations

from penstock._build.codecs import Codec
from penstock._build.operators import SourceOperator
from penstock.common.typeinfo import Types
from penstock.datastream.connectors.base import Source


class NumberSequenceSource(Source):
    """The whole numbers from `start` to `end`, both included; each subtask makes a part of them."""

    def __init__(self, start: int, end: int) -> None:
        super().__init__(None)
        if start > end:
            raise ValueError(f"NumberSequenceSource: start ({start}) has to be at most end ({end})")
        self._start = start
        self._end = end

    def _source_operator(self) -> SourceOperator:
        return SourceOperator("sequence", {"from": self._start, "to": self._end}, Codec("long"), Types.LONG())
