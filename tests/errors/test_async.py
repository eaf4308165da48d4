"""What asynchronous calls say when they go wrong."""

from __future__ import annotations

import re

from job_scripts import Scripts

FUNCTION = """
import asyncio
class Ask(AsyncFunction):
    async def answer(self, value):
        await asyncio.sleep(0)
        return {1: "one"}[value]
    async def async_invoke(self, value):
        return [await self.answer(value)]
"""


def test_the_lines_of_the_user_and_the_record(scripts: Scripts) -> None:
    said = scripts.job(
        FUNCTION
        + """
AsyncDataStream.ordered_wait(env.from_collection([1, 2]), Ask(), Time.seconds(5), 10).print()
env.execute()
"""
    ).failed()
    error = said[said.index("Traceback") :]
    assert re.search(r'File "job.py", line 11, in async_invoke\n', error), error
    assert re.search(r'File "job.py", line 9, in answer\n', error), error
    assert "KeyError: 2" in error
    assert re.search(r"in operator 'async wait operator', subtask 1/1\n\s+while processing the record 2", error)
    assert not re.search(r'File ".*penstock', error)


def test_a_timeout_without_a_value(scripts: Scripts) -> None:
    said = scripts.job("""
        import asyncio
        class Slow(AsyncFunction):
            async def async_invoke(self, value):
                await asyncio.sleep(60)
        AsyncDataStream.unordered_wait(env.from_collection(["x"]), Slow(), Time.milliseconds(50)).print()
        env.execute()
    """).failed()
    assert re.search(r"TimeoutError: Async function call has timed out for input: x\n\s+in operator", said), said


def test_a_result_that_does_not_fit(scripts: Scripts) -> None:
    said = scripts.job("""
        class Texts(AsyncFunction):
            async def async_invoke(self, value):
                return ["one"]
        AsyncDataStream.ordered_wait(env.from_collection([1]), Texts(), Time.seconds(5), 10, Types.LONG()).print()
        env.execute()
    """).failed()
    assert "async wait operator returned a value that does not fit" in said
    assert "'one' does not fit the declared type LONG" in said


def test_a_call_that_is_cancelled_by_itself(scripts: Scripts) -> None:
    said = scripts.job("""
        import asyncio
        class Cancelled(AsyncFunction):
            async def async_invoke(self, value):
                raise asyncio.CancelledError("by whom?")
        AsyncDataStream.ordered_wait(env.from_collection([1]), Cancelled(), Time.seconds(0), 10).print()
        env.execute()
    """).failed()
    assert "CancelledError: by whom?" in said


def test_calls_are_given_up_where_they_run(scripts: Scripts) -> None:
    outcome = scripts.job("""
        import asyncio, threading
        class Endless(AsyncFunction):
            async def async_invoke(self, value):
                try:
                    await asyncio.sleep(3600 if value == 1 else 0.01)
                    raise ValueError("no")
                finally:
                    print(f"{value} ends in", threading.current_thread().name)
            def close(self):
                print("closed in", threading.current_thread().name)
        AsyncDataStream.ordered_wait(env.from_collection([1, 2]), Endless(), Time.seconds(0)).print()
        env.execute()
    """)
    assert "ValueError: no" in outcome.failed()
    calls = "async wait operator (1/1) calls"
    lines = outcome.out.splitlines()
    assert lines[:2] == [f"2 ends in {calls}", f"1 ends in {calls}"]
    assert lines[2].startswith("closed in ")
    assert calls not in lines[2]
