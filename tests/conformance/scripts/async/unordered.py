# Unordered: results come as their calls end, with their records' timestamps.
import asyncio

from pyflink.common import Time, Types, WatermarkStrategy
from pyflink.common.watermark_strategy import TimestampAssigner
from pyflink.datastream import AsyncDataStream, AsyncFunction, ProcessFunction, StreamExecutionEnvironment


class Times(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        return value * 1000


class Slow(AsyncFunction):
    async def async_invoke(self, value):
        await asyncio.sleep(0.3 * (5 - value))
        return [value]


class Stamp(ProcessFunction):
    def process_element(self, value, ctx):
        yield f"{value} at {ctx.timestamp()}"


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.get_config().set_auto_watermark_interval(1_000_000)
    timed = env.from_collection([1, 2, 3, 4, 5], type_info=Types.INT()).assign_timestamps_and_watermarks(
        WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(Times())
    )
    waited = AsyncDataStream.unordered_wait(timed, Slow(), Time.seconds(10), output_type=Types.INT())
    waited.process(Stamp(), Types.STRING()).print()
    env.execute()


if __name__ == "__main__":
    main()
