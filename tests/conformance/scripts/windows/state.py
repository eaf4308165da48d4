# State of the window and of the key in a process window function; `clear` is called when a window goes.
# order: per-sink
from pyflink.common import Time, Types, WatermarkStrategy
from pyflink.common.watermark_strategy import TimestampAssigner
from pyflink.datastream import ProcessWindowFunction, StreamExecutionEnvironment
from pyflink.datastream.state import ListStateDescriptor, MapStateDescriptor, ValueStateDescriptor
from pyflink.datastream.window import (
    ContinuousEventTimeTrigger,
    EventTimeSessionWindows,
    TumblingEventTimeWindows,
)

FIRINGS = ValueStateDescriptor("firings", Types.INT())
WINDOWS = ValueStateDescriptor("windows", Types.INT())
SEEN = ListStateDescriptor("seen", Types.LONG())
ENDS = MapStateDescriptor("ends", Types.LONG(), Types.INT())


class Times(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        return value[1]


class Counting(ProcessWindowFunction):
    def process(self, key, context, elements):
        firings = context.window_state().get_state(FIRINGS)
        firings.update((firings.value() or 0) + 1)
        seen = context.window_state().get_list_state(SEEN)
        seen.add(len(elements))
        ends = context.global_state().get_map_state(ENDS)
        ends.put(context.window().end, firings.value())
        windows = context.global_state().get_state(WINDOWS)
        yield f"{key} {context.window()} firing {firings.value()}, seen {list(seen)}, closed {windows.value()}"

    def clear(self, context):
        context.window_state().get_state(FIRINGS).clear()
        context.window_state().get_list_state(SEEN).clear()
        windows = context.global_state().get_state(WINDOWS)
        windows.update((windows.value() or 0) + 1)


class Sessions(ProcessWindowFunction):
    def process(self, key, context, elements):
        windows = context.global_state().get_state(WINDOWS)
        windows.update((windows.value() or 0) + 1)
        try:
            context.window_state().get_state(FIRINGS)
            yield "a session has state"
        except Exception:
            yield f"{key} session {windows.value()}: {len(elements)}, no state of its own"

    def clear(self, context):
        pass


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.get_config().set_auto_watermark_interval(1_000_000)
    records = [("a", 10), ("b", 20), ("a", 130), ("a", 45), ("b", 160), ("a", 250)]
    keyed = (
        env.from_collection(records, type_info=Types.TUPLE([Types.STRING(), Types.LONG()]))
        .assign_timestamps_and_watermarks(
            WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(Times())
        )
        .key_by(lambda record: record[0], key_type=Types.STRING())
    )
    tumbling = keyed.window(TumblingEventTimeWindows.of(Time.milliseconds(100)))
    continuous = tumbling.trigger(ContinuousEventTimeTrigger.of(Time.milliseconds(40)))
    continuous.process(Counting(), output_type=Types.STRING()).print("tumbling")
    sessions = keyed.window(EventTimeSessionWindows.with_gap(Time.milliseconds(50)))
    sessions.process(Sessions(), output_type=Types.STRING()).print("sessions")
    env.execute()


if __name__ == "__main__":
    main()
