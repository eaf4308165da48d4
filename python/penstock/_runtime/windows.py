"""The calls that the engine makes of a window operator's functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from io import BytesIO
from typing import TYPE_CHECKING, Any

from penstock._runtime.operations import own_method
from penstock._runtime.window_contexts import AllWindowContext, AssignerContext, Evicting, TriggerContext, WindowContext
from penstock._runtime.window_operation import WindowOperation
from penstock.datastream.functions import (
    AllWindowFunction,
    ProcessAllWindowFunction,
    ProcessWindowFunction,
    ReduceFunction,
    RuntimeContext,
)
from penstock.datastream.window import MergingWindowAssigner, TimestampedValue

if TYPE_CHECKING:
    from penstock._native import OperatorContext

Results = Iterable[Any] | None


class BoundWindows:
    """The calls of a window operation. What is None does not exist."""

    def __init__(
        self,
        operation: WindowOperation,
        runtime_context: RuntimeContext,
        of_key: OperatorContext,
        of_window: OperatorContext,
    ) -> None:
        self.calls: tuple[Callable[..., Any], ...] = ()
        self.on_timer = None
        self.open = own_method(operation.function, "open")
        self.close = own_method(operation.function, "close")
        # How records are combined. With an evictor that is done when the window fires.
        self.reduce = self.create = self.add = self.merge = self.get_result = None
        if operation.evictor is None:
            self.reduce = _reduce(operation.reduce)
            if operation.aggregate is not None:
                aggregate = operation.aggregate
                self.create, self.add = aggregate.create_accumulator, aggregate.add
                self.merge, self.get_result = aggregate.merge, aggregate.get_result
        merging = isinstance(operation.assigner, MergingWindowAssigner)
        of_all = isinstance(operation.function, ProcessAllWindowFunction)
        context = (AllWindowContext if of_all else WindowContext)(runtime_context, of_key, of_window, merging)
        self.function, self.clear = _function(operation.function, context)
        if operation.evictor is not None:
            self.function = _evicting(operation, self.function, Evicting(of_key))
        self.evicts = operation.evictor is not None
        # The user's own assigner and trigger; the engine asks them where it is told to.
        assigner, of_assigner = operation.assigner, AssignerContext(runtime_context, of_key)
        self.gap = getattr(assigner, "_gap", None)
        self.assign: Callable[[Any, int], list[Any]] = lambda value, timestamp: list(
            assigner.assign_windows(value, timestamp, of_assigner)
        )
        self.merge_windows = _merging(assigner)
        self.trigger = BoundTrigger(operation, of_window)
        self._serializer = assigner.get_window_serializer()

    def encode_window(self, window: Any) -> tuple[bytes, int]:
        """Bytes and last time of a window that is not of a built-in class."""
        stream = BytesIO()
        self._serializer.serialize(window, stream)
        return stream.getvalue(), window.max_timestamp()

    def decode_window(self, data: bytes) -> Any:
        """The window in these bytes."""
        return self._serializer.deserialize(BytesIO(data))


class BoundTrigger:
    """The calls of the user's trigger. Results are pairs: whether the window fires, whether it is emptied."""

    def __init__(self, operation: WindowOperation, of_window: OperatorContext) -> None:
        self._trigger = operation.trigger
        self._context = TriggerContext(of_window)

    def on_element(self, value: Any, timestamp: int, window: Any) -> tuple[bool, bool]:
        """A record came into a window."""
        return _pair(self._trigger.on_element(value, timestamp, window, self._context))

    def on_event_time(self, time: int, window: Any) -> tuple[bool, bool]:
        """A timer of event time is due."""
        return _pair(self._trigger.on_event_time(time, window, self._context))

    def on_processing_time(self, time: int, window: Any) -> tuple[bool, bool]:
        """A timer of the machine's clock is due."""
        return _pair(self._trigger.on_processing_time(time, window, self._context))

    def on_merge(self, window: Any, own: bytes, merged: list[bytes]) -> None:
        """Windows became one; `own` and `merged` are under what the states of that one and of them are kept."""
        with self._context.merging(own, merged):
            self._trigger.on_merge(window, self._context)

    def clear(self, window: Any) -> None:
        """The window goes."""
        self._trigger.clear(window, self._context)


def _pair(result: Any) -> tuple[bool, bool]:
    return result.is_fire(), result.is_purge()


def _reduce(function: Any) -> Callable[[Any, Any], Any] | None:
    if function is None:
        return None
    return function.reduce if isinstance(function, ReduceFunction) else function


def _function(
    function: Any, context: WindowContext | AllWindowContext
) -> tuple[Callable[..., Results] | None, Callable[..., None] | None]:
    """What is called with a window's key, the window and its records, and what when the window goes."""
    if function is None:
        return None, None
    if isinstance(function, ProcessWindowFunction):
        process = function.process
        return (
            lambda key, window, records: process(key, context.of(window), records),
            _clearing(function, context),
        )
    if isinstance(function, ProcessAllWindowFunction):
        process_all: Any = function.process
        return (
            lambda _, window, records: process_all(context.of(window), records),
            _clearing(function, context),
        )
    if isinstance(function, AllWindowFunction):
        apply_all = function.apply
        return (lambda _, window, records: apply_all(window, records)), None
    return function.apply, None


def _clearing(function: Any, context: WindowContext | AllWindowContext) -> Callable[[Any], None] | None:
    clear = own_method(function, "clear")
    return None if clear is None else lambda window: clear(context.of(window))


def _merging(assigner: Any) -> Callable[[list[Any]], list[tuple[Any, list[Any]]]] | None:
    """What merges windows, and gives the results with what becomes them."""
    if not isinstance(assigner, MergingWindowAssigner):
        return None

    class Collecting(MergingWindowAssigner.MergeCallback[Any]):
        def __init__(self) -> None:
            self.merges: list[tuple[Any, list[Any]]] = []

        def merge(self, to_be_merged: Iterable[Any], merge_result: Any) -> None:
            self.merges.append((merge_result, list(to_be_merged)))

    def merge_windows(windows: list[Any]) -> list[tuple[Any, list[Any]]]:
        callback = Collecting()
        assigner.merge_windows(windows, callback)
        return callback.merges

    return merge_windows


def _evicting(
    operation: WindowOperation, function: Callable[..., Results] | None, clocks: Evicting
) -> Callable[..., Results]:
    """Fires a window with an evictor. The contents are a list of pairs of record and time, which is changed."""
    evictor, combine = operation.evictor, _combining(operation)
    assert evictor is not None

    def fire(key: Any, window: Any, contents: list[tuple[Any, int]]) -> Iterable[Any]:
        elements = [TimestampedValue(value, timestamp) for value, timestamp in contents]
        evictor.evict_before(elements, len(elements), window, clocks)
        records = combine([element.value for element in elements])
        results = records if function is None else function(key, window, records)
        if results is not None:
            yield from results
        evictor.evict_after(elements, len(elements), window, clocks)
        contents[:] = [(element.value, element.timestamp) for element in elements]

    return fire


def _combining(operation: WindowOperation) -> Callable[[list[Any]], list[Any]]:
    """What a window function gets of the records that are left."""
    reduce, aggregate = _reduce(operation.reduce), operation.aggregate

    def combine(records: list[Any]) -> list[Any]:
        if reduce is not None:
            if not records:
                return []
            combined = records[0]
            for record in records[1:]:
                combined = reduce(combined, record)
            return [combined]
        if aggregate is not None:
            accumulator = aggregate.create_accumulator()
            for record in records:
                accumulator = aggregate.add(record, accumulator)
            return [aggregate.get_result(accumulator)]
        return records

    return combine


def bind_windows(
    operation: WindowOperation, runtime_context: RuntimeContext, of_key: OperatorContext, of_window: OperatorContext
) -> BoundWindows:
    """The calls of a window operation, with the engine's contexts: state of the key, and of the window in hand."""
    return BoundWindows(operation, runtime_context, of_key, of_window)
