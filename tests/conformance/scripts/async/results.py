# What a call may return: lists with none, one or several records, other collections; and what fails the job.
# order: per-sink
import asyncio

from pyflink.common import Row, Time, Types
from pyflink.datastream import AsyncDataStream, AsyncFunction, StreamExecutionEnvironment


class Kinds(AsyncFunction):
    async def async_invoke(self, value):
        return {0: [], 1: ["one"], 2: ("t", "w", "o"), 3: {"three": 3}, 4: "four"}[value]


class Rows(AsyncFunction):
    async def async_invoke(self, value):
        return [Row(value, str(value)), Row(-value, None)]


class Wrong(AsyncFunction):
    async def async_invoke(self, value):
        # PyFlink loses an error that comes before it waits for the end.
        await asyncio.sleep(0.2)
        return value


class Raising(AsyncFunction):
    async def async_invoke(self, value):
        await asyncio.sleep(0.2)
        raise LookupError(f"nobody knows {value}")


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    numbers = env.from_collection([0, 1, 2, 3, 4], type_info=Types.INT())
    seconds = Time.seconds(20)
    AsyncDataStream.ordered_wait(numbers, Kinds(), seconds, 10, Types.STRING()).print("kinds")
    rows = Types.ROW([Types.INT(), Types.STRING()])
    AsyncDataStream.ordered_wait(numbers, Rows(), seconds, 10, rows).print("rows")
    AsyncDataStream.ordered_wait(numbers, Rows(), seconds).print("untyped")
    AsyncDataStream.ordered_wait(numbers, Rows(), Time.seconds(0), 1, rows).print("one by one")
    env.execute()
    for given, function, texts in (
        (None, Wrong(), ["The result of AsyncFunction cannot be none"]),
        (5, Wrong(), ["The result of AsyncFunction should be of list type"]),
        (6, Raising(), ["LookupError: nobody knows 6", "LookupError('nobody knows 6')"]),
    ):
        AsyncDataStream.ordered_wait(env.from_collection([given]), function, seconds).print("wrong")
        try:
            env.execute()
        except Exception as error:
            print("said>", any(text in str(error) for text in texts))


if __name__ == "__main__":
    main()
