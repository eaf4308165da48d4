"""Two streams with one function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from penstock._build.operators import FunctionOperator
from penstock._build.outputs import Outputs
from penstock._build.transformation import Edge
from penstock.common.typeinfo import TypeInformation
from penstock.datastream.data_stream import callables
from penstock.datastream.data_stream.keyed import KeyedStream
from penstock.datastream.data_stream.stream import DataStream
from penstock.datastream.functions import (
    CoFlatMapFunction,
    CoMapFunction,
    CoProcessFunction,
    KeyedCoProcessFunction,
    KeySelector,
)


class ConnectedStreams:
    """Two streams with one function, which may share state between them; from `stream1.connect(stream2)`."""

    def __init__(self, stream1: DataStream, stream2: DataStream) -> None:
        if stream1._env is not stream2._env:
            raise ValueError("connect takes streams of the same environment")
        self.stream1 = stream1
        self.stream2 = stream2

    def key_by(
        self,
        key_selector1: Callable[[Any], Any] | KeySelector,
        key_selector2: Callable[[Any], Any] | KeySelector,
        key_type: TypeInformation | None = None,
    ) -> ConnectedStreams:
        """Bring records of both streams with the same key together. Both selectors have to return keys of one type."""
        first = self.stream1.key_by(key_selector1, key_type)
        return ConnectedStreams(first, self.stream2.key_by(key_selector2, key_type))

    def map(self, func: CoMapFunction, output_type: TypeInformation | None = None) -> DataStream:
        """One record for each, differently for the two streams."""
        _check(func, CoMapFunction, "map")
        return self._apply("Co-Map", "co_map", func, ["map1", "map2"], output_type, "map")

    def flat_map(self, func: CoFlatMapFunction, output_type: TypeInformation | None = None) -> DataStream:
        """Any number of records for each, differently for the two streams."""
        _check(func, CoFlatMapFunction, "flat_map")
        return self._apply("Co-Flat Map", "co_flat_map", func, ["flat_map1", "flat_map2"], output_type, "flat_map")

    def process(
        self, func: CoProcessFunction | KeyedCoProcessFunction, output_type: TypeInformation | None = None
    ) -> DataStream:
        """Any number of records for each, with time and side outputs; with keys on both, state and timers."""
        if not isinstance(func, (CoProcessFunction, KeyedCoProcessFunction)):
            raise TypeError(f"The input of process must be a CoProcessFunction or KeyedCoProcessFunction, not {func!r}")
        name = "Keyed Co-Process" if self._is_keyed_stream() else "Co-Process"
        return self._apply(name, "co_process", func, ["process_element1", "process_element2"], output_type, "process")

    def _is_keyed_stream(self) -> bool:
        return isinstance(self.stream1, KeyedStream) and isinstance(self.stream2, KeyedStream)

    def _apply(
        self, name: str, shape: str, func: Any, calls: list[str], output_type: TypeInformation | None, method: str
    ) -> DataStream:
        output_type = callables.declared(output_type, method)
        function = callables.function_object(func, type(func), calls, method)
        operator = FunctionOperator(function, shape, self._is_keyed_stream())
        edges = [Edge(upstream) for upstream in self.stream1._outputs.upstreams]
        edges += [Edge(upstream, 1) for upstream in self.stream2._outputs.upstreams]
        env = self.stream1._env
        return DataStream(Outputs.of(env, env._transform(name, operator, edges, output_type)))


def _check(func: Any, kind: type, method: str) -> None:
    if not isinstance(func, kind):
        raise TypeError(f"The input of {method} on connected streams must be a {kind.__name__}, not {func!r}")
