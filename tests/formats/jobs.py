"""Small jobs in this process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from penstock.common import TypeInformation, WatermarkStrategy
from penstock.common.serialization import BulkWriterFactory
from penstock.datastream import DataStream, StreamExecutionEnvironment
from penstock.datastream.connectors.base import Source
from penstock.datastream.connectors.file_system import BucketAssigner, FileSink


def environment() -> StreamExecutionEnvironment:
    """One task."""
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    return env


def collect(source: Source) -> list[Any]:
    """What a source gives."""
    return collected(environment().from_source(source, WatermarkStrategy.no_watermarks(), "files"))


def collected(stream: DataStream) -> list[Any]:
    """What a stream has."""
    with stream.execute_and_collect() as records:
        return list(records)


def write(records: list[Any], type_info: TypeInformation | None, format: BulkWriterFactory, folder: Path) -> list[Path]:
    """Write records to a folder; the files."""
    env = environment()
    bucket = BucketAssigner.base_path_bucket_assigner()
    sink = FileSink.for_bulk_format(str(folder), format).with_bucket_assigner(bucket).build()
    env.from_collection(records, type_info=type_info).sink_to(sink)
    env.execute()
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
