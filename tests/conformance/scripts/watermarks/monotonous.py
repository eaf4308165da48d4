# Ascending timestamps: the watermark follows one millisecond behind the newest record while the input goes on.
import time

from pyflink.common import Configuration, Types, WatermarkStrategy
from pyflink.common.watermark_strategy import TimestampAssigner
from pyflink.datastream import KeyedProcessFunction, StreamExecutionEnvironment

NOTHING_YET = -(2**63)


class Times(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        return value


class Watch(KeyedProcessFunction):
    def __init__(self):
        self.seen = []

    def process_element(self, value, ctx):
        self.seen.append((value, ctx.timer_service().current_watermark()))
        if value == 8000:
            moved = [watermark for _, watermark in self.seen if watermark != NOTHING_YET]
            yield f"begins with none: {self.seen[0][1] == NOTHING_YET}"
            yield f"moves: {len(moved) > 0}, never falls: {moved == sorted(moved)}"
            yield f"one behind a record: {all((watermark + 1) % 1000 == 0 for watermark in moved)}"
            yield f"never ahead: {all(watermark < newest for newest, watermark in self.seen)}"


def slowly(value):
    time.sleep(0.25)
    return value


def main():
    config = Configuration()
    config.set_integer("python.fn-execution.bundle.size", 1)
    env = StreamExecutionEnvironment.get_execution_environment(config)
    env.set_parallelism(1)
    env.get_config().set_auto_watermark_interval(20)
    (
        env.from_collection([1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000], type_info=Types.LONG())
        .map(slowly, output_type=Types.LONG())
        .assign_timestamps_and_watermarks(
            WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(Times())
        )
        .key_by(lambda _: 0, key_type=Types.INT())
        .process(Watch(), output_type=Types.STRING())
        .print()
    )
    env.execute()


if __name__ == "__main__":
    main()
