# Windows without keys.
# order: per-sink
from pyflink.common import Time, Types, WatermarkStrategy
from pyflink.common.watermark_strategy import TimestampAssigner
from pyflink.datastream import AggregateFunction, StreamExecutionEnvironment
from pyflink.datastream.functions import AllWindowFunction, ProcessAllWindowFunction
from pyflink.datastream.state import ValueStateDescriptor
from pyflink.datastream.window import (
    CountTrigger,
    EventTimeSessionWindows,
    GlobalWindows,
    PurgingTrigger,
    SlidingEventTimeWindows,
    Trigger,
    TumblingEventTimeWindows,
)


class Times(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        return value


class Apply(AllWindowFunction):
    def apply(self, window, inputs):
        yield f"{window} {sorted(inputs)}"


class Process(ProcessAllWindowFunction):
    def process(self, context, elements):
        windows = context.global_state().get_state(ValueStateDescriptor("windows", Types.INT()))
        windows.update((windows.value() or 0) + 1)
        firings = context.window_state().get_state(ValueStateDescriptor("firings", Types.INT()))
        firings.update((firings.value() or 0) + 1)
        yield f"{context.window()} {sorted(elements)} {windows.value()} {firings.value()}"

    def clear(self, context):
        context.window_state().get_state(ValueStateDescriptor("firings", Types.INT())).clear()


class Average(AggregateFunction):
    def create_accumulator(self):
        return 0, 0

    def add(self, value, accumulator):
        return accumulator[0] + value, accumulator[1] + 1

    def get_result(self, accumulator):
        return accumulator[0] / accumulator[1]

    def merge(self, a, b):
        return a[0] + b[0], a[1] + b[1]


class CannotMerge(Trigger):
    def on_element(self, element, timestamp, window, ctx): ...
    def on_event_time(self, time, window, ctx): ...
    def on_processing_time(self, time, window, ctx): ...
    def on_merge(self, window, ctx): ...
    def clear(self, window, ctx): ...


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.get_config().set_auto_watermark_interval(1_000_000)
    stream = env.from_collection(
        [10, 120, 30, 250, 45, 70, 320, 15], type_info=Types.LONG()
    ).assign_timestamps_and_watermarks(WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(Times()))
    text = Types.STRING()
    tumbling = TumblingEventTimeWindows.of(Time.milliseconds(100))
    sliding = SlidingEventTimeWindows.of(Time.milliseconds(200), Time.milliseconds(100))
    stream.window_all(tumbling).apply(Apply(), output_type=text).print("apply")
    stream.window_all(tumbling).process(Process(), output_type=text).print("process")
    stream.window_all(tumbling).reduce(lambda a, b: a + b).print("reduce")
    stream.window_all(tumbling).reduce(lambda a, b: a + b, Apply(), output_type=text).print("reduce and apply")
    stream.window_all(sliding).aggregate(Average(), output_type=Types.DOUBLE()).print("aggregate")
    stream.window_all(sliding).aggregate(Average(), Process(), output_type=text).print("aggregate and process")
    sessions = EventTimeSessionWindows.with_gap(Time.milliseconds(60))
    stream.window_all(sessions).apply(Apply(), output_type=text).print("sessions")
    purging = PurgingTrigger.of(CountTrigger.of(3))
    stream.window_all(GlobalWindows.create()).trigger(purging).apply(Apply(), output_type=text).print("global")
    env.execute()
    try:
        stream.window_all(sessions).trigger(CannotMerge())
    except TypeError:
        print("a trigger that cannot merge is refused")


if __name__ == "__main__":
    main()
