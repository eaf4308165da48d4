"""Writing files as Flink 1.x did, for `stream.add_sink`; the new sink does the work."""

from __future__ import annotations

from typing import TypeVar

from penstock._build.operators import SinkOperator
from penstock.common.serialization import BulkWriterFactory, Encoder
from penstock.datastream.connectors.file_system.rolling import RollingPolicy
from penstock.datastream.connectors.file_system.sink import (
    FileSinkBuilder,
    bulk_format,
    checked_bulk_policy,
    row_format,
)
from penstock.datastream.functions import SinkFunction

L = TypeVar("L", bound="StreamingFileSink.BaseBuilder")


class StreamingFileSink(SinkFunction):
    """Writes records to part files; made by `for_row_format` or `for_bulk_format`. `j_obj` is the operator."""

    def __init__(self, j_obj: SinkOperator) -> None:
        super().__init__(j_obj)
        self._operator = j_obj

    @staticmethod
    def for_row_format(base_path: str, encoder: Encoder) -> StreamingFileSink.DefaultRowFormatBuilder:
        """Begin a sink of text in this directory."""
        return StreamingFileSink.DefaultRowFormatBuilder(row_format(base_path, encoder))

    @staticmethod
    def for_bulk_format(
        base_path: str, writer_factory: BulkWriterFactory
    ) -> StreamingFileSink.DefaultBulkFormatBuilder:
        """Begin a sink of a bulk format in this directory."""
        return StreamingFileSink.DefaultBulkFormatBuilder(bulk_format(base_path, writer_factory))

    def _sink_operator(self) -> SinkOperator:
        return self._operator

    class BaseBuilder(FileSinkBuilder):
        """Makes a StreamingFileSink. `j_builder` are the options so far."""

        def __init__(self, j_builder: FileSinkBuilder) -> None:
            self._options = j_builder._options
            self._encoder = j_builder._encoder

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

    class DefaultBulkFormatBuilder(BaseBuilder):
        """Makes a StreamingFileSink of a bulk format. `j_default_bulk_format_builder` are the options so far."""

        def __init__(self, j_default_bulk_format_builder: FileSinkBuilder) -> None:
            super().__init__(j_default_bulk_format_builder)

        def with_rolling_policy(self: L, policy: RollingPolicy) -> L:
            """Accepted is the policy that files of bulk formats have anyway. Raises ValueError for another one."""
            return super().with_rolling_policy(checked_bulk_policy(policy))
