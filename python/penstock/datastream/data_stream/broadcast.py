"""A stream with another one that every subtask sees whole."""

from __future__ import annotations

from typing import Any

from penstock._build.operators import FunctionOperator, type_json
from penstock._build.outputs import Outputs
from penstock._build.transformation import Edge
from penstock.common.typeinfo import TypeInformation
from penstock.datastream.data_stream import callables
from penstock.datastream.data_stream.keyed import KeyedStream
from penstock.datastream.data_stream.stream import DataStream
from penstock.datastream.functions import BroadcastProcessFunction, KeyedBroadcastProcessFunction
from penstock.datastream.state import MapStateDescriptor


class BroadcastStream:
    """A stream that every subtask sees whole, with the state kept of it; from `stream.broadcast(descriptor)`."""

    def __init__(
        self, input_stream: DataStream | KeyedStream, broadcast_state_descriptors: list[MapStateDescriptor]
    ) -> None:
        for descriptor in broadcast_state_descriptors:
            if not isinstance(descriptor, MapStateDescriptor):
                raise TypeError(f"broadcast takes MapStateDescriptors, not {descriptor!r}")
        self.input_stream = input_stream
        self.broadcast_state_descriptors = broadcast_state_descriptors


class BroadcastConnectedStream:
    """A stream with a broadcast stream, and one function for both; from `stream.connect(broadcast_stream)`."""

    def __init__(
        self,
        non_broadcast_stream: DataStream | KeyedStream,
        broadcast_stream: BroadcastStream,
        broadcast_state_descriptors: list[MapStateDescriptor],
    ) -> None:
        self.non_broadcast_stream = non_broadcast_stream
        self.broadcast_stream = broadcast_stream
        self.broadcast_state_descriptors = broadcast_state_descriptors

    def process(
        self,
        func: BroadcastProcessFunction[Any, Any, Any] | KeyedBroadcastProcessFunction[Any, Any, Any, Any],
        output_type: TypeInformation | None = None,
    ) -> DataStream:
        """Any number of records for each of either stream. A keyed stream takes a KeyedBroadcastProcessFunction."""
        output_type = callables.declared(output_type, "process")
        keyed = self._is_keyed_stream()
        kind = KeyedBroadcastProcessFunction if keyed else BroadcastProcessFunction
        if not isinstance(func, kind):
            stream = "a keyed stream" if keyed else "a stream without keys"
            raise TypeError(f"{stream} connected with a broadcast stream takes a {kind.__name__}, not {func!r}")
        calls = ["process_element", "process_broadcast_element"]
        function = callables.function_object(func, kind, calls, "process")
        states = [_spec(descriptor) for descriptor in self.broadcast_state_descriptors]
        operator = FunctionOperator(function, "broadcast_process", keyed, states)
        edges = [Edge(upstream) for upstream in self.non_broadcast_stream._outputs.upstreams]
        edges += [Edge(upstream, 1) for upstream in self.broadcast_stream.input_stream._outputs.upstreams]
        name = "Keyed-Co-Process-Broadcast" if keyed else "Co-Process-Broadcast"
        env = self.non_broadcast_stream._env
        return DataStream(Outputs.of(env, env._transform(name, operator, edges, output_type)))

    def _is_keyed_stream(self) -> bool:
        return isinstance(self.non_broadcast_stream, KeyedStream)


def _spec(descriptor: MapStateDescriptor) -> dict[str, Any]:
    spec: dict[str, Any] = {"name": descriptor.name}
    for key, kind in (("key_type", descriptor._key_type), ("value_type", descriptor._value_type)):
        described = type_json(kind)
        if described is not None:
            spec[key] = described
    return spec
