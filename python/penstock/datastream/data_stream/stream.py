"""Streams without keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from penstock._build.operators import FunctionOperator, Operator, SinkOperator, Watermarks, WatermarksOperator
from penstock._build.outputs import Outputs
from penstock._build.partitioning import Custom, Forward, Hash, Partitioning, Simple
from penstock._build.transformation import Edge, Transformation
from penstock.common.execution_config import ExecutionConfig, checked_max_parallelism
from penstock.common.typeinfo import TypeInformation, Types
from penstock.common.watermark_strategy import WatermarkStrategy
from penstock.datastream.connectors.base import Sink
from penstock.datastream.data_stream import batches, callables
from penstock.datastream.data_stream.projection import projection
from penstock.datastream.data_stream.settings import OperatorSettings
from penstock.datastream.data_stream.sink import DataStreamSink
from penstock.datastream.functions import (
    FilterFunction,
    FlatMapFunction,
    KeySelector,
    MapFunction,
    Partitioner,
    ProcessFunction,
    SinkFunction,
)
from penstock.datastream.output_tag import OutputTag
from penstock.datastream.state import MapStateDescriptor
from penstock.extensions import BATCH_SIZE
from penstock.util.exceptions import StreamCallError

if TYPE_CHECKING:
    from penstock.datastream.data_stream.broadcast import BroadcastConnectedStream, BroadcastStream
    from penstock.datastream.data_stream.cached import CachedDataStream
    from penstock.datastream.data_stream.connected import ConnectedStreams
    from penstock.datastream.data_stream.iterator import CloseableIterator
    from penstock.datastream.data_stream.joined import CoGroupedStreams, JoinedStreams
    from penstock.datastream.data_stream.keyed import KeyedStream
    from penstock.datastream.data_stream.windowed import AllWindowedStream
    from penstock.datastream.stream_execution_environment import StreamExecutionEnvironment
    from penstock.datastream.window import WindowAssigner


class DataStream(OperatorSettings):
    """A stream of records. Its methods add operators to the job and return the stream of their results.

        env.from_collection(["a b", "c"]).flat_map(str.split).map(lambda word: (word, 1)).print()

    Where a method takes `output_type`, values are checked against it, travel in its form, and are printed in Java's
    notation; without it they are pickled. `j_data_stream` is the stream's place in the job.
    """

    def __init__(self, j_data_stream: Outputs) -> None:
        self._outputs = j_data_stream
        self._env = j_data_stream.env

    # What the stream is.

    def get_name(self) -> str:
        """Name of the operator that the stream comes from."""
        return self._operator("get_name").name

    def get_type(self) -> TypeInformation:
        """Declared type of the records."""
        return self._outputs.output_type or Types.PICKLED_BYTE_ARRAY()

    def get_execution_config(self) -> ExecutionConfig:
        """How the environment's jobs are run."""
        return self._env.get_config()

    def get_execution_environment(self) -> StreamExecutionEnvironment:
        """The environment that the stream belongs to."""
        return self._env

    # Settings of the operator that the stream comes from.

    def set_max_parallelism(self, max_parallelism: int) -> DataStream:
        """How many key groups, and so subtasks, the operator can have at most."""
        self._operator("set_max_parallelism").max_parallelism = checked_max_parallelism(max_parallelism)
        return self

    def force_non_parallel(self) -> DataStream:
        """One subtask, which later settings cannot change."""
        operator = self._operator("force_non_parallel")
        operator.parallelism = operator.parallelism_limit = operator.max_parallelism = 1
        return self

    def set_buffer_timeout(self, timeout_millis: int) -> DataStream:
        """How long the operator's records may wait for company before they are handed on.

        Milliseconds, 0 not at all, -1 for ever; what the environment says counts where nothing is said here.
        """
        operator = self._operator("set_buffer_timeout")
        if timeout_millis < -1:
            raise ValueError(f"the buffer timeout is a number of milliseconds from -1, not {timeout_millis}")
        operator.buffer_timeout_ms = timeout_millis
        return self

    def start_new_chain(self) -> DataStream:
        """Run the operator in another task than its input; later ones may join it."""
        self._operator("start_new_chain").chaining = "head"
        return self

    # Functions.

    def map(self, func: Callable[[Any], Any] | MapFunction, output_type: TypeInformation | None = None) -> DataStream:
        """One record for each."""
        output_type = callables.declared(output_type, "map")
        return self._apply("Map", "map", callables.function(func, MapFunction, "map"), output_type)

    def flat_map(
        self, func: Callable[[Any], Any] | FlatMapFunction, output_type: TypeInformation | None = None
    ) -> DataStream:
        """Any number of records for each: the function returns an iterable, yields, or returns None for none."""
        output_type = callables.declared(output_type, "flat_map")
        return self._apply("FlatMap", "flat_map", callables.function(func, FlatMapFunction, "flat_map"), output_type)

    def filter(self, func: Callable[[Any], bool] | FilterFunction) -> DataStream:
        """The records for which the function returns something true."""
        function = callables.function(func, FilterFunction, "filter")
        return self._apply("Filter", "filter", function, self._outputs.output_type)

    def process(self, func: ProcessFunction, output_type: TypeInformation | None = None) -> DataStream:
        """Any number of records for each, with time and side outputs."""
        output_type = callables.declared(output_type, "process")
        function = callables.function_object(func, ProcessFunction, ["process_element"], "process")
        return self._apply("PROCESS", "process", function, output_type)

    def map_batches(
        self,
        fn: Callable[[Any], Any],
        *,
        output_type: TypeInformation | None = None,
        batch_size: int = BATCH_SIZE,
        max_wait: batches.Wait = 0,
    ) -> DataStream:
        """One record for each, for many records at once: see `penstock.extensions.map_batches`."""
        operator = batches.operator(fn, "map_batches", self._outputs.output_type, batch_size, max_wait)
        return self._add("MapBatches", operator, callables.declared(output_type, "map_batches"))

    def filter_batches(
        self, fn: Callable[[Any], Any], *, batch_size: int = BATCH_SIZE, max_wait: batches.Wait = 0
    ) -> DataStream:
        """The records for which the function gives True: see `penstock.extensions.filter_batches`."""
        operator = batches.operator(fn, "filter_batches", self._outputs.output_type, batch_size, max_wait)
        return self._add("FilterBatches", operator, self._outputs.output_type)

    def flat_map_batches(
        self,
        fn: Callable[[Any], Any],
        *,
        output_type: TypeInformation | None = None,
        batch_size: int = BATCH_SIZE,
        max_wait: batches.Wait = 0,
    ) -> DataStream:
        """Any number of records for each: see `penstock.extensions.flat_map_batches`."""
        operator = batches.operator(fn, "flat_map_batches", self._outputs.output_type, batch_size, max_wait)
        return self._add("FlatMapBatches", operator, callables.declared(output_type, "flat_map_batches"))

    def project(self, *field_indexes: int) -> DataStream:
        """Tuples of the fields at these positions. Needs a stream of `Types.TUPLE`."""
        function, output_type = projection(self.get_type(), field_indexes)
        return self._apply("Projection", "map", function, output_type)

    def assign_timestamps_and_watermarks(self, watermark_strategy: WatermarkStrategy) -> DataStream:
        """The same records with event time."""
        operator = WatermarksOperator(Watermarks.of(watermark_strategy, "assign_timestamps_and_watermarks"))
        stream = self._add("Timestamps/Watermarks", operator, self._outputs.output_type)
        stream._operator("").parallelism = self._outputs.parallelism
        return stream

    # Several streams.

    def union(self, *streams: DataStream) -> DataStream:
        """The records of this stream and of the others, all of one type."""
        outputs = self._values()._outputs
        for stream in streams:
            if not isinstance(stream, DataStream):
                raise TypeError(f"union takes streams, not {stream!r}")
            outputs = outputs.union(stream._values()._outputs)
        return DataStream(outputs)

    def connect(self, ds: DataStream | BroadcastStream) -> ConnectedStreams | BroadcastConnectedStream:
        """This stream and another one, for functions of two inputs."""
        from penstock.datastream.data_stream.broadcast import BroadcastConnectedStream, BroadcastStream
        from penstock.datastream.data_stream.connected import ConnectedStreams

        if isinstance(ds, BroadcastStream):
            return BroadcastConnectedStream(self, ds, ds.broadcast_state_descriptors)
        if not isinstance(ds, DataStream):
            raise TypeError(f"connect takes a stream or a broadcast stream, not {ds!r}")
        return ConnectedStreams(self, ds)

    # How records are handed on.

    def key_by(
        self, key_selector: Callable[[Any], Any] | KeySelector, key_type: TypeInformation | None = None
    ) -> KeyedStream:
        """Bring records with the same key together. Without `key_type`, keys are equal if value and type are."""
        from penstock.datastream.data_stream.keyed import KeyedStream

        key_type = callables.declared(key_type, "key_by", "key_type")
        hashing = Hash(callables.key_selector(key_selector), key_type)
        return KeyedStream(self._outputs.partitioned(hashing), self._outputs.output_type, self)

    def partition_custom(
        self,
        partitioner: Callable[[Any, int], int] | Partitioner,
        key_selector: Callable[[Any], Any] | KeySelector,
    ) -> DataStream:
        """The function says which subtask a record's key goes to."""
        selector = callables.key_selector(key_selector, "partition_custom")
        return self._partitioned(Custom(callables.partitioner(partitioner), selector))

    def rebalance(self) -> DataStream:
        """To all subtasks in turn."""
        return self._partitioned(Simple("rebalance"))

    def rescale(self) -> DataStream:
        """In turn to some subtasks: each sender has its own."""
        return self._partitioned(Simple("rescale"))

    def shuffle(self) -> DataStream:
        """To random subtasks."""
        return self._partitioned(Simple("shuffle"))

    def forward(self) -> DataStream:
        """To the subtask of the same index. An error when the job starts if there are not as many."""
        return self._partitioned(Forward(explicit=True))

    def global_(self) -> DataStream:
        """All to the first subtask."""
        return self._partitioned(Simple("global"))

    def broadcast(
        self,
        broadcast_state_descriptor: MapStateDescriptor | None = None,
        *other_broadcast_state_descriptors: MapStateDescriptor,
    ) -> DataStream | BroadcastStream:
        """Each record to all subtasks. With descriptors: a stream for `connect`, whose function keeps that state."""
        from penstock.datastream.data_stream.broadcast import BroadcastStream

        everywhere = self._partitioned(Simple("broadcast"))
        if broadcast_state_descriptor is None:
            return everywhere
        return BroadcastStream(everywhere, [broadcast_state_descriptor, *other_broadcast_state_descriptors])

    def get_side_output(self, output_tag: OutputTag) -> DataStream:
        """What the operator has written to a side output."""
        if not isinstance(output_tag, OutputTag):
            raise TypeError(f"get_side_output takes an OutputTag, not {output_tag!r}")
        operator = self._operator("get_side_output")
        known = operator.side_outputs.setdefault(output_tag.tag_id, output_tag.type_info)
        if known != output_tag.type_info:
            raise ValueError(
                f"side output {output_tag.tag_id!r} of '{operator.name}' has been asked for as {known} before, "
                f"and now as {output_tag.type_info}"
            )
        return DataStream(self._outputs.side(output_tag.tag_id, output_tag.type_info))

    # Results.

    def print(self, sink_identifier: str | None = None) -> DataStreamSink:
        """Write each record to the standard output, after `identifier:subtask> ` where there is something to tell."""
        operator = SinkOperator("print", {"identifier": sink_identifier, "to_stderr": False})
        return self._add_sink("Print to Std. Out", operator)

    def sink_to(self, sink: Sink) -> DataStreamSink:
        """Write the records to a sink, such as a KafkaSink."""
        if not isinstance(sink, Sink):
            raise TypeError(f"sink_to takes a Sink such as KafkaSink or FileSink, not {sink!r}")
        return self._add_sink("Writer", sink._sink_operator())

    def add_sink(self, sink_func: SinkFunction) -> DataStreamSink:
        """Write the records to a sink of Flink 1.x, such as FlinkKafkaProducer."""
        operator = getattr(sink_func, "_sink_operator", None)
        if operator is None:
            raise TypeError(f"add_sink takes a sink function such as FlinkKafkaProducer, not {sink_func!r}")
        return self._add_sink("Unnamed", operator())

    def execute_and_collect(
        self, job_execution_name: str | None = None, limit: int | None = None
    ) -> CloseableIterator | list[Any]:
        """Run the job and hand its records to the script: an iterator, or with `limit` a list of the first so many.

        with stream.execute_and_collect() as records:
            for record in records:
                ...
        """
        from penstock.datastream.data_stream.iterator import CloseableIterator

        self._add_sink("Collect", SinkOperator("collect"))
        records = CloseableIterator(self._env._submit(job_execution_name or "DataStream Collect"), self.get_type())
        return records if limit is None else records._first(limit)

    def cache(self) -> CachedDataStream:
        """Keep the records that the next job computes, for later jobs of the script. The stream has to end."""
        from penstock.datastream.data_stream.cached import CachedDataStream

        if not all(isinstance(upstream.partitioning, Forward) for upstream in self._outputs.upstreams):
            raise StreamCallError("cache comes after an operator, and not after a partitioning such as rebalance")
        cached = (self._env._cached(upstream, self._outputs.output_type) for upstream in self._outputs.upstreams)
        return CachedDataStream(replace(self._outputs, upstreams=tuple(cached)))

    def window_all(self, window_assigner: WindowAssigner[Any, Any]) -> AllWindowedStream:
        """The stream cut into windows, for functions of windows. One subtask does all the work."""
        from penstock.datastream.data_stream.windowed import AllWindowedStream

        return AllWindowedStream(self, window_assigner)

    def join(self, other_stream: DataStream) -> JoinedStreams:
        """Pairs of records of this stream and another one: `where(key).equal_to(key).window(assigner).apply(function)`.

        PyFlink does not have this method.
        """
        from penstock.datastream.data_stream.joined import JoinedStreams

        return JoinedStreams(self, other_stream)

    def co_group(self, other_stream: DataStream) -> CoGroupedStreams:
        """Records of this stream and another one by key: `where(key).equal_to(key).window(assigner).apply(function)`.

        PyFlink does not have this method.
        """
        from penstock.datastream.data_stream.joined import CoGroupedStreams

        return CoGroupedStreams(self, other_stream)

    # How the graph grows.

    def _operator(self, setting: str) -> Transformation:
        transformation = self._outputs.operator()
        if transformation is None:
            raise StreamCallError(
                f"{setting} concerns an operator, and this stream is none: it comes of union, a side output or a "
                "partitioning such as rebalance. Call it before or after that."
            )
        return transformation

    def _values(self) -> DataStream:
        """The stream without its key."""
        return self

    def _partitioned(self, partitioning: Partitioning) -> DataStream:
        return DataStream(self._outputs.partitioned(partitioning))

    def _apply(self, name: str, shape: str, function: Any, output_type: TypeInformation | None) -> DataStream:
        return self._add(name, FunctionOperator(function, shape, self._keyed()), output_type)

    def _keyed(self) -> bool:
        return False

    def _add(self, name: str, operator: Operator, output_type: TypeInformation | None) -> DataStream:
        edges = [Edge(upstream) for upstream in self._outputs.upstreams]
        return DataStream(Outputs.of(self._env, self._env._transform(name, operator, edges, output_type)))

    def _add_sink(self, name: str, operator: SinkOperator) -> DataStreamSink:
        edges = [Edge(upstream) for upstream in self._outputs.upstreams]
        return DataStreamSink((self._env, self._env._transform(name, operator, edges, None)))
