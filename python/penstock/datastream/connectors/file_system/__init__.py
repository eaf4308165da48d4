"""Files.

source = FileSource.for_record_stream_format(StreamFormat.text_line_format(), "/data/in").build()
lines = env.from_source(source, WatermarkStrategy.no_watermarks(), "lines")
lines.sink_to(FileSink.for_row_format("/data/out", Encoder.simple_string_encoder()).build())
"""

from penstock.datastream.connectors.file_system.buckets import BucketAssigner, OutputFileConfig
from penstock.datastream.connectors.file_system.compaction import FileCompactor, FileCompactStrategy
from penstock.datastream.connectors.file_system.legacy import StreamingFileSink
from penstock.datastream.connectors.file_system.rolling import (
    DefaultRollingPolicy,
    OnCheckpointRollingPolicy,
    RollingPolicy,
)
from penstock.datastream.connectors.file_system.sink import FileSink
from penstock.datastream.connectors.file_system.source import (
    BulkFormat,
    FileEnumeratorProvider,
    FileSource,
    FileSourceBuilder,
    FileSplitAssignerProvider,
    StreamFormat,
)

__all__ = [
    "BucketAssigner",
    "BulkFormat",
    "DefaultRollingPolicy",
    "FileCompactStrategy",
    "FileCompactor",
    "FileEnumeratorProvider",
    "FileSink",
    "FileSource",
    "FileSourceBuilder",
    "FileSplitAssignerProvider",
    "OnCheckpointRollingPolicy",
    "OutputFileConfig",
    "RollingPolicy",
    "StreamFormat",
    "StreamingFileSink",
]
