"""Ends of streams."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock._build.transformation import Transformation
from penstock.datastream.data_stream.settings import OperatorSettings

if TYPE_CHECKING:
    from penstock.datastream.stream_execution_environment import StreamExecutionEnvironment


class DataStreamSink(OperatorSettings):
    """The end of a stream: a sink, for settings of its operator. `j_data_stream_sink` is its place in the job."""

    def __init__(self, j_data_stream_sink: tuple[StreamExecutionEnvironment, Transformation]) -> None:
        self._env, self._transformation = j_data_stream_sink

    def _operator(self, setting: str) -> Transformation:
        return self._transformation
