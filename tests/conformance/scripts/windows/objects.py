# Windows, assigners, triggers and serialisers by themselves.
from io import BytesIO

from pyflink.common import Time
from pyflink.datastream.window import (
    CountSlidingWindowAssigner,
    CountTrigger,
    CountTumblingWindowAssigner,
    CountWindow,
    DynamicEventTimeSessionWindows,
    EventTimeSessionWindows,
    EventTimeTrigger,
    GlobalWindow,
    GlobalWindows,
    MergingWindowAssigner,
    NeverTrigger,
    ProcessingTimeSessionWindows,
    ProcessingTimeTrigger,
    PurgingTrigger,
    SlidingEventTimeWindows,
    SlidingProcessingTimeWindows,
    TimeWindow,
    TriggerResult,
    TumblingEventTimeWindows,
    TumblingProcessingTimeWindows,
)


class Show(MergingWindowAssigner.MergeCallback):
    def merge(self, to_be_merged, merge_result):
        print("merged", sorted(to_be_merged), "to", merge_result)


def refused(make):
    try:
        make()
        return False
    except Exception:
        return True


def main():
    a, b, c = TimeWindow(0, 10), TimeWindow(10, 20), TimeWindow(15, 30)
    print(a, CountWindow(3), GlobalWindow(), GlobalWindow.get() == GlobalWindow())
    print(
        a == TimeWindow(0, 10),
        a == b,
        hash(a) == hash(TimeWindow(0, 10)),
        a < b,
        a <= a,
        CountWindow(1) == CountWindow(1),
    )
    print(a.max_timestamp(), CountWindow(3).max_timestamp(), GlobalWindow().max_timestamp())
    print(a.intersects(b), a.intersects(c), a.cover(c), TimeWindow.get_window_start_with_offset(-3, 2, 5))
    TimeWindow.merge_windows([c, TimeWindow(50, 60), a, b], Show())
    seconds = Time.seconds(2)
    assigners = [
        TumblingEventTimeWindows.of(seconds),
        TumblingProcessingTimeWindows.of(seconds, Time.seconds(1)),
        SlidingEventTimeWindows.of(seconds, Time.seconds(1)),
        SlidingProcessingTimeWindows.of(seconds, Time.seconds(1), Time.milliseconds(300)),
        EventTimeSessionWindows.with_gap(seconds),
        ProcessingTimeSessionWindows.with_gap(seconds),
        CountTumblingWindowAssigner.of(3),
        CountSlidingWindowAssigner.of(3, 2),
    ]
    for assigner in assigners:
        trigger = type(assigner.get_default_trigger(None)).__name__
        print(assigner, assigner.is_event_time(), trigger, type(assigner.get_window_serializer()).__name__)
    print(GlobalWindows.create().is_event_time(), type(GlobalWindows.create().get_default_trigger(None)).__name__)
    print(issubclass(DynamicEventTimeSessionWindows, MergingWindowAssigner))
    print(SlidingEventTimeWindows.of(seconds, Time.milliseconds(500)).assign_windows(None, 1200, None))
    for window, serializer in [
        (TimeWindow(5, 2**40), assigners[0].get_window_serializer()),
        (CountWindow(7), assigners[6].get_window_serializer()),
        (GlobalWindow(), GlobalWindows.create().get_window_serializer()),
    ]:
        stream = BytesIO()
        serializer.serialize(window, stream)
        stream.seek(0)
        print(serializer.deserialize(stream) == window)
    print([(result.name, result.is_fire(), result.is_purge()) for result in TriggerResult])
    triggers = [EventTimeTrigger.create(), ProcessingTimeTrigger.create(), CountTrigger.of(2), NeverTrigger()]
    print([(type(t).__name__, t.can_merge(), PurgingTrigger.of(t).can_merge()) for t in triggers])
    print(refused(lambda: TumblingEventTimeWindows.of(seconds, Time.seconds(2))))
    print(refused(lambda: SlidingEventTimeWindows.of(seconds, Time.seconds(1), Time.seconds(1))))
    print(refused(lambda: EventTimeSessionWindows.with_gap(Time.milliseconds(0))))
    print(refused(lambda: TumblingEventTimeWindows.of(seconds).assign_windows(None, -(2**63), None)))
    print(refused(lambda: a < CountWindow(1)))


if __name__ == "__main__":
    main()
