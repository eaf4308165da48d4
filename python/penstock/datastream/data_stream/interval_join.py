"""Joins of two keyed streams by event time. PyFlink has none; the names are Java's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock._build.functions import pickled
from penstock._build.operators import IntervalJoinOperator
from penstock._build.outputs import Outputs
from penstock._build.transformation import Edge
from penstock.common.time import Duration, Time
from penstock.common.typeinfo import TypeInformation
from penstock.datastream.data_stream import callables
from penstock.datastream.data_stream.stream import DataStream
from penstock.datastream.functions import ProcessJoinFunction
from penstock.datastream.output_tag import OutputTag

if TYPE_CHECKING:
    from penstock.datastream.data_stream.keyed import KeyedStream


class IntervalJoin:
    """Two keyed streams whose records are to be paired; from `KeyedStream.interval_join`."""

    def __init__(self, stream_one: KeyedStream, stream_two: KeyedStream) -> None:
        from penstock.datastream.data_stream.keyed import KeyedStream

        if not isinstance(stream_two, KeyedStream):
            raise TypeError(f"interval_join takes a keyed stream, from key_by, not {stream_two!r}")
        self._streams = stream_one, stream_two
        self._event_time = True

    def in_event_time(self) -> IntervalJoin:
        """Pair by event time, as is done anyway."""
        self._event_time = True
        return self

    def in_processing_time(self) -> IntervalJoin:
        """Pair by the machine's time: `between` raises, for only event time is supported."""
        self._event_time = False
        return self

    def between(self, lower_bound: Time | Duration, upper_bound: Time | Duration) -> IntervalJoined:
        """Pair a left record with the right ones that are from `lower_bound` to `upper_bound` later than it.

        Negative bounds are earlier. Raises ValueError if the lower bound is above the upper one.
        """
        if not self._event_time:
            raise ValueError("Time-bounded stream joins are only supported in event time")
        return IntervalJoined(*self._streams, _millis(lower_bound, "lower"), _millis(upper_bound, "upper"))


class IntervalJoined:
    """Pairs of records that are near each other in time; from `IntervalJoin.between`.

    a.key_by(key).interval_join(b.key_by(key)).between(Time.seconds(-5), Time.seconds(5)).process(Enrich())
    """

    def __init__(self, left: KeyedStream, right: KeyedStream, lower_bound: int, upper_bound: int) -> None:
        if lower_bound > upper_bound:
            raise ValueError(
                f"the lower bound of an interval join has to be <= the upper one, and {lower_bound} ms is above "
                f"{upper_bound} ms"
            )
        self._left, self._right = left, right
        self._lower, self._upper = lower_bound, upper_bound
        self._lower_inclusive = self._upper_inclusive = True
        self._left_late: OutputTag | None = None
        self._right_late: OutputTag | None = None

    def upper_bound_exclusive(self) -> IntervalJoined:
        """Leave out the pairs at the upper bound itself."""
        self._upper_inclusive = False
        return self

    def lower_bound_exclusive(self) -> IntervalJoined:
        """Leave out the pairs at the lower bound itself."""
        self._lower_inclusive = False
        return self

    def side_output_left_late_data(self, output_tag: OutputTag) -> IntervalJoined:
        """Emit left records that come behind the watermark to a side output; otherwise they are counted and dropped."""
        self._left_late = _tag(output_tag, "side_output_left_late_data")
        return self

    def side_output_right_late_data(self, output_tag: OutputTag) -> IntervalJoined:
        """Emit right records that come behind the watermark to a side output."""
        self._right_late = _tag(output_tag, "side_output_right_late_data")
        return self

    def process(
        self, process_join_function: ProcessJoinFunction, output_type: TypeInformation | None = None
    ) -> DataStream:
        """What the function makes of each pair."""
        output_type = callables.declared(output_type, "process")
        if not isinstance(process_join_function, ProcessJoinFunction):
            raise TypeError(
                f"The input of process on an interval join must be a ProcessJoinFunction, not {process_join_function!r}"
            )
        operator = IntervalJoinOperator(
            pickled(process_join_function, "the function of the interval join"),
            self._lower + (not self._lower_inclusive),
            self._upper - (not self._upper_inclusive),
            self._left_late.tag_id if self._left_late else None,
            self._right_late.tag_id if self._right_late else None,
        )
        edges = [Edge(upstream) for upstream in self._left._outputs.upstreams]
        edges += [Edge(upstream, 1) for upstream in self._right._outputs.upstreams]
        env = self._left._env
        return DataStream(Outputs.of(env, env._transform("Interval Join", operator, edges, output_type)))


def _millis(bound: Time | Duration, which: str) -> int:
    if isinstance(bound, Time):
        return bound.to_milliseconds()
    if isinstance(bound, Duration):
        return bound._to_millis()
    raise TypeError(f"the {which} bound has to be a Time such as Time.seconds(5), not {bound!r}")


def _tag(output_tag: OutputTag, method: str) -> OutputTag:
    if not isinstance(output_tag, OutputTag):
        raise TypeError(f"{method} takes an OutputTag, not {output_tag!r}")
    return output_tag
