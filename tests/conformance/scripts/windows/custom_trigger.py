# A trigger of the script's own, with state, timers and merging.
# order: per-sink
from pyflink.common import Time, Types, WatermarkStrategy
from pyflink.common.watermark_strategy import TimestampAssigner
from pyflink.datastream import StreamExecutionEnvironment, WindowFunction
from pyflink.datastream.functions import ReduceFunction
from pyflink.datastream.state import ReducingStateDescriptor, ValueStateDescriptor
from pyflink.datastream.window import (
    EventTimeSessionWindows,
    PurgingTrigger,
    Trigger,
    TriggerResult,
    TumblingEventTimeWindows,
)


class Times(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        return value


class Add(ReduceFunction):
    def reduce(self, value1, value2):
        return value1 + value2


class AtTotal(Trigger):
    """Fires when the sum of the records reaches a total, and at the end of the window."""

    def __init__(self, total):
        self.total = total
        self.sum = ReducingStateDescriptor("sum", Add(), Types.LONG())
        self.fired = ValueStateDescriptor("fired", Types.INT())

    def on_element(self, element, timestamp, window, ctx):
        ctx.register_event_time_timer(window.max_timestamp())
        total = ctx.get_partitioned_state(self.sum)
        total.add(element)
        if total.get() < self.total:
            return TriggerResult.CONTINUE
        total.clear()
        fired = ctx.get_partitioned_state(self.fired)
        fired.update((fired.value() or 0) + 1)
        return TriggerResult.FIRE_AND_PURGE if fired.value() == 2 else TriggerResult.FIRE

    def on_event_time(self, time, window, ctx):
        return TriggerResult.FIRE if time == window.max_timestamp() else TriggerResult.CONTINUE

    def on_processing_time(self, time, window, ctx):
        return TriggerResult.CONTINUE

    def can_merge(self):
        return True

    def on_merge(self, window, ctx):
        ctx.merge_partitioned_state(self.sum)
        ctx.register_event_time_timer(window.max_timestamp())

    def clear(self, window, ctx):
        ctx.get_partitioned_state(self.sum).clear()
        ctx.delete_event_time_timer(window.max_timestamp())


class Apply(WindowFunction):
    def apply(self, key, window, inputs):
        yield f"{window} {list(inputs)}"


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.get_config().set_auto_watermark_interval(1_000_000)
    keyed = (
        env.from_collection([10, 120, 30, 250, 45, 70, 320, 15, 60, 20], type_info=Types.LONG())
        .assign_timestamps_and_watermarks(
            WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(Times())
        )
        .key_by(lambda _: 0, key_type=Types.INT())
    )
    text = Types.STRING()
    tumbling = TumblingEventTimeWindows.of(Time.milliseconds(100))
    sessions = EventTimeSessionWindows.with_gap(Time.milliseconds(60))
    keyed.window(tumbling).trigger(AtTotal(80)).apply(Apply(), output_type=text).print("tumbling")
    keyed.window(tumbling).trigger(PurgingTrigger.of(AtTotal(80))).apply(Apply(), output_type=text).print("purging")
    keyed.window(sessions).trigger(AtTotal(150)).apply(Apply(), output_type=text).print("sessions")
    env.execute()


if __name__ == "__main__":
    main()
