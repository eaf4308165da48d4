"""A sink that drops every record."""

from __future__ import annotations

from penstock._build.operators import SinkOperator
from penstock.datastream.connectors.base import Sink


class DiscardingSink(Sink):
    """Drops every record without looking at it; for measuring what comes before.

    stream.sink_to(DiscardingSink())
    """

    def __init__(self) -> None:
        super().__init__(None)

    def _sink_operator(self) -> SinkOperator:
        return SinkOperator("discard")
