# A call that takes too long: timeout() gives the results instead, for those records alone.
# order: per-sink
import asyncio

from pyflink.common import Time, Types
from pyflink.datastream import AsyncDataStream, AsyncFunction, StreamExecutionEnvironment


class Slow(AsyncFunction):
    async def async_invoke(self, value):
        await asyncio.sleep(30 if value % 2 else 0)
        return [f"{value} is there"]

    def timeout(self, value):
        return [f"{value} is late", f"{value} is given up"]


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    numbers = env.from_collection([1, 2, 3, 4], type_info=Types.INT())
    second = Time.milliseconds(1000)
    AsyncDataStream.ordered_wait(numbers, Slow(), second, 10, Types.STRING()).print("ordered")
    AsyncDataStream.unordered_wait(numbers.filter(lambda n: n < 3), Slow(), second, 10, Types.STRING()).print("unordered")
    env.execute()


if __name__ == "__main__":
    main()
