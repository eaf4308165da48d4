"""Writing files as Flink 1.x did, for `stream.add_sink`; the new sink does the work."""

from __future__ import annotations

from typing import Any, TypeVar

from penstock._build.operators import SinkOperator
from penstock.common.serialization import BulkWriterFactory, Encoder
from penstock.datastream.connectors.file_system.rolling import RollingPolicy
from penstock.datastream.connectors.file_system.sink import FileSinkBuilder
from penstock.datastream.functions import SinkFunction
from penstock.util.exceptions import NotInPenstockError

L = TypeVar("L", bound="StreamingFileSink.BaseBuilder")


class StreamingFileSink(SinkFunction):
    """Writes lines of text to part files; made by `for_row_format`. `j_obj` is the sink as an operator."""

    def __init__(self, j_obj: SinkOperator) -> None:
        super().__init__(j_obj)
        self._operator = j_obj

    @staticmethod
    def for_row_format(base_path: str, encoder: Encoder) -> StreamingFileSink.DefaultRowFormatBuilder:
        """Begin a sink of text in this directory."""
        return StreamingFileSink.DefaultRowFormatBuilder(FileSinkBuilder(base_path, encoder))

    @staticmethod
    def for_bulk_format(
        base_path: str, writer_factory: BulkWriterFactory
    ) -> StreamingFileSink.DefaultBulkFormatBuilder:
        """A sink of a bulk format: not in Penstock yet."""
        return StreamingFileSink.DefaultBulkFormatBuilder(None)

    def _sink_operator(self) -> SinkOperator:
        return self._operator

    class BaseBuilder(FileSinkBuilder):
        """Makes a StreamingFileSink. `j_builder` are the options so far."""

        def __init__(self, j_builder: FileSinkBuilder) -> None:
            self._options = j_builder._options

        def with_rolling_policy(self: L, policy: RollingPolicy) -> L:
            """When a part file is full."""
            return super().with_rolling_policy(policy)

        def build(self) -> StreamingFileSink:
            """The sink."""
            return StreamingFileSink(self._operator())

    class DefaultRowFormatBuilder(BaseBuilder):
        """Makes a StreamingFileSink of text. `j_default_row_format_builder` are the options so far."""

        def __init__(self, j_default_row_format_builder: FileSinkBuilder) -> None:
            super().__init__(j_default_row_format_builder)

    class DefaultBulkFormatBuilder:
        """A sink of a bulk format: not in Penstock yet."""

        def __init__(self, j_default_bulk_format_builder: Any) -> None:
            raise NotInPenstockError("StreamingFileSink.for_bulk_format", "for_row_format writes lines of text.")
