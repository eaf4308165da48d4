# Windows of processing time end by the clock; what has not ended when the input does is dropped.
# order: per-sink
import time

from pyflink.common import Configuration, Time, Types
from pyflink.datastream import StreamExecutionEnvironment, WindowFunction
from pyflink.datastream.window import (
    ContinuousProcessingTimeTrigger,
    ProcessingTimeSessionWindows,
    PurgingTrigger,
    SessionWindowTimeGapExtractor,
    SlidingProcessingTimeWindows,
    TumblingProcessingTimeWindows,
)


class Apply(WindowFunction):
    def apply(self, key, window, inputs):
        yield f"{window.end - window.start} {list(inputs)}"


class Gap(SessionWindowTimeGapExtractor):
    def extract(self, element):
        return 100


def slowly(value):
    time.sleep(1)
    return value


def main():
    config = Configuration()
    config.set_integer("python.fn-execution.bundle.size", 1)
    env = StreamExecutionEnvironment.get_execution_environment(config)
    env.set_parallelism(1)
    numbers = env.from_collection([1, 2, 3], type_info=Types.INT()).rebalance().map(slowly, output_type=Types.INT())
    # The end of the input comes late enough for all but the hour.
    keyed = numbers.key_by(lambda _: 0, key_type=Types.INT())
    text = Types.STRING()
    hundred = Time.milliseconds(100)
    keyed.window(TumblingProcessingTimeWindows.of(hundred)).apply(Apply(), text).filter(not_last).print("tumbling")
    hour = keyed.window(TumblingProcessingTimeWindows.of(Time.hours(10000)))
    hour.apply(Apply(), text).print("too long")
    sliding = keyed.window(SlidingProcessingTimeWindows.of(Time.milliseconds(200), hundred))
    sliding.apply(Apply(), text).filter(not_last).print("sliding")
    keyed.window(ProcessingTimeSessionWindows.with_gap(hundred)).apply(Apply(), text).filter(not_last).print("sessions")
    dynamic = keyed.window(ProcessingTimeSessionWindows.with_dynamic_gap(Gap()))
    dynamic.apply(Apply(), text).filter(not_last).print("dynamic")
    continuous = keyed.window(TumblingProcessingTimeWindows.of(Time.hours(10000)))
    continuous = continuous.trigger(PurgingTrigger.of(ContinuousProcessingTimeTrigger.of(hundred)))
    continuous.apply(Apply(), text).filter(not_last).print("continuous")
    env.execute()


def not_last(line):
    return "3" not in line.split(" ", 1)[1]


if __name__ == "__main__":
    main()
