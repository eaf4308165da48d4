"""Calls of a millisecond for the numbers 1 to n, at most 100 at a time: a bare event loop with a semaphore."""

import asyncio
import sys


class Ask:
    async def async_invoke(self, value):
        await asyncio.sleep(0.001)
        return [value + 1]


async def main(n: int) -> None:
    ask, free = Ask(), asyncio.Semaphore(100)
    running: set[asyncio.Task[None]] = set()

    async def call(value: int) -> None:
        try:
            await ask.async_invoke(value)
        finally:
            free.release()

    for value in range(1, n + 1):
        await free.acquire()
        task = asyncio.create_task(call(value))
        running.add(task)
        task.add_done_callback(running.discard)
    await asyncio.gather(*running)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
