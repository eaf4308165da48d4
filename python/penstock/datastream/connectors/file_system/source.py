"""Reading files."""

from __future__ import annotations

from typing import Any

from penstock._build.codecs import Codec
from penstock._build.file_formats import ReadFormat
from penstock._build.operators import SourceOperator
from penstock.common.time import Duration
from penstock.common.typeinfo import Types
from penstock.datastream.connectors.base import Source


class StreamFormat:
    """How records lie in a file one after another. `j_stream_format` is the engine's form."""

    def __init__(self, j_stream_format: ReadFormat) -> None:
        self._format = j_stream_format

    @staticmethod
    def text_line_format(charset_name: str = "UTF-8") -> StreamFormat:
        """Lines of text, without their ends. Compressed files are unpacked by the end of their names."""
        options = {"format": "text_line", "charset": charset_name}
        return StreamFormat(ReadFormat(options, Codec("utf8"), Types.STRING()))


class BulkFormat:
    """How many records lie in a file at once. `j_bulk_format` is the engine's form."""

    def __init__(self, j_bulk_format: ReadFormat) -> None:
        self._format = j_bulk_format


class FileEnumeratorProvider:
    """How files are found and split; they are read as the engine sees fit. `j_file_enumerator_provider` is a name."""

    def __init__(self, j_file_enumerator_provider: str) -> None:
        self._name = j_file_enumerator_provider

    @staticmethod
    def default_splittable_file_enumerator() -> FileEnumeratorProvider:
        """Large files may be read by several subtasks."""
        return FileEnumeratorProvider("splittable")

    @staticmethod
    def default_non_splittable_file_enumerator() -> FileEnumeratorProvider:
        """A file is read by one subtask."""
        return FileEnumeratorProvider("non-splittable")


class FileSplitAssignerProvider:
    """Which subtask reads which file; the engine decides. `j_file_split_assigner` is a name."""

    def __init__(self, j_file_split_assigner: str) -> None:
        self._name = j_file_split_assigner

    @staticmethod
    def locality_aware_split_assigner() -> FileSplitAssignerProvider:
        """Near the file, where that can be known."""
        return FileSplitAssignerProvider("locality-aware")


class FileSource(Source):
    """Reads files; made by `for_record_stream_format(...)`. `j_file_source` is the source as an operator."""

    def __init__(self, j_file_source: SourceOperator) -> None:
        super().__init__(j_file_source)
        self._operator = j_file_source

    @staticmethod
    def for_record_stream_format(stream_format: StreamFormat, *paths: str) -> FileSourceBuilder:
        """Begin a source of files, or of all files in directories, given as paths or URLs."""
        if not isinstance(stream_format, StreamFormat):
            raise TypeError(f"for_record_stream_format takes StreamFormat.text_line_format(), not {stream_format!r}")
        return _builder(stream_format._format, paths)

    @staticmethod
    def for_bulk_file_format(bulk_format: BulkFormat, *paths: str) -> FileSourceBuilder:
        """Begin a source of files of a bulk format such as Parquet, or of all files in directories."""
        if not isinstance(bulk_format, BulkFormat):
            raise TypeError(
                f"for_bulk_file_format takes a format such as ParquetColumnarRowInputFormat(...), not {bulk_format!r}"
            )
        return _builder(bulk_format._format, paths)

    def _source_operator(self) -> SourceOperator:
        return self._operator


def _builder(read_format: ReadFormat, paths: tuple[str, ...]) -> FileSourceBuilder:
    if not paths:
        raise ValueError("FileSource needs at least one path")
    return FileSourceBuilder(read_format.with_options(paths=[str(path) for path in paths]))


class FileSourceBuilder:
    """Makes a FileSource, which reads the files that are there and ends, unless it is to look for new ones.

    `j_file_source_builder` is the format with the paths.
    """

    def __init__(self, j_file_source_builder: ReadFormat) -> None:
        self._format = j_file_source_builder
        self._options: dict[str, Any] = {"monitor_interval_ms": None, **j_file_source_builder.options}

    def monitor_continuously(self, discovery_interval: Duration) -> FileSourceBuilder:
        """Look for new files this often, for ever."""
        millis = discovery_interval._to_millis()
        if millis <= 0:
            raise ValueError(f"discovery_interval has to be above zero, not {millis} ms")
        self._options["monitor_interval_ms"] = millis
        return self

    def process_static_file_set(self) -> FileSourceBuilder:
        """Read the files that are there, and end."""
        self._options["monitor_interval_ms"] = None
        return self

    def set_file_enumerator(self, file_enumerator: FileEnumeratorProvider) -> FileSourceBuilder:
        """Accepted: the engine reads files as it sees fit."""
        return self

    def set_split_assigner(self, split_assigner: FileSplitAssignerProvider) -> FileSourceBuilder:
        """Accepted: the engine decides which subtask reads what."""
        return self

    def build(self) -> FileSource:
        """The source."""
        return FileSource(SourceOperator("file", self._options, self._format.decoder, self._format.produced_type))
