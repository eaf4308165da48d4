# open() of an asynchronous function, the thread of its calls, and a stream with several of them.
# order: free
import asyncio
import threading

from pyflink.common import Time, Types
from pyflink.datastream import AsyncDataStream, AsyncFunction, StreamExecutionEnvironment


class Noting(AsyncFunction):
    def __init__(self, name):
        self.name = name

    def open(self, runtime_context):
        self.opened_in = threading.current_thread()
        self.subtasks = runtime_context.get_number_of_parallel_subtasks()

    async def async_invoke(self, value):
        await asyncio.sleep(0.001)
        elsewhere = self.opened_in is not threading.current_thread()
        return [f"{value} {self.name} {self.subtasks} {elsewhere} {asyncio.get_running_loop().is_running()}"]


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    stream = env.from_collection([1, 2, 3], type_info=Types.INT())
    for name in ("first", "second"):
        stream = AsyncDataStream.unordered_wait(stream, Noting(name), Time.seconds(20), 2, Types.STRING())
    stream.print()
    env.execute()


if __name__ == "__main__":
    main()
