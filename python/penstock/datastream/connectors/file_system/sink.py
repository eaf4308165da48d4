"""Writing files."""

from __future__ import annotations

from typing import Any, TypeVar

from penstock._build.codecs import Codec
from penstock._build.operators import SinkOperator
from penstock.common.serialization import BulkWriterFactory, Encoder
from penstock.datastream.connectors.base import Sink, StreamTransformer, SupportsPreprocessing
from penstock.datastream.connectors.file_system.buckets import BucketAssigner, OutputFileConfig
from penstock.datastream.connectors.file_system.compaction import FileCompactor, FileCompactStrategy, compaction
from penstock.datastream.connectors.file_system.rolling import RollingPolicy
from penstock.util.exceptions import NotInPenstockError

B = TypeVar("B", bound="FileSinkBuilder")


class FileSinkBuilder:
    """The options that all file sinks share, and how records are written."""

    def __init__(self, base_path: str, encoder: Codec, **options: Any) -> None:
        self._encoder = encoder
        self._options: dict[str, Any] = {
            "path": str(base_path),
            "prefix": "part",
            "suffix": "",
            "rolling": RollingPolicy.default_rolling_policy()._policy,
            **BucketAssigner.date_time_bucket_assigner()._options,
            **options,
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
        return SinkOperator("file", dict(self._options), self._encoder)


def row_format(base_path: str, encoder: Encoder) -> FileSinkBuilder:
    """A sink of lines of text."""
    if not isinstance(encoder, Encoder):
        raise TypeError(f"for_row_format takes Encoder.simple_string_encoder(), not {encoder!r}")
    if encoder._charset.upper().replace("_", "-") not in ("UTF-8", "UTF8"):
        raise NotInPenstockError(f"a file sink with the character set {encoder._charset}", "UTF-8 is there.")
    return FileSinkBuilder(base_path, Codec("utf8"))


def bulk_format(base_path: str, writer_factory: BulkWriterFactory) -> FileSinkBuilder:
    """A sink of a format whose files are whole only when they are closed, which is with every checkpoint."""
    if not isinstance(writer_factory, BulkWriterFactory):
        raise TypeError(f"for_bulk_format takes e.g. ParquetBulkWriters.for_row_type(...), not {writer_factory!r}")
    written = writer_factory._format
    rolling = RollingPolicy.on_checkpoint_rolling_policy()._policy
    return FileSinkBuilder(base_path, written.encoder, format=written.options, rolling=rolling)


def checked_bulk_policy(rolling_policy: RollingPolicy) -> RollingPolicy:
    """The policy, if it is one that bulk formats can keep. Raises ValueError otherwise."""
    if not rolling_policy._policy.get("on_checkpoint"):
        raise ValueError("files of bulk formats are closed with every checkpoint: on_checkpoint_rolling_policy()")
    return rolling_policy


class FileSink(Sink, SupportsPreprocessing):
    """Writes records to part files, which become visible when a checkpoint is complete.

    Made by `for_row_format` (lines of text) or `for_bulk_format` (Parquet, Avro, CSV).

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
        return FileSink.RowFormatBuilder(row_format(base_path, encoder))

    @staticmethod
    def for_bulk_format(base_path: str, writer_factory: BulkWriterFactory) -> FileSink.BulkFormatBuilder:
        """Begin a sink of a bulk format in this directory, a path or URL."""
        return FileSink.BulkFormatBuilder(bulk_format(base_path, writer_factory))

    def _sink_operator(self) -> SinkOperator:
        return self._operator

    class BaseBuilder(FileSinkBuilder):
        """Makes a FileSink. `j_builder` are the options so far."""

        def __init__(self, j_builder: FileSinkBuilder) -> None:
            self._options = j_builder._options
            self._encoder = j_builder._encoder

        def enable_compact(self: B, strategy: FileCompactStrategy, compactor: FileCompactor) -> B:
            """Join small part files before they become visible, each subtask its own.

            Raises ValueError where joined files would be none of the format: Parquet, Avro, ORC, CSV with a header.
            """
            self._options["compaction"] = compaction(strategy, compactor, self._options.get("format"))
            return self

        def disable_compact(self: B) -> B:
            """Leave part files as they are, as they are if nothing is said."""
            self._options.pop("compaction", None)
            return self

        def build(self) -> FileSink:
            """The sink."""
            return FileSink(self._operator())

    class RowFormatBuilder(BaseBuilder):
        """Makes a FileSink of text. `j_row_format_builder` are the options so far."""

        def __init__(self, j_row_format_builder: FileSinkBuilder) -> None:
            super().__init__(j_row_format_builder)

    class BulkFormatBuilder(BaseBuilder):
        """Makes a FileSink of a bulk format. `j_bulk_format_builder` are the options so far."""

        def __init__(self, j_bulk_format_builder: FileSinkBuilder) -> None:
            super().__init__(j_bulk_format_builder)

        def with_rolling_policy(self, rolling_policy: RollingPolicy) -> FileSink.BulkFormatBuilder:
            """Accepted is the policy that files of bulk formats have anyway. Raises ValueError for another one."""
            return super().with_rolling_policy(checked_bulk_policy(rolling_policy))
