"""Streams that are cut into windows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from penstock._build.functions import pickled
from penstock._build.windows import WindowOperator, merges
from penstock._runtime.window_operation import WindowOperation
from penstock.common.typeinfo import RowTypeInfo, TypeInformation
from penstock.datastream.data_stream import callables
from penstock.datastream.data_stream.stream import DataStream
from penstock.datastream.functions import (
    AggregateFunction,
    AllWindowFunction,
    ProcessAllWindowFunction,
    ProcessWindowFunction,
    ReduceFunction,
    WindowFunction,
)
from penstock.datastream.functions.record import NullByteKeySelector
from penstock.datastream.output_tag import OutputTag
from penstock.datastream.window import Evictor, MergingWindowAssigner, Trigger, WindowAssigner
from penstock.datastream.window.assigner import assigner_json
from penstock.datastream.window.trigger import trigger_json

if TYPE_CHECKING:
    from penstock.datastream.data_stream.keyed import KeyedStream
    from penstock.datastream.stream_execution_environment import StreamExecutionEnvironment

S = TypeVar("S", bound="_Windowed")


class _Windowed:
    """What windows with keys and without them have in common."""

    _description: ClassVar[str]
    _function_kinds: ClassVar[tuple[type, type]]

    def __init__(self, keyed_stream: KeyedStream, window_assigner: WindowAssigner[Any, Any]) -> None:
        if not isinstance(window_assigner, WindowAssigner):
            raise TypeError(
                "windows are assigned by a WindowAssigner such as TumblingEventTimeWindows.of(Time.seconds(5)), not by "
                f"{window_assigner!r}"
            )
        self._keyed_stream = keyed_stream
        self._assigner = window_assigner
        self._trigger: Trigger[Any, Any] | None = None
        self._evictor: Evictor[Any, Any] | None = None
        self._allowed_lateness = 0
        self._late_data_output_tag: OutputTag | None = None

    def get_execution_environment(self) -> StreamExecutionEnvironment:
        """The environment that the stream belongs to."""
        return self._keyed_stream.get_execution_environment()

    def get_input_type(self) -> TypeInformation:
        """Declared type of the records."""
        return self._keyed_stream.get_type()

    def _set_trigger(self: S, trigger: Trigger[Any, Any]) -> S:
        if not isinstance(trigger, Trigger):
            raise TypeError(f"trigger takes a Trigger such as CountTrigger.of(10), not {trigger!r}")
        self._trigger = trigger
        return self

    def _set_evictor(self: S, evictor: Evictor[Any, Any]) -> S:
        if not isinstance(evictor, Evictor):
            raise TypeError(f"evictor takes an Evictor such as CountEvictor.of(10), not {evictor!r}")
        self._evictor = evictor
        return self

    def _set_allowed_lateness(self: S, time_ms: int) -> S:
        if not isinstance(time_ms, int) or time_ms < 0:
            raise ValueError(f"allowed_lateness takes a number of milliseconds from 0, not {time_ms!r}")
        self._allowed_lateness = time_ms
        return self

    def _set_late_output(self: S, output_tag: OutputTag) -> S:
        if not isinstance(output_tag, OutputTag):
            raise TypeError(f"side_output_late_data takes an OutputTag, not {output_tag!r}")
        self._late_data_output_tag = output_tag
        return self

    def _reduced(self, function: Any, window_function: Any, output_type: TypeInformation | None) -> DataStream:
        output_type = callables.declared(output_type, "reduce")
        if not isinstance(function, ReduceFunction) and not callable(function):
            raise TypeError(f"The input of reduce must be a ReduceFunction or a callable function, not {function!r}")
        self._check_function(window_function, "reduce")
        if window_function is None and output_type is None:
            output_type = self._keyed_stream._outputs.output_type
        return self._results("reduce", output_type, reduce=function, function=window_function)

    def _aggregated(
        self,
        function: AggregateFunction,
        window_function: Any,
        accumulator_type: TypeInformation | list[TypeInformation] | None,
        output_type: TypeInformation | None,
    ) -> DataStream:
        output_type = callables.declared(output_type, "aggregate")
        if isinstance(accumulator_type, list):
            accumulator_type = RowTypeInfo(accumulator_type)
        accumulator_type = callables.declared(accumulator_type, "aggregate", "accumulator_type")
        if not isinstance(function, AggregateFunction):
            raise TypeError(f"The input of aggregate must be an AggregateFunction, not {function!r}")
        self._check_function(window_function, "aggregate")
        return self._results(
            "aggregate", output_type, aggregate=function, function=window_function, kept_type=accumulator_type
        )

    def _listed(self, function: Any, kind: type, method: str, output_type: TypeInformation | None) -> DataStream:
        output_type = callables.declared(output_type, method)
        if not isinstance(function, kind):
            raise TypeError(f"The input of {method} must be a {kind.__name__}, not {function!r}")
        return self._results("list", output_type, function=function)

    def _check_function(self, function: Any, method: str) -> None:
        if function is not None and not isinstance(function, self._function_kinds):
            kinds = " or ".join(kind.__name__ for kind in self._function_kinds)
            raise TypeError(f"window_function of {method} should be a {kinds}, not {function!r}")

    def _results(
        self,
        contents: str,
        output_type: TypeInformation | None,
        *,
        reduce: Any = None,
        aggregate: Any = None,
        function: Any = None,
        kept_type: TypeInformation | None = None,
    ) -> DataStream:
        trigger = self._trigger or self._assigner.get_default_trigger(self.get_execution_environment())
        operation = WindowOperation(self._assigner, trigger, self._evictor, reduce, aggregate, function)
        if self._evictor is not None:
            contents = "list"
        spec: dict[str, Any] = {
            "assigner": assigner_json(self._assigner),
            "trigger": trigger_json(trigger),
            "contents": contents,
            "allowed_lateness": self._allowed_lateness,
            "evicts": self._evictor is not None,
            "slices": aggregate is not None and merges(aggregate),
        }
        tag = self._late_data_output_tag
        if tag is not None:
            spec["late_output"] = tag.tag_id
        if contents != "aggregate":
            kept_type = self._keyed_stream._outputs.output_type
        method = {"reduce": "reduce", "aggregate": "aggregate"}.get(contents, "the window")
        operator = WindowOperator(pickled(operation, f"the function of {method}"), spec, kept_type)
        stream = self._keyed_stream._add(type(self._assigner).__name__, operator, output_type)
        functions = [f for f in (reduce, aggregate, function) if f is not None]
        shown = ", ".join([str(self._assigner), type(trigger).__name__, *(type(f).__name__ for f in functions)])
        stream._operator("").description = f"{self._description}({shown})"
        return stream


class WindowedStream(_Windowed):
    """A keyed stream cut into windows; from `KeyedStream.window` and `count_window`.

        stream.key_by(lambda v: v[0]).window(TumblingEventTimeWindows.of(Time.seconds(5))).reduce(lambda a, b: a + b)

    `trigger`, `evictor`, `allowed_lateness` and `side_output_late_data` change the stream and return it.
    """

    _description = "Window"
    _function_kinds = (WindowFunction, ProcessWindowFunction)

    def trigger(self, trigger: Trigger[Any, Any]) -> WindowedStream:
        """Says when results are emitted, in place of the assigner's own trigger."""
        return self._set_trigger(trigger)

    def evictor(self, evictor: Evictor[Any, Any]) -> WindowedStream:
        """Removes records before or after the function is called. All records are kept then."""
        return self._set_evictor(evictor)

    def allowed_lateness(self, time_ms: int) -> WindowedStream:
        """How many milliseconds of event time a window takes records after its end; 0 if this is not called."""
        return self._set_allowed_lateness(time_ms)

    def side_output_late_data(self, output_tag: OutputTag) -> WindowedStream:
        """Emit records that are too late to a side output; otherwise they are counted and dropped."""
        return self._set_late_output(output_tag)

    def reduce(
        self,
        reduce_function: Callable[[Any, Any], Any] | ReduceFunction,
        window_function: WindowFunction[Any, Any, Any, Any] | ProcessWindowFunction[Any, Any, Any, Any] | None = None,
        output_type: TypeInformation | None = None,
    ) -> DataStream:
        """The combination of a window's records, or what `window_function` makes of it."""
        return self._reduced(reduce_function, window_function, output_type)

    def aggregate(
        self,
        aggregate_function: AggregateFunction,
        window_function: WindowFunction[Any, Any, Any, Any] | ProcessWindowFunction[Any, Any, Any, Any] | None = None,
        accumulator_type: TypeInformation | None = None,
        output_type: TypeInformation | None = None,
    ) -> DataStream:
        """The aggregate of a window's records, or what `window_function` makes of it.

        Only accumulators are kept. Where windows slide and `merge` works, it is used: a record is added once, and a
        window is merged of its slices.
        """
        return self._aggregated(aggregate_function, window_function, accumulator_type, output_type)

    def apply(
        self, window_function: WindowFunction[Any, Any, Any, Any], output_type: TypeInformation | None = None
    ) -> DataStream:
        """What the function makes of a window's records, all of which are kept."""
        return self._listed(window_function, WindowFunction, "apply", output_type)

    def process(
        self,
        process_window_function: ProcessWindowFunction[Any, Any, Any, Any],
        output_type: TypeInformation | None = None,
    ) -> DataStream:
        """What the function makes of a window's records, all of which are kept; it has time and state."""
        return self._listed(process_window_function, ProcessWindowFunction, "process", output_type)


class AllWindowedStream(_Windowed):
    """A stream without keys cut into windows; from `DataStream.window_all`. One subtask does all the work.

    `trigger`, `evictor`, `allowed_lateness` and `side_output_late_data` change the stream and return it.
    """

    _description = "AllWindow"
    _function_kinds = (AllWindowFunction, ProcessAllWindowFunction)

    def __init__(self, data_stream: DataStream, window_assigner: WindowAssigner[Any, Any]) -> None:
        super().__init__(data_stream.key_by(NullByteKeySelector()), window_assigner)

    def trigger(self, trigger: Trigger[Any, Any]) -> AllWindowedStream:
        """Says when results are emitted, in place of the assigner's own trigger."""
        self._set_trigger(trigger)
        if isinstance(self._assigner, MergingWindowAssigner) and not trigger.can_merge():
            raise TypeError(f"windows that may merge need a trigger that can_merge(), and {trigger!r} cannot")
        return self

    def evictor(self, evictor: Evictor[Any, Any]) -> AllWindowedStream:
        """Removes records before or after the function is called. All records are kept then."""
        return self._set_evictor(evictor)

    def allowed_lateness(self, time_ms: int) -> AllWindowedStream:
        """How many milliseconds of event time a window takes records after its end; 0 if this is not called."""
        return self._set_allowed_lateness(time_ms)

    def side_output_late_data(self, output_tag: OutputTag) -> AllWindowedStream:
        """Emit records that are too late to a side output; otherwise they are counted and dropped."""
        return self._set_late_output(output_tag)

    def reduce(
        self,
        reduce_function: Callable[[Any, Any], Any] | ReduceFunction,
        window_function: AllWindowFunction[Any, Any, Any] | ProcessAllWindowFunction[Any, Any, Any] | None = None,
        output_type: TypeInformation | None = None,
    ) -> DataStream:
        """The combination of a window's records, or what `window_function` makes of it."""
        return self._reduced(reduce_function, window_function, output_type)

    def aggregate(
        self,
        aggregate_function: AggregateFunction,
        window_function: AllWindowFunction[Any, Any, Any] | ProcessAllWindowFunction[Any, Any, Any] | None = None,
        accumulator_type: TypeInformation | None = None,
        output_type: TypeInformation | None = None,
    ) -> DataStream:
        """The aggregate of a window's records, or what `window_function` makes of it."""
        return self._aggregated(aggregate_function, window_function, accumulator_type, output_type)

    def apply(
        self, window_function: AllWindowFunction[Any, Any, Any], output_type: TypeInformation | None = None
    ) -> DataStream:
        """What the function makes of a window's records, all of which are kept."""
        return self._listed(window_function, AllWindowFunction, "apply", output_type)

    def process(
        self,
        process_window_function: ProcessAllWindowFunction[Any, Any, Any],
        output_type: TypeInformation | None = None,
    ) -> DataStream:
        """What the function makes of a window's records, all of which are kept; it has state."""
        return self._listed(process_window_function, ProcessAllWindowFunction, "process", output_type)
