"""Writing files."""

from __future__ import annotations

from typing import Any, NoReturn, TypeVar

from penstock._build.codecs import Codec
from penstock._build.operators import SinkOperator
from penstock.common.serialization import BulkWriterFactory, Encoder
from penstock.datastream.connectors.base import Sink, StreamTransformer, SupportsPreprocessing
from penstock.datastream.connectors.file_system.buckets import BucketAssigner, OutputFileConfig
from penstock.datastream.connectors.file_system.compaction import FileCompactor, FileCompactStrategy
from penstock.datastream.connectors.file_system.rolling import RollingPolicy
from penstock.util.exceptions import NotInPenstockError

B = TypeVar("B", bound="FileSinkBuilder")


class FileSinkBuilder:
    """The options that all file sinks share."""

    def __init__(self, base_path: str, encoder: Encoder) -> None:
        if not isinstance(encoder, Encoder):
            raise TypeError(f"for_row_format takes Encoder.simple_string_encoder(), not {encoder!r}")
        if encoder._charset.upper().replace("_", "-") not in ("UTF-8", "UTF8"):
            raise NotInPenstockError(f"a file sink with the character set {encoder._charset}", "UTF-8 is there.")
        self._options: dict[str, Any] = {
            "path": str(base_path),
            "prefix": "part",
            "suffix": "",
            "rolling": RollingPolicy.default_rolling_policy()._policy,
            **BucketAssigner.date_time_bucket_assigner()._options,
        }

    def with_bucket_check_interval(self: B, interval: int) -> B:
        """Accepted: parts are looked at often enough for their rolling policy."""
        return self

    def with_bucket_assigner(self: B, bucket_assigner: BucketAssigner) -> B:
        """Which folder a record goes to: by the hour, unless something else is said."""
        self._options.update(bucket_assigner._options)
        return self

    def with_rolling_policy(self: B, rolling_policy: RollingPolicy) -> B:
        """When a new part file begins."""
        self._options["rolling"] = rolling_policy._policy
        return self

    def with_output_file_config(self: B, output_file_config: OutputFileConfig) -> B:
        """What the names of part files begin and end with."""
        self._options["prefix"] = output_file_config.get_part_prefix()
        self._options["suffix"] = output_file_config.get_part_suffix()
        return self

    def _operator(self) -> SinkOperator:
        return SinkOperator("file", dict(self._options), Codec("utf8"))


class FileSink(Sink, SupportsPreprocessing):
    """Writes lines of text to part files, which become visible when a checkpoint is complete; made by `for_row_format`.

    `j_file_sink` is the sink as an operator.
    """

    def __init__(self, j_file_sink: SinkOperator, transformer: StreamTransformer | None = None) -> None:
        super().__init__(j_file_sink)
        self._operator = j_file_sink
        self._transformer = transformer

    def get_transformer(self) -> StreamTransformer | None:
        """None: streams need no preparation."""
        return self._transformer

    @staticmethod
    def for_row_format(base_path: str, encoder: Encoder) -> FileSink.RowFormatBuilder:
        """Begin a sink of text in this directory, a path or URL."""
        return FileSink.RowFormatBuilder(FileSinkBuilder(base_path, encoder))

    @staticmethod
    def for_bulk_format(base_path: str, writer_factory: BulkWriterFactory) -> FileSink.BulkFormatBuilder:
        """A sink of a bulk format: not in Penstock yet."""
        return FileSink.BulkFormatBuilder(None)

    def _sink_operator(self) -> SinkOperator:
        return self._operator

    class BaseBuilder(FileSinkBuilder):
        """Makes a FileSink. `j_builder` are the options so far."""

        def __init__(self, j_builder: FileSinkBuilder) -> None:
            self._options = j_builder._options

        def enable_compact(self, strategy: FileCompactStrategy, compactor: FileCompactor) -> NoReturn:
            """Join small part files: not in Penstock yet."""
            raise NotInPenstockError("FileSink.enable_compact")

        def disable_compact(self) -> FileSink.BaseBuilder:
            """Leave part files as they are, which they are anyhow."""
            return self

        def build(self) -> FileSink:
            """The sink."""
            return FileSink(self._operator())

    class RowFormatBuilder(BaseBuilder):
        """Makes a FileSink of text. `j_row_format_builder` are the options so far."""

        def __init__(self, j_row_format_builder: FileSinkBuilder) -> None:
            super().__init__(j_row_format_builder)

    class BulkFormatBuilder:
        """A sink of a bulk format: not in Penstock yet."""

        def __init__(self, j_bulk_format_builder: Any) -> None:
            raise NotInPenstockError("FileSink.for_bulk_format", "FileSink.for_row_format writes lines of text.")
