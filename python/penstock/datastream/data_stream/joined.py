"""Two streams joined by key and window. PyFlink has neither method; the names are those of Java's DataStream."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from penstock.common.typeinfo import TypeInformation
from penstock.datastream.data_stream import callables
from penstock.datastream.data_stream.stream import DataStream
from penstock.datastream.functions import (
    CoGroupFunction,
    FlatJoinFunction,
    JoinFunction,
    KeySelector,
    RuntimeContext,
    WindowFunction,
)
from penstock.datastream.window import Evictor, Trigger, WindowAssigner

Selector = Callable[[Any], Any] | KeySelector
P = TypeVar("P", bound="_Pair")


class _Pair:
    """What join and co_group have in common: two streams, their keys, and windows."""

    def __init__(self, stream1: DataStream, stream2: DataStream) -> None:
        if not isinstance(stream2, DataStream):
            raise TypeError(f"another stream is expected, not {stream2!r}")
        if stream1._env is not stream2._env:
            raise ValueError("streams of the same environment are expected")
        self._streams = stream1._values(), stream2._values()
        self._selectors: list[Selector] = []
        self._key_type: TypeInformation | None = None
        self._assigner: WindowAssigner[Any, Any] | None = None
        self._trigger: Trigger[Any, Any] | None = None
        self._evictor: Evictor[Any, Any] | None = None
        self._lateness = 0

    def where(self: P, key_selector: Selector, key_type: TypeInformation | None = None) -> P:
        """The key of the first stream's records."""
        callables.key_selector(key_selector, "where")
        self._key_type = callables.declared(key_type, "where", "key_type")
        self._selectors = [key_selector]
        return self

    def equal_to(self: P, key_selector: Selector) -> P:
        """The key of the second stream's records, of the same type."""
        if not self._selectors:
            raise ValueError("call where(...), with the key of the first stream, before equal_to(...)")
        callables.key_selector(key_selector, "equal_to")
        self._selectors = [self._selectors[0], key_selector]
        return self

    def window(self: P, assigner: WindowAssigner[Any, Any]) -> P:
        """The windows in which records come together."""
        if len(self._selectors) != 2:
            raise ValueError("call where(...) and equal_to(...), with the keys of both streams, before window(...)")
        self._assigner = assigner
        return self

    def trigger(self: P, trigger: Trigger[Any, Any]) -> P:
        """Says when results are emitted, in place of the assigner's own trigger."""
        self._trigger = trigger
        return self

    def evictor(self: P, evictor: Evictor[Any, Any]) -> P:
        """Removes records before or after the function is called; it sees pairs: the stream, 0 or 1, and the record."""
        self._evictor = evictor
        return self

    def allowed_lateness(self: P, time_ms: int) -> P:
        """How many milliseconds of event time a window takes records after its end; 0 if this is not called."""
        self._lateness = time_ms
        return self

    def _applied(self, function: WindowFunction[Any, Any, Any, Any], output_type: TypeInformation | None) -> DataStream:
        if self._assigner is None:
            raise ValueError("call window(...), with the windows in which records come together, before apply(...)")
        tagged = [stream.map(_Tag(number)) for number, stream in enumerate(self._streams)]
        keyed = tagged[0].union(tagged[1]).key_by(_KeyOfEither(*self._selectors), self._key_type)
        windowed = keyed.window(self._assigner).allowed_lateness(self._lateness)
        if self._trigger is not None:
            windowed = windowed.trigger(self._trigger)
        if self._evictor is not None:
            windowed = windowed.evictor(self._evictor)
        return windowed.apply(function, output_type)


class JoinedStreams(_Pair):
    """Pairs of records of two streams that have the same key and window; from `DataStream.join`.

    orders.join(payments).where(lambda o: o.id).equal_to(lambda p: p.order).window(
        TumblingEventTimeWindows.of(Time.minutes(5))
    ).apply(lambda order, payment: (order.id, payment.amount))
    """

    def apply(
        self,
        function: Callable[[Any, Any], Any] | JoinFunction | FlatJoinFunction,
        output_type: TypeInformation | None = None,
    ) -> DataStream:
        """What the function makes of each pair: one record, or of a FlatJoinFunction any number."""
        if not isinstance(function, (JoinFunction, FlatJoinFunction)) and not callable(function):
            raise TypeError(
                f"The input of apply must be a JoinFunction, a FlatJoinFunction or a callable, not {function!r}"
            )
        return self._applied(_Join(function), output_type)


class CoGroupedStreams(_Pair):
    """The records that two streams have for a key and window; from `DataStream.co_group`.

    orders.co_group(payments).where(lambda o: o.id).equal_to(lambda p: p.order).window(
        TumblingEventTimeWindows.of(Time.minutes(5))
    ).apply(lambda orders, payments: [(len(orders), len(payments))])
    """

    def apply(
        self,
        function: Callable[[list[Any], list[Any]], Iterable[Any] | None] | CoGroupFunction,
        output_type: TypeInformation | None = None,
    ) -> DataStream:
        """What the function makes of the records of both, any number of results."""
        if not isinstance(function, CoGroupFunction) and not callable(function):
            raise TypeError(f"The input of apply must be a CoGroupFunction or a callable function, not {function!r}")
        return self._applied(_CoGroup(function), output_type)


class _Tag:
    """Says which stream a record is of."""

    def __init__(self, stream: int) -> None:
        self._stream = stream

    def __call__(self, value: Any) -> tuple[int, Any]:
        return self._stream, value


class _KeyOfEither(KeySelector):
    """The key of a tagged record."""

    def __init__(self, first: Selector, second: Selector) -> None:
        self._opened = [selector for selector in (first, second) if isinstance(selector, KeySelector)]
        self._selectors = [s.get_key if isinstance(s, KeySelector) else s for s in (first, second)]

    def open(self, runtime_context: RuntimeContext) -> None:
        """Open the user's selectors."""
        for selector in self._opened:
            selector.open(runtime_context)

    def close(self) -> None:
        """Close the user's selectors."""
        for selector in self._opened:
            selector.close()

    def get_key(self, value: tuple[int, Any]) -> Any:
        """What the selector of its stream says."""
        return self._selectors[value[0]](value[1])


class _OfBoth(WindowFunction[Any, Any, Any, Any]):
    """A window function that calls the user's with the records of both streams."""

    def __init__(self, function: Any) -> None:
        self._function = function

    def open(self, runtime_context: RuntimeContext) -> None:
        """Open the user's function."""
        if hasattr(self._function, "open"):
            self._function.open(runtime_context)

    def close(self) -> None:
        """Close the user's function."""
        if hasattr(self._function, "close"):
            self._function.close()


def _split(inputs: Iterable[tuple[int, Any]]) -> tuple[list[Any], list[Any]]:
    both: tuple[list[Any], list[Any]] = [], []
    for stream, value in inputs:
        both[stream].append(value)
    return both


class _Join(_OfBoth):
    def apply(self, key: Any, window: Any, inputs: Iterable[Any]) -> Iterable[Any]:
        """The results of all pairs."""
        first, second = _split(inputs)
        function, flat = self._function, isinstance(self._function, FlatJoinFunction)
        join = function.join if isinstance(function, (JoinFunction, FlatJoinFunction)) else function
        for left in first:
            for right in second:
                results = join(left, right)
                if flat:
                    yield from results or ()
                else:
                    yield results


class _CoGroup(_OfBoth):
    def apply(self, key: Any, window: Any, inputs: Iterable[Any]) -> Iterable[Any]:
        """The results for the records of both streams."""
        function = self._function
        co_group = function.co_group if isinstance(function, CoGroupFunction) else function
        results = co_group(*_split(inputs))
        return () if results is None else results
