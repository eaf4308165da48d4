"""Small jobs in this process."""

from __future__ import annotations

from typing import Any

from penstock.common import WatermarkStrategy
from penstock.datastream import StreamExecutionEnvironment
from penstock.datastream.connectors.base import Source


def collect(source: Source) -> list[Any]:
    """What a source gives, read by one task."""
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    stream = env.from_source(source, WatermarkStrategy.no_watermarks(), "files")
    with stream.execute_and_collect() as records:
        return list(records)
