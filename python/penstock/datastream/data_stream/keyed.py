"""Streams with keys."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Any, NoReturn

from penstock._build.functions import pickled
from penstock._build.outputs import Outputs
from penstock._build.partitioning import Partitioning
from penstock._build.transformation import Transformation
from penstock.common.typeinfo import TypeInformation
from penstock.common.watermark_strategy import WatermarkStrategy
from penstock.datastream.connectors.base import Sink
from penstock.datastream.data_stream import callables
from penstock.datastream.data_stream.sink import DataStreamSink
from penstock.datastream.data_stream.stream import DataStream
from penstock.datastream.functions import KeyedProcessFunction, KeySelector, ReduceFunction, SinkFunction
from penstock.datastream.functions.rolling import MaxBy, Maximum, MinBy, Minimum, Sum
from penstock.util.exceptions import StreamCallError

if TYPE_CHECKING:
    from penstock.datastream.data_stream.interval_join import IntervalJoin
    from penstock.datastream.data_stream.iterator import CloseableIterator
    from penstock.datastream.data_stream.windowed import WindowedStream
    from penstock.datastream.output_tag import OutputTag
    from penstock.datastream.window import WindowAssigner


class KeyedStream(DataStream):
    """A stream whose records with the same key are together; functions on it have state and timers of the key.

    `j_keyed_stream` is the stream's place in the job.
    """

    class AccumulateType(Enum):
        """What the rolling aggregations do."""

        MIN = 1
        MAX = 2
        MIN_BY = 3
        MAX_BY = 4
        SUM = 5

    def __init__(
        self, j_keyed_stream: Outputs, original_data_type_info: TypeInformation | None, origin_stream: DataStream
    ) -> None:
        super().__init__(j_keyed_stream)
        self._original_data_type_info = original_data_type_info
        self._origin_stream = origin_stream

    def process(self, func: KeyedProcessFunction, output_type: TypeInformation | None = None) -> DataStream:  # type: ignore[override]
        """Any number of records for each, with state and timers of its key, and side outputs."""
        output_type = callables.declared(output_type, "process")
        if not isinstance(func, KeyedProcessFunction):
            raise TypeError(f"KeyedProcessFunction is required for KeyedStream, not {func!r}")
        function = callables.function_object(func, KeyedProcessFunction, ["process_element"], "process")
        return self._apply("KEYED PROCESS", "process", function, output_type)

    def reduce(self, func: Callable[[Any, Any], Any] | ReduceFunction) -> DataStream:
        """The combination of all records of the key so far, for each record; in BATCH once per key, at the end."""
        function = callables.function(func, ReduceFunction, "reduce")
        return self._apply("Reduce", "reduce", function, self._outputs.output_type)

    def sum(self, position_to_sum: int | str = 0) -> DataStream:
        """The key's first record with the sum of one field so far: a position, or the name of a row's field."""
        return self._accumulate(Sum(position_to_sum))

    def min(self, position_to_min: int | str = 0) -> DataStream:
        """The key's first record with the smallest value of one field so far."""
        return self._accumulate(Minimum(position_to_min))

    def max(self, position_to_max: int | str = 0) -> DataStream:
        """The key's first record with the largest value of one field so far."""
        return self._accumulate(Maximum(position_to_max))

    def min_by(self, position_to_min_by: int | str = 0) -> DataStream:
        """The key's record with the smallest value of one field so far; the first of several."""
        return self._accumulate(MinBy(position_to_min_by))

    def max_by(self, position_to_max_by: int | str = 0) -> DataStream:
        """The key's record with the largest value of one field so far; the first of several."""
        return self._accumulate(MaxBy(position_to_max_by))

    def key_by(
        self, key_selector: Callable[[Any], Any] | KeySelector, key_type: TypeInformation | None = None
    ) -> KeyedStream:
        """Bring records with the same key together, by another key than now."""
        return self._origin_stream.key_by(key_selector, key_type)

    def interval_join(self, other: KeyedStream) -> IntervalJoin:
        """Pairs of this stream's records and another's with the same key, near each other in event time."""
        from penstock.datastream.data_stream.interval_join import IntervalJoin

        return IntervalJoin(self, other)

    # From here on the key is forgotten; the records stay where it has brought them.

    def union(self, *streams: DataStream) -> DataStream:
        """The records of this stream and of the others, without keys."""
        return self._values().union(*streams)

    def project(self, *field_indexes: int) -> DataStream:
        """Tuples of the fields at these positions, without keys."""
        return self._values().project(*field_indexes)

    def assign_timestamps_and_watermarks(self, watermark_strategy: WatermarkStrategy) -> DataStream:
        """The same records with event time, without keys."""
        return self._values().assign_timestamps_and_watermarks(watermark_strategy)

    def print(self, sink_identifier: str | None = None) -> DataStreamSink:
        """Write each record to the standard output."""
        return self._values().print(sink_identifier)

    def sink_to(self, sink: Sink) -> DataStreamSink:
        """Write the records to a sink."""
        return self._values().sink_to(sink)

    def add_sink(self, sink_func: SinkFunction) -> DataStreamSink:
        """Write the records to a sink of Flink 1.x."""
        return self._values().add_sink(sink_func)

    def execute_and_collect(
        self, job_execution_name: str | None = None, limit: int | None = None
    ) -> CloseableIterator | list[Any]:
        """Run the job and hand its records to the script."""
        return self._values().execute_and_collect(job_execution_name, limit)

    def broadcast(self, *args: Any) -> NoReturn:
        """Not for a keyed stream: call it before key_by."""
        raise StreamCallError("a keyed stream cannot be broadcast: call broadcast before key_by")

    def get_side_output(self, output_tag: OutputTag) -> NoReturn:
        """Not for a keyed stream: call it before key_by."""
        raise StreamCallError("a keyed stream has no side outputs: call get_side_output before key_by")

    # Windows.

    def window(self, window_assigner: WindowAssigner[Any, Any]) -> WindowedStream:
        """The records of a key cut into windows, for functions of windows."""
        from penstock.datastream.data_stream.windowed import WindowedStream

        return WindowedStream(self, window_assigner)

    def count_window(self, size: int, slide: int = 0) -> WindowedStream:
        """Windows of `size` records of a key: one after the other, or one every `slide` records."""
        from penstock.datastream.data_stream.windowed import WindowedStream
        from penstock.datastream.window import CountSlidingWindowAssigner, CountTumblingWindowAssigner

        if slide == 0:
            return WindowedStream(self, CountTumblingWindowAssigner(size))
        return WindowedStream(self, CountSlidingWindowAssigner(size, slide))

    def _accumulate(self, function: ReduceFunction) -> DataStream:
        return self._apply("Reduce", "reduce", pickled(function, "the aggregation"), self._outputs.output_type)

    def _values(self) -> DataStream:
        return DataStream(self._outputs)

    def _keyed(self) -> bool:
        return True

    def _partitioned(self, partitioning: Partitioning) -> NoReturn:
        raise StreamCallError(
            "the records of a keyed stream stay where their keys have brought them: hand them on in another way before "
            "key_by, or on the stream of results"
        )

    def _operator(self, setting: str) -> Transformation:
        raise StreamCallError(
            f"{setting} is not for a keyed stream: call it before key_by, or on the stream of results"
        )
