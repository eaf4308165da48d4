"""Assigners, triggers and windows by themselves, asked as a trigger or assigner of a script may ask them.

The engine does what the built-in ones do without asking them, so that no job shows this.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from penstock.common import Time
from penstock.datastream.state import ReducingState, StateDescriptor
from penstock.datastream.window import (
    ContinuousEventTimeTrigger,
    ContinuousProcessingTimeTrigger,
    CountSlidingWindowAssigner,
    CountTrigger,
    CountTumblingWindowAssigner,
    CountWindow,
    DynamicEventTimeSessionWindows,
    DynamicProcessingTimeSessionWindows,
    EventTimeSessionWindows,
    EventTimeTrigger,
    GlobalWindow,
    GlobalWindows,
    MergingWindowAssigner,
    NeverTrigger,
    ProcessingTimeSessionWindows,
    ProcessingTimeTrigger,
    PurgingTrigger,
    SessionWindowTimeGapExtractor,
    SlidingProcessingTimeWindows,
    TimeWindow,
    TriggerResult,
    TumblingProcessingTimeWindows,
)

CONTINUE, FIRE = TriggerResult.CONTINUE, TriggerResult.FIRE
WINDOW = TimeWindow(0, 100)
SECOND = Time.seconds(1)


class Kept(ReducingState[Any]):
    """State of a window, in a field."""

    def __init__(self, descriptor: Any) -> None:
        function = descriptor.get_reduce_function()
        self._reduce = function.reduce if hasattr(function, "reduce") else function
        self._value: Any = None

    def get(self) -> Any:
        return self._value

    def add(self, value: Any) -> None:
        self._value = value if self._value is None else self._reduce(self._value, value)

    def clear(self) -> None:
        self._value = None


class Context:
    """The clocks, timers and state of a window, and of those that became it. Not of the API's class: it stands for it.

    `key_count` is the only state of a key: what the assigners of counts keep.
    """

    def __init__(self, watermark: int = 0, clock: int = 0) -> None:
        self.watermark, self.clock = watermark, clock
        self.event_timers: set[int] = set()
        self.clock_timers: set[int] = set()
        self.merged: list[str] = []
        self.key_count: int | None = None
        self._states: dict[str, Kept] = {}

    def get_current_watermark(self) -> int:
        return self.watermark

    def get_current_processing_time(self) -> int:
        return self.clock

    def register_event_time_timer(self, time: int) -> None:
        self.event_timers.add(time)

    def register_processing_time_timer(self, time: int) -> None:
        self.clock_timers.add(time)

    def delete_event_time_timer(self, time: int) -> None:
        self.event_timers.remove(time)

    def delete_processing_time_timer(self, time: int) -> None:
        self.clock_timers.remove(time)

    def get_partitioned_state(self, descriptor: StateDescriptor) -> Kept:
        return self._states.setdefault(descriptor.get_name(), Kept(descriptor))

    def merge_partitioned_state(self, descriptor: StateDescriptor) -> None:
        self.merged.append(descriptor.get_name())

    def get_runtime_context(self) -> Context:
        return self

    def get_state(self, descriptor: StateDescriptor) -> Context:
        return self

    def value(self) -> int | None:
        return self.key_count

    def update(self, value: int) -> None:
        self.key_count = value


def test_event_time_trigger() -> None:
    trigger, context = EventTimeTrigger.create(), Context(watermark=50)
    assert trigger.on_element("a", 10, WINDOW, context) is CONTINUE
    assert context.event_timers == {99}
    assert trigger.on_event_time(98, WINDOW, context) is CONTINUE
    assert trigger.on_event_time(99, WINDOW, context) is FIRE
    assert trigger.on_processing_time(99, WINDOW, context) is CONTINUE
    assert trigger.can_merge()
    trigger.clear(WINDOW, context)
    assert context.event_timers == context.clock_timers == set()
    context.watermark = 99
    assert trigger.on_element("late", 10, WINDOW, context) is FIRE
    trigger.on_merge(WINDOW, context)
    assert context.event_timers == set()
    trigger.on_merge(TimeWindow(0, 200), context)
    assert context.event_timers == {199}


def test_processing_time_trigger() -> None:
    trigger, context = ProcessingTimeTrigger.create(), Context(clock=50)
    assert trigger.on_element("a", 10, WINDOW, context) is CONTINUE
    assert context.clock_timers == {99}
    assert trigger.on_event_time(99, WINDOW, context) is CONTINUE
    assert trigger.on_processing_time(99, WINDOW, context) is FIRE
    assert trigger.can_merge()
    trigger.clear(WINDOW, context)
    assert context.event_timers == context.clock_timers == set()
    context.clock = 99
    trigger.on_merge(WINDOW, context)
    assert context.clock_timers == set()
    trigger.on_merge(TimeWindow(0, 200), context)
    assert context.clock_timers == {199}


def test_continuous_event_time_trigger() -> None:
    trigger, context = ContinuousEventTimeTrigger.of(Time.milliseconds(40)), Context()
    state = context.get_partitioned_state(trigger.state_desc)
    assert trigger.interval == 40
    assert [trigger.on_element("a", time, WINDOW, context) for time in (15, 50)] == [CONTINUE, CONTINUE]
    assert (context.event_timers, state.get()) == ({40, 99}, 40)
    assert trigger.on_event_time(39, WINDOW, context) is CONTINUE
    assert trigger.on_event_time(40, WINDOW, context) is FIRE
    assert (context.event_timers, state.get()) == ({40, 80, 99}, 80)
    assert trigger.on_event_time(80, WINDOW, context) is FIRE
    assert state.get() == 99, "the window's end, which comes before another interval is over"
    assert trigger.on_event_time(99, WINDOW, context) is FIRE
    assert trigger.on_processing_time(99, WINDOW, context) is CONTINUE
    trigger.clear(WINDOW, context)
    assert (context.event_timers, state.get()) == ({40, 80}, None)
    context.watermark = 99
    assert trigger.on_element("late", 15, WINDOW, context) is FIRE
    assert state.get() is None


def test_continuous_processing_time_trigger() -> None:
    trigger, context = ContinuousProcessingTimeTrigger.of(Time.milliseconds(40)), Context(clock=50)
    state = context.get_partitioned_state(trigger.state_desc)
    assert trigger.interval == 40
    assert trigger.on_element("a", 15, WINDOW, context) is CONTINUE
    context.clock = 60
    assert trigger.on_element("b", 15, WINDOW, context) is CONTINUE
    assert (context.clock_timers, state.get()) == ({80}, 80)
    assert trigger.on_processing_time(79, WINDOW, context) is CONTINUE
    assert trigger.on_processing_time(80, WINDOW, context) is FIRE
    assert (context.clock_timers, state.get()) == ({80, 99}, 99)
    assert trigger.on_event_time(99, WINDOW, context) is CONTINUE
    trigger.clear(WINDOW, context)
    assert (context.clock_timers, context.event_timers, state.get()) == ({80}, set(), None)


@pytest.mark.parametrize("kind", [ContinuousEventTimeTrigger, ContinuousProcessingTimeTrigger])
def test_continuous_triggers_of_windows_that_become_one(kind: Any) -> None:
    trigger, context = kind.of(Time.milliseconds(40)), Context()
    assert trigger.can_merge()
    trigger.on_merge(WINDOW, context)
    assert (context.merged, context.event_timers, context.clock_timers) == (["fire-time"], set(), set())
    # The first of two windows that fire at different times.
    state = context.get_partitioned_state(trigger.state_desc)
    state.add(80)
    state.add(40)
    trigger.on_merge(WINDOW, context)
    assert context.event_timers | context.clock_timers == {40}
    trigger.register_next_fire_timestamp(30, WINDOW, context, state)
    assert context.event_timers | context.clock_timers == {40, 70}
    assert state.get() == 40


def test_count_trigger() -> None:
    trigger, context, window = CountTrigger.of(2), Context(), CountWindow(7)
    results = [trigger.on_element(value, 0, window, context) for value in "abcde"]
    assert results == [CONTINUE, FIRE, CONTINUE, FIRE, CONTINUE]
    assert trigger.on_event_time(0, window, context) is trigger.on_processing_time(0, window, context) is CONTINUE
    assert trigger.can_merge()
    trigger.on_merge(window, context)
    assert context.merged == ["count"]
    trigger.clear(window, context)
    assert trigger.on_element("f", 0, window, context) is CONTINUE


def test_a_trigger_that_never_fires() -> None:
    trigger, context, window = NeverTrigger(), Context(), GlobalWindow.get()
    results = [
        trigger.on_element("a", 0, window, context),
        trigger.on_event_time(0, window, context),
        trigger.on_processing_time(0, window, context),
    ]
    assert results == [CONTINUE] * 3
    assert not trigger.can_merge()
    trigger.on_merge(window, context)
    trigger.clear(window, context)
    assert (context.event_timers, context.clock_timers, context.merged) == (set(), set(), [])


def test_purging_triggers_fire_as_another_does() -> None:
    event, clock = PurgingTrigger.of(EventTimeTrigger()), PurgingTrigger.of(ProcessingTimeTrigger())
    context = Context(watermark=50)
    assert event.on_element("a", 10, WINDOW, context) is CONTINUE
    assert event.on_event_time(98, WINDOW, context) is CONTINUE
    assert event.on_event_time(99, WINDOW, context) is TriggerResult.FIRE_AND_PURGE
    assert event.on_processing_time(99, WINDOW, context) is CONTINUE
    assert clock.on_processing_time(99, WINDOW, context) is TriggerResult.FIRE_AND_PURGE
    event.clear(WINDOW, context)
    assert context.event_timers == set()
    assert event.can_merge() and not PurgingTrigger.of(NeverTrigger()).can_merge()
    event.on_merge(WINDOW, context)
    assert context.event_timers == {99}


def test_what_triggers_answer() -> None:
    answers = [TriggerResult.CONTINUE, TriggerResult.FIRE, TriggerResult.PURGE, TriggerResult.FIRE_AND_PURGE]
    assert [answer.is_fire() for answer in answers] == [False, True, False, True]
    assert [answer.is_purge() for answer in answers] == [False, False, True, True]


class Gap(SessionWindowTimeGapExtractor):
    """A record says itself how long its session lasts."""

    def extract(self, element: int) -> int:
        return element


def test_windows_by_the_clock() -> None:
    context = Context(clock=2_500)
    tumbling = TumblingProcessingTimeWindows.of(SECOND, Time.milliseconds(100))
    assert list(tumbling.assign_windows("a", 7, context)) == [TimeWindow(2_100, 3_100)]
    sliding = SlidingProcessingTimeWindows.of(SECOND, Time.milliseconds(400))
    assert list(sliding.assign_windows("a", 7, context)) == [
        TimeWindow(2_400, 3_400),
        TimeWindow(2_000, 3_000),
        TimeWindow(1_600, 2_600),
    ]
    session = ProcessingTimeSessionWindows.with_gap(SECOND)
    assert list(session.assign_windows("a", 7, context)) == [TimeWindow(2_500, 3_500)]
    dynamic = ProcessingTimeSessionWindows.with_dynamic_gap(Gap())
    assert isinstance(dynamic, DynamicProcessingTimeSessionWindows) and not dynamic.is_event_time()
    assert list(dynamic.assign_windows(30, 7, context)) == [TimeWindow(2_500, 2_530)]


def test_sessions_by_event_time() -> None:
    session = EventTimeSessionWindows.with_gap(SECOND)
    assert list(session.assign_windows("a", 7, Context(clock=2_500))) == [TimeWindow(7, 1_007)]
    dynamic = DynamicEventTimeSessionWindows.with_dynamic_gap(Gap())
    assert isinstance(dynamic, DynamicEventTimeSessionWindows) and dynamic.is_event_time()
    assert list(dynamic.assign_windows(30, 7, Context(clock=2_500))) == [TimeWindow(7, 37)]
    for kind in (DynamicEventTimeSessionWindows, DynamicProcessingTimeSessionWindows):
        with pytest.raises(Exception, match="gap"):
            kind.with_dynamic_gap(Gap()).assign_windows(0, 7, Context())


class Merges(MergingWindowAssigner.MergeCallback[TimeWindow]):
    """What was merged."""

    def __init__(self) -> None:
        self.all: list[tuple[list[TimeWindow], TimeWindow]] = []

    def merge(self, to_be_merged: Iterable[TimeWindow], merge_result: TimeWindow) -> None:
        self.all.append((sorted(to_be_merged), merge_result))


@pytest.mark.parametrize(
    "assigner",
    [
        EventTimeSessionWindows.with_gap(SECOND),
        ProcessingTimeSessionWindows.with_gap(SECOND),
        EventTimeSessionWindows.with_dynamic_gap(Gap()),
        ProcessingTimeSessionWindows.with_dynamic_gap(Gap()),
    ],
    ids=lambda assigner: type(assigner).__name__,
)
def test_sessions_that_overlap_or_touch_become_one(assigner: Any) -> None:
    a, b, c, alone = TimeWindow(0, 10), TimeWindow(10, 20), TimeWindow(15, 30), TimeWindow(31, 40)
    merges = Merges()
    assigner.merge_windows([c, alone, a, b], merges)
    assert merges.all == [([a, b, c], TimeWindow(0, 30))]


def test_windows_of_counts() -> None:
    context = Context()
    tumbling = CountTumblingWindowAssigner.of(2)
    assert [list(tumbling.assign_windows("a", 0, context)) for _ in range(5)] == [
        [CountWindow(0)],
        [CountWindow(0)],
        [CountWindow(1)],
        [CountWindow(1)],
        [CountWindow(2)],
    ]
    context = Context()
    sliding = CountSlidingWindowAssigner.of(3, 2)
    assert [[window.id for window in sliding.assign_windows("a", 0, context)] for _ in range(6)] == [
        [0],
        [0],
        [1, 0],
        [1],
        [2, 1],
        [2],
    ]


def test_windows_as_keys() -> None:
    everything = GlobalWindows.create().assign_windows("a", 7, Context())
    assert list(everything) == [GlobalWindow.get()]
    assert {GlobalWindow.get(), GlobalWindow()} == {GlobalWindow()}
    assert {CountWindow(1), CountWindow(2), CountWindow(1)} == {CountWindow(2), CountWindow(1)}
    assert len({TimeWindow(0, 1), TimeWindow(0, 1), TimeWindow(0, 2)}) == 2
