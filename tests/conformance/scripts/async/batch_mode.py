# Asynchronous functions in the BATCH mode, behind a reduce that emits at the end of its input.
# order: per-sink
import asyncio

from pyflink.common import Time, Types
from pyflink.datastream import AsyncDataStream, AsyncFunction, RuntimeExecutionMode, StreamExecutionEnvironment


class Slow(AsyncFunction):
    async def async_invoke(self, value):
        await asyncio.sleep(0.01 * (value[1] % 5))
        return [f"{value[0]} has {value[1]}"]


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_runtime_mode(RuntimeExecutionMode.BATCH)
    env.set_parallelism(1)
    pair = Types.TUPLE([Types.INT(), Types.INT()])
    numbers = env.from_collection([(n % 7, n) for n in range(100)], type_info=pair)
    sums = numbers.key_by(lambda pair: pair[0], Types.INT()).reduce(lambda a, b: (a[0], a[1] + b[1]))
    AsyncDataStream.ordered_wait(numbers, Slow(), Time.seconds(20), 3, Types.STRING()).print("numbers")
    AsyncDataStream.ordered_wait(sums, Slow(), Time.seconds(20), 2, Types.STRING()).print("sums")
    env.execute()


if __name__ == "__main__":
    main()
