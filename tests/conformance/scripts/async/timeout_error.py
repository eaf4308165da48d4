# A call that takes too long fails the job where timeout() is not overridden, and so does a timeout() that raises.
import asyncio

from pyflink.common import Time, Types
from pyflink.datastream import AsyncDataStream, AsyncFunction, StreamExecutionEnvironment


class Slow(AsyncFunction):
    async def async_invoke(self, value):
        await asyncio.sleep(30)
        return [value]


class Raising(Slow):
    def timeout(self, value):
        raise LookupError(f"nobody knows {value}")


def tells(error, kind, text):
    return f"{kind}: {text}" in str(error) or f"{kind}('{text}')" in str(error)


def main():
    for function in (Slow(), Raising()):
        for wait in (AsyncDataStream.ordered_wait, AsyncDataStream.unordered_wait):
            env = StreamExecutionEnvironment.get_execution_environment()
            env.set_parallelism(1)
            numbers = env.from_collection([7], type_info=Types.INT())
            wait(numbers, function, Time.milliseconds(200), 10, Types.INT()).print()
            try:
                env.execute()
            except Exception as error:
                timed_out = tells(error, "TimeoutError", "Async function call has timed out for input: 7")
                print(timed_out, tells(error, "LookupError", "nobody knows 7"))


if __name__ == "__main__":
    main()
